//! A rehearsal: past decisions through a roster, as if every target had confirmed at once. Nothing is sent.

use super::message::{self, Message};
use crate::desk::action::{Action, Assignment, Because, Gathered, Recipient, Reply, Skip, What};
use crate::desk::assign::assign;
use crate::desk::ids::{CaseId, DestinationId, PersonId, Reference};
use crate::desk::record::{Origin, Outcome, Record};
use crate::desk::roster::{Destination, Roster, Target};
use crate::desk::state::{Counts, State};
use crate::domain::Text;
use crate::domain::account::decision::{self, Decision};
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A message that was sent later than this had to wait.
const AT_ONCE_MS: i64 = 60_000;

/// A decision as it stands in the log.
#[derive(Clone, Debug)]
pub struct Given {
    pub topic: Text,
    pub partition: i32,
    pub offset: i64,
    pub decision: Arc<Decision>,
}

/// What a roster would have sent.
#[derive(Debug)]
pub struct Rehearsal {
    pub from: Timestamp,
    pub to: Timestamp,
    /// In order of time.
    pub sent: Vec<Sent>,
    pub destinations: BTreeMap<DestinationId, (Counts, u64)>,
    pub people: BTreeMap<PersonId, Share>,
    pub moved: Moved,
    /// Owners that decisions name and the roster does not know, with how many decisions.
    pub unknown_owners: BTreeMap<String, u64>,
}

/// One thing that a sender would have done.
#[derive(Debug)]
pub struct Sent {
    pub at: Timestamp,
    pub how: &'static str,
    pub destination: DestinationId,
    /// The person that it is for.
    pub person: Option<PersonId>,
    pub account: Option<String>,
    /// Of a post: why this person, in words.
    pub because: Option<String>,
    /// Milliseconds between the decision and a post of it.
    pub waited_ms: Option<i64>,
    pub message: Message,
    /// As the desk decided it.
    pub action: Action,
}

/// What one person would have got.
#[derive(Clone, Debug, Default)]
pub struct Share {
    pub accounts: u64,
    /// The most accounts on one day.
    pub busiest: u64,
    pub cap: u16,
}

/// What caps, hours and deadlines would have moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Moved {
    /// Posts that waited for working hours.
    pub waited: u64,
    /// Accounts that went to another person, since one before was at the cap.
    pub to_another: u64,
    /// Decisions that went into the digest, since everyone was at the cap.
    pub to_digest: u64,
    /// Decisions that no one would have worked on in time.
    pub no_one_there: u64,
    /// Reminders at half of the time.
    pub reminders: u64,
    /// Accounts that were escalated.
    pub escalations: u64,
}

/// Plays the decisions of `from..=to` in order of time. Those before only say with which number the next
/// one of their account begins.
pub fn rehearse(
    roster: &Arc<Roster>,
    mut given: Vec<Given>,
    from: Timestamp,
    to: Timestamp,
) -> Rehearsal {
    given.retain(|one| one.decision.origin != decision::Origin::Test);
    given.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut stage =
        Stage { state: State::default(), actions: Vec::new(), unknown_owners: BTreeMap::new() };
    stage.read(&Record::Roster { number: 1, roster: roster.clone() }, from);
    for one in given {
        let time = one.decision.written.time;
        if time < from {
            stage.state.passed(&one.decision);
        } else if time <= to {
            stage.until(time);
            if let (Some(owner), None) = (&one.decision.owner, roster.owner(&one.decision)) {
                *stage.unknown_owners.entry(owner.to_string()).or_default() += 1;
            }
            let origin = Origin { topic: one.topic, partition: one.partition, offset: one.offset };
            stage.read(&Record::Decision { origin, decision: one.decision }, time);
        }
    }
    stage.until(to);
    report(roster, stage, from, to)
}

fn key(given: &Given) -> (Timestamp, &Text, i32, i64) {
    (given.decision.written.time, &given.topic, given.partition, given.offset)
}

struct Stage {
    state: State,
    actions: Vec<Action>,
    unknown_owners: BTreeMap<String, u64>,
}

impl Stage {
    /// Lets everything fall due up to a time, each thing at its own.
    fn until(&mut self, time: Timestamp) {
        while let Some(due) = self.state.next_due().filter(|due| *due <= time) {
            self.read(&Record::Tick, due);
        }
        self.read(&Record::Tick, time);
    }

    fn read(&mut self, record: &Record, time: Timestamp) {
        let mut next = assign(&mut self.state, record, time);
        while !next.is_empty() {
            let mut after = Vec::new();
            for action in next {
                if let Some(outcome) = self.outcome(&action) {
                    let result = Record::Result { action: action.id, outcome };
                    after.extend(assign(&mut self.state, &result, time));
                }
                self.actions.push(action);
            }
            next = after;
        }
    }

    fn outcome(&self, action: &Action) -> Option<Outcome> {
        if !self.state.sent.contains_key(&action.id) {
            return None;
        }
        let (_, roster) = self.state.roster.as_ref()?;
        Some(match roster.destinations.get(action.what.destination()?)?.target {
            Target::Slack { .. } => {
                Outcome::Confirmed(Some(Reference(action.id.to_string().into())))
            }
            Target::Webhook { .. } | Target::Tool(_) => Outcome::Confirmed(None),
            Target::SlackWebhook { .. } | Target::Teams { .. } | Target::Email(_) => {
                Outcome::Accepted
            }
        })
    }
}

