//! What sales did with a profile's alerts: rejections by reason, rules whose alerts are rejected, and the enter line
//! that would bring more of them to be acted on.

use super::change::Change;
use super::{Finding, Says};
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Day;
use crate::evidence::experiment::page::percent;
use crate::evidence::history::{Entry, Happened, Told};
use crate::evidence::stats::multiplicity::benjamini_hochberg;
use crate::evidence::stats::proportion::{clopper_pearson, fisher};
use crate::report::words::{count, counted};
use std::collections::BTreeMap;

const ALPHA: f64 = 0.05;
/// What sales does with an alert it does within so many days.
const DAYS: i32 = 30;
const ACTED_MIN: f64 = 0.5;
/// Fewer alerts show nothing.
const ALERTS_MIN: usize = 20;

/// An alert, and the answer of sales.
struct Done<'a> {
    entry: &'a Entry,
    acted: bool,
    rejected: bool,
    reason: Option<&'a str>,
}

/// The findings of entries since a day, and what was looked at. `upto`: the log's last report of sales.
pub fn of_log(
    entries: &[Entry],
    told: &[Told],
    profile: &CompiledProfile,
    (since, upto): (Day, Day),
) -> (Vec<Finding>, Vec<String>) {
    let done = done(entries, told, since, upto);
    let looked_at = vec![format!(
        "{} from {since} on that sales had {DAYS} days for, or acted on before, up to {upto}",
        counted(done.len(), "alert")
    )];
    if done.len() < ALERTS_MIN {
        let found = format!(
            "{} with an answer or {DAYS} days without one; at least {ALERTS_MIN} are needed",
            counted(done.len(), "alert")
        );
        return (vec![Finding::new("alerts acted on", Says::TooFew, found)], looked_at);
    }
    let mut found = vec![reasons(&done), line(&done, profile)];
    found.push(rules(&done));
    (found, looked_at)
}

fn done<'a>(entries: &'a [Entry], told: &'a [Told], since: Day, upto: Day) -> Vec<Done<'a>> {
    let mut by: BTreeMap<&AccountKey, Vec<&Told>> = BTreeMap::new();
    told.iter().for_each(|one| by.entry(&one.account).or_default().push(one));
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| entry.on >= since) {
        let until = entry.on.plus(DAYS);
        let empty = Vec::new();
        let after = by.get(&entry.account).unwrap_or(&empty).iter();
        let after: Vec<&&Told> =
            after.filter(|one| one.on >= entry.on && one.on <= until).collect();
        let rejection =
            after.iter().find(|one| one.outcome == Happened::Sales(OutcomeKind::Rejected));
        let acted = after.iter().any(|one| {
            use OutcomeKind::{
                Accepted, Contacted, Enrolled, Meeting, Opportunity, Qualified, Replied, Won,
            };
            matches!(
                one.outcome,
                Happened::Sales(
                    Accepted
                        | Contacted
                        | Enrolled
                        | Meeting
                        | Opportunity
                        | Qualified
                        | Replied
                        | Won
                )
            )
        });
        if acted || rejection.is_some() || until <= upto {
            let reason = rejection.and_then(|one| one.reason.as_deref());
            found.push(Done { entry, acted, rejected: rejection.is_some(), reason });
        }
    }
    found
}

