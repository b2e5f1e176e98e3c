//! What each kind of record does at the desk.

use super::office::{Answers, Office, at};
use buymode::desk::action::What;
use buymode::desk::ids::CaseId;
use buymode::desk::record::{Outcome, Record, Said, Verdict};
use buymode::desk::state::End;
use buymode::domain::terms::time::Timestamp;

/// Two people in one team, a channel that can be edited, and direct messages.
pub(super) const SMALL: &str = "
zone: UTC
people:
  - { name: ana, email: ana@example.com, slack: U0000001, a_day: 2 }
  - { name: ben, email: ben@example.com, slack: U0000002, a_day: 2 }
teams:
  - { name: all, members: [ana, ben] }
destinations:
  - { name: dm, routes: [ae], slack: { token: { env: SLACK } } }
  - { name: leads, routes: [lead], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: cards, routes: [card], teams: { url: { env: TEAMS } } }
  - { name: hook, routes: [ae, machine], webhook: { url: 'https://hooks.example.com', secret: { env: HOOK } } }
escalation: { people: [ben], channel: leads }
digest: { destination: leads, hour: 8 }
";

/// A Monday.
const DAY: &str = "2026-11-30";

pub(super) fn open() -> Office {
    Office::new(SMALL, at("2026-11-30 06:00"))
}

pub(super) fn today(hour: &str) -> Timestamp {
    at(&format!("{DAY} {hour}"))
}

#[test]
fn the_owner_comes_first_and_then_whoever_has_most_capacity_left() {
    let mut office = open();
    office.decide("enters one.com owner ben", today("10:00"));
    office.decide("enters two.com", today("10:01"));
    office.decide("enters three.com", today("10:02"));
    office.decide("enters four.com owner ben", today("10:03"));
    office.decide("enters five.com", today("10:04"));
    let said: Vec<String> = office.said().into_iter().filter(|l| l.contains("post dm")).collect();
    assert_eq!(
        said,
        [
            "11-30 10:00 post dm → ben: one.com normal for ben (owner)",
            "11-30 10:01 post dm → ana: two.com normal for ana (team all, 2 free)",
            "11-30 10:02 post dm → ben: three.com normal for ben (team all, 1 free)",
            "11-30 10:04 post dm → ana: five.com normal for ana (team all, 1 free; not ben: at the cap of 2)",
        ]
    );
    office.tick(at("2026-12-01 08:00"));
    assert_eq!(office.said(), ["12-01 08:00 digest leads: four.com (over_capacity)"]);
    assert_eq!(office.ended("dm", End::Digested), 1);
    assert_eq!(office.ended("dm", End::Confirmed), 4);
    assert_eq!(office.ended("hook", End::Confirmed), 5);
}

#[test]
fn what_waits_for_the_morning_goes_out_by_rank_and_only_up_to_the_cap() {
    let mut office = open();
    for (number, priority) in ["normal", "high", "urgent", "normal", "urgent"].iter().enumerate() {
        let said = format!("enters a{number}.com {priority} owner ana");
        office.decide(&said, today(&format!("07:0{number}")));
    }
    let waiting: Vec<String> = office.said().into_iter().filter(|l| !l.contains("hook")).collect();
    assert_eq!(waiting, Vec::<String>::new());
    office.tick(today("09:00"));
    let mut said = office.said();
    said.sort();
    assert_eq!(
        said,
        [
            "11-30 08:00 digest leads: a1.com (over_capacity), a3.com (over_capacity), \
             a0.com (over_capacity)",
            "11-30 09:00 post dm → ana: a2.com urgent for ana (owner)",
            "11-30 09:00 post dm → ana: a4.com urgent for ana (owner)",
        ]
    );
}

#[test]
fn an_episode_has_one_message_which_is_edited() {
    let mut office = open();
    let entered = office.decide("enters acme.com route lead", today("10:00"));
    office.decide("strengthens acme.com high route lead", today("11:00"));
    office.claim("ben", &entered, today("11:30"));
    office.decide("leaves acme.com stop route lead", today("12:00"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:00 post leads: acme.com normal for ana (team all, 2 free)",
            "11-30 11:00 edit leads: acme.com high for ana (team all, 2 free)",
            "11-30 11:00 reply leads: news of acme.com: strengthened",
            "11-30 11:30 edit leads: acme.com high for ana (team all, 2 free), claimed by ben",
            "11-30 12:00 edit leads: acme.com high for ana (team all, 2 free), exited",
        ]
    );
    assert_eq!(office.ended("leads", End::Edited), 2);
    assert!(office.state.cases.is_empty() && office.state.threads.is_empty());
}

