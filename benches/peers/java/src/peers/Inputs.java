package peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/** Decodes inputs: five bytes of framing, then Avro. Readers and records are used again. */
final class Inputs {
  static final long DAY = 86_400_000L;

  private final Schemas schemas;
  private final Map<Kind, Source> signals = new EnumMap<>(Kind.class);
  private final Source companies;
  private BinaryDecoder decoder;

  Inputs(Schemas schemas) {
    this.schemas = schemas;
    for (Kind kind : Kind.ALL) {
      signals.put(kind, new Source(schemas.input(kind)));
    }
    companies = new Source(schemas.company);
  }

  /** A signal, or a company's record, or neither: a record that this job does not read. */
  record Input(Kind kind, GenericRecord record) {
    boolean isCompany() {
      return kind == null;
    }
  }

  Input decode(byte[] value) {
    if (value == null || value.length < 5 || value[0] != 0) {
      return null;
    }
    int id = ByteBuffer.wrap(value, 1, 4).getInt();
    Kind kind = schemas.kind(id);
    if (kind == null && id != schemas.companyId) {
      return null;
    }
    Source source = kind == null ? companies : signals.get(kind);
    try {
      decoder = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, decoder);
      source.record = source.reader.read(source.record, decoder);
      return new Input(kind, source.record);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static final class Source {
    final GenericDatumReader<GenericRecord> reader;
    GenericRecord record;

    Source(Schema schema) {
      GenericData data = new GenericData();
      data.setFastReaderEnabled(true);
      reader = new GenericDatumReader<>(schema, schema, data);
    }
  }

  static Report report(Kind kind, GenericRecord of, long now) {
    Report r = new Report();
    UUID id = UUID.fromString(text(of, "signal_id"));
    r.idHigh = id.getMostSignificantBits();
    r.idLow = id.getLeastSignificantBits();
    r.source = text(of, "source");
    r.observedAt = (Long) of.get("observed_at");
    Long occurred = (Long) of.get("occurred_at");
    r.day = day(occurred == null ? r.observedAt : occurred);
    r.firstSeen = now;
    r.confidence = (int) Math.round((Double) of.get("confidence") * 10_000);
    r.baseline = (Boolean) of.get("baseline");
    List<?> urls = (List<?>) of.get("evidence_urls");
    r.url = urls.isEmpty() ? null : urls.get(0).toString();
    r.kind = kind;
    switch (kind) {
      case FUNDING -> {
        r.what = symbol(of, "stage");
        r.instrument = symbol(of, "instrument");
        r.amount = known(of, "amount_usd");
        r.words = text(of, "lead_investor");
      }
      case HIRING -> {
        r.what = symbol(of, "action");
        r.function = symbol(of, "function");
        r.seniority = symbol(of, "seniority");
        r.agency = (Boolean) of.get("agency");
        r.words = text(of, "title");
        r.more = text(of, "place");
        r.posting = text(of, "posting");
      }
      case HEADCOUNT -> {
        r.people = known(of, "total");
        GenericRecord growth = (GenericRecord) of.get("growth");
        if (growth != null) {
          r.months = (Integer) growth.get("months");
          r.permille = (int) Math.round((Double) growth.get("percent") * 10);
        }
      }
      case TECHNOLOGY -> {
        r.what = symbol(of, "action");
        r.words = text(of, "tool");
        r.more = text(of, "category");
      }
      case NEWS -> {
        r.what = symbol(of, "kind");
        r.words = text(of, "summary");
        r.amount = known(of, "amount_usd");
        r.people = known(of, "people");
      }
      case ENGAGEMENT -> {
        r.what = symbol(of, "kind");
        r.words = text(of, "contact");
        r.more = text(of, "topic");
      }
    }
    return r;
  }

  static int day(long milliseconds) {
    return (int) Math.floorDiv(milliseconds, DAY);
  }

  static String text(GenericRecord of, String field) {
    Object value = of.get(field);
    return value == null ? null : value.toString();
  }

  static int symbol(GenericRecord of, String field) {
    GenericEnumSymbol<?> symbol = (GenericEnumSymbol<?>) of.get(field);
    return symbol.getSchema().getEnumOrdinal(symbol.toString());
  }

  private static long known(GenericRecord of, String field) {
    Long value = (Long) of.get(field);
    return value == null ? -1 : value;
  }
}
