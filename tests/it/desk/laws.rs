//! What holds whatever comes: the same log gives the same actions, every decision has one end, no one is
//! above their cap, ticks change nothing but how soon, and what is forwarded twice counts once.

use super::office::{Answers, Office, at};
use buymode::desk::action::{Action, Recipient, What};
use buymode::desk::assign::assign;
use buymode::desk::entry::{Named, Restoring, changes};
use buymode::desk::ids::{CaseId, PersonId, Reference};
use buymode::desk::record::{Outcome, Record, Said, Verdict};
use buymode::desk::roster::hours::Availability;
use buymode::desk::state::State;
use buymode::domain::account::decision::Decision;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::OutcomeKind;
use buymode::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ROSTER: &str = "
zone: Europe/London
calendars: { uk: [2026-12-25] }
people:
  - { name: ana, email: a@example.com, slack: U0000001, zone: America/New_York, a_day: 2 }
  - { name: ben, email: b@example.com, slack: U0000002, a_day: 1, holidays: uk,
      absences: [{ from: 2026-12-02, until: 2026-12-03 }] }
  - { name: cho, email: c@example.com, slack: U0000003, zone: Asia/Seoul, a_day: 3 }
teams:
  - { name: best, members: [ana], tiers: [1] }
  - { name: emea, members: [ben], territories: [EMEA] }
  - { name: all, members: [ana, ben, cho] }
destinations:
  - { name: dm, routes: [ae, sdr], slack: { token: { env: S } } }
  - { name: leads, routes: [ae], slack: { token: { env: S }, channel: C0000001 },
      hours: { from_hour: 7, to_hour: 20 } }
  - { name: cards, routes: [sdr], teams: { url: { env: T } } }
  - { name: hook, routes: [ae, sdr, digest], webhook: { url: 'https://h.example.com', secret: { env: H } } }
fallback: cho
escalation: { people: [cho, ana], channel: leads }
digest: { destination: leads, hour: 8, days: [mon, thu] }
";

/// One thing that happens, minutes after the one before.
#[derive(Clone, Debug)]
enum Event {
    Decides {
        verb: &'static str,
        account: usize,
        product: bool,
        how: String,
        due_hours: Option<u32>,
    },
    Says {
        person: &'static str,
        nth: usize,
        said: &'static str,
    },
    Answers {
        nth: usize,
        how: usize,
    },
    Reports {
        account: usize,
        outcome: OutcomeKind,
    },
    Roster(usize),
    /// A sender asked for a mark a while ago, and gets it.
    Mark,
    Nothing,
}

fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let decides = (
        select(vec![
            "enters",
            "enters",
            "enters",
            "strengthens",
            "leaves",
            "withdrawn",
            "requests",
            "tier-changed",
        ]),
        0..5_usize,
        any::<bool>(),
        (select(vec!["", "urgent ", "high "]), select(vec!["tier 1", "tier 2", ""])),
        (
            select(vec!["", "owner ana", "owner ben", "owner nn"]),
            select(vec!["", "territory EMEA"]),
        ),
        (
            select(vec!["route ae", "route sdr", "route digest"]),
            select(vec!["", "", "", "baseline", "held-out", "stop"]),
        ),
        prop::option::of(0..60_u32),
    )
        .prop_map(|(verb, account, product, a, b, c, due_hours)| {
            let how = format!("{}{} {} {} {} {}", a.0, a.1, b.0, b.1, c.0, c.1);
            Event::Decides { verb, account, product, how, due_hours }
        });
    let says = (
        select(vec!["ana", "ben", "cho", "stranger"]),
        0..8_usize,
        select(vec!["claim", "reject", "snooze", "back", "back", "accept", "never", "untrue"]),
    )
        .prop_map(|(person, nth, said)| Event::Says { person, nth, said });
    let reported = vec![
        OutcomeKind::Contacted,
        OutcomeKind::Snoozed,
        OutcomeKind::Reopened,
        OutcomeKind::Lost,
    ];
    let event = prop_oneof![
        8 => decides,
        3 => says,
        6 => (0..4_usize, 0..7_usize).prop_map(|(nth, how)| Event::Answers { nth, how }),
        1 => (0..5_usize, select(reported)).prop_map(|(account, outcome)| Event::Reports { account, outcome }),
        1 => (0..3_usize).prop_map(Event::Roster),
        1 => Just(Event::Mark),
        1 => Just(Event::Nothing),
    ];
    let gap = prop_oneof![5 => 0..20_i64, 2 => 20..300_i64, 1 => 300..3_000_i64];
    prop::collection::vec((gap, event), 1..60)
}

