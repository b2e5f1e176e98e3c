//! The desk's log, record for record: what each one is, what follows from it, and what the outbox says then.
//! The role that writes the outbox goes by it, and the audit that reads it again.

use super::inform::{heard, input};
use super::outgoing::outgoing;
use super::people::with_people;
use super::roster::RosterRead;
use crate::codec::{Codec, DecodeError, DecodeFailure, Decoded, RegistryError};
use crate::desk::action::{Action, Refusal, What};
use crate::desk::assign::assign;
use crate::desk::entry::{Key, Value};
use crate::desk::ids::{ActionId, DestinationId, Reference, WordId};
use crate::desk::record::{Origin, Outcome, Record};
use crate::desk::state::State;
use crate::domain::account::input::{Input, RecordType, SalesOutcome, Transfer, TransferStep};
use crate::domain::account::outbox::{
    ActionEnd, ActionResult, Ask, DeskRecord, ForwardedDecision, ForwardedOutcome, Health,
    OutboxAction, PublishedRoster, Replay,
};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::log::RecordRef;
use std::sync::Arc;
use uuid::Uuid;

/// The state, and the roster in force as it was published.
#[derive(Debug, Default)]
pub struct Fold {
    pub state: State,
    pub published: Option<Arc<PublishedRoster>>,
}

/// What a record was, and what follows from it.
#[derive(Debug)]
pub struct Followed {
    /// The record's type, for metrics.
    pub record: &'static str,
    /// Why it cannot be read; it changes nothing then.
    pub flaw: Option<String>,
    pub actions: Vec<OutboxAction>,
    /// What the accounts' folds hear of it.
    pub inputs: Vec<(AccountKey, Input)>,
    /// Of a word: which one it was, and why it changed nothing, if so.
    pub answer: Option<(WordId, Option<Refusal>)>,
    /// Which decision it was, if it was one.
    pub of: Option<Uuid>,
    /// All that the desk decided.
    pub decided: Vec<Action>,
}

impl Followed {
    fn nothing(record: &'static str, flaw: Option<String>) -> Followed {
        let (actions, inputs, decided) = (Vec::new(), Vec::new(), Vec::new());
        Followed { record, flaw, actions, inputs, answer: None, of: None, decided }
    }
}

impl Fold {
    /// Reads a record. An error is the registry's: the record is read again.
    pub fn read(
        &mut self,
        codec: &mut Codec,
        record: &RecordRef<'_>,
    ) -> Result<Followed, RegistryError> {
        let time = Timestamp(record.timestamp_ms);
        let (name, read) = match codec.decode_desk(record.value.unwrap_or_default()) {
            Ok(DeskRecord::Decision(forwarded)) => ("decision", decision(codec, forwarded)),
            Ok(DeskRecord::Roster(published)) => ("roster", self.roster(published)),
            Ok(DeskRecord::Result(result)) => ("result", Ok(outcome(result))),
            Ok(DeskRecord::Word(word)) => ("word", heard(word).map(Record::Word).map_err(invalid)),
            Ok(DeskRecord::Outcome(forwarded)) => ("outcome", said_of(codec, forwarded)),
            Ok(DeskRecord::Change(change)) => ("change", Ok(Record::Change((*change).into()))),
            Ok(DeskRecord::Tick) => ("tick", Ok(Record::Tick)),
            Ok(DeskRecord::Ask(Ask { domain, token })) => {
                ("ask", Ok(Record::Ask { domain, token }))
            }
            Ok(DeskRecord::Replay(replay)) => ("replay", of_replay(codec, replay)),
            Ok(DeskRecord::Health(health)) => ("health", Ok(of_health(health))),
            Ok(DeskRecord::Mark { of }) => ("mark", Ok(Record::Mark { of })),
            Ok(DeskRecord::Entry(content)) => ("entry", self.carried(record.key, &content)),
            Err(failure) => ("unknown", Err(failure)),
        };
        let record = match read {
            Ok(record) => record,
            Err(DecodeFailure::Registry(error)) => return Err(error),
            Err(DecodeFailure::Record(error)) => {
                return Ok(Followed::nothing(name, Some(error.message)));
            }
        };
        let actions = assign(&mut self.state, &record, time);
        let Some((number, roster)) = self.state.roster.clone() else {
            return Ok(Followed::nothing(name, None));
        };
        let awaited = |id: &ActionId| self.state.sent.contains_key(id);
        let outgoing = actions
            .iter()
            .filter_map(|action| outgoing((number, &roster), action, awaited(&action.id)))
            .map(|action| with_people(&self.state, &roster, action));
        let outgoing = outgoing.collect();
        let answer = match &record {
            Record::Word(word) => {
                let refused = actions.iter().find_map(|action| match &action.what {
                    What::Answer { word: of, refusal, .. } if *of == word.id => {
                        Some(refusal.clone())
                    }
                    _ => None,
                });
                Some((word.id, refused))
            }
            _ => None,
        };
        Ok(Followed {
            record: name,
            flaw: None,
            actions: outgoing,
            inputs: actions.iter().filter_map(input).collect(),
            answer,
            of: match &record {
                Record::Decision { decision, .. } => Some(decision.id),
                _ => None,
            },
            decided: actions,
        })
    }

    /// Puts the roster in force back, of a state that was stored.
    ///
    /// # Errors
    /// Where this version cannot read it.
    pub fn restore_roster(&mut self, published: PublishedRoster) -> Result<(), String> {
        let roster = compiled(&published)?;
        self.state.roster = Some((published.number, Arc::new(roster)));
        self.published = Some(Arc::new(published));
        Ok(())
    }

