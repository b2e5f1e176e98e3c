package peers;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The job on Kafka Streams, exactly once, with its default cache.
 *
 * <p>Arguments: BOOTSTRAP INPUTS PREFIX APPLICATION SCHEMAS STATES THREADS memory|rocksdb LINGER_MS.
 */
public final class StreamsPeer {
  private static final String STORE = "accounts";

  /** A decision on its way to its route. */
  private record Routed(String route, byte[] bytes) {}

  public static void main(String[] args) throws InterruptedException {
    String inputs = args[1];
    String prefix = args[2];
    String schemas = args[4];
    boolean inMemory = args[7].equals("memory");
    Serde<byte[]> bytes = Serdes.ByteArray();
    Serde<Routed> routed =
        Serdes.serdeFrom((topic, decision) -> decision.bytes(), (topic, value) -> null);
    KeyValueBytesStoreSupplier store =
        inMemory ? Stores.inMemoryKeyValueStore(STORE) : Stores.persistentKeyValueStore(STORE);

    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(store, Serdes.String(), bytes)
            .withCachingEnabled()
            .withLoggingEnabled(Map.of()));
    builder.stream(inputs, Consumed.with(Serdes.String(), bytes))
        .process(() -> new Scorer(schemas), STORE)
        .to(
            (key, decision, context) -> prefix + "sequencer." + decision.route(),
            Produced.with(Serdes.String(), routed));

    KafkaStreams streams = new KafkaStreams(builder.build(), settings(args));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
    streams.start();
    Thread.currentThread().join();
  }

  private static Properties settings(String[] args) {
    Properties p = new Properties();
    p.put("bootstrap.servers", args[0]);
    p.put("application.id", args[3]);
    p.put("state.dir", args[5]);
    p.put("num.stream.threads", args[6]);
    p.put("processing.guarantee", "exactly_once_v2");
    p.put("commit.interval.ms", "100");
    p.put("replication.factor", "1");
    // Settings that help it, found by trying.
    p.put("producer.linger.ms", args[8]);
    p.put("producer.batch.size", "262144");
    p.put("producer.compression.type", "lz4");
    p.put("producer.buffer.memory", "67108864");
    p.put("consumer.auto.offset.reset", "earliest");
    p.put("consumer.isolation.level", "read_committed");
    p.put("consumer.max.poll.records", "5000");
    p.put("consumer.fetch.max.wait.ms", "100");
    p.put("consumer.max.partition.fetch.bytes", "4194304");
    return p;
  }

  private static final class Scorer implements Processor<String, byte[], String, Routed> {
    private final String schemas;
    private Job job;
    private ProcessorContext<String, Routed> context;
    private KeyValueStore<String, byte[]> accounts;
    private String key;
    private long time;
    private int today = Inputs.day(System.currentTimeMillis());
    private final Job.Sink sink = this::forward;

    Scorer(String schemas) {
      this.schemas = schemas;
    }

    @Override
    public void init(ProcessorContext<String, Routed> context) {
      this.context = context;
      accounts = context.getStateStore(STORE);
      job = new Job(schemas);
      context.schedule(Duration.ofMinutes(1), PunctuationType.WALL_CLOCK_TIME, this::visit);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      Object input = record.key() == null ? null : job.decode(record.value());
      if (input == null) {
        return;
      }
      key = record.key();
      time = record.timestamp();
      Account account = Account.read(accounts.get(key));
      if (account == null) {
        account = new Account();
      }
      var from = context.recordMetadata().orElseThrow();
      Job.Position at = new Job.Position(from.partition(), from.offset(), time);
      if (job.step(key, account, input, at, sink)) {
        accounts.put(key, account.write());
      }
    }

    /** Looks for the accounts whose date has come, once a day. */
    private void visit(long now) {
      if (Inputs.day(now) == today) {
        return;
      }
      today = Inputs.day(now);
      time = now;
      Job.Position at = new Job.Position(context.taskId().partition(), -1, now);
      try (var all = accounts.all()) {
        while (all.hasNext()) {
          var entry = all.next();
          key = entry.key;
          Account account = Account.read(entry.value);
          if (job.midnight(key, account, at, sink)) {
            accounts.put(key, account.write());
          }
        }
      }
    }

    private void forward(String route, byte[] decision) {
      context.forward(new Record<>(key, new Routed(route, decision), time));
    }
  }
}
