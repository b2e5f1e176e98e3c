//! A day of a team of six in four time zones: who got what, when, and why. People are away, at their caps
//! and asleep; deadlines are kept or escalated.

use super::office::{Answers, Office, at, clock};
use buymode::desk::action::{Action, Because, Recipient, Reply, Standing, What};
use buymode::desk::assign::assign;
use buymode::desk::record::Record;
use buymode::desk::state::State;
use std::fmt::Write;

const TEAM: &str = "
zone: America/New_York
calendars:
  us: [2026-11-26]
people:
  - { name: ana, email: ana@example.com, slack: U0000001, zone: America/New_York, holidays: us, a_day: 2 }
  - { name: ben, email: ben@example.com, slack: U0000002, zone: America/Los_Angeles, holidays: us, a_day: 3 }
  - { name: cho, email: cho@example.com, slack: U0000003, zone: Asia/Seoul, a_day: 3 }
  - { name: dee, email: dee@example.com, slack: U0000004, zone: Europe/London, a_day: 2 }
  - { name: eli, email: eli@example.com, slack: U0000005, zone: Europe/London, a_day: 3,
      absences: [{ from: 2026-11-30, until: 2026-12-04 }] }
  - { name: fay, email: fay@example.com, slack: U0000006, zone: America/New_York, a_day: 4 }
teams:
  - { name: senior, members: [fay], tiers: [1] }
  - { name: emea, members: [dee, eli], territories: [EMEA] }
  - { name: apac, members: [cho], territories: [APAC] }
  - { name: us, members: [ana, ben] }
destinations:
  - { name: dm, routes: [ae], slack: { token: { env: SLACK } } }
  - { name: leads, routes: [lead], slack: { token: { env: SLACK }, channel: C0000001 } }
escalation: { people: [fay, cho], channel: leads }
digest: { destination: leads, hour: 8 }
";

/// Instants are UTC: New York works from 14:00 to 22:00, Los Angeles from 17:00 to 01:00, London from 09:00
/// to 17:00, Seoul from 00:00 to 08:00.
const DAY: &str = "
11-30 02:00 enters seoul.example high territory APAC by 07:30
11-30 03:00 enters lisbon.example normal territory EMEA by 16:00
11-30 03:10 enters madrid.example urgent territory EMEA by 12:00
11-30 03:20 enters paris.example high territory EMEA by 16:30
11-30 04:00 enters owned.example normal owner ana
11-30 05:00 enters night.example urgent owner ana by 08:00
11-30 09:30 claims cho seoul.example
11-30 10:00 enters oslo.example high owner eli by 15:00
11-30 13:00 enters boston.example normal owner ana
11-30 14:30 enters bigco.example urgent tier 1 by 18:30
11-30 14:40 enters austin.example normal owner ana
11-30 14:45 enters denver.example high by 20:00
11-30 15:00 claims fay bigco.example
11-30 15:05 claims ana bigco.example
11-30 15:30 enters reno.example normal
11-30 17:30 leaves denver.example stop
11-30 18:00 enters tampa.example urgent by 21:00
11-30 18:20 strengthens bigco.example urgent tier 1
12-01 13:00 nothing
";

#[test]
fn a_day_of_six_people_in_four_time_zones() {
    let office = play();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/desk/day.txt");
    let expected = std::fs::read_to_string(file).unwrap();
    let transcript = office.transcript.join("\n");
    assert!(transcript == expected.trim_end(), "the day went otherwise:\n{transcript}");
}

#[test]
fn no_one_is_above_the_cap_and_every_deadline_is_kept_or_escalated() {
    let office = play();
    let mut posts = std::collections::BTreeMap::new();
    for action in &office.actions {
        if let What::Post { to: Recipient::Person(person), notice, .. } = &action.what {
            let someone = &notice.roster.people[person];
            let day = someone.calendar.day(action.at).unwrap();
            let sent: &mut u16 = posts.entry((person.clone(), day)).or_default();
            *sent += 1;
            assert!(*sent <= someone.cap, "{person} {day}");
        }
    }
    for (record, _) in &office.log {
        let Record::Decision { decision: d, .. } = record else { continue };
        let Some(deadline) = d.sla_deadline else { continue };
        let about = |action: &&Action| match &action.what {
            What::Digest { items, .. } => items.iter().any(|i| i.decision.account == d.account),
            _ => action.account.as_ref() == Some(&d.account),
        };
        let first = office.actions.iter().find(about).expect("it was announced");
        assert!(first.at < deadline, "{} was announced at {}", d.account, clock(first.at));
        let mut all = office.actions.iter().filter(about);
        let kept_or_escalated = all.any(|action| match &action.what {
            What::Post { notice, .. } => {
                let assignment = notice.cases[0].assignment.as_ref();
                assignment.is_some_and(|a| a.because == Because::Escalation)
            }
            What::Edit { notice, .. } => {
                action.at < deadline && notice.cases[0].standing != Standing::Open
            }
            What::Reply { reply: Reply::Escalated { .. }, .. } => action.at == deadline,
            _ => false,
        });
        assert!(kept_or_escalated, "{}", d.account);
    }
}

#[test]
fn the_day_is_the_same_after_a_replay() {
    let office = play();
    let mut state = State::default();
    let replayed: Vec<Action> =
        office.log.iter().flat_map(|(record, at)| assign(&mut state, record, *at)).collect();
    assert_eq!(replayed, office.actions);
    assert_eq!(state, office.state);
}

/// The targets confirm a second after they were asked; what is said and what follows go into one
/// transcript.
fn play() -> Office {
    let mut office = Office::new(TEAM, at("2026-11-30 00:00"));
    office.answers = Answers::Confirm;
    for line in DAY.lines().filter(|line| !line.is_empty()) {
        let (when, said) = line.split_at("11-30 02:00".len());
        let now = at(&format!("2026-{when}"));
        while let Some(due) = office.state.next_due().filter(|due| *due < now) {
            office.tick(due);
        }
        let mut heard = String::new();
        write!(heard, "{when} {}", said.trim().to_uppercase()).unwrap();
        office.transcript.push(heard);
        let words: Vec<&str> = said.split_whitespace().collect();
        match words[..] {
            ["nothing"] => office.tick(now),
            ["claims", person, account] => {
                let entered = office.log.iter().find_map(|(record, _)| match record {
                    Record::Decision { decision, .. } if decision.account.as_str() == account => {
                        Some(decision.clone())
                    }
                    _ => None,
                });
                office.claim(person, &entered.unwrap(), now);
            }
            _ => {
                office.decide(said.trim(), now);
            }
        }
    }
    office
}
