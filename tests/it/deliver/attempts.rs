//! What the desk remembers, and attempts one by one: retries, limits, leases, cancellations, order.

use super::crew::Crew;
use super::faults::ROSTER;
use super::vendors::Wrong;
use crate::desk::office::{Office, at};
use buymode::desk::entry::{Key, Restoring, Value};
use buymode::desk::state::State;
use buymode::domain::account::outbox::{DeskRecord, PublishedRoster};
use buymode::domain::terms::time::Timestamp;
use buymode::engine::topics::TASK_KEY;
use buymode::log::Store;
use buymode::log::scan::Scan;
use std::sync::Arc;

/// The state that lies in the topic of what the desk remembers, and the roster there.
pub(super) fn remembered(crew: &Crew) -> (State, Option<PublishedRoster>) {
    let mut reader = crew.store.reader().unwrap();
    let mut codec = crew.codec.clone();
    let (mut parts, mut roster) = (Restoring::default(), None);
    Scan::whole(&mut *reader, &crew.topics.desk_state, 0)
        .unwrap()
        .each(&mut *reader, &mut |record| {
            let key = record.key.unwrap();
            if key == TASK_KEY {
                return;
            }
            match (serde_json::from_slice::<Key>(key).unwrap(), record.value) {
                (Key::Decision(id), value) => {
                    let decision = value.map(|v| Arc::new(codec.decode_decision(v).unwrap()));
                    parts.decision(id, decision);
                }
                (Key::Roster, value) => {
                    let DeskRecord::Roster(found) = codec.decode_desk(value.unwrap()).unwrap()
                    else {
                        panic!("no roster");
                    };
                    roster = Some(found);
                }
                (key, value) => {
                    let value = value.map(|v| codec.decode_entry(v).unwrap());
                    let value = value.map(|v| serde_json::from_str::<Value>(&v).unwrap());
                    parts.part(key, value);
                }
            }
        })
        .unwrap();
    (parts.finish().unwrap().0, roster)
}

/// A crew at work, with the roster of the faults.
fn crew() -> (Crew, Office) {
    let began = at("2026-11-30 10:00");
    let mut crew = Crew::new(7, began.0, &["ae", "sdr"]);
    crew.publish(ROSTER);
    crew.settle();
    (crew, Office::new(ROSTER, began))
}

fn decide(crew: &mut Crew, office: &mut Office, said: &str) {
    let now = Timestamp(crew.now_ms());
    let decision = office.decision(said, now);
    crew.decide(&decision);
}

