//! `buymode icp review` on a log: what sales did with alerts, by an own count.

use buymode::admin::profiles::file::compile;
use buymode::domain::account::decision::Origin;
use buymode::domain::profile::Band;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::OutcomeKind;
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::time::Day;
use buymode::evidence::history::{Entry, Happened, Told};
use buymode::evidence::review::{Change, Finding, Says, of_log};
use std::path::Path;

const STARTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/profiles/starter.yaml");
const SINCE: Day = Day(100);
const UPTO: Day = Day(300);

fn starter() -> CompiledProfile {
    compile(Path::new(STARTER)).unwrap()
}

/// An alert on a day, with its score, its rules, and what sales did and when.
type Alert<'a> = (i32, f64, &'a [&'a str], Option<(OutcomeKind, i32, Option<&'a str>)>);

fn found(alerts: &[Alert<'_>]) -> (Vec<Finding>, Vec<String>) {
    let key = |at: usize| AccountKey::parse(&format!("n{at}.com")).unwrap();
    let entries = alerts.iter().enumerate().map(|(at, (on, score, rules, _))| Entry {
        account: key(at),
        on: Day(*on),
        activation: 1,
        arm: Arm::Treatment,
        origin: Origin::Signal,
        route: "sdr".into(),
        segment: "primary".into(),
        tier: Tier::One,
        band: Band::High,
        fit_points: 80.0,
        score_points: *score,
        newest_days: None,
        source: None,
        is_claimed: false,
        rules: rules.iter().map(|rule| (*rule).into()).collect(),
    });
    let told = alerts.iter().enumerate().filter_map(|(at, (on, _, _, did))| {
        let (kind, after, reason) = (*did)?;
        Some(Told {
            account: key(at),
            outcome: Happened::Sales(kind),
            on: Day(on + after),
            known_on: Day(on + after),
            amount_usd: None,
            opportunity: None,
            lead_source: None,
            reason: reason.map(Into::into),
        })
    });
    of_log(&entries.collect::<Vec<_>>(), &told.collect::<Vec<_>>(), &starter(), (SINCE, UPTO))
}

fn finding<'a>(found: &'a [Finding], rule: &str) -> &'a Finding {
    found.iter().find(|finding| finding.rule == rule).unwrap()
}

#[test]
fn an_enter_line_is_proposed_where_the_score_says_which_alerts_are_acted_on() {
    let line = f64::from(starter().profile.intent.enter);
    let alert = |at: i32| -> Alert<'static> {
        // Of the upper fifth four of five are acted on, by whatever word; of the others none.
        let is_high = at % 5 == 0;
        let words = [
            OutcomeKind::Accepted,
            OutcomeKind::Qualified,
            OutcomeKind::Contacted,
            OutcomeKind::Meeting,
        ];
        let acted = is_high && at % 25 != 0;
        let did = acted.then(|| (words[at as usize % 4], 30, None));
        (110 + at % 100, line + if is_high { 20.0 } else { 2.0 }, &["round"], did)
    };
    let (found, looked_at) = found(&(0..150).map(alert).collect::<Vec<_>>());
    assert!(looked_at[0].starts_with("150 alerts"), "{looked_at:?}");
    let acted = finding(&found, "alerts acted on");
    assert_eq!(acted.says, Says::Fires);
    assert!(acted.found.starts_with("24 of 150 alerts were acted on"), "{}", acted.found);
    assert!(acted.found.contains("it was 24 of 30"), "{}", acted.found);
    assert!(acted.found.contains("so that it looks too good"), "{}", acted.found);
    let (from, to) = (line as i64, line as i64 + 20);
    assert!(matches!(&acted.change, Some(Change::Enter { from_points, to_points })
        if (*from_points, *to_points) == (from, to)));
}

#[test]
fn a_rule_whose_alerts_are_rejected_is_named_and_the_others_are_not() {
    let rejected = (OutcomeKind::Rejected, 3, Some("too small"));
    let alert = |at: i32| -> Alert<'static> {
        let (is_bad, on) = (at % 3 == 0, 110 + at % 100);
        let rules: &[&str] = match (is_bad, at % 2 == 0) {
            (true, _) => &["expansion"],
            (false, true) => &["round"],
            (false, false) => &["leader"],
        };
        let did = match (is_bad, at % 10) {
            (true, _) | (false, 1) => rejected,
            _ => (OutcomeKind::Contacted, 5, None),
        };
        (on, 60.0, rules, Some(did))
    };
    let (all, _) = found(&(0..120).map(alert).collect::<Vec<_>>());
    let rules = finding(&all, "rules whose alerts are rejected");
    assert_eq!(rules.says, Says::Fires);
    assert!(
        rules.found.starts_with("\"expansion\": 40 of 40 alerts with it were rejected"),
        "{}",
        rules.found
    );
    assert!(
        !rules.found.contains("\"round\"") && !rules.found.contains("\"leader\""),
        "{}",
        rules.found
    );
    let reasons = finding(&all, "rejections by reason");
    assert!(reasons.found.contains("too small ("), "{}", reasons.found);
    // The same without a rule that is worse than the others.
    let even = |at: i32| -> Alert<'static> {
        let did = if at % 4 == 0 { rejected } else { (OutcomeKind::Contacted, 5, None) };
        (110 + at % 100, 60.0, if at % 3 == 0 { &["expansion"] } else { &["round"] }, Some(did))
    };
    let (quiet, _) = found(&(0..120).map(even).collect::<Vec<_>>());
    assert!(quiet.iter().all(|finding| finding.says == Says::Quiet), "{quiet:#?}");
}

#[test]
fn alerts_count_once_sales_had_time_or_has_answered() {
    let late = UPTO.0 - 10;
    let alert = |at: i32| -> Alert<'static> {
        match at {
            // Before the time that is looked at.
            0..20 => (SINCE.0 - 5, 60.0, &["round"], Some((OutcomeKind::Won, 3, None))),
            // Not answered, and not yet due.
            20..40 => (late, 60.0, &["round"], None),
            // Answered before.
            40..50 => (late, 60.0, &["round"], Some((OutcomeKind::Contacted, 3, None))),
            // Answered too late.
            _ => (SINCE.0 + 10, 60.0, &["round"], Some((OutcomeKind::Contacted, 31, None))),
        }
    };
    let (few, looked_at) = found(&(0..55).map(alert).collect::<Vec<_>>());
    assert!(looked_at[0].starts_with("15 alerts"), "{looked_at:?}");
    assert_eq!(few.len(), 1);
    assert_eq!(few[0].says, Says::TooFew);
    assert!(few[0].found.contains("at least 20 are needed"), "{}", few[0].found);
    let (all, _) = found(&(0..65).map(alert).collect::<Vec<_>>());
    let acted = finding(&all, "alerts acted on");
    assert!(acted.found.starts_with("10 of 25 alerts were acted on"), "{}", acted.found);
    assert_eq!(acted.says, Says::Quiet, "the interval reaches a half");
}
