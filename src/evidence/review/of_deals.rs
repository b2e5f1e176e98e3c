//! What a CRM's export says of a profile.

use super::compare::{Counts, Difference, FAMILIES_MIN, difference};
use super::concentration::{revenue, without_wins};
use super::segments::{Segment, segments};
use super::times::{Times, times};
use super::{Cadence, Finding, Says};
use crate::domain::profile::when::Answer;
use crate::evidence::deals::fit::Fitted;
use crate::evidence::deals::rows::{Deal, Deals};
use crate::evidence::experiment::page::percent;
use crate::evidence::stats::multiplicity::benjamini_hochberg;
use crate::evidence::stats::proportion::clopper_pearson;
use crate::evidence::stats::survival::End;
use crate::report::words::{count, counted};
use std::collections::BTreeSet;

const ALPHA: f64 = 0.05;
/// A deal that is won within so many days is won fast.
const FAST_DAYS: i32 = 90;
/// Segments of fewer company families are too many to look at each.
const SEGMENT_MIN: usize = 5;

/// The findings, and what was looked at. `customer_is_icp`: by customer.
pub fn of_deals(
    deals: &Deals,
    fits: &[Fitted],
    customer_is_icp: &[bool],
    cadence: Cadence,
    seed: u64,
) -> (Vec<Finding>, Vec<String>) {
    if cadence < Cadence::Quarterly {
        return (Vec::new(), Vec::new());
    }
    let mut looked_at = vec![format!(
        "{} of {} up to {}",
        counted(deals.deals.len(), "deal"),
        deals.file,
        deals.upto
    )];
    let mut found = vec![revenue(deals, fits, seed)];
    match times(deals) {
        Some(times) => {
            looked_at.push(format!(
                "the last whole quarter, {}; the two last, {}; before it {}",
                times.last,
                times.last_two,
                times.before.map_or("none that is whole".to_owned(), |before| before.to_string())
            ));
            found.push(without_wins(deals, fits, &times));
            found.push(falling(deals, fits, &times));
            found.extend(drift(deals, fits, &times));
            found.extend(churn(deals, customer_is_icp, &times));
        }
        None => looked_at.push("no quarter: the deals have no days of their end".to_owned()),
    }
    found.push(outside(deals, fits));
    (found, looked_at)
}

/// The win rate of companies that fit, in all and by segment.
fn falling(deals: &Deals, fits: &[Fitted], times: &Times) -> Finding {
    let rule = "win rate falls";
    let Some(before) = times.before else {
        let found = "no whole quarter before the last one".to_owned();
        return Finding::new(rule, Says::TooFew, found);
    };
    let compare = |is_member: &dyn Fn(usize) -> bool| {
        let of = |time: super::times::Time| {
            Counts::of(
                deals,
                &|at, deal| is_member(at) && deal.is_closed() && time.holds(deal.closed),
                &|_, deal| deal.end == End::Won,
            )
        };
        let (early, late) = (of(before), of(times.last));
        difference(&early, &late).map(|difference| (early.rate(), late.rate(), difference))
    };
    let mut tests: Vec<(String, f64, f64, Difference)> = Vec::new();
    let whole = compare(&|at| fits[at].is_icp);
    tests.extend(whole.map(|(a, b, d)| ("companies that fit".to_owned(), a, b, d)));
    for (segment, members) in segments(deals, &|at| fits[at].is_icp) {
        let members: BTreeSet<usize> = members.into_iter().map(|(at, _)| at).collect();
        let found = compare(&|at| members.contains(&at));
        tests.extend(found.map(|(a, b, d)| (segment.to_string(), a, b, d)));
    }
    if tests.is_empty() {
        let found = format!(
            "fewer than {FAMILIES_MIN} accounts with deals that ended in {} or in {before}",
            times.last
        );
        return Finding::new(rule, Says::TooFew, found);
    }
    let adjusted = benjamini_hochberg(&tests.iter().map(|test| test.3.p).collect::<Vec<_>>());
    let falls =
        tests.iter().zip(&adjusted).filter(|((.., d), p)| **p < ALPHA && d.interval.high < 0.0);
    let said = |(name, early, late, d): &(String, f64, f64, Difference), p: f64| {
        format!(
            "{name}: {} in {before}, {} in {}; the difference is {} to {} points of a hundred (p {p:.3}, corrected for {})",
            percent(*early),
            percent(*late),
            times.last,
            points(d.interval.low),
            points(d.interval.high),
            counted(tests.len(), "comparison")
        )
    };
    let falls: Vec<String> = falls.map(|(test, p)| said(test, *p)).collect();
    match falls.is_empty() {
        true => Finding::new(rule, Says::Quiet, said(&tests[0], adjusted[0])),
        false => Finding::new(rule, Says::Fires, falls.join("; ")).propose(
            "ask why before you change the profile: product, price, a competitor, the team; then run buymode icp suggest \
             on the deals of the last year",
        ),
    }
}

