package peers;

/** One rule of the profile: what it gives, and how that fades. */
final class Rule {
  final String name;
  final Kind kind;
  final int points;
  /** How many pieces of evidence it counts. */
  final int count;
  /** Several events within so many days are one piece; 1: each is one. */
  final int atLeast;
  final int withinDays;
  /** Larger is worth more: from so much, at so many percent, up to the full size. 0: no scale. */
  final long scaleFrom;
  final long scaleFull;
  final int scaleLeastPercent;
  /** Parts per million by age in days, up to the window. */
  private final int[] decay;

  private Rule(Builder b) {
    name = b.name;
    kind = b.kind;
    points = b.points;
    count = b.count;
    atLeast = b.atLeast;
    withinDays = b.withinDays;
    scaleFrom = b.scaleFrom;
    scaleFull = b.scaleFull;
    scaleLeastPercent = b.scaleLeastPercent;
    decay = new int[b.windowDays + 1];
    for (int age = 0; age <= b.windowDays; age++) {
      int past = Math.max(0, age - b.holdDays);
      decay[age] = (int) Math.round(1e6 * Math.pow(2, -(double) past / b.halfLifeDays));
    }
  }

  int decayAt(int age) {
    return age < 0 || age >= decay.length ? 0 : decay[age];
  }

  /** Parts per million. */
  long magnitude(long size) {
    if (scaleFull == 0) {
      return 1_000_000;
    }
    long least = scaleLeastPercent * 10_000L;
    long within = Math.min(Math.max(size, scaleFrom), scaleFull);
    return least + (within - scaleFrom) * (1_000_000 - least) / (scaleFull - scaleFrom);
  }

  static Builder of(String name, Kind kind, int points) {
    return new Builder(name, kind, points);
  }

  static final class Builder {
    private final String name;
    private final Kind kind;
    private final int points;
    private int holdDays = 7;
    private int halfLifeDays;
    private int windowDays;
    private int count = 1;
    private int atLeast = 1;
    private int withinDays;
    private long scaleFrom;
    private long scaleFull;
    private int scaleLeastPercent;

    private Builder(String name, Kind kind, int points) {
      this.name = name;
      this.kind = kind;
      this.points = points;
    }

    Builder hold(int days) {
      holdDays = days;
      return this;
    }

    Builder count(int most) {
      count = most;
      return this;
    }

    Builder atLeast(int events, int days) {
      atLeast = events;
      withinDays = days;
      return this;
    }

    Builder scale(long from, long full, int leastPercent) {
      scaleFrom = from;
      scaleFull = full;
      scaleLeastPercent = leastPercent;
      return this;
    }

    Rule fades(int halfLife, int window) {
      halfLifeDays = halfLife;
      windowDays = window;
      return new Rule(this);
    }
  }
}
