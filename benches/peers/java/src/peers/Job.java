package peers;

import org.apache.avro.generic.GenericRecord;

/**
 * The job of buymode's scorer as a JVM developer would write it by hand for one profile: keep the
 * evidence of each account, compute fit and intent, let accounts enter and leave buying mode with
 * hysteresis, and write each decision with its explanation. One thread uses it.
 *
 * <p>It does what the bench's inputs ask for. Profiles that change, corrections, sales outcomes,
 * suppressions, merged accounts, market news and counts of people are left out; buymode does them.
 */
public final class Job {
  /** Takes a decision for a route. */
  public interface Sink {
    void send(String route, byte[] decision);
  }

  /** Where an input lies, and when it was written. */
  public record Position(int partition, long offset, long time) {}

  private final Inputs inputs;
  private final Decisions decisions;

  public Job(String schemasFile) {
    Schemas schemas = new Schemas(schemasFile);
    Symbols.read(schemas);
    inputs = new Inputs(schemas);
    decisions = new Decisions(schemas);
  }

  /** Null for a record that the job does not read, such as a profile. */
  public Object decode(byte[] value) {
    return inputs.decode(value);
  }

  /** Applies one decoded input to its account. Returns whether the account changed. */
  public boolean step(String key, Account account, Object decoded, Position at, Sink sink) {
    Inputs.Input input = (Inputs.Input) decoded;
    Turn turn = new Turn(key, account, at, "signal", sink);
    if (input.isCompany()) {
      account.update(input.record());
      turn.look(false, null);
      return true;
    }
    Report report = Inputs.report(input.kind(), input.record(), at.time());
    if (turn.today - report.day > Profile.HORIZON_DAYS) {
      return false;
    }
    Account.Added added = account.add(report);
    if (added == Account.Added.DUPLICATE) {
      return false;
    }
    boolean merged = added == Account.Added.MERGED;
    if (!merged && account.tier >= 0 && !Profile.sees(report)) {
      // No rule counts it and no criterion learns from it: it is kept, and nothing moves.
      return true;
    }
    boolean isRequest =
        report.kind == Kind.ENGAGEMENT
            && Symbols.isInboundRequest(report.what)
            && !merged
            && !report.baseline;
    turn.look(merged, isRequest ? input.record() : null);
    return true;
  }

  /** Evidence fades: what a daily timer calls for an account whose date has come. */
  public boolean midnight(String key, Account account, Position at, Sink sink) {
    Turn turn = new Turn(key, account, at, "time", sink);
    if (account.due > turn.today) {
      return false;
    }
    turn.look(false, null);
    return true;
  }

  public static int due(Account account) {
    return account.due;
  }

  /** One look at an account. */
  private final class Turn {
    final String key;
    final Account account;
    final Position at;
    final String origin;
    final Sink sink;
    final int today;
    Assessment a;

    Turn(String key, Account account, Position at, String origin, Sink sink) {
      this.key = key;
      this.account = account;
      this.at = at;
      this.origin = origin;
      this.sink = sink;
      this.today = Inputs.day(at.time());
    }

    void look(boolean merged, GenericRecord request) {
      a = new Assessment(account, today);
      if (account.cooling && today >= account.coolingUntil) {
        account.cooling = false;
      }
      noteTier();
      if (account.open) {
        leaveOrStay(merged);
      } else {
        enterOrWait();
      }
      if (request != null) {
        answer(Inputs.text(request, "signal_id"));
      }
      account.due = due();
    }

    private void noteTier() {
      if (!account.known) {
        return;
      }
      byte was = account.tier;
      account.tier = a.tier;
      if (was >= 0 && was != a.tier) {
        Decisions.Draft d = draft("tier_changed", "digest");
        d.previousTier = was;
        d.happened = "is now " + tierName(a.tier) + ", was " + tierName(was);
        send(d);
      }
    }

    private void enterOrWait() {
      boolean ready = a.intent.total >= Profile.ENTER && a.intent.hasEvent();
      if (!account.known || a.excluded || !ready) {
        return;
      }
      if (account.cooling
          && Intent.of(account, today, account.coolingSince).total < Profile.ENTER) {
        return;
      }
      if (a.fits()) {
        enter();
      } else if (a.mightFit() && account.enrichmentAsked != account.version) {
        account.enrichmentAsked = account.version;
        Decisions.Draft d = draft("triaged", "enrich");
        d.happened = "would enter buying mode if more were known";
        send(d);
      }
    }