#[test]
fn a_decision_reaches_every_place_and_what_follows_edits_its_message() {
    let (mut crew, mut office) = crew();
    decide(&mut crew, &mut office, "enters acme.com urgent route ae by 18:00");
    crew.settle();
    // A second later the arithmetic is below the message.
    crew.pass(1_100);
    crew.settle();
    {
        let world = crew.vendors.world();
        let leads = &world.slack.channels["C0000001"];
        assert_eq!(leads.len(), 2, "{leads:#?}");
        assert_eq!(leads[1].thread_ts.as_deref(), Some(leads[0].ts.as_str()));
        assert_eq!(world.slack.channels.len(), 2, "the channel and a person");
        assert_eq!(world.got.len(), 1);
        assert_eq!(world.got[0].body["type"], "buymode.account.entered");
    }
    crew.pass(5_000);
    decide(&mut crew, &mut office, "leaves acme.com route ae");
    for _ in 0..3 {
        crew.settle();
        crew.pass(1_300);
    }
    let world = crew.vendors.world();
    let first = &world.slack.channels["C0000001"][0];
    assert_eq!(first.edits, 1);
    assert!(first.body["blocks"].to_string().contains("has left buying mode"), "{}", first.body);
    assert!(first.body.get("text").is_none(), "an edit with a text is marked as edited");
    assert_eq!(world.got.len(), 2);
    let page = crew.metrics();
    assert!(page.contains(r#"buymode_deliver_ends_total{destination="leads",end="confirmed"} 1"#));
    assert!(page.contains(r#"buymode_deliver_ends_total{destination="leads",end="edited"} 1"#));
    assert!(page.contains(r#"buymode_deliver_records_total{type="decision",verdict="read"} 2"#));
}

#[test]
fn a_time_out_after_slack_has_acted_is_found_out_before_another_message() {
    let (mut crew, mut office) = crew();
    crew.vendors.world().next = vec![Wrong::TimeOutAfter; 3];
    decide(&mut crew, &mut office, "enters acme.com urgent route sdr by 18:00");
    for _ in 0..10 {
        crew.settle();
        crew.pass(5_000);
    }
    let world = crew.vendors.world();
    let posts = world.slack.channels["C0000001"].iter().filter(|m| m.thread_ts.is_none()).count();
    assert_eq!(posts, 1, "{:#?}", world.slack.channels);
    let looked = world.requests.iter().filter(|r| r.url.contains("conversations.history"));
    assert!(looked.count() >= 1);
    assert!(world.got.len() >= 2, "a program is asked again, under the same id");
    assert_eq!(
        world.got.iter().map(|got| &got.id).collect::<std::collections::BTreeSet<_>>().len(),
        1
    );
}

#[test]
fn a_program_that_is_away_gets_all_of_an_account_in_order_and_holds_back_no_other() {
    let (mut crew, mut office) = crew();
    crew.vendors.world().program_says = Some(503);
    decide(&mut crew, &mut office, "enters slow.com route sdr by 18:00");
    crew.settle();
    decide(&mut crew, &mut office, "strengthens slow.com route sdr by 18:00");
    crew.settle();
    crew.vendors.world().program_says = None;
    decide(&mut crew, &mut office, "enters other.com route sdr by 18:00");
    crew.settle();
    let kinds = |crew: &Crew| -> Vec<String> {
        let world = crew.vendors.world();
        let kind = |got: &super::vendors::Got| {
            let account = &got.body["data"]["cases"][0]["decision"]["account"];
            format!("{} {}", account.as_str().unwrap(), got.body["type"].as_str().unwrap())
        };
        world.got.iter().map(kind).collect()
    };
    assert_eq!(kinds(&crew), ["other.com buymode.account.entered"]);
    crew.pass(10_000);
    crew.settle();
    assert_eq!(
        kinds(&crew)[1..],
        ["slow.com buymode.account.entered", "slow.com buymode.account.strengthened"]
    );
}

#[test]
fn a_program_that_is_gone_is_disabled_until_a_roster_is_published_again() {
    let (mut crew, mut office) = crew();
    crew.vendors.world().program_says = Some(410);
    decide(&mut crew, &mut office, "enters acme.com route sdr by 18:00");
    crew.settle();
    let asked = |crew: &Crew| {
        let world = crew.vendors.world();
        world.requests.iter().filter(|r| r.url.contains("hooks.example.com")).count()
    };
    assert_eq!(asked(&crew), 1);
    crew.vendors.world().program_says = None;
    decide(&mut crew, &mut office, "enters other.com route sdr by 18:00");
    crew.settle();
    assert_eq!(asked(&crew), 1, "it is not asked any more");
    let page = crew.metrics();
    assert!(page.contains(r#"buymode_deliver_ends_total{destination="hook",end="failed"} 2"#));
    crew.publish(&ROSTER.replace("a_day: 4", "a_day: 5"));
    decide(&mut crew, &mut office, "enters third.com route sdr by 18:00");
    crew.settle();
    assert_eq!((asked(&crew), crew.vendors.world().got.len()), (2, 1));
}

#[test]
fn the_metrics_say_since_when_a_program_refuses_everything() {
    let (mut crew, mut office) = crew();
    let shown = |crew: &Crew, what: &str| -> i64 {
        let name = format!("buymode_deliver_{what}_timestamp_seconds{{destination=\"hook\"}} ");
        let page = crew.metrics();
        let value = page.lines().find_map(|line| line.strip_prefix(&name));
        value.unwrap_or_else(|| panic!("{page}")).parse().unwrap()
    };
    assert_eq!((shown(&crew, "failing_since"), shown(&crew, "taken")), (0, 0));
    crew.vendors.world().program_says = Some(403);
    decide(&mut crew, &mut office, "enters acme.com route sdr by 18:00");
    crew.settle();
    let since = shown(&crew, "failing_since");
    assert!(since > 0 && shown(&crew, "taken") == 0);
    crew.pass(10_000);
    crew.settle();
    assert_eq!(shown(&crew, "failing_since"), since, "it goes on");
    crew.vendors.world().program_says = None;
    crew.pass(400_000);
    crew.settle();
    assert!(shown(&crew, "failing_since") == 0 && shown(&crew, "taken") >= since);
}

#[test]
fn slack_gets_a_message_a_second_the_most_urgent_first() {
    let (mut crew, mut office) = crew();
    for n in 0..5 {
        let how = if n == 4 { "urgent" } else { "" };
        decide(&mut crew, &mut office, &format!("enters a{n}.com {how} route sdr by 18:00"));
    }
    // All of them reach the sender before it is its turn.
    for _ in 0..60 {
        crew.settle();
        crew.pass(250);
    }
    let world = crew.vendors.world();
    let leads = &world.slack.channels["C0000001"];
    let posts: Vec<_> = leads.iter().filter(|m| m.thread_ts.is_none()).collect();
    assert_eq!(posts.len(), 5);
    assert!(posts[0].body.to_string().contains("a4.com"), "{}", posts[0].body);
    let times: Vec<f64> = leads.iter().map(|m| m.ts.parse().unwrap()).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 0.999), "{times:?}");
}

#[test]
fn a_revoked_token_and_an_archived_channel_end_a_delivery_and_say_why() {
    let (mut crew, mut office) = crew();
    crew.vendors.world().slack.is_revoked = true;
    decide(&mut crew, &mut office, "enters acme.com route sdr by 18:00");
    crew.settle();
    crew.vendors.world().slack.is_revoked = false;
    crew.vendors.world().slack.archived.push("C0000001".to_owned());
    decide(&mut crew, &mut office, "enters other.com route sdr by 18:00");
    crew.pass(2_000);
    crew.settle();
    let mut codec = crew.codec.clone();
    let records = crew.records(&crew.topics.desk, 0);
    let whys = records.iter().filter_map(|(value, _)| {
        match codec.decode_desk(value.as_deref().unwrap()).unwrap() {
            DeskRecord::Result(result) => result.why.map(|why| why.to_string()),
            _ => None,
        }
    });
    let whys: Vec<String> = whys.collect();
    assert_eq!(whys, ["chat.postMessage: token_revoked", "chat.postMessage: is_archived"]);
}
