//! What people and CRMs say back: who was first, what the account's fold hears of it, and how it is taken back.

use super::office::{Answers, Office, at};
use buymode::desk::action::{Inform, Informed, What};
use buymode::desk::ids::{CaseId, WordId};
use buymode::desk::record::{Outcome, Record, Said, Verdict, Word};
use buymode::desk::state::End;
use buymode::domain::account::decision::{ContributionExplained, Decision};
use buymode::domain::terms::catalogue::{Kind, OutcomeKind};
use buymode::domain::terms::time::{Day, Timestamp};
use buymode::domain::terms::units::{BasisPoints, MilliPoints};
use std::sync::Arc;
use uuid::Uuid;

const ROSTER: &str = "
zone: UTC
people:
  - { name: ana, email: ana@example.com, slack: U0000001 }
  - { name: ben, email: ben@example.com, slack: U0000002 }
teams:
  - { name: all, members: [ana, ben] }
destinations:
  - { name: leads, routes: [ae], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: cards, routes: [card], teams: { url: { env: TEAMS } } }
escalation: { people: [ben], channel: leads }
digest: { destination: leads, hour: 8 }
";

fn today(hour: &str) -> Timestamp {
    at(&format!("2026-11-30 {hour}"))
}

fn open() -> (Office, Arc<Decision>) {
    let mut office = Office::new(ROSTER, today("06:00"));
    let entered = office.decide("enters acme.com owner ana by 17:00", today("10:00"));
    office.said();
    (office, entered)
}

fn verdict(office: &mut Office, person: &str, d: &Decision, said: Verdict, hour: &str) -> WordId {
    office.say(person, CaseId(d.id), Said::Verdict(said), today(hour))
}

#[test]
fn the_first_word_reaches_the_account_and_the_second_person_hears_who_was_first() {
    let (mut office, entered) = open();
    verdict(&mut office, "ana", &entered, Verdict::Accept, "10:30");
    let reason = Verdict::Reject { reason: "timing".into(), note: None };
    verdict(&mut office, "ben", &entered, reason, "10:31");
    verdict(&mut office, "eve", &entered, Verdict::Accept, "10:32");
    office.tick(today("18:00"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:30 inform acme.com: accepted, says ana",
            "11-30 10:30 edit leads: acme.com normal for ana (owner), accepted by ana",
            "11-30 10:31 answer ben: accepted by ana",
            "11-30 10:32 answer eve: unknown person",
        ]
    );
}

#[test]
fn each_word_tells_the_account_what_it_means() {
    let until = "2026-12-07".parse().unwrap();
    let table = [
        (Verdict::Claim, None),
        (Verdict::Accept, Some("accepted")),
        (Verdict::AlreadyInTouch, Some("contacted")),
        (Verdict::Reject { reason: "no-budget".into(), note: None }, Some("rejected no-budget")),
        (Verdict::WrongCompany, Some("rejected wrong-company")),
        (Verdict::Snooze { until }, Some("snoozed until 2026-12-07")),
        (Verdict::DoNotContact, Some("do not contact")),
    ];
    for (said, expected) in table {
        let (mut office, entered) = open();
        verdict(&mut office, "ana", &entered, said.clone(), "10:30");
        let said_to = office.said().into_iter().find(|line| line.contains("inform"));
        let expected =
            expected.map(|what| format!("11-30 10:30 inform acme.com: {what}, says ana"));
        assert_eq!(said_to, expected, "{said:?}");
    }
}

#[test]
fn a_rejection_that_ended_the_episode_can_be_taken_back() {
    let (mut office, entered) = open();
    let reason = Verdict::Reject { reason: "timing".into(), note: None };
    let word = verdict(&mut office, "ana", &entered, reason, "10:30");
    office.decide("leaves acme.com stop", today("10:31"));
    assert!(office.state.cases.is_empty());
    let said = Said::TakeBack(word);
    office.say("ben", CaseId(entered.id), said.clone(), today("10:40"));
    let back = office.say("ana", CaseId(entered.id), said.clone(), today("10:41"));
    // The same click again, and another one.
    let again =
        Word { id: back, case: CaseId(entered.id), person: "ana".into(), said: said.clone() };
    office.read(Record::Word(again), today("10:41"));
    office.say("ana", CaseId(entered.id), said, today("10:42"));
    // The account's fold takes it in again.
    office.decide("enters acme.com owner ana", today("10:43"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:30 inform acme.com: rejected timing, says ana",
            "11-30 10:30 edit leads: acme.com normal for ana (owner), rejected by ana",
            "11-30 10:31 edit leads: acme.com normal for ana (owner), exited",
            "11-30 10:40 answer ben: nothing to take back",
            "11-30 10:41 inform acme.com: reopened, says ana",
            "11-30 10:42 answer ana: nothing to take back",
            "11-30 10:43 post leads: acme.com normal for ana (owner)",
        ]
    );
}

