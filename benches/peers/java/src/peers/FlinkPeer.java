package peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The job on Flink in one process: state in a hash map, a checkpoint a second, an exactly-once sink.
 *
 * <p>Arguments: BOOTSTRAP INPUTS PREFIX GROUP SCHEMAS CHECKPOINTS PARALLELISM.
 */
public final class FlinkPeer {
  private static final long CHECKPOINT_MS = 1_000;

  public static void main(String[] args) throws Exception {
    int parallelism = Integer.parseInt(args[6]);
    StreamExecutionEnvironment flink =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, settings(args[5], parallelism));
    flink.getConfig().enableObjectReuse();
    flink.enableCheckpointing(CHECKPOINT_MS, CheckpointingMode.EXACTLY_ONCE);
    flink.getCheckpointConfig().setMinPauseBetweenCheckpoints(0);
    flink.setBufferTimeout(20);
    flink
        .fromSource(source(args), WatermarkStrategy.noWatermarks(), "inputs", new FlinkTypes.ItemInfo())
        .keyBy(item -> item.key, Types.STRING)
        .process(new Scorer(args[4]))
        .returns(new FlinkTypes.ItemInfo())
        .sinkTo(sink(args));
    flink.execute("peer");
  }

  private static Configuration settings(String checkpoints, int parallelism) {
    Configuration c = new Configuration();
    c.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    c.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file://" + checkpoints);
    c.set(TaskManagerOptions.NUM_TASK_SLOTS, parallelism);
    c.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    c.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    c.setString("rest.bind-port", "0");
    c.setString("rest.port", "0");
    c.setString("rest.address", "127.0.0.1");
    c.setString("jobmanager.rpc.address", "127.0.0.1");
    return c;
  }

  private static KafkaSource<FlinkTypes.Item> source(String[] args) {
    Properties consumer = new Properties();
    consumer.put("isolation.level", "read_committed");
    consumer.put("max.poll.records", "5000");
    consumer.put("fetch.max.wait.ms", "100");
    consumer.put("max.partition.fetch.bytes", "4194304");
    return KafkaSource.<FlinkTypes.Item>builder()
        .setBootstrapServers(args[0])
        .setTopics(args[1])
        .setGroupId(args[3])
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setDeserializer(new Decode())
        .setProperties(consumer)
        .build();
  }

  private static KafkaSink<FlinkTypes.Item> sink(String[] args) {
    Properties producer = new Properties();
    producer.put("linger.ms", "20");
    producer.put("batch.size", "262144");
    producer.put("compression.type", "lz4");
    producer.put("transaction.timeout.ms", "60000");
    producer.put("buffer.memory", "67108864");
    return KafkaSink.<FlinkTypes.Item>builder()
        .setBootstrapServers(args[0])
        .setKafkaProducerConfig(producer)
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(args[3])
        .setRecordSerializer(new Encode(args[2]))
        .build();
  }

  public static final class Decode implements KafkaRecordDeserializationSchema<FlinkTypes.Item> {
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<FlinkTypes.Item> out) {
      if (record.key() == null) {
        return;
      }
      FlinkTypes.Item item = new FlinkTypes.Item();
      item.key = new String(record.key(), StandardCharsets.UTF_8);
      item.value = record.value();
      item.time = record.timestamp();
      item.offset = record.offset();
      item.partition = record.partition();
      out.collect(item);
    }

    @Override
    public TypeInformation<FlinkTypes.Item> getProducedType() {
      return new FlinkTypes.ItemInfo();
    }
  }

  public static final class Encode implements KafkaRecordSerializationSchema<FlinkTypes.Item> {
    private final String prefix;

    Encode(String prefix) {
      this.prefix = prefix;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        FlinkTypes.Item item, KafkaSinkContext context, Long timestamp) {
      String topic = prefix + "sequencer." + item.route;
      byte[] key = item.key.getBytes(StandardCharsets.UTF_8);
      return new ProducerRecord<>(topic, null, item.time, key, item.value);
    }
  }

  public static final class Scorer
      extends KeyedProcessFunction<String, FlinkTypes.Item, FlinkTypes.Item> {
    private final String schemas;
    private transient Job job;
    private transient ValueState<Account> state;
    private transient Collector<FlinkTypes.Item> out;
    private transient String key;
    private transient long time;

    Scorer(String schemas) {
      this.schemas = schemas;
    }

    @Override
    public void open(OpenContext context) {
      job = new Job(schemas);
      var descriptor = new ValueStateDescriptor<>("account", new FlinkTypes.AccountType());
      state = getRuntimeContext().getState(descriptor);
    }

    @Override
    public void processElement(FlinkTypes.Item item, Context context, Collector<FlinkTypes.Item> out)
        throws IOException {
      Object input = job.decode(item.value);
      if (input == null) {
        return;
      }
      begin(item.key, item.time, out);
      Account account = state.value();
      if (account == null) {
        account = new Account();
      }
      int due = Job.due(account);
      Job.Position at = new Job.Position(item.partition, item.offset, item.time);
      if (job.step(key, account, input, at, this::send)) {
        state.update(account);
        if (Job.due(account) != due) {
          remind(account, context);
        }
      }
    }

    @Override
    public void onTimer(long now, OnTimerContext context, Collector<FlinkTypes.Item> out)
        throws IOException {
      Account account = state.value();
      if (account == null) {
        return;
      }
      begin(context.getCurrentKey(), now, out);
      if (job.midnight(key, account, new Job.Position(0, -1, now), this::send)) {
        state.update(account);
        remind(account, context);
      }
    }

    private void begin(String key, long time, Collector<FlinkTypes.Item> out) {
      this.key = key;
      this.time = time;
      this.out = out;
    }

    private void remind(Account account, Context context) {
      if (Job.due(account) != Account.NEVER) {
        context.timerService().registerProcessingTimeTimer(Job.due(account) * Inputs.DAY);
      }
    }

    private void send(String route, byte[] decision) {
      FlinkTypes.Item item = new FlinkTypes.Item();
      item.key = key;
      item.value = decision;
      item.time = time;
      item.route = route;
      out.collect(item);
    }
  }
}
