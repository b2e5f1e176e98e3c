//! The one test message that a person asks for: at each kind of destination, and what is said where it fails.

use super::targets::mail_server;
use super::vendors::{ROOM, SLACK, TEAMS, Vendors, Wrong, secret};
use crate::desk::office::roster;
use buymode::deliver::send::target::Services;
use buymode::deliver::trial;
use buymode::desk::roster::Roster;
use buymode::domain::terms::time::Timestamp;
use std::sync::Arc;

const NOW: i64 = 1_796_032_800_000;

fn all(mail: &str) -> Arc<Roster> {
    roster(&format!(
        "
zone: UTC
people:
  - {{ name: ana, email: ana@example.com, slack: U0000001 }}
destinations:
  - {{ name: leads, routes: [ae], slack: {{ token: {{ env: SLACK }}, channel: C0000001 }} }}
  - {{ name: direct, routes: [ae], slack: {{ token: {{ env: SLACK }} }} }}
  - {{ name: room, routes: [ae], slack_webhook: {{ url: {{ env: ROOM }} }} }}
  - {{ name: cards, routes: [ae], teams: {{ url: {{ env: TEAMS }} }} }}
  - {{ name: hook, routes: [ae], webhook: {{ url: 'https://hooks.example.com/b', secret: {{ env: HOOK }} }} }}
  - {{ name: list, routes: [ae], email: {{ server: '{mail}', from: b@example.com, to: [c@example.com] }} }}
  - {{ name: lost, routes: [ae], slack_webhook: {{ url: {{ env: NOWHERE }} }} }}
escalation: {{ channel: leads }}
digest: {{ destination: leads }}
"
    ))
}

fn test(vendors: &Vendors, roster: &Roster, name: &str, to: Option<&str>) -> Result<(), String> {
    let services = Services {
        http: Arc::new(vendors.clone()),
        secrets: "".into(),
        variable: secret,
        slack_api: SLACK.to_owned(),
        links: None,
        opted_out: None,
    };
    let destination = &roster.destinations[&name.into()];
    let person = to.map(Into::into);
    let action = trial::action(roster, (name, destination), person.as_ref(), Timestamp(NOW))?;
    trial::send(&services, action)
}

#[test]
fn a_test_message_arrives_at_each_kind_of_destination_and_says_that_it_is_one() {
    let vendors = Vendors::new(1, NOW);
    let (mail, mails) = mail_server(None);
    let roster = all(&mail);
    for (name, to) in [
        ("leads", None),
        ("direct", Some("ana")),
        ("room", None),
        ("cards", None),
        ("hook", None),
        ("list", None),
    ] {
        assert_eq!(test(&vendors, &roster, name, to), Ok(()), "{name}");
    }
    let world = vendors.world();
    let says = |body: &str| body.contains("Nothing has happened");
    for channel in ["C0000001", "D0000001"] {
        let [message] = &world.slack.channels[channel][..] else { panic!("{channel}") };
        assert!(says(&message.body.to_string()), "{channel}");
    }
    let places: Vec<_> = world.posted.iter().map(|(url, body)| (&**url, says(body))).collect();
    assert_eq!(places, [(ROOM, true), (TEAMS, true)]);
    let [got] = &world.got[..] else { panic!("{:?}", world.got) };
    assert!(got.body["type"] == "buymode.test" && says(&got.body.to_string()), "{got:?}");
    assert!(mails.recv().unwrap().contains("Subject: A test message of buymode"));
}

#[test]
fn a_test_message_that_fails_says_why_and_shows_no_secret() {
    let (mail, _mails) = mail_server(Some("550 no such person"));
    let roster = all(&mail);
    type Spoil = fn(&Vendors);
    let table: &[(&str, Option<&str>, Spoil, &str)] = &[
        ("direct", None, |_| {}, "direct writes to people; name one with --to"),
        ("direct", Some("eve"), |_| {}, "eve is not in the roster, or has no address"),
        ("leads", None, |v| v.world().slack.is_revoked = true, "token_revoked"),
        ("leads", None, |v| v.world().slack.archived.push("C0000001".into()), "is_archived"),
        ("leads", None, |v| v.world().next.push(Wrong::NotSent), "connection refused"),
        ("room", None, |v| v.world().next.push(Wrong::Limit), "answered 429"),
        ("cards", None, |v| v.world().next.push(Wrong::TimeOutBefore), "timed out"),
        ("hook", None, |v| v.world().program_says = Some(410), "answered 410"),
        ("hook", None, |v| v.world().program_says = Some(401), "answered 401"),
        ("list", None, |_| {}, "the mail server answered 550"),
        ("lost", None, |_| {}, "the variable NOWHERE holds no secret"),
    ];
    for (name, to, spoil, why) in table {
        let vendors = Vendors::new(1, NOW);
        spoil(&vendors);
        let said = test(&vendors, &roster, name, *to).unwrap_err();
        assert!(said.contains(why), "{name}: {said}");
        for hidden in ["teams-secret", "room-secret", "whsec_", "xoxb"] {
            assert!(!said.contains(hidden), "{name}: {said}");
        }
        assert!(!said.contains(['{', '"']), "{name}: {said}");
    }
}
