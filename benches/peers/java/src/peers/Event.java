package peers;

import java.util.ArrayList;
import java.util.List;

/** One event at an account, with every report of it, sorted by id. */
final class Event {
  /** The one with the lowest id speaks for the event. */
  Report lead;
  /** Null while there is one report, as there mostly is. */
  private ArrayList<Report> others;

  Event(Report report) {
    lead = report;
  }

  Kind kind() {
    return lead.kind;
  }

  List<Report> others() {
    return others == null ? List.of() : others;
  }

  boolean hasReport(Report report) {
    if (lead.hasId(report)) {
      return true;
    }
    for (Report other : others()) {
      if (other.hasId(report)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a report is of this event too. */
  boolean isSame(Report report) {
    if (SameEvent.of(lead, report)) {
      return true;
    }
    for (Report other : others()) {
      if (SameEvent.of(other, report)) {
        return true;
      }
    }
    return false;
  }

  void add(Report report) {
    if (others == null) {
      others = new ArrayList<>(1);
    }
    others.add(report);
    if (report.compareId(lead) < 0) {
      others.set(others.size() - 1, lead);
      lead = report;
    }
    others.sort(Report::compareId);
    if (others.size() > REPORTS_MAX - 1) {
      others.remove(others.size() - 1);
    }
  }

  void addAll(Event other) {
    add(other.lead);
    other.others().forEach(this::add);
  }

  int confidence() {
    int most = lead.confidence;
    for (Report other : others()) {
      most = Math.max(most, other.confidence);
    }
    return most;
  }

  long firstSeen() {
    long first = lead.firstSeen;
    for (Report other : others()) {
      first = Math.min(first, other.firstSeen);
    }
    return first;
  }

  /** The day from which it counts: the earliest that any report gives. */
  int day() {
    int first = lead.day;
    for (Report other : others()) {
      first = Math.min(first, other.day);
    }
    return first;
  }

  /** The day under which it is sorted: the latest. */
  int filed() {
    int last = lead.day;
    for (Report other : others()) {
      last = Math.max(last, other.day);
    }
    return last;
  }

  boolean isBaseline() {
    boolean all = lead.baseline;
    for (Report other : others()) {
      all &= other.baseline;
    }
    return all;
  }

  void write(Bytes.Out out) {
    lead.write(out);
    out.number(others().size());
    for (Report other : others()) {
      other.write(out);
    }
  }

  static Event read(Bytes.In in) {
    Event event = new Event(Report.read(in));
    int more = (int) in.number();
    if (more > 0) {
      event.others = new ArrayList<>(more);
      for (int i = 0; i < more; i++) {
        event.others.add(Report.read(in));
      }
    }
    return event;
  }

  private static final int REPORTS_MAX = 16;
}
