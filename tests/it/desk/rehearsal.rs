//! A rehearsal: past decisions through a roster.

use super::office::{Office, at, roster};
use buymode::deliver::rehearse::{Given, Rehearsal, rehearse};
use buymode::desk::state::End;
use buymode::domain::terms::time::Timestamp;
use std::sync::Arc;

const ROSTER: &str = "
zone: UTC
people:
  - { name: ana, email: a@example.com, slack: U0000001, a_day: 1 }
  - { name: ben, email: b@example.com, slack: U0000002, a_day: 1 }
teams: [{ name: all, members: [ana, ben] }]
destinations:
  - { name: dm, routes: [ae], slack: { token: { env: S } } }
  - { name: cards, routes: [ae], teams: { url: { env: T } } }
escalation: { channel: cards }
digest: { destination: cards, hour: 8 }
";

const PAST: &[(&str, &str)] = &[
    ("2026-11-02 10:00", "enters before.example"),
    ("2026-11-25 10:00", "strengthens before.example"),
    ("2026-11-26 05:00", "enters night.example owner ana"),
    ("2026-11-26 10:00", "enters full.example owner ana"),
    ("2026-11-26 10:30", "enters other.example owner zed"),
    ("2026-11-27 10:00", "leaves night.example"),
    ("2026-11-27 11:00", "enters timed.example by 15:00"),
    ("2026-12-24 10:00", "enters after.example"),
];

fn given() -> Vec<Given> {
    let mut office = Office::new(ROSTER, at("2026-11-01 00:00"));
    let said = PAST.iter().zip(0_i64..).map(|((when, said), offset)| Given {
        topic: "sequencer.ae".into(),
        partition: 0,
        offset,
        decision: Arc::new(office.decision(said, at(when))),
    });
    said.collect()
}

fn rehearsed(given: Vec<Given>) -> Rehearsal {
    rehearse(&roster(ROSTER), given, at("2026-11-24 00:00"), at("2026-11-30 12:00"))
}

fn posts(rehearsal: &Rehearsal, destination: &str) -> Vec<String> {
    let sent =
        rehearsal.sent.iter().filter(|s| s.how == "post" && s.destination.as_str() == destination);
    sent.map(|s| {
        let person = s.person.as_ref().map_or("no one", |person| person.as_str());
        format!(
            "{} {person} {}",
            &s.at.to_rfc3339()[5..16],
            s.account.as_deref().unwrap_or_default()
        )
    })
    .collect()
}

#[test]
fn it_shows_who_would_have_got_what_and_when() {
    let rehearsal = rehearsed(given());
    assert_eq!(
        posts(&rehearsal, "dm"),
        [
            // Its entry lies before the window: this is the first that anyone hears.
            "11-25T10:00 ana before.example",
            "11-26T09:00 ana night.example",
            "11-26T10:30 ben other.example",
            "11-27T11:00 ana timed.example",
        ]
    );
    let (counts, open) = &rehearsal.destinations[&"dm".into()];
    assert_eq!((counts.read, *open), (6, 0));
    assert_eq!(counts.ended.values().sum::<u64>(), 6);
    assert_eq!(counts.ended[&End::Digested], 1);
    assert_eq!(rehearsal.people[&"ana".into()].busiest, 1);
    assert_eq!((rehearsal.moved.to_digest, rehearsal.moved.reminders), (1, 1));
    assert_eq!(rehearsal.moved.escalations, 1);
    assert_eq!(rehearsal.unknown_owners.into_iter().collect::<Vec<_>>(), [("zed".to_owned(), 1)]);
}

#[test]
fn the_order_in_which_topics_were_read_does_not_matter() {
    let said = |rehearsal: Rehearsal| -> Vec<(Timestamp, String)> {
        rehearsal.sent.into_iter().map(|sent| (sent.at, sent.message.title)).collect()
    };
    let mut backwards = given();
    backwards.reverse();
    assert_eq!(said(rehearsed(backwards)), said(rehearsed(given())));
}
