package peers;

import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * The Avro schemas of the project's folder `schemas`, and the ids that records carry. The ids come
 * from the bench, which asks the codec for them.
 */
final class Schemas {
  private final Map<Kind, Schema> inputs = new EnumMap<>(Kind.class);
  private final Map<Integer, Kind> kinds = new HashMap<>();
  private final Map<String, Schema> named = new HashMap<>();
  private final Map<String, List<Schema.Field>> defaults = new HashMap<>();
  final Schema company;
  final Schema decision;
  final int companyId;
  final int decisionId;

  /** The file names the folder, and the id of each schema. */
  Schemas(String file) {
    Properties said = new Properties();
    try (var reader = new FileReader(file)) {
      said.load(reader);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    String folder = said.getProperty("folder");
    for (Kind kind : Kind.ALL) {
      inputs.put(kind, withStrings(parse(folder, kind.schema)));
      kinds.put(Integer.parseInt(said.getProperty(kind.schema)), kind);
    }
    company = withStrings(parse(folder, "company"));
    companyId = Integer.parseInt(said.getProperty("company"));
    decision = parse(folder, "decision");
    decisionId = Integer.parseInt(said.getProperty("decision"));
    index(decision);
  }

  Schema input(Kind kind) {
    return inputs.get(kind);
  }

  /** The kind of signal that an id stands for; null for any other record. */
  Kind kind(int id) {
    return kinds.get(id);
  }

  /** A type within the schema of decisions. */
  Schema named(String name) {
    return named.get(name);
  }

  /** An empty record with its defaults: fields that the schema gains later need no change here. */
  GenericRecord record(Schema schema) {
    GenericRecord record = new GenericData.Record(schema);
    for (Schema.Field field : defaults.computeIfAbsent(schema.getName(), name -> withDefault(schema))) {
      record.put(field.pos(), GenericData.get().getDefaultValue(field));
    }
    return record;
  }

  /** Fields whose default is more than null. */
  private static List<Schema.Field> withDefault(Schema schema) {
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      if (field.hasDefaultValue() && field.defaultVal() != JsonProperties.NULL_VALUE) {
        fields.add(field);
      }
    }
    return fields;
  }

  private static Schema parse(String folder, String name) {
    try {
      return new Schema.Parser().parse(new File(folder, name + ".avsc"));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** Has texts read as java.lang.String, which is faster here than Avro's Utf8. */
  private static Schema withStrings(Schema schema) {
    switch (schema.getType()) {
      case STRING -> {
        if (schema.getProp(GenericData.STRING_PROP) == null) {
          GenericData.setStringType(schema, GenericData.StringType.String);
        }
      }
      case RECORD -> schema.getFields().forEach(field -> withStrings(field.schema()));
      case ARRAY -> withStrings(schema.getElementType());
      case UNION -> schema.getTypes().forEach(Schemas::withStrings);
      default -> {}
    }
    return schema;
  }

  private void index(Schema schema) {
    switch (schema.getType()) {
      case RECORD -> {
        if (named.put(schema.getName(), schema) == null) {
          schema.getFields().forEach(field -> index(field.schema()));
        }
      }
      case ENUM, FIXED -> named.put(schema.getName(), schema);
      case ARRAY -> index(schema.getElementType());
      case UNION -> schema.getTypes().forEach(this::index);
      default -> {}
    }
  }
}
