import com.nimbusds.jose.jwk.JWK;
import java.util.HashMap;
import java.util.Map;

/** Keys: read, written, and their thumbprints. */
final class Keys {
  private static final Map<Object, JWK> KEPT = new HashMap<>();

  static Map<String, Object> export(Map<String, Object> command) throws Exception {
    var key = read(command.get("key"));
    if (command.get("as").equals("jwk")) {
      return Map.of("key", key.toJSONObject());
    }
    throw new Peer.NotOffered("writes no PEM");
  }

  static Map<String, Object> thumbprint(Map<String, Object> command) throws Exception {
    return Map.of("thumbprint", read(command.get("key")).computeThumbprint().toString());
  }

  @SuppressWarnings("unchecked")
  static JWK read(Object key) throws Exception {
    var kept = KEPT.get(key);
    if (kept == null) {
      var members = (Map<String, Object>) key;
      var jwk = (Map<String, Object>) members.get("jwk");
      kept = jwk != null ? JWK.parse(jwk) : JWK.parseFromPEMEncodedObjects((String) members.get("pem"));
      KEPT.put(key, kept);
    }
    return kept;
  }
}
