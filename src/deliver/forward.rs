//! Decisions of every route into the desk's log, each with the place where it was read, in one transaction
//! with the position they were read up to. And what CRMs say of accounts, out of the inputs, the same way: so each
//! reaches the desk once, and the fold of the accounts need not know of a desk.

use super::fold::{Said, handed_on};
use super::inform::SOURCE;
use crate::codec::schemas::Record;
use crate::codec::{Codec, DecodeFailure, Decoded};
use crate::domain::account::input::{Input, Transfer, TransferStep};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::engine::forwarder::{Forwarder, Translate};
use crate::engine::staged::{Destination, Staged};
use crate::engine::topics::Topics;
use crate::log::{RecordRef, TopicPartition, pattern};
use crate::runtime::role::Stop;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The worker's name, with which its consumer group ends.
pub const WORKER: &str = "desk-forward";

/// Reads the topics of all routes, those too that are created later.
pub struct Decisions {
    codec: Codec,
    desk: Arc<str>,
    routes: String,
    /// Decisions before that are left out of partitions that are read for the first time.
    from: Option<Timestamp>,
    first: BTreeSet<(String, i32)>,
}

/// `from`: where a first start begins; none: with the first decision that is there.
pub fn forwarder(topics: &Topics, codec: Codec, from: Option<Timestamp>) -> Forwarder<Decisions> {
    let routes = pattern::all_with(&topics.route_prefix);
    let desk = topics.desk.as_str().into();
    Forwarder::of(Decisions { codec, desk, routes, from, first: BTreeSet::new() })
}

/// Older words are not forwarded at a first start: the cases of then are over.
const OLD_MS: i64 = 30 * DAY_MS;

/// What CRMs and sequencers say of accounts, of all inputs.
pub struct Outcomes {
    codec: Codec,
    desk: Arc<str>,
    inputs: String,
    now_ms: Box<dyn Fn() -> i64 + Send>,
    /// Whether the desk has read a decision of an account.
    concerns: Concerns,
}

/// Asked of accounts that are put on a list: whether the desk may have something of them at a tool. A list is long, and
/// the desk's log is kept for ever.
pub type Concerns = Box<dyn Fn(&AccountKey) -> bool + Send>;

/// A role of its own: the inputs are a hundred times the decisions, which do not wait for them.
/// `now_ms`: the clock.
pub fn outcomes(
    topics: &Topics,
    codec: Codec,
    now_ms: impl Fn() -> i64 + Send + 'static,
    concerns: Concerns,
) -> Forwarder<Outcomes> {
    let (desk, inputs) = (topics.desk.as_str().into(), topics.inputs.clone());
    Forwarder::of(Outcomes { codec, desk, inputs, now_ms: Box::new(now_ms), concerns })
}

impl Translate for Outcomes {
    type Tally = ();

    fn topics(&self) -> Vec<String> {
        vec![self.inputs.clone()]
    }

    /// An outcome as its source wrote it, and one that a merged account has handed on: the desk knows the
    /// account that decisions name. What people said at the desk itself it knows already.
    fn translate(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        _: &mut (),
    ) -> Result<(), Stop> {
        let is_old = (self.now_ms)().saturating_sub(record.timestamp_ms) > OLD_MS;
        let value = record.value.unwrap_or_default();
        let read = match self.codec.type_of(value) {
            Ok(Record::SalesOutcome | Record::Suppression | Record::Transfer) => {
                self.codec.decode_unkeyed(Some(value))
            }
            Ok(_) => return Ok(()),
            Err(failure) => Err(failure),
        };
        let (account, input) = match read {
            Ok(Decoded::Account { account, input }) => (account, input),
            Err(DecodeFailure::Registry(error)) => return Err(error.into()),
            // Who scores writes a dead letter.
            Ok(_) | Err(DecodeFailure::Record(_)) => return Ok(()),
        };
        // All that an account has is as large as its past: what the desk needs of it is two names.
        let rebuilt = brief(&input).map(|moved| {
            let mut out = Vec::new();
            let (from, moved) = (moved.from.clone(), Input::Transfer(Box::new(moved)));
            self.codec.encode_input(&self.inputs, &from, &moved, &mut out).map(|()| out)
        });
        let rebuilt = rebuilt.transpose()?;
        let value = rebuilt.as_deref().unwrap_or(value);
        let is_wanted = match handed_on(input) {
            // Kept for ever, however long ago it was said.
            Some(Said::Outcome(said)) if said.outcome == OutcomeKind::OptedOut => true,
            Some(Said::Outcome(said)) => said.source != SOURCE && !is_old,
            Some(Said::Suppressed) => !is_old && (self.concerns)(&account),
            // One that the desk knows nothing of may be decided about, and put into a sequence, any moment.
            Some(Said::Merged { .. }) => true,
            None => false,
        };
        if !is_wanted {
            return Ok(());
        }
        let to =
            Destination { topic: &self.desk, partition: Some(0), key: None, timestamp_ms: None };
        let place = (record.topic, record.partition, record.offset);
        let (codec, topic) = (&mut self.codec, &self.desk);
        staged.push(to, |out| codec.encode_outcome(topic, place, value, out))?;
        Ok(())
    }

    fn committed(&mut self, _topic: &str, _: ()) {}
}

/// A merge, or its end, without what is handed over by it.
fn brief(input: &Input) -> Option<Transfer> {
    let Input::Transfer(transfer) = input else { return None };
    let (to, step) = match transfer.step {
        TransferStep::Delivery(_) => (transfer.reader(), TransferStep::Moved),
        TransferStep::Return(_) => (&transfer.to, TransferStep::Return(Box::default())),
        _ => return None,
    };
    let Transfer { id, ref from, cause, hop, .. } = **transfer;
    Some(Transfer { id, from: from.clone(), to: to.clone(), at: None, cause, hop, step })
}

impl Translate for Decisions {
    type Tally = ();

    fn topics(&self) -> Vec<String> {
        vec![self.routes.clone()]
    }

    /// Routes may have no topics yet.
    fn is_patient(&self) -> bool {
        true
    }

    fn opened(&mut self, partition: &TopicPartition, is_first: bool) {
        let key = (partition.topic.clone(), partition.partition);
        match is_first && self.from.is_some() {
            true => self.first.insert(key),
            false => self.first.remove(&key),
        };
    }

    /// Whether it can be read shows at the desk, which counts it.
    fn translate(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        _: &mut (),
    ) -> Result<(), Stop> {
        let is_before = self.from.is_some_and(|from| record.timestamp_ms < from.0);
        if is_before && self.first.contains(&(record.topic.to_owned(), record.partition)) {
            return Ok(());
        }
        let value = record.value.unwrap_or_default();
        let to =
            Destination { topic: &self.desk, partition: Some(0), key: None, timestamp_ms: None };
        let place = (record.topic, record.partition, record.offset);
        let (codec, topic) = (&mut self.codec, &self.desk);
        staged.push(to, |out| codec.encode_forwarded(topic, place, value, out))?;
        Ok(())
    }

    fn committed(&mut self, _topic: &str, _: ()) {}
}
