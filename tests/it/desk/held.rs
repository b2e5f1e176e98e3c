//! What senders hold back until the desk knows what has become of it, and what is called off meanwhile.

use super::office::{Answers, Office, at};
use buymode::desk::action::What;
use buymode::desk::ids::{ActionId, DestinationId, Reference};
use buymode::desk::record::{Outcome, Record};
use buymode::desk::state::End;
use buymode::domain::terms::time::Timestamp;

const ROSTER: &str = "
zone: UTC
people:
  - { name: ana, email: ana@example.com, slack: U0000001 }
  - { name: ben, email: ben@example.com, slack: U0000002 }
teams: [{ name: all, members: [ana, ben] }]
destinations:
  - { name: dm, routes: [ae], slack: { token: { env: SLACK } } }
  - { name: leads, routes: [lead], slack: { token: { env: SLACK }, channel: C0000001 },
      hours: { from_hour: 8, to_hour: 18 } }
escalation: { people: [ben], channel: leads }
digest: { destination: leads, hour: 8, routes: [low] }
";

/// An office whose targets answer only when the test says so.
fn silent() -> Office {
    let mut office = Office::new(ROSTER, at("2026-11-30 06:00"));
    office.answers = Answers::Silent;
    office
}

fn today(hour: &str) -> Timestamp {
    at(&format!("2026-11-30 {hour}"))
}

fn is_post(what: &What) -> bool {
    matches!(what, What::Post { .. })
}

fn is_digest(what: &What) -> bool {
    matches!(what, What::Digest { .. })
}

#[test]
fn a_mark_answers_those_who_asked_before_its_look_began() {
    let mut office = silent();
    let ask = |token: &str| Record::Ask { domain: token.into(), token: token.into() };
    office.read(ask("a"), today("10:00"));
    office.read(ask("b"), today("10:05"));
    office.read(Record::Mark { of: today("10:04") }, today("10:06"));
    assert_eq!(office.said(), ["11-30 10:06 mark a"]);
    office.read(Record::Mark { of: today("10:07") }, today("10:08"));
    assert_eq!(office.said(), ["11-30 10:08 mark b"]);
    assert_eq!(office.state.asked(), None);
    office.read(Record::Mark { of: today("10:09") }, today("10:09"));
    assert_eq!(office.said(), Vec::<String>::new(), "no one asked");
}

#[test]
fn a_case_that_ended_or_was_claimed_while_its_message_was_held_back_is_not_announced() {
    let mut office = silent();
    let ended = office.decide("enters ended.com owner ana", today("07:00"));
    let claimed = office.decide("enters claimed.com owner ana", today("07:01"));
    office.tick(today("09:00"));
    assert_eq!(office.said().len(), 2);
    office.decide("leaves ended.com stop", today("09:01"));
    office.claim("ben", &claimed, today("09:02"));
    assert_eq!(office.said(), ["11-30 09:01 cancel dm", "11-30 09:02 cancel dm"]);
    let open: Vec<_> = office.state.sent.keys().copied().collect();
    for action in open {
        office.read(Record::Result { action, outcome: Outcome::NotSent }, today("09:03"));
    }
    assert_eq!(office.said(), Vec::<String>::new());
    assert_eq!((office.ended("dm", End::Expired), office.ended("dm", End::Cancelled)), (2, 1));
    assert!(office.state.cases.keys().all(|case| case.0 != ended.id));
}

#[test]
fn a_message_that_is_held_back_until_its_reader_has_left_waits_for_the_next_morning() {
    let mut office = silent();
    office.decide("enters acme.com owner ana", today("07:00"));
    office.tick(today("09:00"));
    office.mark(today("09:30"));
    assert_eq!(
        office.said()[1..],
        ["11-30 09:30 mark asked 11-30 09:30"],
        "she works: it goes out"
    );
    office.mark(today("19:00"));
    assert_eq!(
        office.said(),
        ["11-30 19:00 cancel dm", "11-30 19:00 mark asked 11-30 19:00"],
        "the cancellation comes first"
    );
    office.last_ends(is_post, Outcome::NotSent, today("19:00"));
    assert_eq!(office.said(), Vec::<String>::new());
    office.tick(at("2026-12-01 09:00"));
    assert_eq!(office.said(), ["12-01 09:00 post dm → ana: acme.com normal for ana (owner)"]);
    office.last_ends(is_post, Outcome::Confirmed(None), at("2026-12-01 09:01"));
    assert_eq!((office.ended("dm", End::Confirmed), office.ended("dm", End::Expired)), (1, 0));
}

#[test]
fn a_channel_that_has_closed_gets_it_at_once_only_where_the_deadline_is_before_it_opens() {
    let mut office = silent();
    office.decide("enters free.com route lead", today("10:00"));
    office.decide("enters due.com route lead by 23:00", today("10:00"));
    office.said();
    office.mark(today("19:00"));
    assert_eq!(
        office.said(),
        ["11-30 19:00 cancel leads", "11-30 19:00 mark asked 11-30 19:00"],
        "due.com is sent"
    );
}