#[test]
fn a_month_later_a_word_is_forgotten() {
    let (mut office, entered) = open();
    let word = verdict(&mut office, "ana", &entered, Verdict::DoNotContact, "10:30");
    office.tick(at("2026-12-30 10:29"));
    assert!(office.state.words.contains_key(&word));
    office.tick(at("2026-12-30 10:30"));
    assert!(office.state.words.is_empty());
    office.said();
    office.say("ana", CaseId(entered.id), Said::TakeBack(word), at("2026-12-30 11:00"));
    assert_eq!(office.said(), ["12-30 11:00 answer ana: nothing to take back"]);
}

#[test]
fn who_may_not_be_contacted_is_named_with_who_said_so_and_when() {
    let (mut office, entered) = open();
    let word = verdict(&mut office, "ana", &entered, Verdict::DoNotContact, "10:30");
    office.say("ana", CaseId(entered.id), Said::TakeBack(word), at("2026-12-01 09:00"));
    let informs = office.actions.iter().filter_map(|action| match &action.what {
        What::Inform(Inform { id, what: Informed::DoNotContact { active, stated_on }, .. }) => {
            Some((*id, *active, *stated_on))
        }
        _ => None,
    });
    let informs: Vec<(Uuid, bool, Timestamp)> = informs.collect();
    // The lift is of the day of the word: what another one said since holds.
    assert_eq!(informs[0], (word.0, true, today("10:30")));
    assert_eq!((informs[1].1, informs[1].2), (false, today("10:30")));
}

fn with_evidence(office: &mut Office) -> Arc<Decision> {
    let mut d = office.decision("enters round.com owner ana", today("10:00"));
    d.intent.contributions.push(ContributionExplained {
        rule: "round".into(),
        kind: Kind::Funding,
        what: "Series B".to_owned(),
        announced: Day(20_000),
        first_seen: None,
        age_days: 1,
        points: 45,
        magnitude_ppm: 1_000_000,
        confidence: BasisPoints::FULL,
        decay_ppm: 1_000_000,
        contribution: MilliPoints::points(45),
        evidence: vec![Uuid::from_u128(1), Uuid::from_u128(2)],
        sources: vec!["newsdesk".into()],
        url: None,
        is_open: None,
        pieces: Vec::new(),
    });
    let d = Arc::new(d);
    office.forward(&d, today("10:00"));
    office.said();
    d
}

#[test]
fn evidence_is_retracted_ten_minutes_after_the_word_unless_it_was_taken_back() {
    let untrue = Verdict::NoLongerTrue { evidence: Uuid::from_u128(2) };
    let (mut office, _) = open();
    let entered = with_evidence(&mut office);
    let word = verdict(&mut office, "ana", &entered, untrue.clone(), "10:30");
    office.say("ana", CaseId(entered.id), Said::TakeBack(word), today("10:39"));
    office.tick(today("10:45"));
    let said = office.said();
    assert!(said.iter().all(|line| !line.contains("inform")), "{said:#?}");
    let word = verdict(&mut office, "ana", &entered, untrue, "11:00");
    office.tick(today("11:10"));
    office.say("ana", CaseId(entered.id), Said::TakeBack(word), today("11:11"));
    let said: Vec<String> = office.said().into_iter().filter(|l| !l.contains("edit")).collect();
    assert_eq!(
        said,
        [
            "11-30 11:10 inform round.com: 00000000-0000-0000-0000-000000000001 is retracted, says ana",
            "11-30 11:10 inform round.com: 00000000-0000-0000-0000-000000000002 is retracted, says ana",
            "11-30 11:11 answer ana: too late to take back",
        ]
    );
}

#[test]
fn what_a_crm_says_stops_the_clock_once_and_a_person_may_still_answer() {
    let (mut office, entered) = open();
    office.report("other.com", OutcomeKind::Contacted, None, today("10:30"));
    office.report("acme.com", OutcomeKind::Contacted, None, today("10:31"));
    office.report("acme.com", OutcomeKind::Meeting, None, today("10:32"));
    let reason = Verdict::Reject { reason: "timing".into(), note: None };
    verdict(&mut office, "ana", &entered, reason, "10:33");
    office.tick(today("18:00"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:31 edit leads: acme.com normal for ana (owner), contacted by hubspot",
            "11-30 10:33 inform acme.com: rejected timing, says ana",
            "11-30 10:33 edit leads: acme.com normal for ana (owner), rejected by ana",
        ]
    );
}

