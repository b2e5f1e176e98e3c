//! Decisions that are sent once more, and destinations that fail for days.

use super::crew::Crew;
use super::faults::ROSTER;
use super::stamped::Stamped;
use crate::desk::office::{Office, at};
use buymode::deliver::replay::{Choice, Plan, Replayer};
use buymode::domain::account::outbox::Health;
use buymode::domain::terms::time::Timestamp;
use buymode::log::{Output, Store};

const HOUR: i64 = 3_600_000;

pub(super) fn crew() -> (Crew, Office) {
    let began = at("2026-11-30 10:00");
    let mut crew = Crew::new(11, began.0, &["ae", "sdr"]);
    crew.publish(ROSTER);
    crew.settle();
    (crew, Office::new(ROSTER, began))
}

fn decide(crew: &mut Crew, office: &mut Office, said: &str) {
    crew.pass(1);
    let decision = office.decision(said, Timestamp(crew.now_ms()));
    crew.decide(&decision);
    crew.settle();
}

/// Plans and, where `writes`, writes.
pub(super) fn replay(crew: &Crew, choice: &Choice, writes: bool) -> Plan {
    let stamped = Stamped::new(crew.store.clone(), crew.vendors.clone());
    let mut replayer =
        Replayer::open(&stamped, crew.codec.clone(), &crew.topics, "", writes).unwrap();
    let plan = replayer.plan(choice).unwrap();
    replayer.write(choice, &plan).unwrap();
    plan
}

pub(super) fn accounts(plan: &Plan) -> Vec<&str> {
    plan.send.iter().map(|chosen| chosen.decision.account.as_str()).collect()
}

pub(super) fn to_hook() -> Choice {
    Choice { to: "hook".into(), ..Choice::default() }
}

/// The ids and accounts that the program has got.
pub(super) fn got(crew: &Crew) -> Vec<(String, String)> {
    let world = crew.vendors.world();
    let account = |body: &serde_json::Value| {
        body["data"]["cases"][0]["decision"]["account"].as_str().unwrap().to_owned()
    };
    world.got.iter().map(|got| (got.id.clone(), account(&got.body))).collect()
}

#[test]
fn what_a_program_has_missed_is_sent_once_more_and_what_it_has_only_on_request() {
    let (mut crew, mut office) = crew();
    decide(&mut crew, &mut office, "enters one.com route sdr");
    crew.vendors.world().program_says = Some(410);
    decide(&mut crew, &mut office, "enters two.com route sdr");
    decide(&mut crew, &mut office, "enters three.com route ae");
    decide(&mut crew, &mut office, "enters held.com route sdr held-out");
    crew.vendors.world().program_says = None;
    crew.publish(&ROSTER.replace("a_day: 4", "a_day: 5"));
    crew.settle();
    assert_eq!(got(&crew).len(), 1);
    let plan = replay(&crew, &to_hook(), false);
    assert_eq!(accounts(&plan), ["two.com", "three.com"]);
    assert_eq!((plan.there, plan.under_way, plan.held_out), (1, 0, 1));
    crew.settle();
    assert_eq!(got(&crew).len(), 1, "a plan alone sends nothing");
    let sdr = Choice { routes: ["sdr".into()].into(), ..to_hook() };
    assert_eq!(accounts(&replay(&crew, &sdr, true)), ["two.com"]);
    assert_eq!(replay(&crew, &sdr, false).under_way, 1, "it is on its way");
    crew.settle();
    assert_eq!(replay(&crew, &to_hook(), true).there, 2);
    crew.settle();
    let all = got(&crew);
    let names: Vec<&str> = all.iter().map(|(_, account)| account.as_str()).collect();
    assert_eq!(names, ["one.com", "two.com", "three.com"]);
    let one = Choice { accounts: ["one.com".into()].into(), ..to_hook() };
    assert_eq!(replay(&crew, &one, true).send.len(), 0);
    replay(&crew, &Choice { again: true, ..one }, true);
    crew.settle();
    let again = got(&crew);
    assert_eq!(again[3], all[0], "under the id that it had");
    let page = crew.metrics();
    let confirmed = r#"buymode_deliver_ends_total{destination="hook",end="confirmed"} 4"#;
    assert!(page.contains(confirmed), "{page}");
}

