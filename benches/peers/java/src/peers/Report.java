package peers;

/** One report of an event, as a vendor sent it: the fields of the signal that the job needs. */
final class Report {
  /** The signal's UUID in two halves. */
  long idHigh;
  long idLow;
  String source;
  /** The day of the event, in days since 1970. */
  int day;
  /** When the job first read it, and when the vendor saw it, in milliseconds. */
  long firstSeen;
  long observedAt;
  /** Hundredths of a percent. */
  int confidence;
  boolean baseline;
  String url;

  Kind kind;
  /** Positions of symbols in the enums of the kind's schema: what happened. */
  int what;
  int function;
  int seniority;
  int instrument;
  boolean agency;
  /** US dollars, or people; -1 where it is not known. */
  long amount = -1;
  long people = -1;
  /** Growth that the vendor states: over so many months (0: none), by so many thousandths. */
  int months;
  int permille;
  /** Words: a title, a tool, a summary, a contact, an investor; then a place, a category, a topic. */
  String words;
  String more;
  String posting;

  boolean hasId(Report other) {
    return idHigh == other.idHigh && idLow == other.idLow;
  }

  /** The order of ids as bytes. */
  int compareId(Report other) {
    int high = Long.compareUnsigned(idHigh, other.idHigh);
    return high != 0 ? high : Long.compareUnsigned(idLow, other.idLow);
  }

  void write(Bytes.Out out) {
    out.fixed(idHigh);
    out.fixed(idLow);
    out.text(source);
    out.number(day);
    out.number(firstSeen);
    out.number(observedAt - firstSeen);
    out.number(confidence);
    out.flag(baseline);
    out.text(url);
    out.octet(kind.ordinal());
    out.number(what);
    out.number(function);
    out.number(seniority);
    out.number(instrument);
    out.flag(agency);
    out.number(amount);
    out.number(people);
    out.number(months);
    out.number(permille);
    out.text(words);
    out.text(more);
    out.text(posting);
  }

  static Report read(Bytes.In in) {
    Report r = new Report();
    r.idHigh = in.fixed();
    r.idLow = in.fixed();
    r.source = in.text();
    r.day = (int) in.number();
    r.firstSeen = in.number();
    r.observedAt = r.firstSeen + in.number();
    r.confidence = (int) in.number();
    r.baseline = in.flag();
    r.url = in.text();
    r.kind = Kind.ALL[in.octet()];
    r.what = (int) in.number();
    r.function = (int) in.number();
    r.seniority = (int) in.number();
    r.instrument = (int) in.number();
    r.agency = in.flag();
    r.amount = in.number();
    r.people = in.number();
    r.months = (int) in.number();
    r.permille = (int) in.number();
    r.words = in.text();
    r.more = in.text();
    r.posting = in.text();
    return r;
  }
}
