package peers;

/** Fit with its bounds, and intent, of an account on one day. */
final class Assessment {
  static final byte UNKNOWN = 0;
  static final byte YES = 1;
  static final byte NO = 2;

  final Account account;
  final int today;
  final byte[] answers = new byte[6];
  long employees;
  int fundingStage;
  private String status;
  /** Thousandths of a point: unknown answers count as no, and as yes. */
  long lower;
  long upper;
  int knownPercent;
  byte tier;
  boolean excluded;
  final Intent intent;

  Assessment(Account account, int today) {
    this.account = account;
    this.today = today;
    gatherFacts();
    answer();
    excluded = "closed".equals(status) || "bankrupt".equals(status);
    intent = Intent.of(account, today, Long.MIN_VALUE);
  }

  /** Events move what the company's record says. */
  private void gatherFacts() {
    employees = account.employees;
    fundingStage = account.fundingStage;
    status = account.status;
    int countedOn = account.employees < 0 ? Integer.MIN_VALUE : account.employeesAsOf;
    for (Event event : account.evidence) {
      Report e = event.lead;
      int day = event.day();
      if (day > today) {
        continue;
      }
      switch (e.kind) {
        case HEADCOUNT -> {
          if (e.people >= 0 && day >= countedOn) {
            employees = e.people;
            countedOn = day;
          }
        }
        case FUNDING -> {
          if (e.instrument == Symbols.EQUITY) {
            fundingStage = Math.max(fundingStage, e.what);
          }
        }
        case NEWS -> {
          if (Profile.turn(e) != null && event.confidence() >= 7_000) {
            status = Profile.turn(e);
          }
        }
        default -> {}
      }
    }
  }

  private void answer() {
    answers[0] = employees < 0 ? UNKNOWN : yesIf(employees >= 50 && employees <= 1000);
    answers[1] = industry();
    String country = account.country;
    answers[2] =
        country == null
            ? UNKNOWN
            : yesIf(country.equals("us") || country.equals("de") || country.equals("gb"));
    answers[3] =
        fundingStage == 0
            ? UNKNOWN
            : yesIf(fundingStage >= Symbols.SERIES_A && fundingStage <= Symbols.SERIES_D);
    answers[4] = stack();
    answers[5] =
        account.founded < 0 ? UNKNOWN : yesIf(Profile.year(today) - account.founded <= 15);
    for (int i = 0; i < answers.length; i++) {
      int weight = Profile.WEIGHTS[i];
      knownPercent += answers[i] == UNKNOWN ? 0 : weight;
      lower += answers[i] == YES ? weight * 1000L : 0;
      upper += answers[i] == NO ? 0 : weight * 1000L;
    }
    tier = knownPercent < Profile.KNOWN_PERCENT ? Profile.OUTSIDE : Profile.tierOf(lower);
  }

  private static byte yesIf(boolean holds) {
    return holds ? YES : NO;
  }

  private byte industry() {
    byte answer = account.industries.length == 0 ? UNKNOWN : NO;
    for (String industry : account.industries) {
      if (industry.equals("saas") || industry.equals("fintech")) {
        answer = YES;
      }
    }
    return answer;
  }

  private byte stack() {
    Boolean salesforce = tool("salesforce");
    Boolean hubspot = tool("hubspot");
    if (Boolean.TRUE.equals(salesforce) || Boolean.TRUE.equals(hubspot)) {
      return YES;
    }
    return salesforce == null || hubspot == null ? UNKNOWN : NO;
  }

  /** Whether a tool is in use; null: not known. */
  private Boolean tool(String tool) {
    Boolean used = account.tools.contains(tool) ? Boolean.TRUE : null;
    for (Event event : account.evidence) {
      Report e = event.lead;
      if (e.kind == Kind.TECHNOLOGY && event.day() <= today && e.words.equals(tool)) {
        used = e.what != Symbols.DROPPED;
      }
    }
    return used;
  }

  boolean fits() {
    return tier < Profile.OUTSIDE && lower >= Profile.GATE;
  }

  boolean mightFit() {
    return Profile.tierOf(upper) < Profile.OUTSIDE && upper >= Profile.GATE;
  }

  byte priority() {
    return Profile.priority(tier, intent.band());
  }
}
