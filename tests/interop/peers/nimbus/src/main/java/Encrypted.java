import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEEncrypter;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.JWEObjectJSON;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.AESDecrypter;
import com.nimbusds.jose.crypto.AESEncrypter;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jose.crypto.ECDHDecrypter;
import com.nimbusds.jose.crypto.ECDHEncrypter;
import com.nimbusds.jose.crypto.MultiDecrypter;
import com.nimbusds.jose.crypto.MultiEncrypter;
import com.nimbusds.jose.crypto.PasswordBasedDecrypter;
import com.nimbusds.jose.crypto.PasswordBasedEncrypter;
import com.nimbusds.jose.crypto.RSADecrypter;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.crypto.X25519Decrypter;
import com.nimbusds.jose.crypto.X25519Encrypter;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Encrypted tokens, made and opened. */
final class Encrypted {
  private static final int SALT_SIZE_BYTES = 16;
  private static final int ROUNDS = 10_000;

  @SuppressWarnings("unchecked")
  static Map<String, Object> encrypt(Map<String, Object> command) throws Exception {
    var form = (String) command.get("form");
    var payload = new Payload(new Base64URL((String) command.get("payload")).decode());
    var recipients = (List<Map<String, Object>>) command.get("recipients");
    var members = new HashMap<>((Map<String, Object>) command.get("header"));
    if (form.equals("general")) {
      var keys = new ArrayList<JWK>();
      for (var recipient : recipients) {
        keys.add(Keys.read(recipient.get("key")));
      }
      // It reads a header only with an algorithm in it, and takes those of the keys.
      var header = new JWEHeader.Builder(EncryptionMethod.parse((String) members.get("enc"))).build();
      var made = new JWEObjectJSON(header, payload);
      made.encrypt(new MultiEncrypter(new JWKSet(keys)));
      return Map.of("token", made.toGeneralJSONObject());
    }
    members.putAll((Map<String, Object>) recipients.get(0).get("header"));
    var header = JWEHeader.parse(members);
    var encrypter = encrypterOf(Keys.read(recipients.get(0).get("key")), header.getAlgorithm());
    if (form.equals("flattened") || form.equals("additional_data")) {
      var apart = ((String) command.get("additional_data")).getBytes(StandardCharsets.US_ASCII);
      var made = new JWEObjectJSON(header, payload, null, form.equals("flattened") ? null : apart);
      made.encrypt(encrypter);
      return Map.of("token", made.toFlattenedJSONObject());
    }
    var made = new JWEObject(header, payload);
    made.encrypt(encrypter);
    return Map.of("token", made.serialize());
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> decrypt(Map<String, Object> command) throws Exception {
    var form = (String) command.get("form");
    var known = ((List<Map<String, Object>>) command.get("keys")).get(((Number) command.get("which")).intValue());
    var key = Keys.read(known.get("key"));
    var algorithm = JWEAlgorithm.parse((String) known.get("alg"));
    if (command.get("token") instanceof String text) {
      var token = JWEObject.parse(text);
      token.decrypt(decrypterOf(key, algorithm));
      return Map.of("payload", Base64URL.encode(token.getPayload().toBytes()).toString());
    }
    var token = JWEObjectJSON.parse((Map<String, Object>) command.get("token"));
    token.decrypt(form.equals("general") ? new MultiDecrypter(key) : decrypterOf(key, algorithm));
    return Map.of("payload", Base64URL.encode(token.getPayload().toBytes()).toString());
  }

  private static JWEEncrypter encrypterOf(JWK key, JWEAlgorithm algorithm) throws Exception {
    if (JWEAlgorithm.Family.RSA.contains(algorithm)) {
      return new RSAEncrypter(key.toRSAKey());
    } else if (JWEAlgorithm.Family.ECDH_ES.contains(algorithm)) {
      return key.getKeyType().equals(KeyType.EC)
          ? new ECDHEncrypter(key.toECKey())
          : new X25519Encrypter(key.toOctetKeyPair());
    } else if (algorithm.equals(JWEAlgorithm.DIR)) {
      return new DirectEncrypter(key.toOctetSequenceKey());
    } else if (JWEAlgorithm.Family.PBES2.contains(algorithm)) {
      return new PasswordBasedEncrypter(key.toOctetSequenceKey().toByteArray(), SALT_SIZE_BYTES, ROUNDS);
    }
    return new AESEncrypter(key.toOctetSequenceKey());
  }

  private static JWEDecrypter decrypterOf(JWK key, JWEAlgorithm algorithm) throws Exception {
    if (JWEAlgorithm.Family.RSA.contains(algorithm)) {
      return new RSADecrypter(key.toRSAKey());
    } else if (JWEAlgorithm.Family.ECDH_ES.contains(algorithm)) {
      return key.getKeyType().equals(KeyType.EC)
          ? new ECDHDecrypter(key.toECKey())
          : new X25519Decrypter(key.toOctetKeyPair());
    } else if (algorithm.equals(JWEAlgorithm.DIR)) {
      return new DirectDecrypter(key.toOctetSequenceKey());
    } else if (JWEAlgorithm.Family.PBES2.contains(algorithm)) {
      return new PasswordBasedDecrypter(key.toOctetSequenceKey().toByteArray());
    }
    return new AESDecrypter(key.toOctetSequenceKey());
  }
}
