import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.*;
import java.time.Duration;
import java.util.*;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Reads buymode's decisions and handles each exactly once: a sequencer's side of the hand-off.
 *
 * <p>What was handled, what it changed and the position in each partition are written in one transaction of one
 * SQLite file; your own database takes its place, shared by all instances. The position of the store counts, not
 * that of the consumer group. Settings come from the environment, see docs/src/sequencer.md.
 */
public final class Consumer {
  static final String[] TABLES = {
    "decisions (id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, did TEXT NOT NULL)",
    "episodes (id TEXT, account TEXT, state TEXT NOT NULL, priority TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (id, account))",
    "rejected (topic TEXT, partition INTEGER, position INTEGER, reason TEXT NOT NULL, PRIMARY KEY (topic, partition, position))",
    "positions (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition))",
  };
  /**
   * Decisions about one episode may lie in several topics: of one account's the one with the highest sequence counts.
   * Each account has numbers of its own, and a merge hands an episode on to another account.
   */
  static final String EPISODE =
      "INSERT INTO episodes VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, account) DO UPDATE SET state = excluded.state,"
          + " priority = excluded.priority, sequence = excluded.sequence WHERE excluded.sequence > sequence";
  /** A stop under one of its accounts is a stop under all of them, whatever was read first. */
  static final String STOP =
      "UPDATE episodes SET state = 'stopped' WHERE id = ? AND state <> 'stopped'"
          + " AND EXISTS (SELECT 1 FROM episodes AS other WHERE other.id = episodes.id AND other.state = 'stopped')";
  static final String POSITION =
      "INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET next = max(next, excluded.next)";

  final Decisions decisions = new Decisions();
  final ObjectMapper json = new ObjectMapper();
  final Connection store;
  volatile boolean stopping = false;

  Consumer() throws Exception {
    store = DriverManager.getConnection("jdbc:sqlite:" + Decisions.setting("STORE", "handled.db"));
    for (var pragma : List.of("busy_timeout = 10000", "journal_mode = WAL", "synchronous = FULL")) run("PRAGMA " + pragma);
    for (var table : TABLES) run("CREATE TABLE IF NOT EXISTS " + table);
  }

  /**
   * What a decision asks for. To call another system, write the call to a table here and send it from there, with the
   * decision's id as its key.
   */
  String act(GenericRecord decision, boolean test) throws SQLException {
    if (test) return "test";
    var exit = (GenericRecord) decision.get("exit");
    var noNew = exit != null && exit.get("advice").toString().equals("no_new_enrolment");
    String state;
    switch (decision.get("kind").toString()) {
      case "entered", "strengthened" -> state = "enrolled";
      case "exited" -> state = noNew ? "no_new_enrolment" : "stopped";
      case "withdrawn" -> state = "stopped";
      case "triaged" -> { return ((Collection<?>) decision.get("missing")).isEmpty() ? "answer" : "enrich"; }
      default -> { return "nothing"; } // tier_changed, and kinds of the future
    }
    var episode = decision.get("episode_id") == null ? decision.get("id") : decision.get("episode_id");
    run(EPISODE, episode, decision.get("account"), state, decision.get("priority"), decision.get("sequence"));
    run(STOP, episode);
    return state;
  }

