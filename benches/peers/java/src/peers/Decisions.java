package peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Writes decisions by the schema decision.avsc, each with its explanation. */
final class Decisions {
  private final Schemas schemas;
  private final GenericDatumWriter<GenericRecord> writer;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
  private BinaryEncoder encoder;

  Decisions(Schemas schemas) {
    this.schemas = schemas;
    writer = new GenericDatumWriter<>(schemas.decision);
  }

  /** A decision before it is written. */
  static final class Draft {
    final String key;
    final Account account;
    final Assessment a;
    final Job.Position at;
    final String kind;
    final String origin;
    final String route;
    String happened;
    /** Of a decision about an earlier tier; -1: none. */
    int previousTier = -1;
    String exit;
    String request;
    /** -1: not said. */
    int leavesOn = -1;
    int band;
    byte priority;

    Draft(
        String key,
        Account account,
        Assessment a,
        Job.Position at,
        String kind,
        String origin,
        String route) {
      this.key = key;
      this.account = account;
      this.a = a;
      this.at = at;
      this.kind = kind;
      this.origin = origin;
      this.route = route;
      band = a.intent.band();
      priority = a.priority();
    }
  }

  byte[] encode(Draft draft) {
    try {
      bytes.reset();
      bytes.write(0);
      bytes.write(ByteBuffer.allocate(4).putInt(schemas.decisionId).array());
      encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
      writer.write(record(draft), encoder);
      encoder.flush();
      return bytes.toByteArray();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private GenericRecord record(Draft draft) {
    Account account = draft.account;
    Assessment a = draft.a;
    List<Found> strongest = new ArrayList<>(a.intent.found);
    strongest.sort((x, y) -> Long.compare(y.points, x.points));
    GenericRecord d = schemas.record(schemas.decision);
    d.put("id", idOf(draft.key, account.sequence));
    d.put("account", draft.key);
    d.put("account_name", account.name);
    d.put("product", "crm");
    d.put("sequence", (long) account.sequence);
    d.put("kind", symbol("DecisionKind", draft.kind));
    d.put("origin", symbol("Origin", draft.origin));
    d.put("decided_at", draft.at.time());
    d.put("input_partition", draft.at.partition());
    d.put("input_offset", draft.at.offset());
    d.put("written_partition", draft.at.partition());
    d.put("written_offset", draft.at.offset());
    d.put("written_time", draft.at.time());
    d.put("profile", "bench");
    d.put("profile_version", "0123456789ab");
    d.put("activation", 1L);
    d.put("rules_version", 1);
    d.put("company_version", (long) account.version);
    d.put("segment", "primary");
    d.put("tier", symbol("Tier", Profile.TIERS[a.tier]));
    String previous = draft.previousTier < 0 ? "unknown" : Profile.TIERS[draft.previousTier];
    d.put("previous_tier", symbol("Tier", previous));
    d.put("band", symbol("IntentBand", Profile.BANDS[draft.band]));
    d.put("priority", symbol("Priority", Profile.PRIORITIES[draft.priority]));
    boolean forPeople = !draft.kind.equals("exited") && !draft.kind.equals("tier_changed");
    d.put("sla_deadline", forPeople ? deadline(draft.at.time(), Profile.slaHours(draft.priority)) : null);
    d.put("sla_zone", forPeople ? "UTC" : null);
    d.put("route", draft.route);
    d.put("arm", symbol("Arm", "treatment"));
    d.put("headline", headline(draft, strongest));
    d.put("fit", fit(a));
    d.put("intent", intent(a, strongest));
    d.put("exit", draft.exit == null ? null : exit(draft));
    d.put("leaves_on", draft.leavesOn < 0 ? null : draft.leavesOn);
    d.put("would_change", wouldChange(a));
    d.put("request", draft.request);
    d.put("missing", missing(a));
    d.put("personas", personas());
    d.put("pain", "the pipeline is guessed");
    d.put("angle", "what changed");
    d.put("about", about(a));
    d.put("website", "https://" + draft.key);
    d.put("owner", null);
    d.put("territory", null);
    d.put("crm_ids", List.of());
    d.put("links", List.of());
    d.put("entered_as", null);
    String entry = account.open ? idOf(draft.key, account.entered) : null;
    d.put("episode_id", entry);
    d.put("opened_by", draft.kind.equals("entered") ? null : entry);
    d.put("parent", null);
    return d;
  }

  private static String idOf(String key, int sequence) {
    String name = key + "\ncrm\n" + sequence;
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private GenericData.EnumSymbol symbol(String type, String symbol) {
    return new GenericData.EnumSymbol(schemas.named(type), symbol);
  }

  private GenericRecord of(String type) {
    return schemas.record(schemas.named(type));
  }

  private static String headline(Draft draft, List<Found> strongest) {
    Account account = draft.account;
    Assessment a = draft.a;
    StringBuilder line = new StringBuilder(200);
    line.append(account.name != null ? account.name : draft.key).append(' ').append(draft.happened);
    line.append(" (fit ").append(a.lower / 1000);
    line.append(", intent ").append((a.intent.total + 500) / 1000).append(')');
    int said = 0;
    for (Found f : strongest) {
      if (f.points <= 0 || said == 3) {
        break;
      }
      line.append(said++ == 0 ? ": " : ", ").append(what(f.event.lead)).append(age(a.today - f.day));
      line.append(" (+").append((f.points + 500) / 1000).append(')');
    }
    return line.toString();
  }

  private static String age(int days) {
    return switch (days) {
      case 0 -> " today";
      case 1 -> " yesterday";
      default -> " " + days + " days ago";
    };
  }

  private static final String[] STAGES = {
    "", "Bootstrapped", "Pre Seed", "Seed", "Series A", "Series B", "Series C", "Series D", "Series E",
    "Series F", "Late Stage", "PE-backed", "Public"
  };

  /** What happened, for people. */
  private static String what(Report e) {
    return switch (e.kind) {
      case FUNDING -> (e.what > 0 ? STAGES[e.what] : "funding round")
          + (e.amount >= 0 ? " of $" + e.amount / 1_000_000 + "M" : "")
          + (e.words != null ? " led by " + e.words : "");
      case HIRING -> (e.what == Symbols.HIRED ? "hired " : "posted ")
          + e.words
          + (e.more != null ? " (" + e.more + ")" : "");
      case HEADCOUNT -> e.people >= 0
          ? e.people + " employees"
          : "headcount " + e.permille / 10 + " % in " + e.months + " months";
      case TECHNOLOGY -> (e.what == Symbols.ADOPTED ? "adopted " : "uses ") + e.words;
      case NEWS -> e.words != null ? "expansion: " + e.words : "expansion";
      case ENGAGEMENT -> (e.what == Symbols.DEMO_REQUEST ? "demo request" : "pricing page")
          + (e.more != null ? " (" + e.more + ")" : "");
    };
  }

  private GenericRecord fit(Assessment a) {
    Account account = a.account;
    String[] found = {
      a.employees < 0 ? "" : Long.toString(a.employees),
      String.join(", ", account.industries),
      account.country == null ? "" : account.country,
      STAGES[a.fundingStage],
      String.join(", ", account.tools),
      account.founded < 0 ? "" : Integer.toString(account.founded)
    };
    List<GenericRecord> criteria = new ArrayList<>(found.length);
    for (int i = 0; i < found.length; i++) {
      GenericRecord criterion = of("Criterion");
      criterion.put("name", Profile.CRITERIA[i]);
      criterion.put("weight", Profile.WEIGHTS[i]);
      criterion.put("answer", symbol("Answer", ANSWERS[a.answers[i]]));
      criterion.put("required", false);
      criterion.put("found", found[i]);
      criterion.put("stale", false);
      criteria.add(criterion);
    }
    GenericRecord fit = of("Fit");
    fit.put("lower_millipoints", a.lower);
    fit.put("upper_millipoints", a.upper);
    fit.put("known_percent", a.knownPercent);
    fit.put("gate_millipoints", Profile.GATE);
    fit.put("criteria", criteria);
    return fit;
  }

  private static final String[] ANSWERS = {"unknown", "yes", "no"};

  private GenericRecord intent(Assessment a, List<Found> strongest) {
    GenericRecord intent = of("Intent");
    intent.put("total_millipoints", a.intent.total);
    intent.put("score_millipoints", a.intent.total);
    intent.put("enter_millipoints", Profile.ENTER);
    intent.put("exit_millipoints", Profile.EXIT);
    List<GenericRecord> contributions = new ArrayList<>(strongest.size());
    for (Found f : strongest) {
      contributions.add(contribution(a, f));
    }
    intent.put("contributions", contributions);
    List<GenericRecord> conjunctions = new ArrayList<>(1);
    if (a.intent.conjunction > 0) {
      GenericRecord conjunction = of("Conjunction");
      conjunction.put("name", "money-and-people");
      conjunction.put("millipoints", a.intent.conjunction);
      conjunctions.add(conjunction);
    }
    intent.put("conjunctions", conjunctions);
    List<GenericRecord> capped = new ArrayList<>(0);
    for (Kind kind : Kind.ALL) {
      if (a.intent.capped[kind.ordinal()] > 0) {
        GenericRecord cap = of("Capped");
        cap.put("kind", symbol("SignalKind", kind.schema));
        cap.put("millipoints", a.intent.capped[kind.ordinal()]);
        capped.add(cap);
      }
    }
    intent.put("capped", capped);
    return intent;
  }

  private GenericRecord contribution(Assessment a, Found f) {
    Rule rule = Profile.RULES[f.rule];
    Report lead = f.event.lead;
    GenericRecord c = of("Contribution");
    c.put("rule", rule.name);
    c.put("kind", symbol("SignalKind", rule.kind.schema));
    c.put("what", what(lead));
    c.put("announced", f.day);
    c.put("first_seen", f.event.firstSeen());
    c.put("age_days", a.today - f.day);
    c.put("points", rule.points);
    c.put("magnitude_ppm", f.magnitude);
    c.put("confidence", f.confidence);
    c.put("decay_ppm", (long) f.decay);
    c.put("contribution_millipoints", f.points);
    List<String> ids = new ArrayList<>(1);
    List<String> sources = new ArrayList<>(1);
    note(lead, ids, sources);
    for (Report other : f.event.others()) {
      note(other, ids, sources);
    }
    c.put("evidence", ids);
    c.put("sources", sources);
    c.put("url", lead.url);
    c.put("is_open", rule.kind == Kind.HIRING ? true : null);
    c.put("pieces", List.of());
    return c;
  }

  private static void note(Report report, List<String> ids, List<String> sources) {
    ids.add(new UUID(report.idHigh, report.idLow).toString());
    if (!sources.contains(report.source)) {
      sources.add(report.source);
    }
  }

  private GenericRecord exit(Draft draft) {
    GenericRecord exit = of("Exit");
    exit.put("reason", symbol("ExitReason", draft.exit));
    boolean excluded = draft.exit.equals("excluded");
    exit.put("advice", symbol("ExitAdvice", excluded ? "stop_now" : "no_new_enrolment"));
    exit.put("outcome", symbol("OutcomeKind", "unknown"));
    exit.put("entered", (long) draft.account.entered);
    exit.put("cooldown_until", draft.account.cooling ? draft.account.coolingUntil : null);
    return exit;
  }

  private static List<String> missing(Assessment a) {
    List<String> missing = new ArrayList<>(2);
    for (int i = 0; i < Profile.CRITERIA.length; i++) {
      if (a.answers[i] == Assessment.UNKNOWN) {
        missing.add(ATTRIBUTES[i]);
      }
    }
    return missing;
  }

  private static final String[] ATTRIBUTES = {
    "employees", "industry", "country", "funding_stage", "technologies", "founded_year"
  };

  private static List<String> wouldChange(Assessment a) {
    List<String> would = new ArrayList<>(2);
    if (!a.fits()) {
      String missing = String.join(", ", missing(a));
      would.add("fit " + a.lower / 1000 + " to " + a.upper / 1000 + " (gate 60): missing " + missing);
    }
    if (a.intent.total < Profile.ENTER) {
      would.add((Profile.ENTER - a.intent.total) / 1000.0 + " points short of the enter line 60");
    }
    return would;
  }

  private List<GenericRecord> personas() {
    GenericRecord persona = of("Persona");
    persona.put("titles", List.of("VP Sales"));
    persona.put("pain", "the pipeline is guessed");
    persona.put("angle", "what changed");
    persona.put("hires_for", null);
    persona.put("message", null);
    return List.of(persona);
  }

  private static String about(Assessment a) {
    Account account = a.account;
    List<String> words = new ArrayList<>(4);
    words.add(String.join(", ", account.industries));
    if (a.employees >= 0) {
      words.add(a.employees + " employees");
    }
    words.add(STAGES[a.fundingStage]);
    words.add(account.country == null ? "" : account.country);
    words.removeIf(String::isEmpty);
    return String.join(", ", words);
  }

  /** Business hours: 9 to 17 UTC, Monday to Friday. */
  private static Long deadline(long from, int hours) {
    LocalDateTime now = LocalDateTime.ofEpochSecond(Math.floorDiv(from, 1000), 0, ZoneOffset.UTC);
    Duration left = Duration.ofHours(hours);
    for (int days = 0; days < 60; days++) {
      LocalDateTime opens = now.toLocalDate().atTime(9, 0);
      LocalDateTime closes = now.toLocalDate().atTime(17, 0);
      LocalDateTime start = now.isAfter(opens) ? now : opens;
      boolean working = now.getDayOfWeek().compareTo(DayOfWeek.FRIDAY) <= 0;
      if (working && start.isBefore(closes)) {
        Duration room = Duration.between(start, closes);
        if (left.compareTo(room) <= 0) {
          return start.plus(left).toEpochSecond(ZoneOffset.UTC) * 1000;
        }
        left = left.minus(room);
      }
      now = now.toLocalDate().plusDays(1).atStartOfDay();
    }
    return null;
  }
}
