package peers;

/** What one piece of evidence gives to a rule today. */
final class Found {
  int rule;
  Event event;
  /** The place among the evidence. */
  int at;
  int day;
  int confidence;
  int decay;
  long magnitude;
  /** Thousandths. */
  long points;

  static Found of(int rule, Event event, int at, int day, long size, int confidence, int decay) {
    Found found = new Found();
    found.rule = rule;
    found.event = event;
    found.at = at;
    found.day = day;
    found.confidence = confidence;
    found.decay = decay;
    found.magnitude = Profile.RULES[rule].magnitude(size);
    found.points = found.pointsAt(decay);
    return found;
  }

  /** Points × magnitude × confidence × decay, exactly: with 45 points at most it fits in 64 bits. */
  long pointsAt(int decay) {
    return Profile.RULES[rule].points * magnitude * confidence * decay / 10_000_000_000_000L;
  }

  /** The strongest first, then the fresher, then by place. */
  static int compareStrength(Found one, Found other) {
    int points = Long.compare(Math.abs(other.points), Math.abs(one.points));
    if (points != 0) {
      return points;
    }
    return other.day != one.day
        ? Integer.compare(other.day, one.day)
        : Integer.compare(one.at, other.at);
  }
}