  /** One record, in one transaction. A repeated one moves the position and nothing else. */
  void handle(ConsumerRecord<byte[], byte[]> record) throws Exception {
    GenericRecord decision = null;
    Object line = null;
    var reason = "";
    try {
      decision = decisions.read(record.value());
    } catch (Decisions.Rejected rejected) {
      reason = rejected.getMessage();
    }
    run("BEGIN IMMEDIATE");
    try {
      if (decision == null) {
        run("INSERT OR IGNORE INTO rejected VALUES (?, ?, ?, ?)", record.topic(), record.partition(), record.offset(), reason);
        line = Map.of("rejected", List.of(record.topic(), record.partition(), record.offset()), "reason", reason);
      } else if (number("SELECT count(*) FROM decisions WHERE id = ?", decision.get("id")).orElse(0) == 0) {
        var mark = record.headers().lastHeader("buymode-test");
        // Made by `buymode decisions send-sample`: to be seen, not to be acted on.
        var test = decision.get("origin").toString().equals("test") || mark != null && Arrays.equals(mark.value(), "true".getBytes());
        var did = act(decision, test);
        var values = new Object[] {decision.get("id"), decision.get("kind"), decision.get("account"), did};
        run("INSERT INTO decisions VALUES (?, ?, ?, ?)", values);
        line = Map.of("id", values[0].toString(), "kind", values[1].toString(), "account", values[2].toString(), "did", did);
      }
      run(POSITION, record.topic(), record.partition(), record.offset() + 1);
      run("COMMIT");
    } catch (Exception error) {
      run("ROLLBACK");
      throw error;
    }
    if (line != null) System.out.println(json.writeValueAsString(line));
  }

  /** While the store or the registry is away: the same record again. */
  void handleInTheEnd(ConsumerRecord<byte[], byte[]> record) throws Exception {
    while (!stopping) {
      try {
        handle(record);
        return;
      } catch (SQLException | IOException error) {
        Decisions.say("again", "again in a second: " + error.getMessage());
        Thread.sleep(1000);
      }
    }
  }

  /** Says what is wrong while nothing can be read: the library itself waits, or repeats itself. */
  static void look(KafkaConsumer<byte[], byte[]> consumer) {
    var broker = "broker " + Decisions.setting("KAFKA_BOOTSTRAP", "localhost:9092");
    try {
      var known = consumer.listTopics(Duration.ofSeconds(5)).keySet();
      for (var topic : consumer.subscription()) {
        if (!known.contains(topic)) Decisions.say(topic, broker + ": no topic " + topic + ", or no right to read it");
      }
    } catch (org.apache.kafka.common.errors.TimeoutException error) {
      Decisions.say("broker", broker + " does not answer");
    }
  }

  PreparedStatement bound(String sql, Object... values) throws SQLException {
    var statement = store.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i] instanceof Number ? values[i] : values[i].toString());
    }
    return statement;
  }

  void run(String sql, Object... values) throws SQLException {
    try (var statement = bound(sql, values)) { statement.execute(); }
  }

  OptionalLong number(String sql, Object... values) throws SQLException {
    try (var statement = bound(sql, values); var row = statement.executeQuery()) {
      return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
    }
  }

  public static void main(String[] arguments) throws Exception {
    var self = new Consumer();
    try (var consumer = new KafkaConsumer<byte[], byte[]>(Decisions.kafkaSettings())) {
      var main = Thread.currentThread();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> {
        self.stopping = true; // The loop ends after the record that it is at.
        consumer.wakeup();
        try { main.join(10_000); } catch (InterruptedException error) { main.interrupt(); }
      }));
      consumer.subscribe(List.of(Decisions.setting("TOPICS", "sequencer.sdr").split(",")), new ConsumerRebalanceListener() {
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
          for (var partition : partitions) {
            try {
              var next = self.number("SELECT next FROM positions WHERE topic = ? AND partition = ?", partition.topic(), partition.partition());
              if (next.isPresent()) consumer.seek(partition, next.getAsLong());
              else consumer.seekToBeginning(List.of(partition));
            } catch (SQLException error) {
              throw new IllegalStateException(error);
            }
          }
        }
      });
      var nextLook = System.nanoTime();
      while (!self.stopping) {
        for (var record : consumer.poll(Duration.ofMillis(500))) self.handleInTheEnd(record);
        if (System.nanoTime() > nextLook) {
          look(consumer);
          // While it has nothing to read; later less often, since the broker lists all of its topics.
          nextLook = System.nanoTime() + (consumer.assignment().isEmpty() ? 10_000_000_000L : 60_000_000_000L);
        }
        if (!self.stopping) consumer.commitAsync(); // For those who look at the group's lag; the store has it already.
      }
    } catch (WakeupException stopped) {
      // The consumer has left its group.
    } finally {
      self.store.close();
    }
  }
}
