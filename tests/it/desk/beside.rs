//! Beside single decisions: kin that share a message, what was before, the week, profiles that are published.

use super::cases::{SMALL, open, today};
use super::office::{Office, at};
use buymode::desk::action::{Notice, What};
use buymode::desk::ids::CaseId;
use buymode::desk::record::{Record, Said, Verdict};
use buymode::desk::state::End;
use buymode::domain::account::outbox::ProfileChange;
use std::sync::Arc;

/// A report to a channel in a line of a transcript.
pub(super) fn line(at: &str, what: &What) -> String {
    match what {
        What::Week { destination, week, .. } => {
            let open = week.open.iter().map(|case| case.decision.account.to_string());
            let ended = week.ended.iter().map(|(account, ..)| format!(", over {account}"));
            let (open, ended) = (open.collect::<Vec<_>>().join(", "), ended.collect::<String>());
            format!("{at} week {destination}: {open}{ended}")
        }
        What::Change { destination, change, .. } => {
            format!("{at} change {destination}: {} {}", change.product, change.version)
        }
        other => format!("{at} {other:?}"),
    }
}

/// The latest message, as it was posted or changed.
fn latest(office: &Office) -> Notice {
    let notice = office.actions.iter().rev().find_map(|action| match &action.what {
        What::Post { notice, .. } | What::Edit { notice, .. } => Some(notice.clone()),
        _ => None,
    });
    notice.expect("a message")
}

#[test]
fn a_company_and_its_parent_share_a_message_within_the_hour() {
    let mut office = open();
    office.decide("enters parent.com route lead", today("10:00"));
    office.decide("enters child.com parent parent.com route lead", today("10:30"));
    office.decide("enters other.com parent elsewhere.com route lead", today("10:40"));
    office.decide("enters late.com parent parent.com route lead", today("11:10"));
    assert_eq!(
        office.said(),
        [
            "11-30 10:00 post leads: parent.com normal for ana (team all, 2 free)",
            "11-30 10:30 edit leads: parent.com normal for ana (team all, 2 free) + child.com normal for \
             ana (same account)",
            "11-30 10:30 reply leads: news of child.com: entered",
            "11-30 10:40 post leads: other.com normal for ben (team all, 2 free)",
            "11-30 11:10 post leads: late.com normal for ana (team all, 1 free)",
        ]
    );
    assert_eq!(office.ended("leads", End::Edited), 1);
}

#[test]
fn a_message_begins_with_what_was_before() {
    let mut office = open();
    let first = office.decide("enters acme.com route lead", today("10:00"));
    office.say(
        "ana",
        CaseId(first.id),
        Said::Verdict(Verdict::Reject { reason: "too small".into(), note: None }),
        today("10:10"),
    );
    office.decide("leaves acme.com route lead", today("11:00"));
    office.decide("enters acme.com route lead", today("15:00"));
    let notice = latest(&office);
    let before = notice.cases[0].before.clone().expect("what was before");
    assert_eq!(before.at, today("11:00"));
    let verdict = Verdict::Reject { reason: "too small".into(), note: None };
    assert_eq!(before.said, Some(("ana".into(), verdict)));
    // Of a case itself nothing is said to have been before.
    office.decide("leaves acme.com route lead", today("16:00"));
    let notice = latest(&office);
    assert_eq!(notice.cases[0].before, None);
}

#[test]
fn a_digest_says_what_changed_since_the_last_one() {
    let mut office = open();
    office.decide("enters quiet.com route digest", today("10:00"));
    let tomorrow = |hour: &str| at(&format!("2026-12-01 {hour}"));
    office.tick(tomorrow("09:00"));
    let taken = office.decide("enters taken.com route lead", tomorrow("10:00"));
    office.decide("enters over.com route lead", tomorrow("10:01"));
    office.say("ana", CaseId(taken.id), Said::Verdict(Verdict::Accept), tomorrow("10:10"));
    office.decide("leaves over.com route lead", tomorrow("11:00"));
    office.decide("tier-changed up.com tier 1 from 2 route lead", tomorrow("11:01"));
    office.decide("tier-changed down.com tier 3 from 1 route lead", tomorrow("11:01"));
    office.decide("enters new.com route digest", tomorrow("12:00"));
    office.tick(at("2026-12-02 09:00"));
    // Nothing is left to say.
    office.tick(at("2026-12-03 09:00"));
    let said: Vec<String> = office.said().into_iter().filter(|l| l.contains(" digest ")).collect();
    assert_eq!(
        said,
        [
            "12-01 08:00 digest leads: quiet.com (route)",
            "12-02 08:00 digest leads: up.com (tier_changed), new.com (route), down.com (tier_changed); \
             since 12-01 08:00: 2 new, taken [taken.com], over [over.com], tiers +1 -1",
        ]
    );
}

#[test]
fn the_week_names_what_is_open_and_what_is_over_since_the_last_one() {
    let weekly = format!("{SMALL}weekly: {{ day: mon, hour: 9 }}\n");
    let mut office = Office::new(&weekly, at("2026-11-30 06:00"));
    office.decide("enters a.com route lead", today("10:00"));
    office.decide("enters b.com urgent route lead", today("10:01"));
    office.tick(at("2026-12-07 09:00"));
    office.decide("leaves a.com route lead", at("2026-12-08 10:00"));
    office.tick(at("2026-12-14 09:00"));
    office.decide("leaves b.com route lead", at("2026-12-15 10:00"));
    office.tick(at("2026-12-21 09:00"));
    // Nothing is open, and nothing has ended.
    office.tick(at("2026-12-28 09:00"));
    let weeks: Vec<String> = office.said().into_iter().filter(|l| l.contains(" week ")).collect();
    assert_eq!(
        weeks,
        [
            "12-07 09:00 week leads: b.com, a.com",
            "12-14 09:00 week leads: b.com, over a.com",
            "12-21 09:00 week leads: , over b.com",
        ]
    );
}

#[test]
fn a_profile_that_is_published_is_reported_once() {
    let mut office = open();
    let change = |activation, version: &str| {
        Arc::new(ProfileChange {
            product: "crm".into(),
            profile: "p".into(),
            version: version.into(),
            activation,
            before: None,
            is_rollback: false,
            by: Some("ana".into()),
            note: None,
            changes: Vec::new(),
            counts: None,
        })
    };
    office.read(Record::Change(change(4, "abc")), today("10:00"));
    office.read(Record::Change(change(4, "abc")), today("10:01"));
    office.read(Record::Change(change(5, "def")), today("10:02"));
    assert_eq!(
        office.said(),
        ["11-30 10:00 change leads: crm abc", "11-30 10:02 change leads: crm def"]
    );
}