#[test]
fn what_is_no_longer_true_is_not_announced() {
    let mut office = open();
    office.decide("enters acme.com owner ana", today("07:00"));
    office.decide("leaves acme.com", today("07:30"));
    office.tick(today("09:00"));
    let said: Vec<String> = office.said().into_iter().filter(|l| !l.contains("hook")).collect();
    assert_eq!(said, Vec::<String>::new());
    assert_eq!(office.ended("dm", End::Expired), 1);
    assert_eq!(office.ended("dm", End::Cancelled), 1);
}

#[test]
fn an_exit_waits_for_the_result_of_the_post_that_it_corrects() {
    for (outcome, ends) in [
        (Outcome::NotSent, [(End::Expired, 1), (End::Cancelled, 1)]),
        (Outcome::Failed("channel_not_found".into()), [(End::Failed, 1), (End::Cancelled, 1)]),
        (Outcome::Accepted, [(End::Accepted, 1), (End::Digested, 0)]),
    ] {
        let mut office = open();
        office.answers = Answers::Silent;
        office.decide("enters acme.com route lead", today("10:00"));
        let post = office.actions.last().unwrap().id;
        office.decide("leaves acme.com route lead", today("10:00"));
        assert_eq!(office.said().last().unwrap(), "11-30 10:00 cancel leads");
        office.read(Record::Result { action: post, outcome: outcome.clone() }, today("10:01"));
        for (end, times) in ends {
            assert_eq!(office.ended("leads", end), times, "{outcome:?} {end}");
        }
    }
}

#[test]
fn cases_of_one_account_within_the_hour_share_a_message() {
    let mut office = open();
    office.decide("enters acme.com route lead", today("10:00"));
    office.decide("enters acme.com route lead product data", today("10:59"));
    office.decide("enters acme.com route lead product late", today("11:01"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:00 post leads: acme.com normal for ana (team all, 2 free)",
            "11-30 10:59 edit leads: acme.com normal for ana (team all, 2 free) + \
             acme.com data normal for ana (same account)",
            "11-30 10:59 reply leads: news of acme.com: entered",
            "11-30 11:01 post leads: acme.com late normal for ben (team all, 2 free)",
        ]
    );
}

#[test]
fn a_reminder_comes_at_half_time_and_an_escalation_at_the_deadline() {
    let mut office = open();
    office.decide("enters acme.com route lead by 14:00", today("10:00"));
    office.tick(today("23:00"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:00 post leads: acme.com normal for ana (team all, 2 free)",
            "11-30 12:00 reply leads: reminder to ana, by 11-30 14:00",
            "11-30 14:00 edit leads: acme.com normal for ben (escalation)",
            "11-30 14:00 reply leads: escalated from ana to ben",
        ]
    );
}

#[test]
fn a_claim_stops_the_clock_and_can_be_taken_back() {
    let mut office = open();
    let entered = office.decide("enters acme.com route lead by 14:00", today("10:00"));
    let claim = office.claim("ana", &entered, today("10:30"));
    let other = office.claim("ben", &entered, today("10:31"));
    office.tick(today("13:00"));
    office.say("ben", CaseId(entered.id), Said::TakeBack(other), today("13:01"));
    office.say("ana", CaseId(entered.id), Said::TakeBack(claim), today("13:02"));
    office.tick(today("15:00"));
    assert_eq!(
        office.said()[1..],
        [
            "11-30 10:30 edit leads: acme.com normal for ana (team all, 2 free), claimed by ana",
            "11-30 10:31 answer ben: claimed by ana",
            "11-30 13:01 answer ben: nothing to take back",
            "11-30 13:02 edit leads: acme.com normal for ana (team all, 2 free)",
            "11-30 13:02 reply leads: again, said ana",
            "11-30 14:00 edit leads: acme.com normal for ben (escalation)",
            "11-30 14:00 reply leads: escalated from ana to ben",
        ]
    );
}

#[test]
fn a_word_taken_back_after_the_deadline_escalates_at_once() {
    let mut office = open();
    let entered = office.decide("enters acme.com route lead by 14:00", today("10:00"));
    let claim = office.claim("ana", &entered, today("10:30"));
    office.said();
    office.say("ana", CaseId(entered.id), Said::TakeBack(claim), today("15:00"));
    assert_eq!(office.said().last().unwrap(), "11-30 15:00 reply leads: escalated from ana to ben");
}