fn reasons(done: &[Done<'_>]) -> Finding {
    let mut by: BTreeMap<&str, u64> = BTreeMap::new();
    for one in done.iter().filter(|one| one.rejected) {
        *by.entry(one.reason.unwrap_or("no reason given")).or_default() += 1;
    }
    let rejected: u64 = by.values().sum();
    let mut sorted: Vec<(&str, u64)> = by.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let listed: Vec<String> =
        sorted.iter().take(5).map(|(reason, n)| format!("{reason} ({})", count(*n))).collect();
    let interval = clopper_pearson(rejected, done.len() as u64, ALPHA);
    let found = format!(
        "{} of {} were rejected ({} to {}){}{}",
        count(rejected),
        counted(done.len(), "alert"),
        percent(interval.low),
        percent(interval.high),
        if listed.is_empty() { "" } else { ": " },
        listed.join(", ")
    );
    Finding::new("rejections by reason", Says::Quiet, found)
}

/// The share that was acted on, and the enter line that would bring it above a half.
fn line(done: &[Done<'_>], profile: &CompiledProfile) -> Finding {
    let rule = "alerts acted on";
    let acted = done.iter().filter(|one| one.acted).count() as u64;
    let interval = clopper_pearson(acted, done.len() as u64, ALPHA);
    let said = format!(
        "{} of {} were acted on ({} to {}) within {DAYS} days",
        count(acted),
        counted(done.len(), "alert"),
        percent(interval.low),
        percent(interval.high)
    );
    if interval.high >= ACTED_MIN {
        return Finding::new(rule, Says::Quiet, said);
    }
    // A segment may have a line of its own; the profile's is the one that is proposed.
    let now = i64::from(profile.profile.intent.enter);
    let mut lines: Vec<i64> =
        done.iter().map(|one| one.entry.score_points.ceil() as i64).filter(|l| *l > now).collect();
    lines.sort_unstable();
    lines.dedup();
    let above = |line: i64| {
        let of = done.iter().filter(|one| one.entry.score_points >= line as f64);
        (of.clone().filter(|one| one.acted).count() as u64, of.count() as u64)
    };
    let enough = |line: &i64| {
        let (k, n) = above(*line);
        n >= ALERTS_MIN as u64 && k as f64 > ACTED_MIN * n as f64
    };
    let finding = |found: String| Finding::new(rule, Says::Fires, found);
    match lines.into_iter().find(enough) {
        Some(line) => {
            let (k, n) = above(line);
            let interval = clopper_pearson(k, n, ALPHA);
            finding(format!(
                "{said}. From {line} points on it was {} of {} ({} to {}); that line was found on these very alerts, so \
                 that it looks too good",
                count(k),
                count(n),
                percent(interval.low),
                percent(interval.high)
            ))
            .propose(format!("raise the enter line from {now} to {line}"))
            .change(Change::Enter { from_points: now, to_points: line })
        }
        None => finding(said).propose(
            "no higher enter line would bring more than a half: the score does not say which alerts are acted on; ask \
             sales why, and look at the rules",
        ),
    }
}

/// Rules whose alerts are rejected more often than those of the others.
fn rules(done: &[Done<'_>]) -> Finding {
    let rule = "rules whose alerts are rejected";
    let mut by: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for one in done {
        for name in &one.entry.rules {
            let counts = by.entry(name).or_default();
            counts[usize::from(!one.rejected)] += 1;
        }
    }
    let all = done.iter().filter(|one| one.rejected).count() as u64;
    let all = [all, done.len() as u64 - all];
    let tests: Vec<(&str, [u64; 2], [u64; 2])> =
        by.into_iter().map(|(name, own)| (name, own, [all[0] - own[0], all[1] - own[1]])).collect();
    let p: Vec<f64> = tests.iter().map(|(_, own, rest)| fisher(*own, *rest)).collect();
    let adjusted = benjamini_hochberg(&p);
    let rate = |counts: [u64; 2]| counts[0] as f64 / (counts[0] + counts[1]).max(1) as f64;
    let bad: Vec<String> = tests
        .iter()
        .zip(&adjusted)
        .filter(|((_, own, rest), p)| **p < ALPHA && rate(*own) > rate(*rest))
        .map(|((name, own, rest), p)| {
            format!(
                "{name:?}: {} of {} with it were rejected, {} of the others (p {p:.3}, corrected for {})",
                count(own[0]),
                counted(own[0] + own[1], "alert"),
                percent(rate(*rest)),
                counted(tests.len(), "rule")
            )
        })
        .collect();
    match bad.is_empty() {
        true => Finding::new(
            rule,
            Says::Quiet,
            format!("none of {} differs from the others", counted(tests.len(), "rule")),
        ),
        false => Finding::new(rule, Says::Fires, bad.join("; "))
            .propose("ask sales why; give the rule fewer points or a narrower trigger, and compare with buymode icp diff"),
    }
}