/// Plays events against an office whose targets answer only when an event says so.
fn play(events: &[(i64, Event)]) -> Office {
    let mut now = at("2026-11-29 22:00");
    let mut office = Office::new(ROSTER, now);
    office.answers = Answers::Silent;
    let mut decided: Vec<Arc<Decision>> = Vec::new();
    let mut words = Vec::new();
    for (minutes, event) in events {
        now = Timestamp(now.0 + minutes * 60_000);
        match event {
            Event::Decides { verb, account, product, how, due_hours } => {
                let product = if *product { "product data" } else { "" };
                let due = due_hours.map(|hours| Timestamp(now.0 + i64::from(hours) * 3_600_000));
                let due =
                    due.map(|due| format!("by {}", &due.to_rfc3339()[..16])).unwrap_or_default();
                let said = format!("{verb} a{account}.com {product} {how} {due}");
                decided.push(office.decide(&said, now));
            }
            Event::Says { person, nth, said } => {
                let Some(decision) = decided.iter().rev().nth(*nth) else { continue };
                let case = CaseId(decision.episode_id.unwrap_or(decision.id));
                let said = match (*said, words.last()) {
                    ("reject", _) => {
                        Said::Verdict(Verdict::Reject { reason: "no".into(), note: None })
                    }
                    ("snooze", _) => {
                        let until = now.day().plus(3).date().unwrap();
                        Said::Verdict(Verdict::Snooze { until })
                    }
                    ("accept", _) => Said::Verdict(Verdict::Accept),
                    ("never", _) => Said::Verdict(Verdict::DoNotContact),
                    ("untrue", _) => {
                        let evidence = uuid::Uuid::from_u128(7);
                        Said::Verdict(Verdict::NoLongerTrue { evidence })
                    }
                    ("back", Some(word)) => Said::TakeBack(*word),
                    _ => Said::Verdict(Verdict::Claim),
                };
                words.push(office.say(person, case, said, now));
            }
            Event::Answers { nth, how } => {
                let Some(id) = office.state.sent.keys().nth(*nth).copied() else { continue };
                let outcome = match how {
                    0..=2 => Outcome::Confirmed(Some(Reference(id.to_string().into()))),
                    3 => Outcome::Accepted,
                    4 => Outcome::Gone,
                    5 => Outcome::NotSent,
                    _ => Outcome::Failed("no".into()),
                };
                office.read(Record::Result { action: id, outcome }, now);
            }
            Event::Reports { account, outcome } => {
                let until = now.day().plus(2).to_string();
                office.report(&format!("a{account}.com"), *outcome, Some(&until), now);
            }
            Event::Roster(which) => {
                let yaml = match which {
                    0 => ROSTER.to_owned(),
                    1 => ROSTER.replace("routes: [sdr], teams", "routes: [other], teams"),
                    _ => ROSTER.replace("{ name: cards", "{ name: tiles"),
                };
                office.publish(&yaml, now);
            }
            Event::Mark => office.mark(now),
            Event::Nothing => office.tick(now),
        }
    }
    office
}

fn replay(log: &[(Record, Timestamp)]) -> (State, Vec<Action>) {
    let mut state = State::default();
    let actions = log.iter().flat_map(|(record, at)| assign(&mut state, record, *at)).collect();
    (state, actions)
}

