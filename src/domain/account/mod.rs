//! The account: its state ([`state`]), the inputs that change it ([`input`]), and the
//! one function that decides ([`step::step`]). The top storey of the core; it may use all others.

pub mod again;
pub mod assess;
pub mod brief;
pub mod call;
pub mod crowd;
pub mod decide;
pub mod decision;
pub mod doubt;
pub mod draw;
pub mod erasure;
pub mod explain;
pub mod headline;
mod heap;
pub mod ids;
pub mod input;
pub mod invariants;
pub mod kin;
pub mod ledger;
pub mod lines;
pub mod members;
pub mod memo;
pub mod message;
pub mod origin;
pub mod outbox;
pub mod posts;
pub mod records;
pub mod standing;
pub mod state;
pub mod step;
pub mod sum;
pub mod weight;
pub mod world;