#[test]
fn a_digest_that_is_held_back_is_made_anew_without_what_is_over() {
    let mut office = silent();
    office.decide("enters one.com route low", today("06:10"));
    office.decide("enters two.com route low", today("06:11"));
    office.tick(today("08:00"));
    office.decide("leaves one.com route low stop", today("08:01"));
    office.decide("leaves one.com route low stop", today("08:01"));
    let said = office.said();
    assert_eq!(
        said,
        ["11-30 08:00 digest leads: two.com (route), one.com (route)", "11-30 08:01 cancel leads"]
    );
    office.last_ends(is_digest, Outcome::NotSent, today("08:02"));
    assert_eq!(office.said(), ["11-30 08:02 digest leads: two.com (route)"]);
    office.last_ends(is_digest, Outcome::Confirmed(None), today("08:03"));
    assert_eq!((office.ended("leads", End::Digested), office.ended("leads", End::Expired)), (1, 1));
    // One that was sent before the cancellation came stands as it is.
    office.decide("enters three.com route low", today("09:00"));
    office.tick(at("2026-12-01 08:00"));
    office.decide("leaves three.com route low stop", at("2026-12-01 08:01"));
    office.last_ends(is_digest, Outcome::Confirmed(None), at("2026-12-01 08:01"));
    assert_eq!(office.ended("leads", End::Digested), 2);
    assert!(office.state.deliveries.is_empty(), "{:#?}", office.state.deliveries);
}

/// Places that take a message and give nothing back, and a program.
const PLACES: &str = "
zone: UTC
destinations:
  - { name: cards, routes: [ae], teams: { url: { env: TEAMS } } }
  - { name: leads, routes: [lead], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: hook, routes: [ae], webhook: { url: 'https://hooks.example.com', secret: { env: HOOK } } }
escalation: { channel: leads }
digest: { destination: leads, hour: 8 }
";

fn post(office: &Office, destination: &str) -> ActionId {
    let is_it = |what: &What| matches!(what, What::Post { destination: to, .. } if to.as_str() == destination);
    office.actions.iter().rev().find(|action| is_it(&action.what)).unwrap().id
}

#[test]
fn a_late_result_counts_and_calls_the_next_attempt_off() {
    let mut office = Office::new(PLACES, at("2026-11-30 10:00"));
    office.answers = Answers::Silent;
    office.decide("enters acme.com", at("2026-11-30 10:01"));
    let action = post(&office, "cards");
    office.said();
    let late = Record::Late { action, outcome: Outcome::Accepted };
    office.read(late.clone(), at("2026-11-30 10:02"));
    assert_eq!(office.said(), ["11-30 10:02 cancel cards"]);
    assert_eq!(office.ended("cards", End::Accepted), 1);
    office.read(late, at("2026-11-30 10:03"));
    office.read(Record::Result { action, outcome: Outcome::NotSent }, at("2026-11-30 10:04"));
    assert_eq!((office.said().len(), office.ended("cards", End::Accepted)), (0, 1));
}

#[test]
fn what_does_not_fit_into_a_crowded_destination_goes_into_the_digest() {
    let mut office = Office::new(PLACES, at("2026-11-30 10:00"));
    office.answers = Answers::Silent;
    office.decide("enters acme.com", at("2026-11-30 10:01"));
    for destination in ["cards", "hook"] {
        let action = post(&office, destination);
        office.read(Record::Result { action, outcome: Outcome::Crowded }, at("2026-11-30 10:02"));
    }
    office.said();
    office.answers = Answers::Confirm;
    office.tick(at("2026-12-01 08:00"));
    assert_eq!(office.said(), ["12-01 08:00 digest leads: acme.com (crowded)"]);
    // A program reads no digest: what it did not get can be sent again.
    assert_eq!((office.ended("cards", End::Digested), office.ended("hook", End::Failed)), (1, 1));
}

/// Where only programs read.
const ALONE: &str = "
zone: UTC
destinations:
  - { name: hook, routes: [ae, digest], webhook: { url: 'https://hooks.example.com', secret: { env: HOOK } } }
";

#[test]
fn a_webhook_alone_gets_every_decision_and_nothing_waits_for_people() {
    let mut office = Office::new(ALONE, at("2026-11-30 10:00"));
    for (minute, said) in [
        "enters acme.com by 12:00",
        "strengthens acme.com",
        "leaves acme.com stop",
        "enters low.com route digest",
        "tier-changed low.com route digest",
    ]
    .into_iter()
    .enumerate()
    {
        office.decide(said, at(&format!("2026-11-30 10:{:02}", minute + 1)));
    }
    // Deadlines and mornings pass, and a profile is published: no one hears of it.
    office.tick(at("2026-12-02 12:00"));
    let said = office.said();
    assert!(said.iter().all(|line| line.contains("hook")), "{said:#?}");
    assert_eq!(office.ended("hook", End::Confirmed), 5, "{said:#?}");
    assert!(office.state.due.is_empty() && office.state.cases.is_empty());
}