/// Time passes and every target confirms until nothing is open.
fn settle(office: &mut Office) {
    office.answers = Answers::Confirm;
    for _ in 0..200 {
        let open: Vec<_> = office.state.sent.keys().copied().collect();
        let now = Timestamp(office.state.time.0 + 1_000);
        for action in open {
            let outcome = Outcome::Confirmed(Some(Reference(action.to_string().into())));
            office.read(Record::Result { action, outcome }, now);
        }
        let Some(due) = office.state.next_due() else { break };
        office.tick(due);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// The office checks the invariants after each record; here is what needs the whole log.
    #[test]
    fn a_replay_gives_the_same_and_everything_ends(events in events()) {
        let mut office = play(&events);
        let (state, actions) = replay(&office.log);
        prop_assert_eq!(&state, &office.state);
        prop_assert_eq!(&actions, &office.actions);
        settle(&mut office);
        prop_assert!(office.state.deliveries.is_empty(), "{:#?}", office.state.deliveries);
        let mut ids: Vec<_> = office.actions.iter().map(|action| action.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), office.actions.len());
    }

    #[test]
    fn ticks_change_how_soon_and_nothing_else(events in events(), every in 1..40_i64) {
        let office = play(&events);
        let mut with_ticks: Vec<(Record, Timestamp)> = Vec::new();
        let mut last = office.log[0].1;
        for (record, at) in &office.log {
            while last.0 + every * 60_000 < at.0 {
                last = Timestamp(last.0 + every * 60_000);
                with_ticks.push((Record::Tick, last));
            }
            with_ticks.push((record.clone(), *at));
            last = *at;
        }
        let (state, actions) = replay(&with_ticks);
        prop_assert_eq!(&actions, &office.actions);
        prop_assert_eq!(&state, &office.state);
    }

    #[test]
    fn what_is_forwarded_again_changes_nothing(events in events(), again in any::<u64>()) {
        let office = play(&events);
        let mut log: Vec<(Record, Timestamp)> = Vec::new();
        let mut seen: Vec<Record> = Vec::new();
        for (at, (record, time)) in office.log.iter().enumerate() {
            log.push((record.clone(), *time));
            if matches!(record, Record::Decision { .. } | Record::Roster { .. }) {
                seen.push(record.clone());
            }
            let repeats = (again >> (at % 60)) & 3;
            for repeat in seen.iter().rev().take(usize::try_from(repeats).unwrap()) {
                log.push((repeat.clone(), *time));
            }
        }
        let (state, actions) = replay(&log);
        prop_assert_eq!(&actions, &office.actions);
        prop_assert_eq!(&state, &office.state);
    }

    /// Whoever gets a message works then, or it is an edit; and no one gets more accounts than their cap.
    #[test]
    fn nobody_is_above_the_cap_or_disturbed(events in events()) {
        let office = play(&events);
        let mut announced: BTreeSet<(PersonId, CaseId)> = BTreeSet::new();
        let mut days: BTreeMap<(PersonId, NaiveDate), BTreeSet<AccountKey>> = BTreeMap::new();
        for action in &office.actions {
            let What::Post { to: Recipient::Person(person), notice, .. } = &action.what else { continue };
            let someone = &notice.roster.people[person];
            let there = someone.calendar.availability(action.at);
            let works = matches!(there, Availability::From(opening) if opening.at == action.at);
            prop_assert!(works, "{} at {}: {:?}", person, action.at.to_rfc3339(), there);
            let day = someone.calendar.day(action.at).unwrap();
            for case in &notice.cases {
                // One that was put off counted on the day when it was given.
                if case.heard == 0 && announced.insert((person.clone(), case.id)) {
                    let accounts = days.entry((person.clone(), day)).or_default();
                    accounts.insert(case.decision.account.clone());
                }
            }
            let accounts = days.get(&(person.clone(), day)).map_or(0, BTreeSet::len);
            prop_assert!(accounts <= usize::from(someone.cap), "{} {}: {:?}", person, day, days);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Written part by part, as text, and put together again.
    #[test]
    fn what_is_remembered_is_the_state(events in events()) {
        let office = play(&events);
        let all = changes(&office.state, &Named::default());
        let mut restoring = Restoring::default();
        for (key, value) in &all.parts {
            let key = serde_json::from_str(&serde_json::to_string(key).unwrap()).unwrap();
            let value = value.as_ref().map(|value| serde_json::to_string(value).unwrap());
            restoring.part(key, value.map(|value| serde_json::from_str(&value).unwrap()));
        }
        for decision in &all.named {
            restoring.decision(decision.id, Some(decision.clone()));
        }
        let (mut state, named) = restoring.finish().unwrap();
        state.roster.clone_from(&office.state.roster);
        prop_assert_eq!(&state, &office.state);
        let mut counted = Named::default();
        counted.settle(&all);
        prop_assert_eq!(named, counted);
    }
}
