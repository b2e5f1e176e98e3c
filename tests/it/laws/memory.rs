//! What an account remembers from look to look changes nothing: a restart forgets it. In a debug build
//! every look of every law is compared with a plain one too.

use super::logs::{BEGIN, PROFILES, logs};
use crate::fold::{Entry, Fold, Record, compile};
use buymode::domain::evidence::event::{self, Evidence};
use buymode::domain::evidence::facts::Facts;
use buymode::domain::evidence::report::Report;
use buymode::domain::evidence::signal::{Engagement, Event, Hiring};
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::score::intent::{self, Found, Signs};
use buymode::domain::terms::catalogue::{EngagementKind, HiringAction};
use buymode::domain::terms::time::{DAY_MS, Occurred, Precision, Timestamp};
use buymode::domain::terms::titles::classify;
use buymode::domain::terms::units::BasisPoints;
use proptest::prelude::*;
use uuid::Uuid;

fn folded(log: &[Record], is_forgetful: bool, every_midnight: bool) -> Fold {
    let mut fold = Fold::new("acme.com", BEGIN);
    (fold.is_forgetful, fold.every_midnight) = (is_forgetful, every_midnight);
    for record in log {
        fold.read(record);
        // A duplicate: it leaves what is remembered as it is.
        fold.read(&Record { offset: record.offset + 1, ..record.clone() });
    }
    let last = log.last().expect("a log has a record");
    let time = Timestamp(last.time.0 + 300 * DAY_MS);
    fold.read(&Record { offset: last.offset + 900, time, entry: Entry::Tick });
    fold
}

proptest! {
    #![proptest_config(super::cases(120))]

    #[test]
    fn an_account_that_forgets_decides_the_same(log in logs(), every_midnight in any::<bool>()) {
        let (plain, forgetful) =
            (folded(&log, false, every_midnight), folded(&log, true, every_midnight));
        prop_assert_eq!(format!("{:?}", plain.decisions), format!("{:?}", forgetful.decisions));
        prop_assert_eq!(&plain.verdicts, &forgetful.verdicts);
        prop_assert_eq!(&plain.state, &forgetful.state);
        prop_assert_eq!(plain.due, forgetful.due);
    }
}

/// Rules that count several events as one, in both directions and with and without a size.
fn crowds() -> CompiledProfile {
    let rules = [
        "{name: team, points: 20, hold_days: 9, half_life_days: 20, window_days: 60, \
          hiring: {functions: [sales], at_least: 2, within_days: 30}}",
        "{name: larger, points: 20, half_life_days: 9, window_days: 90, scale: {from: 2, full: 9}, \
          engagement: {kinds: [pricing_page], at_least: 2, within_days: 20}}",
        "{name: group, points: 20, half_life_days: 9, window_days: 90, scale: {from: 2, full: 9}, \
          engagement: {kinds: [pricing_page], people: 2, at_least: 2, within_days: 20}}",
        "{name: worse, points: -20, half_life_days: 9, window_days: 90, \
          engagement: {kinds: [pricing_page], at_least: 3, within_days: 20}}",
    ];
    let mut profile = PROFILES[0].profile.clone();
    profile.intent.conjunctions.clear();
    profile.intent.rules = rules.map(|rule| serde_saphyr::from_str(rule).unwrap()).to_vec();
    profile.segments.clear();
    compile(&serde_saphyr::to_string(&profile).unwrap())
}

/// A visit by one of three people, or a post of one of two titles, on a day, more or less sure.
fn happened(number: usize, (day, which, sure): (i32, usize, i64)) -> Report {
    let title = ["Account Executive", "Head of Sales"][which % 2];
    let (function, seniority) = classify(title);
    let event = match which {
        0..3 => Event::Engagement(Engagement {
            engagement: EngagementKind::PricingPage,
            contact: Some(["ann", "bob", "eve"][which].into()),
            topic: None,
        }),
        _ => Event::Hiring(Hiring {
            action: HiringAction::Posted,
            title: title.into(),
            function,
            seniority,
            place: Some(["Berlin", "Oslo"][which / 2 % 2].into()),
            posting: None,
            agency: false,
            first_in_function: None,
        }),
    };
    Report {
        id: Uuid::from_u128(number as u128 + 1),
        source: "one".into(),
        occurred: Occurred { day: BEGIN.plus(day), precision: Precision::Day },
        first_seen: BEGIN.plus(day).start(),
        observed_at: Timestamp(0),
        confidence: BasisPoints::new(sure * 1_000).unwrap(),
        planned: false,
        baseline: false,
        corrected: false,
        url: None,
        event,
    }
}

proptest! {
    #![proptest_config(super::cases(60))]

    #[test]
    fn what_counts_as_one_grows_older_as_it_would_be_found_anew(
        said in prop::collection::vec((0..60_i32, 0..7_usize, 1..=10_i64), 1..16),
        steps in prop::collection::vec(1..9_i32, 1..20),
    ) {
        let profile = crowds();
        let variant = profile.variants.last().unwrap();
        let (account, company) = ("acme.com".to_owned().try_into().unwrap(), Default::default());
        let mut evidence: Vec<Evidence> = Vec::new();
        for (number, said) in said.iter().enumerate() {
            event::add(&mut evidence, happened(number, *said), BEGIN.plus(60));
        }
        let (mut day, mut known) = (60, None::<Found>);
        for step in steps {
            let facts = Facts::new(&account, &company, &evidence, BEGIN.plus(day));
            let signs = Signs { facts, markets: &[], seen_since: None };
            let anew = intent::find(variant, &signs);
            if let Some(known) = &known {
                let later = intent::find_from(variant, &signs, known, |_| false);
                prop_assert_eq!(&later, &anew, "day {} of {:?}", day, said);
            }
            (known, day) = (Some(anew), day + step);
        }
    }
}
