//! Verdicts on invented arms, and on the counts of a public experiment.

use super::*;

/// Hillstrom's e-mail experiment of 2008 by its counts alone: 64,000 customers in three arms.
fn hillstrom() -> Report {
    let arms = [(122, 21_306_u64), (189, 21_387), (267, 21_307)];
    let units: Vec<Unit> = arms
        .iter()
        .enumerate()
        .flat_map(|(arm, (happened, all))| {
            (0..*all).map(move |at| Unit {
                arm,
                outcomes: vec![Some(f64::from(u8::from(at < *happened)))],
                before: None,
            })
        })
        .collect();
    let setup = Setup {
        arms: ["none", "women's", "men's"].map(str::to_owned).to_vec(),
        shares: Some(vec![1.0 / 3.0; 3]),
        outcomes: vec!["conversion".to_owned()],
        planned: 64_000,
        before: None,
        unit: "an account",
    };
    judge(&setup, &units, &arms.map(|(_, n)| n), Vec::new())
}

#[test]
fn hillstrom_is_recovered_by_hand() {
    let report = hillstrom();
    let mismatch = report.mismatch.unwrap();
    // chi2 0.2025 with two degrees of freedom: exp(-0.2025 / 2).
    assert!((mismatch.one_look - 0.9037).abs() < 1e-4, "{mismatch:?}");
    assert!(mismatch.any_look == 1.0 && !mismatch.is_alarm);
    let mens = report.outcomes[0].effects[1].difference.unwrap();
    // 267 / 21,307 - 122 / 21,306, and the ratio of the two.
    assert!((mens.estimate - 0.006_805).abs() < 1e-6, "{mens:?}");
    assert!((mens.relative.unwrap() - 1.1884).abs() < 1e-4);
    assert!((mens.z - 7.39).abs() < 5e-3);
    // 3.30 standard errors of 0.000921 at 2.5 % for two comparisons, the planned number being reached.
    let Interval { low, high } = mens.interval;
    assert!((low - 0.003_77).abs() < 5e-5 && (high - 0.009_84).abs() < 5e-5, "{low} {high}");
    let relative = mens.relative_interval.unwrap();
    assert!(relative.low > 0.5 && relative.high < 2.2, "{relative:?}");
    assert_eq!(report.verdict, Verdict::Shown);
}

fn two_arms(control: [u64; 2], treated: [u64; 2], planned: u64) -> Report {
    let unit = |arm, value| Unit { arm, outcomes: vec![Some(value)], before: None };
    let mut units = Vec::new();
    for (arm, [happened, all]) in [control, treated].into_iter().enumerate() {
        units.extend((0..all).map(|at| unit(arm, f64::from(u8::from(at < happened)))));
    }
    let setup = Setup {
        arms: vec!["hold-out".to_owned(), "treatment".to_owned()],
        shares: Some(vec![0.5, 0.5]),
        outcomes: vec!["won".to_owned()],
        planned,
        before: None,
        unit: "an account",
    };
    judge(&setup, &units, &[control[1], treated[1]], Vec::new())
}

#[test]
fn a_verdict_waits_for_accounts_and_outcomes() {
    for (control, treated, planned, expected) in [
        ([2, 12], [9, 15], 200, Verdict::TooFew),
        ([2, 60], [3, 60], 200, Verdict::TooFew),
        ([12, 60], [16, 60], 200, Verdict::GoOn),
        ([20, 100], [24, 100], 200, Verdict::NotShown),
        ([20, 100], [60, 100], 200, Verdict::Shown),
        ([20, 100], [90, 300], 400, Verdict::Mismatch),
    ] {
        let report = two_arms(control, treated, planned);
        assert_eq!(report.verdict, expected, "{control:?} {treated:?}: {report:?}");
    }
    let few = two_arms([2, 60], [3, 60], 200);
    let why = few.outcomes[0].effects[0].too_few.clone().unwrap();
    assert_eq!(why, "too few: 5 of both arms have the outcome; 10 are needed");
}

#[test]
fn an_adjustment_by_what_was_known_narrows_the_interval() {
    let unit = |at: usize| {
        let before = (at / 2 % 10) as f64;
        let happened = before + if at.is_multiple_of(7) { 3.0 } else { 0.0 } >= 7.0;
        Unit {
            arm: at % 2,
            outcomes: vec![Some(f64::from(u8::from(happened)))],
            before: Some(before),
        }
    };
    let units: Vec<Unit> = (0..800).map(unit).collect();
    let setup = Setup {
        arms: vec!["a".to_owned(), "b".to_owned()],
        shares: Some(vec![0.5, 0.5]),
        outcomes: vec!["won".to_owned()],
        planned: 800,
        before: Some("fit".to_owned()),
        unit: "an account",
    };
    let with = judge(&setup, &units, &[400, 400], Vec::new());
    let bare: Vec<Unit> = units.iter().map(|u| Unit { before: None, ..u.clone() }).collect();
    let without = judge(&setup, &bare, &[400, 400], Vec::new());
    let width = |report: &Report| {
        let interval = report.outcomes[0].effects[0].difference.unwrap().interval;
        interval.high - interval.low
    };
    assert!(width(&with) < 0.7 * width(&without), "{} {}", width(&with), width(&without));
    let left = with.outcomes[0].effects[0].difference.unwrap().variance_left;
    assert!((0.2..0.6).contains(&left), "{left}");
}
