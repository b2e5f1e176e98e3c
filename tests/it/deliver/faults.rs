//! Faults of every kind at every step: no decision is lost, none is delivered twice where the target has a
//! key or lets itself be read back, every delivery has one end, and a second fold of the desk's log gives the
//! same outbox and the same state.

use super::crew::Crew;
use super::slack::TOKEN;
use super::vendors::{ROOM, TEAMS};
use crate::desk::office::{Office, at};
use buymode::deliver::fold::Fold;
use buymode::desk::invariants;
use buymode::desk::state::State;
use buymode::domain::account::decision::Decision;
use buymode::domain::account::outbox::{ActionEnd, DeskRecord, OutboxAction};
use buymode::log::RecordRef;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const ROSTER: &str = "
zone: Europe/London
people:
  - { name: ana, slack: U0000001, zone: America/New_York, a_day: 4 }
  - { name: ben, slack: U0000002, a_day: 2 }
  - { name: cho, slack: U0000003, zone: Asia/Seoul, a_day: 3 }
teams: [{ name: all, members: [ana, ben, cho] }]
destinations:
  - { name: dm, routes: [ae], slack: { token: { env: SLACK } } }
  - { name: leads, routes: [ae, sdr], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: hook, routes: [ae, sdr], webhook: { url: 'https://hooks.example.com/buymode', secret: { env: HOOK } } }
escalation: { people: [cho], channel: leads }
digest: { destination: leads, hour: 8, days: [mon, tue, wed, thu, fri] }
";

/// Further places, which can only be posted to: a message may be there twice, but is never lost.
const MORE: &str = "  - { name: cards, routes: [sdr], teams: { url: { env: TEAMS } } }
  - { name: room, routes: [ae], slack_webhook: { url: { env: ROOM } } }
";

/// How much of everything.
struct Size {
    decisions: usize,
    wrong_of_1000: u32,
    stops_of_1000: u32,
}

/// What a run came to.
struct Outcome {
    faults: u64,
    decisions: usize,
    messages: usize,
}

#[test]
fn nothing_is_lost_or_said_twice_whatever_fails() {
    for seed in [1, 2, 3] {
        run(seed, &Size { decisions: 12, wrong_of_1000: 150, stops_of_1000: 100 });
    }
}

/// `.ci/long deliver`: as many faults as `BUYMODE_DELIVER` says, from seeds that are printed.
#[test]
#[ignore = "takes minutes; .ci/long deliver runs it"]
fn nothing_is_lost_or_said_twice_whatever_fails_at_length() {
    let wanted: u64 = std::env::var("BUYMODE_DELIVER").map_or(1_000, |n| n.parse().unwrap());
    let first: u64 =
        std::env::var("BUYMODE_SEED").map_or_else(|_| rand::random(), |n| n.parse().unwrap());
    let (mut faults, mut decisions, mut messages) = (0, 0, 0);
    for seed in first.. {
        if faults >= wanted {
            break;
        }
        println!("seed {seed}");
        let size = Size { decisions: 40, wrong_of_1000: 200, stops_of_1000: 120 };
        let outcome = run(seed, &size);
        faults += outcome.faults;
        decisions += outcome.decisions;
        messages += outcome.messages;
    }
    println!("{faults} faults, {decisions} decisions, {messages} messages: none lost, none twice");
}

fn run(seed: u64, size: &Size) -> Outcome {
    let began = at("2026-11-30 07:00");
    let mut crew = Crew::new(seed, began.0, &["ae", "sdr"]);
    let roster = ROSTER.replace("escalation:", &format!("{MORE}escalation:"));
    let mut office = Office::new(&roster, began);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    crew.publish(&roster);
    crew.stops_of_1000 = size.stops_of_1000;
    crew.vendors.world().wrong_of_1000 = size.wrong_of_1000;
    let mut decided: Vec<Decision> = Vec::new();
    while decided.len() < size.decisions {
        let now = buymode::domain::terms::time::Timestamp(crew.now_ms());
        let account = rng.random_range(0..6);
        let verb = ["enters", "strengthens", "leaves", "withdrawn"][rng.random_range(0..4)];
        let how = ["urgent tier 1", "high", "owner ana", ""][rng.random_range(0..4)];
        let route = ["ae", "sdr"][rng.random_range(0..2)];
        let hours = rng.random_range(1..30_i64);
        let due = buymode::domain::terms::time::Timestamp(now.0 + hours * 3_600_000);
        let said =
            format!("{verb} a{account}.com {how} route {route} by {}", &due.to_rfc3339()[..16]);
        let decision = office.decision(&said, now);
        crew.decide(&decision);
        decided.push(decision);
        for _ in 0..rng.random_range(0..4) {
            crew.turn();
            crew.pass(rng.random_range(0..20_000));
        }
        // Now and then hours pass.
        if rng.random_bool(0.2) {
            crew.pass(rng.random_range(0..6 * 3_600_000));
        }
    }
    // The rest of the day goes on as it was, then all is well.
    for _ in 0..200 {
        crew.turn();
        crew.pass(rng.random_range(0..600_000));
    }
    crew.stops_of_1000 = 0;
    crew.vendors.world().wrong_of_1000 = 0;
    for _ in 0..400 {
        crew.settle();
        crew.pass(1_800_000);
    }
    check(&mut crew, &decided);
    let injected: u64 = crew.vendors.world().injected.values().sum();
    let stopped: u64 = crew.stopped.values().sum();
    assert!(injected > 0 && stopped > 0, "{:?} {:?}", crew.vendors.world().injected, crew.stopped);
    let messages = crew.vendors.world().slack.by_action().len();
    Outcome { faults: injected + stopped, decisions: decided.len(), messages }
}

