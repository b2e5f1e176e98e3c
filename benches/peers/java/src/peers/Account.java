package peers;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.generic.GenericRecord;

/** Everything the job keeps of one account, and its bytes. */
public final class Account {
  /** No date, in days since 1970. */
  static final int NEVER = Integer.MAX_VALUE;

  // What is known of the company.
  boolean known;
  String name;
  String[] industries = {};
  long employees = -1;
  int employeesAsOf;
  String country;
  int fundingStage;
  int founded = -1;
  String status;
  List<String> tools = new ArrayList<>(2);
  /** Counts its records. */
  int version;

  /** What happened, sorted by day and id. */
  ArrayList<Event> evidence = new ArrayList<>(4);

  // Where it stands.
  int sequence;
  /** From 0, the best, to 3, outside the profile; -1 before the first look. */
  byte tier = -1;
  boolean open;
  long since;
  int entered;
  String route;
  byte announced;
  int announcedOn;
  boolean owed;
  byte owedPriority;
  /** The latest stage and the largest amount of the rounds announced. */
  int roundStage;
  long roundAmount = -1;
  boolean cooling;
  long coolingSince;
  int coolingUntil;
  int enrichmentAsked = -1;
  /** The next midnight at which something may change without an input. */
  int due = NEVER;

  void update(GenericRecord record) {
    known = true;
    version++;
    int day = Inputs.day((Long) record.get("as_of"));
    name = or(Inputs.text(record, "name"), name);
    country = or(Inputs.text(record, "country"), country);
    status = or(Inputs.text(record, "status"), status);
    List<?> said = (List<?>) record.get("industries");
    if (!said.isEmpty()) {
      industries = said.stream().map(Object::toString).toArray(String[]::new);
    }
    GenericRecord band = (GenericRecord) record.get("employees");
    if (band != null) {
      employees = (Long) band.get("low");
      employeesAsOf = day;
    }
    if (record.get("founded_year") != null) {
      founded = (Integer) record.get("founded_year");
    }
    int stage = Inputs.symbol(record, "funding_stage");
    if (stage > 0) {
      fundingStage = stage;
    }
    for (Object tool : (List<?>) record.get("tools")) {
      if (!tools.contains(tool.toString())) {
        tools.add(tool.toString());
      }
    }
  }

  private static String or(String value, String otherwise) {
    return value == null ? otherwise : value;
  }

  enum Added {
    NEW,
    MERGED,
    DUPLICATE
  }

  /** Links a report to the events it is of; several become one by it. */
  Added add(Report report) {
    for (Event event : evidence) {
      if (event.hasReport(report)) {
        return Added.DUPLICATE;
      }
    }
    Event event = null;
    for (int at = 0; at < evidence.size(); at++) {
      if (evidence.get(at).isSame(report)) {
        Event same = evidence.remove(at--);
        if (event == null) {
          event = same;
        } else {
          event.addAll(same);
        }
      }
    }
    boolean merged = event != null;
    if (merged) {
      event.add(report);
    } else {
      event = new Event(report);
    }
    int at = evidence.size();
    while (at > 0 && isBefore(event, evidence.get(at - 1))) {
      at--;
    }
    evidence.add(at, event);
    if (evidence.size() > EVIDENCE_MAX) {
      evidence.remove(0);
    }
    return merged ? Added.MERGED : Added.NEW;
  }

  private static boolean isBefore(Event one, Event other) {
    int days = Integer.compare(one.filed(), other.filed());
    return days != 0 ? days < 0 : one.lead.compareId(other.lead) < 0;
  }

  private static final int EVIDENCE_MAX = 256;
  private static final ThreadLocal<Bytes.Out> OUT = ThreadLocal.withInitial(Bytes.Out::new);

  public byte[] write() {
    Bytes.Out out = OUT.get();
    out.clear();
    out.flag(known);
    out.text(name);
    out.number(industries.length);
    for (String industry : industries) {
      out.text(industry);
    }
    out.number(employees);
    out.number(employeesAsOf);
    out.text(country);
    out.number(fundingStage);
    out.number(founded);
    out.text(status);
    out.number(tools.size());
    tools.forEach(out::text);
    out.number(version);
    out.number(evidence.size());
    for (Event event : evidence) {
      event.write(out);
    }
    out.number(sequence);
    out.octet(tier);
    out.flag(open);
    out.number(since);
    out.number(entered);
    out.text(route);
    out.octet(announced);
    out.number(announcedOn);
    out.flag(owed);
    out.octet(owedPriority);
    out.number(roundStage);
    out.number(roundAmount);
    out.flag(cooling);
    out.number(coolingSince);
    out.number(coolingUntil);
    out.number(enrichmentAsked);
    out.number(due);
    return out.copy();
  }

  /** Null for null, as stores answer for an account they do not know. */
  public static Account read(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    Bytes.In in = new Bytes.In(bytes);
    Account a = new Account();
    a.known = in.flag();
    a.name = in.text();
    a.industries = new String[(int) in.number()];
    for (int i = 0; i < a.industries.length; i++) {
      a.industries[i] = in.text();
    }
    a.employees = in.number();
    a.employeesAsOf = (int) in.number();
    a.country = in.text();
    a.fundingStage = (int) in.number();
    a.founded = (int) in.number();
    a.status = in.text();
    for (int left = (int) in.number(); left > 0; left--) {
      a.tools.add(in.text());
    }
    a.version = (int) in.number();
    int events = (int) in.number();
    a.evidence.ensureCapacity(events + 1);
    for (int i = 0; i < events; i++) {
      a.evidence.add(Event.read(in));
    }
    a.sequence = (int) in.number();
    a.tier = in.octet();
    a.open = in.flag();
    a.since = in.number();
    a.entered = (int) in.number();
    a.route = in.text();
    a.announced = in.octet();
    a.announcedOn = (int) in.number();
    a.owed = in.flag();
    a.owedPriority = in.octet();
    a.roundStage = (int) in.number();
    a.roundAmount = in.number();
    a.cooling = in.flag();
    a.coolingSince = in.number();
    a.coolingUntil = (int) in.number();
    a.enrichmentAsked = (int) in.number();
    a.due = (int) in.number();
    return a;
  }
}
