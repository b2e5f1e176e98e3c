//! The role of a sender: carries out the actions of the outbox. Taking an action up, the beginning of each
//! attempt and its end are transactions with the position in the outbox, so that a sender that has lost a
//! partition cannot begin. Calls run beside the loop ([`call`]); nothing waits for them.
//!
//! Results that a sender hears after it has lost a partition are written by a writer outside of the group
//! ([`report`]).
//!
//! A file each: what an answer leads to ([`answer`], [`part`]), limits ([`limits`]), the health of destinations
//! ([`health`]), tokens of tools ([`login`]), the services
//! ([`target`]).

pub mod answer;
pub mod call;
pub mod health;
pub mod limits;
mod login;
pub mod part;
pub mod retry_after;
pub mod sign;
pub mod target;

pub mod report;

mod role;
mod turn;

pub use role::SenderRole;

use crate::domain::account::outbox::OutboxAction;
use crate::log::trace::Trace;
use answer::Answer;
use std::sync::Arc;

/// An attempt to make.
#[derive(Clone, Debug)]
pub struct Call {
    pub partition: i32,
    pub number: u32,
    /// An earlier attempt may have reached the target.
    pub is_doubtful: bool,
    /// It should not be sent any more: only find out whether it was.
    pub is_cancelled: bool,
    pub action: Arc<OutboxAction>,
    /// The span that it is to be, and the one above it.
    pub trace: Option<(Trace, Trace)>,
}

/// The result of one.
#[derive(Clone, Debug)]
pub struct Heard {
    pub partition: i32,
    pub number: u32,
    pub action: Arc<OutboxAction>,
    pub answer: Answer,
}

/// Writes results to the desk that this sender's session may not write any more.
pub trait Reports: Send {
    /// `value`: the record.
    fn report(&mut self, value: Vec<u8>);
}

/// Makes calls beside the loop.
pub trait Calls: Send {
    fn begin(&mut self, call: Call);

    /// Results of calls since this was asked last.
    fn heard(&mut self) -> Vec<Heard>;
}