    private void enter() {
      account.cooling = false;
      account.open = true;
      account.since = at.time();
      account.entered = account.sequence + 1;
      account.announced = a.priority();
      account.announcedOn = today;
      account.route = Profile.routeOf(account.announced);
      account.owed = false;
      noteRounds();
      Decisions.Draft d = draft("entered", account.route);
      d.happened = "entered buying mode";
      d.leavesOn = a.intent.fallsOn(Profile.STAY_DAYS);
      send(d);
    }

    private void leaveOrStay(boolean merged) {
      String reason = reasonToLeave();
      if (reason == null) {
        strengthen(merged);
        return;
      }
      if (!reason.equals("excluded")) {
        account.cooling = true;
        account.coolingSince = at.time() + 1;
        account.coolingUntil = today + Profile.COOLDOWN_DAYS;
      }
      Decisions.Draft d = draft("exited", account.route);
      d.exit = reason;
      d.happened = "left buying mode: " + reason;
      send(d);
      account.open = false;
    }

    private String reasonToLeave() {
      if (a.excluded) {
        return "excluded";
      }
      if (!a.fits()) {
        return "no_longer_fits";
      }
      if (a.intent.total < Profile.EXIT || !a.intent.hasEvent()) {
        return "decayed";
      }
      return today - Inputs.day(account.since) >= Profile.STAY_DAYS ? "max_days" : null;
    }

    /** A higher priority, or a later or larger round, is announced once a week at most. */
    private void strengthen(boolean merged) {
      byte now = a.priority();
      if (merged && !account.owed) {
        account.announced = (byte) Math.max(account.announced, now);
        noteRounds();
        return;
      }
      if (!merged && (now > account.announced || hasBetterRound())) {
        account.owedPriority = (byte) Math.max(now, account.owed ? account.owedPriority : 0);
        account.owed = true;
      }
      if (!account.owed || today - account.announcedOn < Profile.STRENGTHEN_DAYS) {
        return;
      }
      byte was = account.announced;
      account.announced = (byte) Math.max(was, account.owedPriority);
      account.owed = false;
      account.announcedOn = today;
      noteRounds();
      Decisions.Draft d = draft("strengthened", account.route);
      d.happened =
          "is now " + Profile.PRIORITIES[account.announced] + ", was " + Profile.PRIORITIES[was];
      send(d);
    }

    private boolean hasBetterRound() {
      for (Report round : a.intent.rounds()) {
        if (round.what > account.roundStage || round.amount > account.roundAmount) {
          return true;
        }
      }
      return false;
    }

    private void noteRounds() {
      for (Report round : a.intent.rounds()) {
        account.roundStage = Math.max(account.roundStage, round.what);
        account.roundAmount = Math.max(account.roundAmount, round.amount);
      }
    }

    /** Each inbound request gets an answer of its own, by fit alone. */
    private void answer(String request) {
      int band = Profile.bandOf(a.lower);
      byte priority = Profile.priority(a.tier, band);
      String route = Profile.routeOf(priority);
      if (a.excluded) {
        route = "digest";
      } else if (!a.fits() && a.mightFit()) {
        route = "enrich";
      } else if (band == 0) {
        route = "nurture";
      }
      Decisions.Draft d = draft("triaged", route);
      d.band = band;
      d.priority = priority;
      d.request = request;
      d.happened = "asked for us: fit is " + Profile.BANDS[band];
      send(d);
    }

    private int due() {
      boolean warm = a.intent.total >= Profile.EXIT && a.intent.hasEvent();
      int due = Account.NEVER;
      if (account.open || !account.cooling && warm) {
        due = a.intent.fallsOn(Profile.HORIZON_DAYS);
      } else if (account.cooling) {
        due = account.coolingUntil;
      }
      if (account.open && account.owed) {
        due = Math.min(due, account.announcedOn + Profile.STRENGTHEN_DAYS);
      }
      return due;
    }

    private Decisions.Draft draft(String kind, String route) {
      account.sequence++;
      return new Decisions.Draft(key, account, a, at, kind, origin, route);
    }

    private void send(Decisions.Draft draft) {
      sink.send(draft.route, decisions.encode(draft));
    }
  }

  static String tierName(int tier) {
    return tier == Profile.OUTSIDE ? "outside the profile" : "tier " + (tier + 1);
  }
}
