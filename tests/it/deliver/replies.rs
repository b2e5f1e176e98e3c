//! What messages carry for an answer, and what the answers come to.

use super::crew::Crew;
use super::stamped::Stamped;
use crate::desk::office::{Office, at};
use buymode::codec::Codec;
use buymode::deliver::fold::Fold;
use buymode::deliver::links::{Links, card};
use buymode::deliver::message::buttons;
use buymode::deliver::outgoing::outgoing;
use buymode::deliver::report::{Reckoning, Share};
use buymode::desk::action::{Action, Notice, What};
use buymode::domain::account::decision::{ContributionExplained, Decision};
use buymode::domain::account::outbox::{PersonsWord, WordKind};
use buymode::domain::terms::catalogue::Kind;
use buymode::domain::terms::time::{Day, Timestamp};
use buymode::domain::terms::units::{BasisPoints, MilliPoints};
use buymode::log::scan::Scan;
use buymode::log::{Output, Store};
use serde_json::{Value, json};
use uuid::Uuid;

const ROSTER: &str = "
zone: UTC
people:
  - { name: ana, email: ana@example.com, slack: U0000001 }
  - { name: ben, email: ben@example.com, slack: U0000002 }
teams:
  - { name: all, members: [ana, ben] }
destinations:
  - { name: leads, routes: [ae], slack: { token: { env: SLACK }, channel: C0000001, buttons: true } }
  - { name: cards, routes: [card], teams: { url: { env: TEAMS } } }
escalation: { people: [ben], channel: leads }
digest: { destination: leads, hour: 8 }
";

fn evidence(what: &str, id: u128) -> ContributionExplained {
    ContributionExplained {
        rule: "round".into(),
        kind: Kind::Funding,
        what: what.to_owned(),
        announced: Day(20_000),
        first_seen: None,
        age_days: 1,
        points: 45,
        magnitude_ppm: 1_000_000,
        confidence: BasisPoints::FULL,
        decay_ppm: 1_000_000,
        contribution: MilliPoints::points(45),
        evidence: vec![Uuid::from_u128(id)],
        sources: vec!["newsdesk".into()],
        url: None,
        is_open: None,
        pieces: Vec::new(),
    }
}

fn posted(office: &Office) -> (&Action, &Notice) {
    let mut posts = office.actions.iter().filter_map(|action| match &action.what {
        What::Post { notice, .. } => Some((action, notice)),
        _ => None,
    });
    posts.next_back().unwrap()
}

