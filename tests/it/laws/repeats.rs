//! A count that is repeated says nothing new.

use super::logs::{BEGIN, PROFILES};
use crate::fold::compile;
use buymode::domain::evidence::event::{self, Evidence};
use buymode::domain::evidence::facts::Facts;
use buymode::domain::evidence::report::Report;
use buymode::domain::evidence::signal::{Event, Headcount};
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::score::intent::{self, Intent, Signs};
use buymode::domain::terms::time::{Occurred, Precision, Timestamp};
use buymode::domain::terms::units::BasisPoints;
use proptest::prelude::*;
use uuid::Uuid;

/// Counts of two sources, none a correction, each as far from the one before as two counts must lie apart, and no farther
/// than a count is taken to hold: beyond that a repetition shows how long it did.
type Counts = Vec<(i32, u32, &'static str)>;

fn counts() -> impl Strategy<Value = Counts> {
    let people = prop::sample::select(vec![40, 44, 48, 50, 60, 61, 75, 80]);
    let series = || prop::collection::vec((45..=46_i32, people.clone()), 2..12);
    (series(), series()).prop_map(|(one, two)| {
        let dated = |series: Vec<(i32, u32)>, source| {
            let day = |day: &mut i32, (gap, people): (i32, u32)| {
                *day += gap;
                Some((*day, people, source))
            };
            series.into_iter().scan(0, day).collect::<Counts>()
        };
        [dated(one, "one"), dated(two, "two")].concat()
    })
}

/// The counts, and each again on some days before the next of its source.
fn repeated(counts: &Counts, again: &[(usize, i32)]) -> Counts {
    let mut all = counts.clone();
    for (which, after) in again {
        let at = which % counts.len();
        let (day, people, source) = counts[at];
        let next = counts.get(at + 1).filter(|next| next.2 == source).map_or(day + 60, |n| n.0);
        all.push((day + 1 + after % (next - day - 1), people, source));
    }
    all
}

/// As they come: by day.
fn evidence(counts: &Counts) -> Vec<Evidence> {
    let reports = counts.iter().enumerate().map(|(n, count)| report(n, *count));
    let mut reports: Vec<Report> = reports.collect();
    reports.sort_by_key(|r| r.occurred.day);
    let mut evidence = Vec::new();
    for report in reports {
        event::add(&mut evidence, report, BEGIN.plus(2_000));
    }
    evidence
}

fn report(n: usize, (day, people, source): (i32, u32, &str)) -> Report {
    Report {
        id: Uuid::from_u128(n as u128 + 1),
        source: source.into(),
        occurred: Occurred { day: BEGIN.plus(day), precision: Precision::Day },
        first_seen: BEGIN.plus(2_000).start(),
        observed_at: Timestamp(0),
        confidence: BasisPoints::FULL,
        planned: false,
        baseline: false,
        corrected: false,
        url: None,
        event: Event::Headcount(Headcount { total: Some(people), ..Headcount::default() }),
    }
}

fn on(profile: &CompiledProfile, evidence: &[Evidence], day: i32) -> Intent {
    let account = "acme.com".to_owned().try_into().unwrap();
    let company = Default::default();
    let facts = Facts::new(&account, &company, evidence, BEGIN.plus(day));
    let signs = Signs { facts, markets: &[], seen_since: None };
    intent::evaluate(profile, profile.variants.last().unwrap(), &signs)
}

fn grows(decline: bool) -> CompiledProfile {
    let mut profile = PROFILES[0].profile.clone();
    profile.intent.conjunctions.clear();
    let rule = format!(
        "{{name: grows, points: 50, hold_days: 7, half_life_days: 30, window_days: 120, \
         headcount: {{percent: 20, people: 3, decline: {decline}}}}}"
    );
    profile.intent.rules = vec![serde_saphyr::from_str(&rule).unwrap()];
    profile.segments.clear();
    compile(&serde_saphyr::to_string(&profile).unwrap())
}

proptest! {
    #![proptest_config(super::cases(150))]

    #[test]
    fn repeating_a_count_changes_no_score(
        counts in counts(),
        again in prop::collection::vec((any::<usize>(), 0..100_i32), 1..30),
        decline in any::<bool>(),
    ) {
        let profile = grows(decline);
        let more = repeated(&counts, &again);
        let (once, often) = (evidence(&counts), evidence(&more));
        let days = |e: &[Evidence]| {
            let mut days: Vec<_> = e.iter().map(|e| (e.lead().source.clone(), e.day())).collect();
            days.sort();
            days
        };
        prop_assert_eq!(days(&once), days(&often), "{:?}", more);
        let last = counts.iter().map(|count| count.0).max().unwrap();
        for day in (0..last + 200).step_by(9) {
            let (a, b) = (on(&profile, &once, day), on(&profile, &often, day));
            prop_assert_eq!(a.total, b.total, "day {} of {:?} and {:?}", day, counts, more);
        }
    }
}

/// A law that is never put to the test holds of everything.
#[test]
fn the_counts_show_growth_and_decline() {
    let counts = vec![(0, 40, "one"), (60, 50, "one"), (120, 30, "one")];
    let evidence = evidence(&counts);
    for (decline, day, points) in
        [(false, 59, 0), (false, 60, 50_000), (false, 120, 0), (true, 120, 50_000)]
    {
        assert_eq!(on(&grows(decline), &evidence, day).total.0, points, "{decline} on day {day}");
    }
}
