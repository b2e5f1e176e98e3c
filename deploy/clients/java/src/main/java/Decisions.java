import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.*;
import org.apache.avro.Schema;
import org.apache.avro.generic.*;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** How to reach the broker and the registry, and how to read a record. */
final class Decisions {
  /** No repetition will make this record readable. */
  static final class Rejected extends Exception {
    Rejected(String reason) { super(reason); }
  }

  final HttpClient http = HttpClient.newHttpClient();
  final ObjectMapper json = new ObjectMapper();
  final Map<Integer, Schema> writers = new HashMap<>();
  final Schema reader;

  Decisions() throws IOException {
    reader = new Schema.Parser().parse(Decisions.class.getResourceAsStream("/reader.avsc"));
  }

  static String setting(String name, String otherwise) {
    var value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  static Properties kafkaSettings() {
    var settings = new Properties();
    settings.put("bootstrap.servers", setting("KAFKA_BOOTSTRAP", "localhost:9092"));
    settings.put("group.id", setting("GROUP", "my-sequencer"));
    settings.put("security.protocol", setting("KAFKA_SECURITY_PROTOCOL", "plaintext").toUpperCase(Locale.ROOT));
    settings.put("isolation.level", "read_committed"); // A decision counts once its transaction is committed.
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", "false");
    settings.put("allow.auto.create.topics", "false");
    settings.put("session.timeout.ms", setting("KAFKA_SESSION_TIMEOUT_MS", "10000"));
    settings.put("key.deserializer", ByteArrayDeserializer.class);
    settings.put("value.deserializer", ByteArrayDeserializer.class);
    if (setting("KAFKA_SASL_USERNAME", null) != null) {
      var mechanism = setting("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512");
      var module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
      settings.put("sasl.mechanism", mechanism);
      settings.put("sasl.jaas.config", "org.apache.kafka.common.security.%s required username=%s password=%s;".formatted(
          module, quoted(setting("KAFKA_SASL_USERNAME", "")), quoted(setting("KAFKA_SASL_PASSWORD", ""))));
    }
    if (setting("KAFKA_CA", null) != null) {
      settings.put("ssl.truststore.type", "PEM");
      settings.put("ssl.truststore.location", setting("KAFKA_CA", null));
    }
    return settings;
  }

  static String quoted(String text) { return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"'; }

  static final Map<String, Long> SAID = new HashMap<>();

  /** A line for people, of each kind at most one in ten seconds. */
  static void say(String what, String text) {
    var now = System.nanoTime();
    if (SAID.containsKey(what) && now - SAID.get(what) < 10_000_000_000L) return;
    SAID.put(what, now);
    System.err.println(text);
  }

  /** The registry's own code for what went wrong; 0 if something else answers. */
  int errorCode(String body) {
    try {
      return json.readTree(body).path("error_code").asInt();
    } catch (IOException error) {
      return 0;
    }
  }

  /** The schema of this number, from the registry; kept, since a number's schema never changes. */
  Schema writer(int number) throws Exception {
    if (writers.containsKey(number)) return writers.get(number);
    if (number < 0) throw new Rejected("no registry has a schema " + Integer.toUnsignedString(number)); // They have signed integers.
    var url = setting("SCHEMA_REGISTRY_URL", "http://localhost:8081/apis/ccompat/v7").replaceAll("/+$", "");
    var shown = "schema registry " + url.replaceAll("//[^/@]*@", "//") + ": ";
    var request = HttpRequest.newBuilder(URI.create(url + "/schemas/ids/" + number)).timeout(Duration.ofSeconds(10));
    var user = setting("SCHEMA_REGISTRY_USERNAME", null);
    var login = (user + ":" + setting("SCHEMA_REGISTRY_PASSWORD", "")).getBytes();
    if (user != null) request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(login));
    // Away, a wrong login or a wrong path: not the record's fault.
    String text;
    try {
      var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      var status = answer.statusCode();
      if (status == 404 && errorCode(answer.body()) == 40403) throw new Rejected("the registry has no schema " + number);
      if (status == 404) throw new IOException("status 404; check the path in SCHEMA_REGISTRY_URL");
      if (status != 200) throw new IOException("status " + status);
      text = json.readTree(answer.body()).path("schema").asText("");
      if (text.isEmpty()) throw new IOException("the answer has no schema");
    } catch (IOException error) {
      // What the JDK throws where nothing listens has no message.
      throw new IOException(shown + (error.getMessage() == null ? "does not answer" : error.getMessage()), error);
    }
    try {
      writers.put(number, new Schema.Parser().parse(text));
    } catch (RuntimeException error) {
      throw new Rejected("schema " + number + " is not Avro");
    }
    return writers.get(number);
  }

  /** The record by the schema it was written with, as the fields of reader.avsc. */
  GenericRecord read(byte[] value) throws Exception {
    if (value == null || value.length < 5 || value[0] != 0) throw new Rejected("not in the Confluent wire format");
    var writer = writer(ByteBuffer.wrap(value).getInt(1));
    try {
      var decoder = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null);
      return new GenericDatumReader<GenericRecord>(writer, reader).read(null, decoder);
    } catch (IOException | RuntimeException error) {
      throw new Rejected("not a decision: " + error.getClass().getSimpleName());
    }
  }
}