#[test]
fn a_snooze_ends_on_the_morning_of_its_day() {
    let mut office = open();
    let entered = office.decide("enters acme.com route lead", today("10:00"));
    let until = "2026-12-05".parse().unwrap();
    let snooze = Said::Verdict(Verdict::Snooze { until });
    office.say("ana", CaseId(entered.id), snooze, today("11:00"));
    office.said();
    // The fifth is a Saturday.
    office.tick(at("2026-12-08 00:00"));
    assert_eq!(
        office.said(),
        [
            "12-07 09:00 edit leads: acme.com normal for ana (team all, 2 free)",
            "12-07 09:00 reply leads: again, said ana",
        ]
    );
}

#[test]
fn a_click_that_comes_twice_counts_once() {
    let mut office = open();
    let entered = office.decide("enters acme.com route lead", today("10:00"));
    office.claim("ana", &entered, today("10:30"));
    let (word, _) =
        office.log.iter().rev().find(|(r, _)| matches!(r, Record::Word(_))).unwrap().clone();
    assert_eq!(office.read(word, today("10:31")), []);
}

#[test]
fn the_later_decision_waits_a_minute_for_the_missing_one() {
    let mut office = open();
    let entered = office.decision("enters acme.com route lead", today("10:00"));
    let stronger = office.decision("strengthens acme.com high route lead", today("10:00"));
    assert_eq!(office.forward(&stronger.clone().into(), today("10:00")), []);
    office.forward(&entered.into(), Timestamp(today("10:00").0 + 58_000));
    let said = office.said();
    assert_eq!(said[0], "11-30 10:00 post leads: acme.com normal for ana (team all, 2 free)");
    assert!(said[1].starts_with("11-30 10:00 edit leads: acme.com high"), "{said:#?}");

    let mut office = open();
    let entered = office.decision("enters acme.com route lead", today("10:00"));
    let stronger = office.decision("strengthens acme.com high route lead", today("10:00"));
    office.forward(&stronger.into(), today("10:00"));
    office.tick(today("10:01"));
    assert_eq!(office.said(), ["11-30 10:01 post leads: acme.com high for ana (team all, 2 free)"]);
    // It came too late, and is counted all the same; once.
    assert_eq!(office.forward(&entered.clone().into(), today("10:02")), []);
    assert_eq!(office.ended("leads", End::Cancelled), 1);
    assert_eq!(office.forward(&entered.into(), today("10:03")), []);
    assert_eq!(office.ended("leads", End::Cancelled), 1);
}

#[test]
fn a_decision_that_is_forwarded_again_changes_nothing() {
    let mut office = open();
    office.decide("enters acme.com route lead", today("10:00"));
    let again =
        office.log.iter().find(|(r, _)| matches!(r, Record::Decision { .. })).unwrap().clone();
    let before = office.state.clone();
    assert_eq!(office.read(again.0, before.time), []);
    assert_eq!(office.state, before);
}

#[test]
fn the_held_out_are_never_delivered_and_a_first_load_goes_to_the_digest() {
    let mut office = open();
    office.decide("enters out.com route lead held-out", today("10:00"));
    office.decide("enters old.com route lead baseline", today("10:00"));
    office.decide("enters late.com route lead by 09:00", today("10:00"));
    office.decide("tier-changed moved.com route lead", today("10:00"));
    office.decide("enters quiet.com route digest", today("10:00"));
    office.tick(at("2026-12-01 08:00"));
    let said = office.said();
    let [digest] = &said[..] else { panic!("{said:#?}") };
    for entry in ["moved.com (tier_changed)", "old.com (baseline)", "quiet.com (route)"] {
        assert!(
            digest.starts_with("12-01 08:00 digest leads: ") && digest.contains(entry),
            "{digest}"
        );
    }
    assert_eq!(office.ended("leads", End::Suppressed), 1);
    assert_eq!(office.ended("leads", End::Expired), 1);
    assert_eq!(office.ended("leads", End::Digested), 3);
}

