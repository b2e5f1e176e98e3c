//! One account of one partition in memory: a log of entries, folded by the real `step`. Shared by
//! the laws and the scenarios.

mod network;

pub(crate) use network::Network;

use buymode::domain::RULES_VERSION;
use buymode::domain::account::decide::{Cause, Happened, Look, decide};
use buymode::domain::account::decision::{Decision, Verdict};
use buymode::domain::account::input::{Activation, Broadcast, Input, LogPosition};
use buymode::domain::account::invariants;
use buymode::domain::account::memo::Memo;
use buymode::domain::account::state::AccountState;
use buymode::domain::account::step::{Addressed, next_due, step_from, wake};
use buymode::domain::account::world::{Accepted, World};
use buymode::domain::profile::Profile;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::{Day, Timestamp};
use std::sync::Arc;

/// A record of the log.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Input(Input),
    Broadcast(Broadcast),
    Tick,
}

/// Offsets leave room for ticks in between.
#[derive(Clone)]
pub(crate) struct Record {
    pub offset: i64,
    pub time: Timestamp,
    pub entry: Entry,
}

impl std::fmt::Debug for Record {
    /// On one line, without the whole of a profile.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}: ", self.offset, self.time.to_rfc3339())?;
        match &self.entry {
            Entry::Broadcast(Broadcast::Activation(a)) => {
                write!(f, "activation {} of {}", a.number, a.profile.profile.profile)
            }
            other => write!(f, "{other:?}"),
        }
    }
}

/// A partition that holds one account.
pub(crate) struct Fold {
    pub world: World,
    pub account: AccountKey,
    pub state: AccountState,
    pub decisions: Vec<Decision>,
    /// Of inputs and broadcasts, in order.
    pub verdicts: Vec<Verdict>,
    /// Why inputs were refused.
    pub refused: Vec<String>,
    pub sent: Vec<Addressed>,
    pub due: Option<Day>,
    /// Looks at every midnight, instead of only when something is due.
    pub every_midnight: bool,
    /// Looks once more after every record, whether or not it was something to look at.
    pub look_again: bool,
    /// Forgets before every record what earlier looks worked out, as a restart does.
    pub is_forgetful: bool,
    known: Option<Option<Day>>,
    /// The last midnight looked at so.
    looked: Day,
}

impl Fold {
    pub(crate) fn new(account: &str, begin: Day) -> Fold {
        Fold {
            world: World::default(),
            account: AccountKey::parse(account).unwrap(),
            state: AccountState::new(-1, begin),
            decisions: Vec::new(),
            verdicts: Vec::new(),
            refused: Vec::new(),
            sent: Vec::new(),
            due: None,
            every_midnight: false,
            look_again: false,
            is_forgetful: false,
            known: None,
            looked: begin,
        }
    }

    pub(crate) fn read(&mut self, record: &Record) {
        let at = LogPosition { partition: 0, offset: record.offset, time: record.time };
        if self.is_forgetful {
            self.state.memo = Memo::default();
        }
        if self.every_midnight {
            self.visit_each_midnight(at);
        }
        let outcome = match &record.entry {
            Entry::Input(input) => {
                // As a task does it: with the date of the last outcome.
                let (world, account) = (&self.world, &self.account);
                let outcome = step_from(world, account, &mut self.state, self.known, input, at);
                self.verdicts.push(outcome.verdict);
                // As after a restart.
                assert_eq!(outcome.due, next_due(world, account, &self.state), "{record:?}");
                outcome
            }
            Entry::Broadcast(broadcast) => {
                let accepted = self.world.accept(broadcast.clone(), at.offset, at.time).unwrap();
                self.verdicts.push(match accepted {
                    Accepted::Applied => Verdict::Applied,
                    Accepted::Duplicate => Verdict::Duplicate,
                    Accepted::TooLate => Verdict::TooLate,
                });
                return;
            }
            Entry::Tick => wake(&self.world, &self.account, &mut self.state, at),
        };
        self.due = outcome.due;
        self.known = Some(outcome.due);
        self.decisions.extend(outcome.decisions);
        if self.look_again {
            let look = Look { at: at.time, cause: Cause::Input(Happened::default()), written: at };
            let (world, account) = (&self.world, &self.account);
            decide(world, account, &mut self.state, look, &mut self.decisions);
        }
        self.refused.extend(outcome.refused);
        self.sent.extend(outcome.inputs);
        invariants::of_state(&self.state).unwrap();
    }

    /// Looks on every day up to that of `at`, due or not.
    fn visit_each_midnight(&mut self, at: LogPosition) {
        while self.looked < at.time.day() {
            self.looked = self.looked.next();
            let before = LogPosition { time: self.looked.start(), offset: at.offset - 1, ..at };
            let woken = wake(&self.world, &self.account, &mut self.state, before);
            self.decisions.extend(woken.decisions);
            let look = Look { at: before.time, cause: Cause::Midnight, written: before };
            decide(&self.world, &self.account, &mut self.state, look, &mut self.decisions);
            // A look that no step took.
            self.known = None;
        }
    }

    pub(crate) fn read_all<'a>(&mut self, log: impl IntoIterator<Item = &'a Record>) {
        for record in log {
            self.read(record);
        }
    }

    /// Decisions without the record during which they were written: the one thing ticks change.
    pub(crate) fn said(&self) -> Vec<Decision> {
        let blank = LogPosition { partition: 0, offset: 0, time: Timestamp(0) };
        self.decisions.iter().map(|d| Decision { written: blank, ..d.clone() }).collect()
    }
}

pub(crate) fn compile(yaml: &str) -> CompiledProfile {
    let profile: Profile = serde_saphyr::from_str(yaml).unwrap();
    CompiledProfile::new(profile).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

pub(crate) fn activation(number: u64, profile: &Arc<CompiledProfile>) -> Broadcast {
    Broadcast::Activation(Activation {
        number,
        profile: profile.clone(),
        rules_version: RULES_VERSION,
        published_by: None,
        note: None,
    })
}