fn report(roster: &Arc<Roster>, stage: Stage, from: Timestamp, to: Timestamp) -> Rehearsal {
    let mut moved = Moved::default();
    let mut seen: BTreeSet<(CaseId, PersonId)> = BTreeSet::new();
    let mut days: BTreeMap<(PersonId, NaiveDate), u64> = BTreeMap::new();
    let mut sent = Vec::new();
    let mut escalated = BTreeSet::new();
    for action in &stage.actions {
        let Some(one) = of(roster, action) else { continue };
        match &action.what {
            What::Post { notice, .. } => {
                for case in &notice.cases {
                    let Some(assignment) = &case.assignment else { continue };
                    if seen.insert((case.id, assignment.person.clone())) {
                        moved.to_another += u64::from(went_on(assignment));
                        if assignment.because == Because::Escalation {
                            escalated.insert((action.at, &action.account));
                        }
                        let person = roster.people.get(&assignment.person);
                        if let Some(day) = person.and_then(|person| person.calendar.day(action.at))
                        {
                            *days.entry((assignment.person.clone(), day)).or_default() += 1;
                        }
                    }
                }
                moved.waited += u64::from(one.waited_ms.is_some_and(|ms| ms > AT_ONCE_MS));
            }
            What::Digest { items, .. } => {
                let of = |why| items.iter().filter(|item| item.why == why).count() as u64;
                moved.to_digest += of(Gathered::OverCapacity);
                moved.no_one_there += of(Gathered::NoOneThere);
            }
            What::Reply { reply: Reply::Reminder { .. }, .. } => moved.reminders += 1,
            What::Reply { reply: Reply::Escalated { .. }, .. } => {
                escalated.insert((action.at, &action.account));
            }
            _ => {}
        }
        sent.push(one);
    }
    moved.escalations = escalated.len() as u64;
    let mut people: BTreeMap<PersonId, Share> = BTreeMap::new();
    for (id, person) in &roster.people {
        people.insert(id.clone(), Share { cap: person.cap, ..Share::default() });
    }
    for ((person, _), accounts) in days {
        let share = people.entry(person).or_default();
        share.accounts += accounts;
        share.busiest = share.busiest.max(accounts);
    }
    let destinations = stage
        .state
        .counts
        .iter()
        .map(|(id, counts)| (id.clone(), (counts.clone(), stage.state.open(id))));
    let destinations = destinations.collect();
    let unknown_owners = stage.unknown_owners;
    Rehearsal { from, to, sent, destinations, people, moved, unknown_owners }
}

/// Whether a cap led a case from one person to another.
fn went_on(assignment: &Assignment) -> bool {
    assignment.skipped.iter().any(|(_, skip)| matches!(skip, Skip::AtCap(_)))
}

/// An action as people see it; none of one that says nothing new.
fn of(roster: &Arc<Roster>, action: &Action) -> Option<Sent> {
    let destination = action.what.destination()?.clone();
    let (how, person, notice) = match &action.what {
        What::Post { to, notice, .. } => ("post", addressee(to), Some(notice)),
        What::Edit { notice, .. } => ("edit", None, Some(notice)),
        What::Reply { .. } => ("reply", None, None),
        What::Digest { .. } => ("digest", None, None),
        What::Week { .. } => ("week", None, None),
        What::Change { .. } => ("post", None, None),
        What::Alarm { .. } => ("alarm", None, None),
        What::Cancel { .. }
        | What::Resume { .. }
        | What::Stop { .. }
        | What::Mark { .. }
        | What::Answer { .. }
        | What::Inform(_) => return None,
    };
    let first = notice.and_then(|notice| notice.cases.first());
    let assignment = first.and_then(|case| case.assignment.as_ref());
    let waited = first.map(|case| action.at.0 - case.decision.written.time.0);
    Some(Sent {
        at: action.at,
        how,
        person: person.or_else(|| assignment.map(|assignment| assignment.person.clone())),
        account: action.account.as_ref().map(|account| account.as_str().to_owned()),
        because: assignment.map(|assignment| message::because(roster, assignment)),
        waited_ms: waited.filter(|_| how == "post"),
        message: message(roster, action)?,
        action: action.clone(),
        destination,
    })
}

fn addressee(to: &Recipient) -> Option<PersonId> {
    match to {
        Recipient::Person(person) => Some(person.clone()),
        Recipient::Place => None,
    }
}

/// The message of an action, for who reads it; none of one that has none.
pub fn message(roster: &Roster, action: &Action) -> Option<Message> {
    Some(match &action.what {
        What::Post { destination, to, notice, .. } => {
            message::notice(notice, zone(roster, destination, addressee(to).as_ref()))
        }
        What::Edit { destination, notice, .. } => {
            message::notice(notice, zone(roster, destination, None))
        }
        What::Reply { destination, reply, .. } => {
            message::reply(roster, reply, zone(roster, destination, None))
        }
        What::Digest { roster, items, more, changes, .. } => {
            message::digest(roster, items, *more, changes.as_deref())
        }
        What::Week { destination, roster, week } => {
            message::week(roster, week, zone(roster, destination, None))
        }
        What::Change { change, .. } => message::change(change),
        What::Alarm { about, why, .. } => message::alarm(about, why),
        What::Cancel { .. }
        | What::Resume { .. }
        | What::Stop { .. }
        | What::Mark { .. }
        | What::Answer { .. }
        | What::Inform(_) => return None,
    })
}

/// The time zone of a person, else of a place's hours, else of the roster.
fn zone(roster: &Roster, destination: &DestinationId, person: Option<&PersonId>) -> Tz {
    let own = person.and_then(|person| roster.people.get(person)).map(|p| p.calendar.zone());
    let of = |d: &Destination| d.hours.as_ref().map(|hours| hours.zone());
    own.or_else(|| of(roster.destinations.get(destination)?)).unwrap_or(roster.zone)
}