fn check(crew: &mut Crew, decided: &[Decision]) {
    let (fold, refolded) = refold(crew);
    invariants::check(&fold.state).unwrap();
    assert_eq!(fold.state.deliveries.len(), 0, "{:#?}", fold.state.deliveries);
    assert_eq!(fold.state.sent.len(), 0, "{:#?}", fold.state.sent);
    // Each destination has read every decision of its routes.
    for (destination, routes) in [
        ("hook", &["ae", "sdr"][..]),
        ("dm", &["ae"][..]),
        ("cards", &["sdr"][..]),
        ("room", &["ae"][..]),
    ] {
        let expected = decided.iter().filter(|d| routes.contains(&&*d.route)).count();
        let counts = &fold.state.counts[&destination.into()];
        assert_eq!(counts.read, expected as u64, "{destination}");
        let failed = counts.ended.get(&buymode::desk::state::End::Failed);
        assert_eq!(failed, None, "{destination}: {counts:?}");
    }
    // The outbox holds exactly what follows from the desk's log.
    let mut written = BTreeMap::new();
    for partition in 0..super::crew::SENDERS {
        for (value, _) in crew.records(&crew.topics.outbox, partition) {
            let action = crew.codec.decode_action(&value.unwrap()).unwrap();
            let id = action.id;
            assert!(written.insert(id, action).is_none(), "{id} is in the outbox twice");
        }
    }
    let expected: BTreeMap<_, _> = refolded.into_iter().map(|action| (action.id, action)).collect();
    assert_eq!(written, expected);
    let world = crew.vendors.world();
    // A message in Slack is there once.
    let posted = world.slack.by_action();
    let twice: Vec<_> = posted.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "{twice:?} of {}", posted.len());
    // What the desk believes to be confirmed is there.
    for (id, end) in ends(crew) {
        let action = &expected[&id];
        let is_there = match action.domain.split(' ').next() {
            Some("webhook") => {
                world.got.iter().any(|got| Some(got.id.as_str()) == action.of.as_deref())
            }
            Some("teams" | "slack_webhook") => {
                let said = without_words(&action.body);
                let is_there = world.posted.iter().any(|(_, body)| without_words(body) == said);
                assert!(is_there || end != ActionEnd::Accepted, "{id}: {action:?}");
                continue;
            }
            _ if action.of.is_some() => true,
            _ => posted.contains_key(&id.to_string()),
        };
        assert_eq!(is_there, end == ActionEnd::Confirmed, "{id} {end}: {action:?}");
    }
    // The program has got every decision, each under one id.
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for got in &world.got {
        let decision = got.body["data"]["cases"][0]["decision"]["id"].as_str().unwrap().to_owned();
        ids.entry(decision).or_default().insert(got.id.clone());
    }
    assert_eq!(ids.len(), decided.len());
    assert!(ids.values().all(|ids| ids.len() == 1), "{ids:?}");
    // Nothing was sent without the secret that belongs to it, and none is in the log's records.
    for action in written.values() {
        let said = format!("{action:?}");
        assert!([TOKEN, TEAMS, ROOM].iter().all(|secret| !said.contains(secret)));
    }
}

fn ends(crew: &Crew) -> Vec<(uuid::Uuid, ActionEnd)> {
    let mut codec = crew.codec.clone();
    let mut ends = BTreeMap::new();
    for (value, _) in crew.records(&crew.topics.desk, 0) {
        if let DeskRecord::Result(result) = codec.decode_desk(&value.unwrap()).unwrap() {
            let (action, end, is_late) = (result.action, result.end, result.is_late);
            let before = ends.get(&action).map(|(_, before_is_late)| *before_is_late);
            assert!(is_late || before.is_none_or(|late| late), "{action} has two results");
            ends.entry(action).or_insert((end, is_late));
        }
    }
    ends.into_iter().map(|(action, (end, _))| (action, end)).collect()
}

/// The desk's log folded again from its beginning, and what the outbox should hold.
fn refold(crew: &Crew) -> (Fold, Vec<OutboxAction>) {
    let mut fold = Fold::default();
    let mut actions = Vec::new();
    let mut codec = crew.codec.clone();
    for (offset, (value, time)) in crew.records(&crew.topics.desk, 0).into_iter().enumerate() {
        let record = RecordRef {
            topic: &crew.topics.desk,
            partition: 0,
            offset: offset as i64,
            timestamp_ms: time,
            key: None,
            value: value.as_deref(),
            trace: None,
        };
        let followed = fold.read(&mut codec, &record).unwrap();
        assert_eq!(followed.flaw, None);
        actions.extend(followed.actions);
    }
    let (remembered, roster) = super::attempts::remembered(crew);
    same(&remembered, &fold.state);
    assert_eq!(roster, fold.published.as_deref().cloned());
    (fold, actions)
}

/// What is remembered is the state.
fn same(remembered: &State, state: &State) {
    let mut remembered = remembered.clone();
    remembered.roster.clone_from(&state.roster);
    assert_eq!(&remembered, state);
}

/// A body without what links are made of, which no target gets.
fn without_words(body: &str) -> Value {
    let mut body: Value = serde_json::from_str(body).unwrap();
    if let Some(body) = body.as_object_mut() {
        body.remove("words");
    }
    body
}
