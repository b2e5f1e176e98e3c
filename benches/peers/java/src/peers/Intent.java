package peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What an account's evidence is worth on one day. */
final class Intent {
  private final Account account;
  private final int today;
  /** Only evidence that came since then counts. */
  private final long since;
  /** What counts, rule by rule; {@link #spare} matches too, but a rule counts only its strongest. */
  final ArrayList<Found> found = new ArrayList<>(8);
  final ArrayList<Found> spare = new ArrayList<>(0);
  final long[] capped = new long[Kind.ALL.length];
  long total;
  long conjunction;

  private Intent(Account account, int today, long since) {
    this.account = account;
    this.today = today;
    this.since = since;
  }

  static Intent of(Account account, int today, long since) {
    Intent intent = new Intent(account, today, since);
    for (int rule = 0; rule < Profile.RULES.length; rule++) {
      switch (rule) {
        case Profile.LEADER, Profile.TEAM -> intent.findJobs(rule);
        case Profile.GROWTH -> intent.findGrowth();
        default -> intent.findEach(rule);
      }
    }
    intent.conjunction = intent.together();
    intent.keepStrongest();
    intent.addUp();
    return intent;
  }

  private boolean counts(Event event) {
    return since == Long.MIN_VALUE || event.firstSeen() >= since && !event.isBaseline();
  }

  private void findEach(int number) {
    Rule rule = Profile.RULES[number];
    List<Event> all = account.evidence;
    for (int at = 0; at < all.size(); at++) {
      Event event = all.get(at);
      if (event.kind() != rule.kind) {
        continue;
      }
      int day = event.day();
      int decay = day > today ? 0 : rule.decayAt(today - day);
      if (decay == 0 || !Profile.matches(number, event.lead) || !counts(event)) {
        continue;
      }
      if (number == Profile.ADOPTED && flaps(event, day)) {
        continue;
      }
      Report e = event.lead;
      long size = e.kind == Kind.NEWS && e.amount < 0 ? e.people : e.amount;
      found.add(Found.of(number, event, at, day, size, event.confidence(), decay));
    }
  }

  /** A scanner's doubt: the tool was seen, or dropped, shortly before it was adopted. */
  private boolean flaps(Event adopted, int day) {
    for (Event other : account.evidence) {
      Report o = other.lead;
      if (o.kind == Kind.TECHNOLOGY
          && o.what != Symbols.ADOPTED
          && o.words.equals(adopted.lead.words)
          && other.day() < day
          && day - other.day() <= 90) {
        return true;
      }
    }
    return false;
  }

  /** Posts of one vacancy: as old as the first, as sure as the surest. */
  private static final class Need {
    Event first;
    int at;
    int day;
    int confidence;
  }

  /** One vacancy posted in ten towns is one need; a person hired is one of its own. */
  private List<Need> needs(int number) {
    ArrayList<Need> needs = new ArrayList<>(4);
    List<Event> all = account.evidence;
    for (int at = 0; at < all.size(); at++) {
      Event event = all.get(at);
      if (event.kind() != Kind.HIRING || !Profile.matches(number, event.lead)) {
        continue;
      }
      int day = event.day();
      if (day > today) {
        continue;
      }
      Need same = event.lead.what == Symbols.POSTED ? needOf(needs, event, day) : null;
      if (same == null) {
        same = new Need();
        same.first = event;
        same.at = at;
        same.day = day;
        needs.add(same);
      } else if (day < same.day) {
        same.first = event;
        same.at = at;
        same.day = day;
      }
      same.confidence = Math.max(same.confidence, event.confidence());
    }
    needs.sort((x, y) -> x.day != y.day ? Integer.compare(x.day, y.day) : Integer.compare(x.at, y.at));
    return needs;
  }

  private static Need needOf(List<Need> needs, Event post, int day) {
    for (Need need : needs) {
      Report first = need.first.lead;
      if (first.what == Symbols.POSTED
          && first.words.equalsIgnoreCase(post.lead.words)
          && Math.abs(day - need.day) <= 60) {
        return need;
      }
    }
    return null;
  }

  private void findJobs(int number) {
    Rule rule = Profile.RULES[number];
    List<Need> needs = needs(number);
    if (rule.atLeast == 1) {
      for (Need need : needs) {
        int decay = rule.decayAt(today - need.day);
        if (decay > 0 && counts(need.first)) {
          found.add(Found.of(number, need.first, need.at, need.day, -1, need.confidence, decay));
        }
      }
      return;
    }
    Found best = null;
    for (int last = rule.atLeast - 1; last < needs.size(); last++) {
      Found crowd = crowd(number, rule, needs, last);
      if (crowd != null && (best == null || Found.compareStrength(crowd, best) < 0)) {
        best = crowd;
      }
    }
    if (best != null) {
      found.add(best);
    }
  }

  /** Several needs of which one completes the crowd: it is as sure as the last that is needed. */
  private Found crowd(int number, Rule rule, List<Need> needs, int last) {
    Need end = needs.get(last);
    int decay = rule.decayAt(today - end.day);
    if (decay == 0 || !counts(end.first)) {
      return null;
    }
    int[] sure = new int[last + 1];
    int size = 0;
    for (int i = 0; i <= last; i++) {
      if (end.day - needs.get(i).day <= rule.withinDays) {
        sure[size++] = needs.get(i).confidence;
      }
    }
    if (size < rule.atLeast) {
      return null;
    }
    Arrays.sort(sure, 0, size);
    return Found.of(number, end.first, end.at, end.day, size, sure[size - rule.atLeast], decay);
  }

