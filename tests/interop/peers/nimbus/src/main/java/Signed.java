import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSObjectJSON;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.Ed25519Verifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.crypto.bc.BouncyCastleProviderSingleton;
import com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import java.security.SignatureException;
import java.util.List;
import java.util.Map;

/** Signed tokens, made and checked. */
final class Signed {
  @SuppressWarnings("unchecked")
  static Map<String, Object> sign(Map<String, Object> command) throws Exception {
    var form = (String) command.get("form");
    var payload = new Payload(new Base64URL((String) command.get("payload")).decode());
    var signers = (List<Map<String, Object>>) command.get("signers");
    if (isJson(form)) {
      var made = new JWSObjectJSON(payload);
      for (var signer : signers) {
        var header = JWSHeader.parse((Map<String, Object>) signer.get("header"));
        made.sign(header, signerOf(Keys.read(signer.get("key")), header.getAlgorithm()));
      }
      return Map.of("token", form.equals("general") ? made.toGeneralJSONObject() : made.toFlattenedJSONObject());
    }
    var header = JWSHeader.parse((Map<String, Object>) signers.get(0).get("header"));
    var made = new JWSObject(header, payload);
    made.sign(signerOf(Keys.read(signers.get(0).get("key")), header.getAlgorithm()));
    return Map.of("token", made.serialize(!form.equals("compact")));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> verify(Map<String, Object> command) throws Exception {
    var form = (String) command.get("form");
    var known = ((List<Map<String, Object>>) command.get("keys")).get(((Number) command.get("which")).intValue());
    var algorithm = JWSAlgorithm.parse((String) known.get("alg"));
    var verifier = verifierOf(Keys.read(known.get("key")), algorithm);
    if (isJson(form)) {
      var token = JWSObjectJSON.parse((Map<String, Object>) command.get("token"));
      for (var signature : token.getSignatures()) {
        if (signature.getHeader().getAlgorithm().equals(algorithm) && signature.verify(verifier)) {
          return Map.of("payload", Base64URL.encode(token.getPayload().toBytes()).toString());
        }
      }
      throw new SignatureException("no signature is good");
    }
    var text = (String) command.get("token");
    var apart = new Payload(new Base64URL((String) command.get("payload")).decode());
    var token = form.equals("compact") ? JWSObject.parse(text) : JWSObject.parse(text, apart);
    if (!token.getHeader().getAlgorithm().equals(algorithm) || !token.verify(verifier)) {
      throw new SignatureException("the signature is not good");
    }
    return Map.of("payload", Base64URL.encode(token.getPayload().toBytes()).toString());
  }

  private static boolean isJson(String form) {
    return form.equals("general") || form.startsWith("flattened");
  }

  private static JWSSigner signerOf(JWK key, JWSAlgorithm algorithm) throws Exception {
    var factory = new DefaultJWSSignerFactory();
    if (algorithm.equals(JWSAlgorithm.ES256K)) {
      factory.getJCAContext().setProvider(BouncyCastleProviderSingleton.getInstance());
    }
    return factory.createJWSSigner(key, algorithm);
  }

  /** Its own factory of verifiers leaves Ed25519 out. */
  private static JWSVerifier verifierOf(JWK key, JWSAlgorithm algorithm) throws Exception {
    JWSVerifier verifier;
    if (MACVerifier.SUPPORTED_ALGORITHMS.contains(algorithm)) {
      verifier = new MACVerifier(key.toOctetSequenceKey());
    } else if (RSASSAVerifier.SUPPORTED_ALGORITHMS.contains(algorithm)) {
      verifier = new RSASSAVerifier(key.toRSAKey());
    } else if (ECDSAVerifier.SUPPORTED_ALGORITHMS.contains(algorithm)) {
      verifier = new ECDSAVerifier(key.toECKey());
    } else if (Ed25519Verifier.SUPPORTED_ALGORITHMS.contains(algorithm)) {
      verifier = new Ed25519Verifier(key.toOctetKeyPair());
    } else {
      throw new Peer.NotOffered("no verifier supports " + algorithm);
    }
    if (algorithm.equals(JWSAlgorithm.ES256K)) {
      verifier.getJCAContext().setProvider(BouncyCastleProviderSingleton.getInstance());
    }
    return verifier;
  }
}