fn points(share: f64) -> String {
    format!("{:+.1}", 100.0 * share)
}

type IsKind = fn(&Deal) -> bool;

/// How often each criterion is met, by deals that were won, lost, and all.
fn drift(deals: &Deals, fits: &[Fitted], times: &Times) -> Option<Finding> {
    let rule = "criteria drift";
    let before = times.before_two?;
    let names: BTreeSet<&String> =
        fits.iter().flat_map(|fit| fit.answers.iter().map(|(name, _)| name)).collect();
    let is_met = |at: usize, name: &String| {
        fits[at].answers.iter().any(|(other, answer)| other == name && *answer == Answer::Yes)
    };
    let kinds: [(&str, IsKind); 3] = [
        ("won deals", |deal| deal.end == End::Won),
        ("lost deals", |deal| deal.end == End::Lost),
        ("all new deals", |_| true),
    ];
    let mut tests: Vec<(String, f64, f64, Difference)> = Vec::new();
    for name in &names {
        for (kind, is_kind) in kinds {
            let day =
                |deal: &Deal| if kind == "all new deals" { deal.created } else { deal.closed };
            let of = |time: super::times::Time| {
                Counts::of(deals, &|_, deal| is_kind(deal) && time.holds(day(deal)), &|at, _| {
                    is_met(at, name)
                })
            };
            let (early, late) = (of(before), of(times.last_two));
            if let Some(found) = difference(&early, &late) {
                tests.push((format!("{name:?} of {kind}"), early.rate(), late.rate(), found));
            }
        }
    }
    if tests.is_empty() {
        let found = format!("fewer than {FAMILIES_MIN} accounts in {before} or {}", times.last_two);
        return Some(Finding::new(rule, Says::TooFew, found));
    }
    let adjusted = benjamini_hochberg(&tests.iter().map(|test| test.3.p).collect::<Vec<_>>());
    let drifts = tests
        .iter()
        .zip(&adjusted)
        .filter(|((.., d), p)| **p < ALPHA && !d.interval.contains(0.0))
        .map(|((name, early, late, d), p)| {
            format!(
                "{name}: met by {} before, by {} in {}; the difference is {} to {} points of a hundred (p {p:.3})",
                percent(*early),
                percent(*late),
                times.last_two,
                points(d.interval.low),
                points(d.interval.high)
            )
        });
    let drifts: Vec<String> = drifts.collect();
    let looked = counted(tests.len(), "comparison");
    Some(match drifts.is_empty() {
        true => Finding::new(
            rule,
            Says::Quiet,
            format!("none of {looked} of criteria changed between {before} and {}", times.last_two),
        ),
        false => Finding::new(
            rule,
            Says::Fires,
            format!("{}; corrected for {looked}", drifts.join("; ")),
        )
        .propose("look whether the market, the sources or the team's choice changed; then weigh the criterion anew"),
    })
}

