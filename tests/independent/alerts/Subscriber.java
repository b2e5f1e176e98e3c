import java.time.Duration;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A program of somebody else, which reads the decisions of every route: java -cp LIBRARIES Subscriber.java BOOTSTRAP GROUP */
class Subscriber {
    public static void main(String[] args) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("group.id", args[1]);
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        settings.put("auto.commit.interval.ms", "1000");
        settings.put("metadata.max.age.ms", "5000");
        settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
        settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(Pattern.compile("sequencer\\..*"));
            while (true) {
                consumer.poll(Duration.ofSeconds(1));
            }
        }
    }
}
