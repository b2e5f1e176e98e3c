package peers;

import java.util.Objects;

/** When two reports are of one event, though their ids differ. */
final class SameEvent {
  private SameEvent() {}

  static boolean of(Report x, Report y) {
    if (x.kind != y.kind) {
      return false;
    }
    int days = Math.abs(x.day - y.day);
    return switch (x.kind) {
      case FUNDING -> sameRound(x, y, days);
      case HIRING -> sameJob(x, y, days);
      case TECHNOLOGY -> x.what == y.what && days <= 30 && x.words.equals(y.words);
      case NEWS -> x.what == y.what && days <= 7 && close(x.amount, y.amount, 15);
      case ENGAGEMENT -> sameVisit(x, y, days);
      // Stated growth is compared by the rule that counts it. The inputs hold no counts of people.
      case HEADCOUNT -> false;
    };
  }

  private static boolean sameRound(Report x, Report y, int days) {
    boolean known = x.amount >= 0 && y.amount >= 0;
    if (!mayBeOneInstrument(x.instrument, y.instrument, known)) {
      return false;
    }
    boolean alike = close(x.amount, y.amount, 20);
    boolean sameSum = known && close(x.amount, y.amount, 2);
    if (x.what == 0 || y.what == 0) {
      return alike && days <= 14 || sameSum && days <= 45;
    }
    if (x.what != y.what) {
      return sameSum && days <= 30;
    }
    return alike && days <= 30 || sameSum && days <= 45;
  }

  private static boolean mayBeOneInstrument(int x, int y, boolean amountsKnown) {
    if (x == y || x == Symbols.OTHER_INSTRUMENT || y == Symbols.OTHER_INSTRUMENT) {
      return true;
    }
    boolean extended =
        x == Symbols.EQUITY && y == Symbols.EXTENSION || x == Symbols.EXTENSION && y == Symbols.EQUITY;
    return extended && amountsKnown;
  }

  private static boolean sameJob(Report x, Report y, int days) {
    if (x.what != y.what) {
      return false;
    }
    boolean samePosting =
        x.posting != null && x.posting.equals(y.posting) && x.source.equals(y.source);
    if (samePosting && days <= 180) {
      return true;
    }
    int within = x.what == Symbols.HIRED ? 45 : 60;
    boolean samePlace = x.more == null || y.more == null || x.more.equalsIgnoreCase(y.more);
    return days <= within && samePlace && x.words.equalsIgnoreCase(y.words);
  }

  /** Inbound requests are never one: each gets an answer. */
  private static boolean sameVisit(Report x, Report y, int days) {
    return x.what == y.what
        && days == 0
        && Objects.equals(x.words, y.words)
        && Objects.equals(x.more, y.more)
        && !Symbols.isInboundRequest(x.what);
  }

  /** Equal within so many percent of the larger; an unknown amount contradicts nothing. */
  private static boolean close(long x, long y, long percent) {
    return x < 0 || y < 0 || Math.abs(x - y) * 100 <= Math.max(x, y) * percent;
  }
}