/// Customers that fit and left, by the months that they stayed.
fn churn(deals: &Deals, customer_is_icp: &[bool], times: &Times) -> Option<Finding> {
    let rule = "churn rises";
    let (mut gone, mut stayed) = ([0_u64; 2], [0.0_f64; 2]);
    for (customer, is_icp) in deals.customers.iter().zip(customer_is_icp) {
        let Some(start) = customer.start.filter(|_| *is_icp) else { continue };
        let end = customer.end.filter(|end| *end <= times.last_two.to);
        let to = end.unwrap_or(times.last_two.to);
        let late = to.since(start.max(times.last_two.from)).max(0);
        stayed[1] += f64::from(late);
        stayed[0] += f64::from(to.since(start).max(0) - late);
        if let Some(end) = end {
            gone[usize::from(end >= times.last_two.from)] += 1;
        }
    }
    if stayed[0] + stayed[1] <= 0.0 {
        return None;
    }
    let all = gone[0] + gone[1];
    let share = stayed[1] / (stayed[0] + stayed[1]);
    let interval = clopper_pearson(gone[1], all, ALPHA);
    let found = format!(
        "of {} that fit and left, {} left in {}, which has {} of the time that they stayed; the share of those that left \
         is {} to {}",
        counted(all, "customer"),
        count(gone[1]),
        times.last_two,
        percent(share),
        percent(interval.low),
        percent(interval.high)
    );
    Some(match () {
        () if all < FAMILIES_MIN as u64 => Finding::new(rule, Says::TooFew, found),
        () if interval.low > share => Finding::new(rule, Says::Fires, found).propose(
            "ask those that left; look which criterion they share before you change the profile",
        ),
        () => Finding::new(rule, Says::Quiet, found),
    })
}

/// Segments that do not fit and are won faster.
fn outside(deals: &Deals, fits: &[Fitted]) -> Finding {
    let rule = "segment outside the profile is won faster";
    let is_old = |deal: &Deal| deal.created.is_some_and(|day| deals.upto.since(day) >= FAST_DAYS);
    let is_fast = |_: usize, deal: &Deal| {
        deal.end == End::Won && deal.days().is_some_and(|days| days <= f64::from(FAST_DAYS))
    };
    let inside = Counts::of(deals, &|at, deal| fits[at].is_icp && is_old(deal), &is_fast);
    let mut tests: Vec<(Segment, f64, Difference)> = Vec::new();
    for (segment, members) in segments(deals, &|at| !fits[at].is_icp) {
        let members: BTreeSet<usize> = members.into_iter().map(|(at, _)| at).collect();
        let own = Counts::of(deals, &|at, deal| members.contains(&at) && is_old(deal), &is_fast);
        if own.families() < SEGMENT_MIN {
            continue;
        }
        tests.extend(difference(&inside, &own).map(|found| (segment, own.rate(), found)));
    }
    if tests.is_empty() {
        let found = format!(
            "no segment outside the profile has {FAMILIES_MIN} accounts with a deal of {FAST_DAYS} days or more, or \
             fewer than {FAMILIES_MIN} such accounts fit"
        );
        return Finding::new(rule, Says::TooFew, found);
    }
    let adjusted = benjamini_hochberg(&tests.iter().map(|test| test.2.p).collect::<Vec<_>>());
    let faster =
        tests.iter().zip(&adjusted).filter(|((.., d), p)| **p < ALPHA && d.interval.low > 0.0);
    let said = |(segment, rate, d): &(Segment, f64, Difference), p: f64| {
        format!(
            "{segment}: {} won within {FAST_DAYS} days, of companies that fit {}; the difference is {} to {} points of a \
             hundred (p {p:.3}, corrected for {})",
            percent(*rate),
            percent(inside.rate()),
            points(d.interval.low),
            points(d.interval.high),
            counted(tests.len(), "segment")
        )
    };
    let faster: Vec<String> = faster.map(|(test, p)| said(test, *p)).collect();
    let best = tests.iter().zip(&adjusted).max_by(|a, b| a.0.1.total_cmp(&b.0.1));
    match (faster.is_empty(), best) {
        (false, _) => Finding::new(rule, Says::Fires, faster.join("; "))
            .propose("give the segment a place in the profile, and compare with buymode icp diff"),
        (true, Some((test, p))) => Finding::new(rule, Says::Quiet, said(test, *p)),
        (true, None) => Finding::new(rule, Says::Quiet, "none".to_owned()),
    }
}
