//! How long until something ends, where some are still open. Times are days.

use super::Interval;
use super::special::Z95;

/// How a record ended, or that it is still open at the last time it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Won,
    Lost,
    Open,
}

/// A step of a curve: from this time on, the share.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Step {
    pub days: f64,
    pub share: f64,
    /// 95 %.
    pub interval: Interval,
    /// Records that were still open just before.
    pub at_risk: u64,
}

/// Ends at one time.
struct Ends {
    days: f64,
    at_risk: u64,
    won: u64,
    lost: u64,
}

/// By time, the times with an end alone.
fn ends(records: &[(f64, End)]) -> Vec<Ends> {
    let mut sorted: Vec<(f64, End)> = records.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut found: Vec<Ends> = Vec::new();
    let mut at = 0;
    while at < sorted.len() {
        let days = sorted[at].0;
        let same = sorted[at..].iter().take_while(|record| record.0 == days).count();
        let count =
            |end| sorted[at..at + same].iter().filter(|record| record.1 == end).count() as u64;
        let (won, lost) = (count(End::Won), count(End::Lost));
        if won + lost > 0 {
            found.push(Ends { days, at_risk: (sorted.len() - at) as u64, won, lost });
        }
        at += same;
    }
    found
}

/// The share that is still open after each time (Kaplan and Meier, JASA 53, 1958), whichever way the others
/// ended, with Greenwood's variance V = sum(d / (n (n - d))) on the log-log scale:
/// exp(-exp(ln(-ln S) -+ z sqrt(V) / ln S)).
pub fn kaplan_meier(records: &[(f64, End)]) -> Vec<Step> {
    let (mut share, mut variance) = (1.0_f64, 0.0);
    let mut steps = Vec::new();
    for Ends { days, at_risk, won, lost } in ends(records) {
        let (n, d) = (at_risk as f64, (won + lost) as f64);
        share *= 1.0 - d / n;
        variance += d / (n * (n - d));
        let interval = match share > 0.0 && share < 1.0 {
            true => log_log(share, f64::sqrt(variance) / share.ln()),
            false => Interval { low: share, high: share },
        };
        steps.push(Step { days, share, interval, at_risk });
    }
    steps
}

/// The interval of a share by its complementary log-log: `deviation` is that of ln(-ln share).
fn log_log(share: f64, deviation: f64) -> Interval {
    let (middle, half) = ((-share.ln()).ln(), (Z95 * deviation).abs());
    let at = |x: f64| (-x.exp()).exp();
    Interval { low: at(middle + half), high: at(middle - half) }
}

/// The share that was *won* by each time, with lost ones as a competing end and open ones as censored (Aalen
/// and Johansen, Scandinavian Journal of Statistics 5, 1978); a step at each time of a win. The variance is
/// Aalen's as in R's `cmprsk` (Gray; Marubini and Valsecchi, 1995), the interval is on the log-log scale.
pub fn won_by(records: &[(f64, End)]) -> Vec<Step> {
    let ends = ends(records);
    let mut steps: Vec<Step> = Vec::new();
    // Before each time: the share still open, and won.
    let (mut open, mut won) = (1.0, 0.0);
    // Sums over earlier times that the variance at a later one needs.
    let mut sums = Sums::default();
    for Ends { days, at_risk, won: w, lost: l } in ends {
        let (n, w, l) = (at_risk as f64, w as f64, l as f64);
        let step = open * w / n;
        won += step;
        sums.add(open, won, n, w, l);
        open *= 1.0 - (w + l) / n;
        if w > 0.0 {
            let deviation = sums.variance(won).max(0.0).sqrt();
            // d ln(-ln F) = dF / (F ln F).
            let interval = match won > 0.0 && won < 1.0 {
                true => log_log(won, deviation / (won * won.ln())),
                false => Interval { low: won, high: won },
            };
            steps.push(Step { days, share: won, interval, at_risk });
        }
    }
    steps
}

/// The variance at t: sum over times up to t of
/// (F(t) - F(s))^2 d / (n (n - d)) + S(s-)^2 w (n - w) / n^3 - 2 (F(t) - F(s)) S(s-) w / n^2, kept as sums
/// of powers of F(s), so that each time costs the same.
#[derive(Default)]
struct Sums {
    /// d / (n (n - d)), times 1, F and F^2.
    ends: [f64; 3],
    wins: f64,
    /// S w / n^2, times 1 and F.
    both: [f64; 2],
}

impl Sums {
    fn add(&mut self, open: f64, won: f64, n: f64, w: f64, l: f64) {
        let d = w + l;
        // The last time, where all end: nothing is left that could vary later.
        let end = if n > d { d / (n * (n - d)) } else { 0.0 };
        self.ends[0] += end;
        self.ends[1] += end * won;
        self.ends[2] += end * won * won;
        self.wins += open * open * w * (n - w) / (n * n * n);
        self.both[0] += open * w / (n * n);
        self.both[1] += open * w / (n * n) * won;
    }

    fn variance(&self, f: f64) -> f64 {
        let [one, by_f, by_ff] = self.ends;
        let [both, both_f] = self.both;
        f * f * one - 2.0 * f * by_f + by_ff + self.wins - 2.0 * (f * both - both_f)
    }
}

/// The share of a curve at a time; 0 before its first step.
pub fn share_at(steps: &[Step], days: f64) -> f64 {
    let before = steps.partition_point(|step| step.days <= days);
    if before == 0 { 0.0 } else { steps[before - 1].share }
}

/// Of records that are still open after `age`, the share that is won by `until`: (F(until) - F(age)) / S(age), with
/// F of [`won_by`] and S of [`kaplan_meier`] over the same records. `None` where none was ever open so long.
pub fn won_between(won: &[Step], open: &[Step], age: f64, until: f64) -> Option<f64> {
    let before = open.partition_point(|step| step.days <= age);
    let left = if before == 0 { 1.0 } else { open[before - 1].share };
    let share = (share_at(won, until) - share_at(won, age)) / left;
    (left > 0.0).then(|| share.clamp(0.0, 1.0))
}

/// The time by which half of those that will be won are: the first with F >= F(last) / 2.
pub fn half_won_days(won: &[Step]) -> Option<f64> {
    let half = won.last()?.share / 2.0;
    won.iter().find(|step| step.share >= half).map(|step| step.days)
}