  /** Growth by a fifth, and by three people, that a vendor states over about half a year. */
  private void findGrowth() {
    Rule rule = Profile.RULES[Profile.GROWTH];
    List<Event> all = account.evidence;
    for (int at = all.size() - 1; at >= 0; at--) {
      Event event = all.get(at);
      Report e = event.lead;
      int day = event.day();
      if (e.kind != Kind.HEADCOUNT || day > today || e.months == 0 || !counts(event)) {
        continue;
      }
      long percent = Math.abs(e.permille) / 10;
      long people = e.people < 0 ? 0 : e.people * percent / (100 + percent);
      boolean half = Math.abs(e.months * 30 - 180) <= 45;
      if (half && e.permille >= 0 && percent >= 20 && people >= 3) {
        int decay = rule.decayAt(today - day);
        if (decay > 0) {
          found.add(Found.of(Profile.GROWTH, event, at, day, percent, event.confidence(), decay));
        }
        return;
      }
    }
  }

  /** A round and a job close together: as strong as the weaker, in the best combination. */
  private long together() {
    long best = 0;
    for (Found first : found) {
      if (first.points <= 0) {
        continue;
      }
      long round = 0;
      long job = 0;
      for (Found near : found) {
        int apart = near.day - first.day;
        if (near.points <= 0 || apart < 0 || apart > Profile.TOGETHER_DAYS) {
          continue;
        }
        long strength = (long) near.decay * near.confidence / 10_000;
        if (near.rule == Profile.ROUND) {
          round = Math.max(round, strength);
        }
        if (Profile.RULES[near.rule].kind == Kind.HIRING) {
          job = Math.max(job, strength);
        }
      }
      best = Math.max(best, Math.min(round, job));
    }
    return Profile.TOGETHER_POINTS * 1000L * best / 1_000_000L;
  }

  private void keepStrongest() {
    int end = found.size();
    while (end > 0) {
      int rule = found.get(end - 1).rule;
      int start = end - 1;
      while (start > 0 && found.get(start - 1).rule == rule) {
        start--;
      }
      int most = Profile.RULES[rule].count;
      if (end - start > most) {
        found.subList(start, end).sort(Found::compareStrength);
        List<Found> weaker = found.subList(start + most, end);
        spare.addAll(weaker);
        weaker.clear();
      }
      end = start;
    }
  }

  private void addUp() {
    long[] good = new long[Kind.ALL.length];
    for (Found f : found) {
      if (f.points > 0) {
        good[Profile.RULES[f.rule].kind.ordinal()] += f.points;
      } else {
        total += f.points;
      }
    }
    for (Kind kind : Kind.ALL) {
      long most = Math.min(good[kind.ordinal()], Profile.cap(kind));
      capped[kind.ordinal()] = good[kind.ordinal()] - most;
      total += most;
    }
    total += conjunction;
  }

  int band() {
    return Profile.bandOf(total);
  }

  boolean hasEvent() {
    for (Found f : found) {
      if (f.points > 0) {
        return true;
      }
    }
    return false;
  }

  /** Every round that matches, whether or not the rule counts it. */
  List<Report> rounds() {
    List<Report> rounds = new ArrayList<>(2);
    for (List<Found> some : List.of(found, spare)) {
      for (Found f : some) {
        if (f.rule == Profile.ROUND) {
          rounds.add(f.event.lead);
        }
      }
    }
    return rounds;
  }

  /** The first day on which the score is below the exit line if nothing more happens. */
  int fallsOn(int mostDays) {
    int holds = 0;
    int fell = mostDays + 1;
    while (holds + 1 < fell) {
      int middle = (holds + fell) >>> 1;
      if (totalOn(today + middle) < Profile.EXIT) {
        fell = middle;
      } else {
        holds = middle;
      }
    }
    return today + fell;
  }

  /** What the same pieces are worth on a later day. */
  private long totalOn(int day) {
    long[] good = new long[Kind.ALL.length];
    long sum = 0;
    Found round = null;
    Found job = null;
    for (Found f : found) {
      Rule rule = Profile.RULES[f.rule];
      long points = f.pointsAt(rule.decayAt(day - f.day));
      if (points > 0) {
        good[rule.kind.ordinal()] += points;
      } else {
        sum += points;
      }
      round = f.rule == Profile.ROUND ? f : round;
      job = rule.kind == Kind.HIRING && (job == null || f.day > job.day) ? f : job;
    }
    for (Kind kind : Kind.ALL) {
      sum += Math.min(good[kind.ordinal()], Profile.cap(kind));
    }
    if (round != null && job != null && Math.abs(round.day - job.day) <= Profile.TOGETHER_DAYS) {
      int one = Profile.RULES[round.rule].decayAt(day - round.day);
      int other = Profile.RULES[job.rule].decayAt(day - job.day);
      sum += Profile.TOGETHER_POINTS * 1000L * Math.min(one, other) / 1_000_000L;
    }
    return sum;
  }
}