#[test]
fn a_card_that_cannot_be_edited_is_followed_only_by_what_matters() {
    let mut office = open();
    office.answers = Answers::Silent;
    let confirm = |office: &mut Office, when: Timestamp| {
        let post =
            office.actions.iter().rev().find(|a| matches!(a.what, What::Post { .. })).unwrap().id;
        office.read(Record::Result { action: post, outcome: Outcome::Accepted }, when);
    };
    office.decide("enters acme.com route card", today("10:00"));
    confirm(&mut office, today("10:00"));
    office.decide("strengthens acme.com route card", today("11:00"));
    office.decide("strengthens acme.com high route card", today("12:00"));
    confirm(&mut office, today("12:00"));
    office.decide("withdrawn acme.com route card", today("13:00"));
    confirm(&mut office, today("13:00"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:00 post cards: acme.com normal for ana (team all, 2 free)",
            "11-30 12:00 post cards: acme.com high for ana (team all, 2 free)",
            "11-30 13:00 post cards: acme.com high for ana (team all, 2 free), withdrawn",
        ]
    );
    assert_eq!(office.ended("cards", End::Accepted), 3);
    // The news of eleven o'clock was overtaken before the digest came.
    assert_eq!(office.ended("cards", End::Cancelled), 1);
}

#[test]
fn a_message_that_people_deleted_is_not_posted_again_unless_priority_rises() {
    let mut office = open();
    office.decide("enters acme.com route lead", today("10:00"));
    office.answers = Answers::Silent;
    let gone = |office: &mut Office, when: Timestamp| {
        let edit =
            office.actions.iter().rev().find(|a| matches!(a.what, What::Edit { .. })).unwrap().id;
        office.read(Record::Result { action: edit, outcome: Outcome::Gone }, when);
    };
    office.decide("strengthens acme.com route lead", today("11:00"));
    gone(&mut office, today("11:00"));
    office.decide("strengthens acme.com route lead", today("12:00"));
    office.said();
    assert_eq!(office.ended("leads", End::Suppressed), 2);
    office.decide("strengthens acme.com urgent route lead", today("13:00"));
    assert_eq!(
        office.said(),
        ["11-30 13:00 post leads: acme.com urgent for ana (team all, 2 free)"]
    );
}

#[test]
fn a_deadline_in_the_night_goes_to_who_works_then() {
    let yaml = SMALL.replace(
        "{ name: ben, email: ben@example.com,",
        "{ name: ben, email: ben@example.com, zone: Asia/Tokyo,",
    );
    let mut office = Office::new(&yaml, at("2026-11-30 00:00"));
    // 02:00 UTC is eleven o'clock in Tokyo.
    office.decide("enters acme.com owner ana by 06:00", today("02:00"));
    // Nobody works at 21:00 UTC; both begin after the deadline.
    office.decide("enters late.com by 22:00", today("21:00"));
    let said: Vec<String> = office.said().into_iter().filter(|l| !l.contains("hook")).collect();
    assert_eq!(
        said,
        [
            "11-30 02:00 post dm → ben: acme.com normal for ben (team all, 2 free; \
             not ana: begins after the deadline)",
            "11-30 04:00 reply dm: reminder to ben, by 11-30 06:00",
            "11-30 06:00 edit dm: acme.com normal for ben (team all, 2 free; \
             not ana: begins after the deadline)",
            "11-30 06:00 reply dm: escalated from ben to no one",
            "11-30 06:00 post leads: acme.com normal for ben (team all, 2 free; \
             not ana: begins after the deadline)",
            "11-30 21:00 post leads: late.com normal",
        ]
    );
}

#[test]
fn a_new_roster_plans_what_waits_anew() {
    let mut office = open();
    office.decide("enters acme.com owner ana", today("07:00"));
    let away = SMALL.replace(
        "slack: U0000001,",
        "slack: U0000001, absences: [{ from: 2026-11-30, until: 2026-12-04 }],",
    );
    office.publish(&away, today("08:30"));
    office.tick(today("09:00"));
    let said: Vec<String> = office.said().into_iter().filter(|l| !l.contains("hook")).collect();
    assert_eq!(
        said,
        ["11-30 09:00 post dm → ben: acme.com normal for ben (team all, 2 free; \
          not ana: away until 2026-12-04)"]
    );
    let fewer = SMALL.replace("routes: [ae], slack", "routes: [other], slack");
    let before = office.state.counts.clone();
    office.publish(&fewer, today("10:00"));
    office.decide("enters next.com", today("10:01"));
    assert_eq!(office.state.counts.get(&"dm".into()), before.get(&"dm".into()));
}