    /// Takes up a part of the desk of the log that this one was copied from; all that is left of it is that time passes.
    fn carried(&mut self, key: Option<&[u8]>, content: &str) -> Result<Record, DecodeFailure> {
        let key = serde_json::from_slice::<Key>(key.unwrap_or_default());
        let part = key.and_then(|key| Ok((key, serde_json::from_str::<Value>(content)?)));
        let flawed = |why: String| invalid(format!("invalid part of another desk: {why}"));
        let (key, value) = part.map_err(|error| flawed(error.to_string()))?;
        match self.state.carry(key, value) {
            true => Ok(Record::Tick),
            false => Err(flawed("a desk does not hand it on".to_owned())),
        }
    }

    fn roster(&mut self, published: PublishedRoster) -> Result<Record, DecodeFailure> {
        let roster = Arc::new(compiled(&published).map_err(invalid)?);
        let number = published.number;
        let before = self.state.roster.as_ref().map(|(before, _)| *before);
        if before.is_none_or(|before| number > before) {
            self.published = Some(Arc::new(published));
        }
        Ok(Record::Roster { number, roster })
    }
}

fn invalid(message: String) -> DecodeFailure {
    let reason = DeadLetterReason::Value;
    DecodeError { reason, message, record_type: RecordType::Unknown }.into()
}

fn compiled(published: &PublishedRoster) -> Result<crate::desk::roster::Roster, String> {
    RosterRead::of(&published.text).roster.map_err(|remarks| {
        let first = remarks.first().map(|remark| remark.shown(std::path::Path::new("roster"), ""));
        format!(
            "roster {} cannot be read by this version: {}",
            published.number,
            first.unwrap_or_default()
        )
    })
}

fn of_replay(codec: &mut Codec, replay: Replay) -> Result<Record, DecodeFailure> {
    let decision = Arc::new(codec.decode_decision(&replay.forwarded.decision)?);
    Ok(Record::Replay { destination: DestinationId(replay.destination), decision })
}

fn of_health(health: Health) -> Record {
    Record::Health {
        destination: DestinationId(health.destination),
        is_disabled: health.is_disabled,
        why: health.why.unwrap_or_default(),
    }
}

fn decision(codec: &mut Codec, forwarded: ForwardedDecision) -> Result<Record, DecodeFailure> {
    let decision = Arc::new(codec.decode_decision(&forwarded.decision)?);
    let ForwardedDecision { topic, partition, offset, .. } = forwarded;
    Ok(Record::Decision { origin: Origin { topic, partition, offset }, decision })
}

/// Of a transfer that hands it on, the account that reads that.
fn said_of(codec: &mut Codec, forwarded: ForwardedOutcome) -> Result<Record, DecodeFailure> {
    let ForwardedOutcome { topic, partition, offset, record } = forwarded;
    let origin = Origin { topic, partition, offset };
    let Decoded::Account { account, input } = codec.decode_unkeyed(Some(&record))? else {
        return Err(invalid("invalid outcome: it names no account".to_owned()));
    };
    match handed_on(input) {
        Some(Said::Outcome(outcome)) => {
            Ok(Record::Sales { origin, account, outcome: Box::new(outcome) })
        }
        Some(Said::Suppressed) => Ok(Record::Suppressed { origin, account }),
        Some(Said::Merged { account, into }) => Ok(Record::Merged { origin, account, into }),
        None => Err(invalid("invalid outcome: the record has another type".to_owned())),
    }
}

/// What the desk hears of an account out of the inputs.
pub enum Said {
    Outcome(SalesOutcome),
    /// It is on a list of those that are kept from sequencers.
    Suppressed,
    /// An account is another one from now on; none: again one of its own.
    Merged {
        account: AccountKey,
        into: Option<AccountKey>,
    },
}

/// What an input says to the desk, or hands on.
pub fn handed_on(input: Input) -> Option<Said> {
    match input {
        Input::Outcome(outcome) => Some(Said::Outcome(outcome)),
        Input::Suppression(change) if change.active => Some(Said::Suppressed),
        Input::Transfer(transfer) => merged(*transfer),
        _ => None,
    }
}

/// A merge is a delivery, read by the account that stands for the other one from then on; those that move with it read
/// one record each.
fn merged(transfer: Transfer) -> Option<Said> {
    let holder = transfer.reader().clone();
    let Transfer { from: account, to, step, .. } = transfer;
    match step {
        TransferStep::Forwarded(inner) => handed_on(*inner),
        TransferStep::Delivery(_) => Some(Said::Merged { account, into: Some(holder) }),
        TransferStep::Moved => Some(Said::Merged { account, into: Some(to) }),
        TransferStep::Return(_) => Some(Said::Merged { account, into: None }),
        _ => None,
    }
}

fn outcome(result: ActionResult) -> Record {
    let ActionResult { action, end, reference, why, is_late, .. } = result;
    let outcome = match end {
        ActionEnd::Confirmed => Outcome::Confirmed(reference.map(Reference)),
        ActionEnd::Accepted => Outcome::Accepted,
        ActionEnd::Failed => Outcome::Failed(why.unwrap_or_default()),
        ActionEnd::Gone => Outcome::Gone,
        ActionEnd::NotSent => Outcome::NotSent,
        ActionEnd::Crowded => Outcome::Crowded,
    };
    let action = ActionId(action);
    match is_late {
        true => Record::Late { action, outcome },
        false => Record::Result { action, outcome },
    }
}