#[test]
fn a_teams_message_ends_with_links_that_only_this_program_could_have_made() {
    let mut office = Office::new(ROSTER, at("2026-11-30 06:00"));
    let entered = office.decide("enters acme.com owner ana route card", at("2026-11-30 10:00"));
    let (number, roster) = office.state.roster.clone().unwrap();
    let (action, _) = posted(&office);
    let body = outgoing((number, &roster), action, true).unwrap().body;
    let links = Links::new("https://b.example.com", "a secret of links, which is long enough", 14);
    let links = links.unwrap();
    let sent: Value = serde_json::from_str(&card(&body, Some(&links))).unwrap();
    let actions = sent["attachments"][0]["content"]["actions"].as_array().unwrap();
    let titles: Vec<&str> = actions.iter().filter_map(|a| a["title"].as_str()).collect();
    assert_eq!(titles, ["Accept", "Reject", "Snooze", "More"]);
    let token = actions[0]["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let last = at("2026-12-14 10:00").0 / 1_000;
    let pass = links.open(token, last).unwrap();
    assert_eq!((pass.case, pass.said.as_deref()), (entered.id, Some("accept")));
    assert!(links.open(token, last + 1).is_err());
    // The log holds what they are about, and no link.
    assert!(body.contains(&entered.id.to_string()) && !body.contains("b.example.com"), "{body}");
}

/// Source: docs.slack.dev, "Block Kit".
#[test]
fn buttons_keep_to_the_limits_of_slack() {
    let mut office = Office::new(ROSTER, at("2026-11-30 06:00"));
    let mut d = office.decision("enters acme.com owner ana", at("2026-11-30 10:00"));
    let hostile = "<!channel> *Round* \u{202e}of https://evil.example/x ".repeat(20);
    d.intent.contributions = (1..9).map(|id| evidence(&hostile, id)).collect();
    office.forward(&d.into(), at("2026-11-30 10:00"));
    let (_, notice) = posted(&office);
    let mut body = json!({ "blocks": [] });
    buttons::add(&mut body, notice);
    let block = &body["blocks"][0];
    assert!(block["block_id"].as_str().unwrap().len() <= 255);
    let elements = block["elements"].as_array().unwrap();
    assert!(elements.len() <= 25);
    let mut ids: Vec<&str> = elements.iter().map(|e| e["action_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), elements.len());
    for element in elements {
        let options = element["options"].as_array().cloned().unwrap_or_default();
        assert!(element["type"] != "overflow" || (2..=5).contains(&options.len()));
        for option in options {
            assert!(option["value"].as_str().unwrap().len() <= 150);
            let text = option["text"]["text"].as_str().unwrap();
            assert!(text.chars().count() <= 75 && !text.contains("evil.example"), "{text}");
            assert_eq!(option["text"]["type"], "plain_text");
        }
        let confirm = &element["confirm"];
        assert_eq!(confirm.is_object(), element["action_id"] == "never");
    }
}

fn say(crew: &Crew, d: &Decision, person: &str, said: WordKind, number: u128, of: Option<Uuid>) {
    let word = PersonsWord {
        id: Uuid::from_u128(number),
        case: d.id,
        person: person.into(),
        said,
        reason: Some("timing".into()),
        note: Some("they hire in May".into()).filter(|_| person == "ana"),
        until: None,
        of,
    };
    let mut value = Vec::new();
    crew.codec.clone().encode_word(&crew.topics.desk, &word, &mut value).unwrap();
    let store = Stamped::new(crew.store.clone(), crew.vendors.clone());
    let mut writer = store.writer("words").unwrap();
    writer.begin().unwrap();
    let (topic, value) = (crew.topics.desk.as_str(), Some(&value[..]));
    writer.send(&Output { topic, partition: Some(0), value, ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
}

#[test]
fn the_report_says_what_people_acted_on() {
    let begin = at("2026-11-30 10:00");
    let mut crew = Crew::new(11, begin.0, &["ae"]);
    crew.publish(ROSTER);
    let mut office = Office::new(ROSTER, at("2026-11-30 06:00"));
    let mut decided = Vec::new();
    for (name, owner) in [("a", "ana"), ("b", "ana"), ("c", "ben"), ("d", "ben")] {
        let mut d = office.decision(&format!("enters {name}.com owner {owner}"), begin);
        d.intent.contributions = vec![evidence("Series B", 1)];
        crew.decide(&d);
        decided.push(d);
    }
    crew.settle();
    say(&crew, &decided[0], "ana", WordKind::Accept, 1, None);
    say(&crew, &decided[0], "ben", WordKind::Reject, 2, None);
    say(&crew, &decided[1], "ana", WordKind::Reject, 3, None);
    say(&crew, &decided[2], "ben", WordKind::Reject, 4, None);
    say(&crew, &decided[2], "ben", WordKind::TakeBack, 5, Some(Uuid::from_u128(4)));
    crew.settle();
    let (mut reckoning, mut codec) = (Reckoning::default(), Codec::local());
    let mut reader = crew.store.reader().unwrap();
    let mut before = Fold::default();
    // The roster and two of the decisions.
    Scan::whole(&mut *reader, &crew.topics.desk, 0)
        .unwrap()
        .each(&mut *reader, &mut |record| {
            reckoning.read(&mut codec, &record).unwrap();
            if record.offset < 3 {
                before.read(&mut codec, &record).unwrap();
                before.state.settle();
            }
        })
        .unwrap();
    let mut later = Reckoning::after(before);
    Scan::range(&crew.topics.desk, 0, 3..reader.watermarks(&crew.topics.desk, 0).unwrap().stable)
        .each(&mut *reader, &mut |record| later.read(&mut codec, &record).unwrap())
        .unwrap();
    let announced = later.report(Timestamp(0)).all.announced;
    assert!((1..4).contains(&announced), "{announced}");
    let report = reckoning.report(Timestamp(0));
    let share = |announced, taken, rejected| Share { announced, taken, rejected, snoozed: 0 };
    assert_eq!(report.all, share(4, 1, 1));
    assert_eq!((report.all.acted_on(), report.all.percent()), (2, 50));
    assert_eq!(report.people["ana"], share(2, 1, 1));
    assert_eq!(report.people["ben"], share(2, 0, 0));
    assert_eq!(report.reasons, [("timing".into(), 1)].into());
    let note = &report.notes[..];
    assert!(matches!(note, [n] if n.note == "they hire in May" && n.person == "ana"), "{note:?}");
    assert_eq!(report.rules["p: round"], share(4, 1, 1));
    assert_eq!(report.weeks.keys().collect::<Vec<_>>(), ["2026-11-30"]);
    assert_eq!(reckoning.report(Timestamp(begin.0 + 86_400_000)).all, Share::default());
    let metrics = crew.metrics();
    for line in [
        r#"buymode_deliver_announced_total{person="ana",profile="p"} 2"#,
        r#"buymode_deliver_acted_total{person="ana",profile="p",said="accept"} 1"#,
        r#"buymode_deliver_rule_announced_total{profile="p",rule="round"} 4"#,
        r#"buymode_deliver_rule_acted_total{profile="p",rule="round"} 3"#,
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}