#[test]
fn what_waits_for_people_is_over_where_a_new_roster_has_none() {
    let mut office = Office::new(PLACES, at("2026-11-30 10:00"));
    office.answers = Answers::Silent;
    office.decide("enters acme.com by 18:00", at("2026-11-30 10:01"));
    let crowded = post(&office, "cards");
    office.decide("enters two.com", at("2026-11-30 10:02"));
    let posting = post(&office, "cards");
    let outcome = Outcome::Crowded;
    office
        .read(Record::Result { action: crowded, outcome: outcome.clone() }, at("2026-11-30 10:03"));
    // The channel becomes a webhook of the same name: what lay in the digest for it is over.
    let text = ALONE.replace("name: hook", "name: cards");
    office.publish(&text, at("2026-11-30 10:04"));
    assert_eq!(office.ended("cards", End::Cancelled), 1);
    office.read(Record::Result { action: posting, outcome }, at("2026-11-30 10:05"));
    office.tick(at("2026-12-02 12:00"));
    assert_eq!(office.state.open(&"cards".into()), 0);
}

#[test]
fn what_is_sent_to_a_channel_once_more_still_holds() {
    let (mut office, mut said) = (Office::new(ROSTER, at("2026-11-30 06:00")), Vec::new());
    for (account, then) in
        [("left.com", "leaves"), ("back.com", "leaves"), ("open.com", "strengthens")]
    {
        let of = |verb: &str| format!("{verb} {account} route lead");
        said.push(office.decide(&of("enters"), at("2026-11-30 10:00")));
        said.push(office.decide(&of(then), at("2026-11-30 11:00")));
    }
    said.push(office.decide("enters back.com route lead", at("2026-11-30 12:00")));
    let mine = office.decide("enters mine.com route lead", at("2026-11-30 12:00"));
    office.claim("ana", &mine, at("2026-11-30 12:10"));
    said.push(mine);
    office.said();
    let expired = office.ended("leads", End::Expired);
    for decision in said {
        let destination = DestinationId("leads".into());
        office.read(Record::Replay { destination, decision }, at("2026-11-30 13:00"));
    }
    // Ends as ends; of those left, whose entry is old, and who are taken, nothing.
    assert_eq!(
        office.said(),
        [
            "11-30 13:00 post leads: left.com normal, exited",
            "11-30 13:00 post leads: back.com normal, exited",
            "11-30 13:00 post leads: open.com normal for ana (team all, 7 free)",
            "11-30 13:00 post leads: open.com normal for ana (team all, 7 free)",
            "11-30 13:00 post leads: back.com normal for ben (team all, 7 free)",
        ]
    );
    assert_eq!(office.ended("leads", End::Expired) - expired, 3);
}

#[test]
fn a_second_case_of_an_account_takes_a_place_where_it_comes_with_another_message() {
    let shown = Outcome::Confirmed(Some(Reference("1".into())));
    // It is added to the message of the evening, or waits with the other one for the next day.
    let added = [
        "11-30 16:50 post dm → ana: acme.com normal for ana (owner)",
        "11-30 17:10 edit dm: acme.com normal for ana (owner) + acme.com data normal for ana (same account)",
        "12-01 09:00 post dm → ana: three.com normal for ana (owner)",
        "12-01 09:00 post dm → ana: two.com normal for ana (owner)",
    ];
    let waits = [
        "11-30 16:50 post dm → ana: acme.com normal for ana (owner)",
        "12-01 08:00 digest leads: three.com (over_capacity), two.com (over_capacity)",
        "12-01 09:00 post dm → ana: acme.com normal for ana (owner) + acme.com data normal for ana (same account)",
    ];
    let cases: [(&str, Outcome, &[&str]); 2] =
        [("16:51", shown, &added), ("17:11", Outcome::NotSent, &waits)];
    for (answered, outcome, said) in cases {
        let roster = ROSTER.replace("slack: U0000001", "slack: U0000001, a_day: 2");
        let mut office = Office::new(&roster, at("2026-11-30 06:00"));
        office.answers = Answers::Silent;
        office.decide("enters acme.com owner ana", at("2026-11-30 16:50"));
        let action = office.actions.last().unwrap().id;
        let answer = Record::Result { action, outcome };
        if answered < "17:00" {
            office.read(answer.clone(), at(&format!("2026-11-30 {answered}")));
        }
        office.decide("enters acme.com owner ana product data", at("2026-11-30 17:10"));
        if answered > "17:00" {
            office.read(answer, at(&format!("2026-11-30 {answered}")));
        }
        office.decide("enters two.com owner ana", at("2026-11-30 17:20"));
        office.decide("enters three.com owner ana", at("2026-11-30 17:30"));
        office.tick(at("2026-12-01 09:00"));
        assert_eq!(office.said(), said);
    }
}
