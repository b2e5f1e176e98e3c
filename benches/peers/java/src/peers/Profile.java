package peers;

import java.time.LocalDate;

/** The profile benches/core.yaml, written out as a JVM developer would write one fixed profile. */
final class Profile {
  static final String[] BANDS = {"low", "medium", "high"};
  static final String[] PRIORITIES = {"normal", "high", "urgent"};
  static final String[] TIERS = {"tier_1", "tier_2", "tier_3", "not_icp"};
  static final byte OUTSIDE = 3;

  /** Thousandths of a point. */
  static final long ENTER = 60_000;
  static final long EXIT = 30_000;
  static final long GATE = 60_000;
  static final int KNOWN_PERCENT = 60;
  static final int COOLDOWN_DAYS = 30;
  static final int STAY_DAYS = 180;
  static final int STRENGTHEN_DAYS = 7;
  static final int HORIZON_DAYS = 400;

  static final String[] CRITERIA = {"size", "industry", "place", "stage", "stack", "young"};
  static final int[] WEIGHTS = {30, 25, 15, 10, 10, 10};

  static final int ROUND = 0;
  static final int LEADER = 1;
  static final int TEAM = 2;
  static final int GROWTH = 3;
  static final int ADOPTED = 4;
  static final int EXPANDS = 5;
  static final int VISITS = 6;
  static final int LAYOFFS = 7;

  static final Rule[] RULES = {
    Rule.of("round", Kind.FUNDING, 45).hold(14).scale(1_000_000, 30_000_000, 40).fades(45, 180),
    Rule.of("leader", Kind.HIRING, 30).fades(30, 90),
    Rule.of("team", Kind.HIRING, 20).atLeast(3, 30).fades(20, 60),
    Rule.of("growth", Kind.HEADCOUNT, 20).fades(60, 120),
    Rule.of("adopted", Kind.TECHNOLOGY, 15).fades(30, 90),
    Rule.of("expands", Kind.NEWS, 20).fades(30, 90),
    Rule.of("visits", Kind.ENGAGEMENT, 10).count(2).fades(7, 30),
    Rule.of("layoffs", Kind.NEWS, -40).fades(30, 120),
  };

  private Profile() {}

  /** The most that a kind's good news is worth, in thousandths of a point. */
  static long cap(Kind kind) {
    return switch (kind) {
      case HIRING -> 40_000;
      case ENGAGEMENT -> 20_000;
      default -> Long.MAX_VALUE;
    };
  }

  /** The conjunction money-and-people: a round and any hiring, so many days apart at most. */
  static final int TOGETHER_DAYS = 30;
  static final int TOGETHER_POINTS = 20;

  /** Whether an event matches a rule by itself; growth has rules of its own. */
  static boolean matches(int rule, Report e) {
    return switch (rule) {
      case ROUND -> e.kind == Kind.FUNDING
          && (e.instrument == Symbols.EQUITY || e.instrument == Symbols.EXTENSION)
          && e.what >= Symbols.SERIES_A;
      case LEADER -> isSalesJob(e)
          && (e.seniority == Symbols.HEAD || e.seniority >= Symbols.VICE_PRESIDENT);
      case TEAM -> isSalesJob(e);
      case ADOPTED -> e.kind == Kind.TECHNOLOGY
          && e.what == Symbols.ADOPTED
          && e.words.equals("hubspot");
      case EXPANDS -> e.kind == Kind.NEWS
          && (e.what == Symbols.EXPANSION || e.what == Symbols.NEW_OFFICE);
      case VISITS -> e.kind == Kind.ENGAGEMENT
          && (e.what == Symbols.PRICING_PAGE || e.what == Symbols.DEMO_REQUEST);
      case LAYOFFS -> e.kind == Kind.NEWS && e.what == Symbols.LAYOFFS;
      default -> false;
    };
  }

  private static boolean isSalesJob(Report e) {
    return e.kind == Kind.HIRING
        && !e.agency
        && e.what != Symbols.CLOSED
        && (e.function == Symbols.SALES || e.function == Symbols.SALES_DEVELOPMENT);
  }

  /** Whether an event may move anything: for all others the account need not be looked at. */
  static boolean sees(Report e) {
    return switch (e.kind) {
      case FUNDING, HEADCOUNT -> true;
      case HIRING -> e.what == Symbols.HIRED || matches(LEADER, e) || matches(TEAM, e);
      case TECHNOLOGY -> e.words.equals("hubspot") || e.words.equals("salesforce");
      case NEWS -> turn(e) != null || matches(EXPANDS, e) || matches(LAYOFFS, e);
      case ENGAGEMENT -> Symbols.isInboundRequest(e.what) || matches(VISITS, e);
    };
  }

  /** What becomes of a company by news; null: nothing. */
  static String turn(Report news) {
    if (news.what == Symbols.ACQUIRED) {
      return "acquired";
    }
    if (news.what == Symbols.BANKRUPTCY) {
      return "bankrupt";
    }
    return news.what == Symbols.CLOSURE ? "closed" : null;
  }

  static byte tierOf(long fit) {
    if (fit >= 85_000) {
      return 0;
    }
    if (fit >= 70_000) {
      return 1;
    }
    return fit >= 60_000 ? 2 : OUTSIDE;
  }

  static int bandOf(long score) {
    if (score >= 70_000) {
      return 2;
    }
    return score >= 40_000 ? 1 : 0;
  }

  static byte priority(byte tier, int band) {
    if (tier == 0 && band == 2) {
      return 2;
    }
    return (byte) (tier == 0 && band == 1 || tier == 1 && band == 2 ? 1 : 0);
  }

  static String routeOf(byte priority) {
    return priority >= 1 ? "ae" : "sdr";
  }

  static int slaHours(byte priority) {
    return switch (priority) {
      case 2 -> 4;
      case 1 -> 8;
      default -> 24;
    };
  }

  static int year(int day) {
    return LocalDate.ofEpochDay(day).getYear();
  }
}