#[test]
fn a_tool_gets_nothing_again_of_an_episode_that_is_over() {
    let (mut crew, mut office) = super::enrolments::crew(&["salesloft-cadence"], 24);
    let mut say = |crew: &mut Crew, said: &str| {
        super::enrolments::decide(crew, &mut office, said);
        super::enrolments::rest(crew);
    };
    for account in ["a1.com", "a2.com"] {
        say(&mut crew, &format!("enters {account}"));
    }
    say(&mut crew, "leaves a1.com stop");
    say(&mut crew, "strengthens a2.com");
    // Another tool, which has got none of it.
    crew.vendors.world().shops.sequences.memberships.clear();
    crew.publish(&super::enrolments::roster(&["salesloft-cadence", "outreach-sequence"]));
    super::enrolments::rest(&mut crew);
    replay(&crew, &Choice { to: "outreach-sequence".into(), ..Choice::default() }, true);
    super::enrolments::rest(&mut crew);
    assert_eq!(super::enrolments::ours(&crew, 1), [0_i64; 0]);
    assert!(!super::enrolments::ours(&crew, 2).is_empty());
    // The end of an episode ends nothing of the next one.
    let until = Some(Timestamp(crew.now_ms()));
    say(&mut crew, "enters a1.com");
    let people = super::enrolments::ours(&crew, 1);
    assert!(!people.is_empty());
    for to in ["salesloft-cadence", "outreach-sequence"] {
        let choice = Choice { to: to.into(), again: true, until, ..Choice::default() };
        assert!(replay(&crew, &choice, true).send.len() >= 2);
        super::enrolments::rest(&mut crew);
    }
    assert_eq!(super::enrolments::ours(&crew, 1), people);
}

#[test]
fn decisions_are_chosen_by_time_by_offset_and_by_id() {
    let (mut crew, mut office) = crew();
    let mut ids = Vec::new();
    for n in 0..4 {
        let decision =
            office.decision(&format!("enters a{n}.com route sdr"), Timestamp(crew.now_ms()));
        ids.push(decision.id);
        crew.decide(&decision);
        crew.pass(HOUR);
        crew.settle();
    }
    let again = || Choice { again: true, ..to_hook() };
    let since = Some(at("2026-11-30 11:00"));
    let until = Some(at("2026-11-30 13:00"));
    let plan = replay(&crew, &Choice { since, until, ..again() }, false);
    assert_eq!(accounts(&plan), ["a1.com", "a2.com"]);
    let plan = replay(&crew, &Choice { offsets: Some((0, 2..9)), ..again() }, false);
    assert_eq!(accounts(&plan), ["a2.com", "a3.com"]);
    let plan = replay(&crew, &Choice { decisions: [ids[3]].into(), ..again() }, false);
    assert_eq!(accounts(&plan), ["a3.com"]);
    let refused = |to: &str| {
        let stamped = Stamped::new(crew.store.clone(), crew.vendors.clone());
        let mut replayer =
            Replayer::open(&stamped, crew.codec.clone(), &crew.topics, "", false).unwrap();
        replayer.plan(&Choice { to: to.into(), ..Choice::default() }).unwrap_err().to_string()
    };
    assert!(refused("nowhere").contains("use one of dm, hook, leads"), "{}", refused("nowhere"));
    assert!(refused("dm").contains("the person who has the account"), "{}", refused("dm"));
}

#[test]
fn a_program_that_fails_for_days_is_disabled_and_the_channel_reads_of_it_once() {
    let (mut crew, mut office) = crew();
    crew.vendors.world().program_says = Some(500);
    let alarms = |crew: &Crew| {
        let world = crew.vendors.world();
        let all = world.slack.channels.get("C0000001").into_iter().flatten();
        all.filter(|message| message.body.to_string().contains("hook is disabled")).count()
    };
    for day in 0..8 {
        decide(&mut crew, &mut office, &format!("enters a{day}.com route ae"));
        assert!(day >= 6 || alarms(&crew) == 0, "day {day}");
        for _ in 0..4 {
            crew.pass(6 * HOUR);
            crew.settle();
        }
    }
    let asked = |crew: &Crew| {
        let world = crew.vendors.world();
        world.requests.iter().filter(|request| request.url.contains("hooks.example.com")).count()
    };
    let before = asked(&crew);
    crew.vendors.world().program_says = None;
    decide(&mut crew, &mut office, "enters b.com route ae");
    assert_eq!((asked(&crew), alarms(&crew)), (before, 1), "nothing is tried any more");
    // A person has it tried again.
    let health = Health {
        destination: "hook".into(),
        is_disabled: false,
        why: None,
        by: Some("ana".into()),
    };
    let mut value = Vec::new();
    crew.codec.encode_health(&crew.topics.desk, &health, &mut value).unwrap();
    let mut writer = Stamped::new(crew.store.clone(), crew.vendors.clone()).writer("ana").unwrap();
    writer.begin().unwrap();
    let (topic, value) = (crew.topics.desk.as_str(), Some(&value[..]));
    writer.send(&Output { topic, partition: Some(0), value, ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
    crew.settle();
    decide(&mut crew, &mut office, "enters c.com route ae");
    assert_eq!(
        got(&crew).iter().map(|(_, account)| account.as_str()).collect::<Vec<_>>(),
        ["c.com"]
    );
}
