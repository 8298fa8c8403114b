import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Nimbus JOSE+JWT as the other party. What the commands are stands in tests/interop/protocol.py. */
public final class Peer {
  /** The library has no such algorithm or form. */
  static final class NotOffered extends Exception {
    NotOffered(String why) {
      super(why);
    }
  }

  private interface Answer {
    Map<String, Object> to(Map<String, Object> command) throws Exception;
  }

  private static final Map<String, Answer> ANSWERS =
      Map.of(
          "about", Peer::about,
          "sign", Signed::sign,
          "verify", Signed::verify,
          "encrypt", Encrypted::encrypt,
          "decrypt", Encrypted::decrypt,
          "export", Keys::export,
          "thumbprint", Keys::thumbprint);

  public static void main(String[] arguments) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (var line = in.readLine(); line != null; line = in.readLine()) {
      out.println(JSONObjectUtils.toJSONString(answer(JSONObjectUtils.parse(line))));
    }
  }

  /** What it says of algorithms, curves and forms of keys that it lacks. */
  private static final List<String> WORDS =
      List.of(
          "Unsupported",
          "only supports",
          "KeyFactory not available",
          "Missing PEM-encoded public key"); // a private key alone is enough with RSA only

  private static boolean isMissing(Exception error) {
    var text = String.valueOf(error.getMessage());
    return error instanceof NotOffered || WORDS.stream().anyMatch(text::contains);
  }

  private static Map<String, Object> answer(Map<String, Object> command) {
    var answer = ANSWERS.get((String) command.get("do"));
    if (answer == null) {
      return Map.of("not_offered", "has no way to " + command.get("do"));
    }
    try {
      return Map.of("ok", answer.to(command));
    } catch (Exception error) {
      return Map.of(isMissing(error) ? "not_offered" : "refused", error.toString());
    }
  }

  private static Map<String, Object> about(Map<String, Object> command) {
    var version = com.nimbusds.jose.JWSObject.class.getProtectionDomain().getCodeSource().getLocation();
    var file = version.getPath().replaceAll(".*nimbus-jose-jwt-(.*)\\.jar", "$1");
    var versions = new LinkedHashMap<String, String>();
    versions.put("Nimbus JOSE+JWT", file);
    versions.put("Java", System.getProperty("java.version"));
    return Map.of("versions", versions, "key_forms", List.of("jwk", "pem"));
  }
}
