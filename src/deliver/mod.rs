//! Decisions on their way to people: the roster's file ([`roster`]), how a message looks at each
//! destination ([`message`]), and what a roster would have sent ([`rehearse`]). Who gets what is decided
//! at the `desk`; nothing here decides it again. How requests to sales tools are made is data ([`tool`]).
//!
//! Three roles carry it out, each with a consumer group of its own: [`forward`] brings decisions to the desk,
//! [`desk`] folds its log and fills the outbox, [`send`] empties that. Messages that have waited are sent only
//! after a look at how far the scorers and the forwarders have come ([`mark`]).

pub mod address;
pub mod audit;
pub mod batch;
pub mod carry;
pub mod copy;
mod deeds;
pub mod desk;
pub mod door;
pub mod fold;
pub mod forward;
pub mod given;
mod held;
pub mod inform;
pub mod leave;
pub mod links;
pub mod mark;
pub mod message;
pub mod outgoing;
mod people;
pub mod publish;
pub mod rehearse;
mod remembered;
pub mod replay;
pub mod report;
pub mod roster;
pub mod sample;
pub mod send;
pub mod speak;
pub mod sync;
pub mod tool;
mod traced;
pub mod trial;