#[test]
fn what_a_crm_said_before_the_account_entered_says_nothing_about_it() {
    let mut office = Office::new(ROSTER, today("06:00"));
    office.report("acme.com", OutcomeKind::Meeting, None, at("2026-11-29 12:00"));
    office.decide("enters acme.com owner ana by 17:00", today("10:00"));
    office.said();
    office.tick(today("17:00"));
    assert!(office.said().iter().any(|line| line.contains("escalated")));
}

#[test]
fn a_crm_snoozes_until_a_morning_and_takes_back_what_it_said() {
    let (mut office, _) = open();
    office.report("acme.com", OutcomeKind::Snoozed, Some("2026-12-02"), today("10:30"));
    office.said();
    office.tick(at("2026-12-03 00:00"));
    assert_eq!(
        office.said(),
        [
            "12-02 09:00 edit leads: acme.com normal for ana (owner)",
            "12-02 09:00 reply leads: again, said hubspot",
        ]
    );
    office.report("acme.com", OutcomeKind::Contacted, None, at("2026-12-03 10:00"));
    office.report("acme.com", OutcomeKind::Reopened, None, at("2026-12-03 10:01"));
    assert_eq!(
        office.said(),
        [
            "12-03 10:00 edit leads: acme.com normal for ana (owner), contacted by hubspot",
            "12-03 10:01 edit leads: acme.com normal for ana (owner)",
            "12-03 10:01 reply leads: again, said hubspot",
        ]
    );
}

#[test]
fn no_correction_is_sent_to_who_said_so() {
    let mut office = Office::new(ROSTER, today("06:00"));
    office.answers = Answers::Silent;
    let entered = office.decide("enters acme.com owner ana route card", today("10:00"));
    let action = *office.state.sent.keys().next().unwrap();
    office.read(Record::Result { action, outcome: Outcome::Accepted }, today("10:01"));
    office.said();
    verdict(&mut office, "ana", &entered, Verdict::DoNotContact, "10:30");
    office.decide("leaves acme.com stop route card", today("10:31"));
    assert_eq!(office.said(), ["11-30 10:30 inform acme.com: do not contact, says ana"]);
    assert_eq!(office.ended("cards", End::Cancelled), 1);
}

/// At the deadline, and after it; a minute before, the clock runs on.
#[test]
fn a_word_that_is_undone_too_late_escalates_at_once() {
    for (hour, is_late) in [("16:59", false), ("17:00", true), ("19:30", true)] {
        let (mut office, entered) = open();
        let word = verdict(&mut office, "ana", &entered, Verdict::Accept, "10:30");
        office.said();
        office.say("ana", CaseId(entered.id), Said::TakeBack(word), today(hour));
        let escalated = office.said().iter().any(|line| line.contains("escalat"));
        assert_eq!(escalated, is_late, "{hour}");
        let due = office.state.next_due();
        assert!(due.is_none_or(|due| due > today(hour)), "{hour}: {due:?} is left");
    }
}

/// An account has one entry on the list for all that was said at the desk: it goes when all have taken theirs back.
#[test]
fn do_not_contact_holds_until_the_last_one_has_taken_it_back() {
    let mut office = Office::new(ROSTER, today("06:00"));
    let one = office.decide("enters acme.com owner ana by 17:00", today("10:00"));
    let two = office.decide("enters acme.com product ads owner ana by 17:00", today("10:00"));
    let first = verdict(&mut office, "ana", &one, Verdict::DoNotContact, "10:30");
    let second = verdict(&mut office, "ben", &two, Verdict::DoNotContact, "10:30");
    let informed = |office: &mut Office| {
        office.said().into_iter().filter(|line| line.contains("inform")).collect::<Vec<_>>()
    };
    assert_eq!(informed(&mut office).len(), 2);
    office.say("ana", CaseId(one.id), Said::TakeBack(first), at("2026-12-02 10:00"));
    assert!(informed(&mut office).is_empty());
    office.say("ben", CaseId(two.id), Said::TakeBack(second), at("2026-12-03 10:00"));
    let said = ["12-03 10:00 inform acme.com: may be contacted, says ben"];
    assert_eq!(informed(&mut office), said);
    // Said once more by one, and no one hears of it for thirty days: the other one's stands alone then, and stays.
    let one = office.decide("enters a.com owner ana", at("2026-12-03 11:00"));
    let two = office.decide("enters a.com product ads owner ana", at("2026-12-03 11:00"));
    office.say("ana", CaseId(one.id), Said::Verdict(Verdict::DoNotContact), at("2026-12-03 12:00"));
    let second = office.say(
        "ben",
        CaseId(two.id),
        Said::Verdict(Verdict::DoNotContact),
        at("2026-12-09 12:00"),
    );
    assert_eq!(informed(&mut office).len(), 2);
    office.say("ben", CaseId(two.id), Said::TakeBack(second), at("2027-01-03 10:00"));
    assert!(informed(&mut office).is_empty());
}
