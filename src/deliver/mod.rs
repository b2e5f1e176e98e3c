//! Decisions on their way to people: the roster's file ([`roster`]), how a message looks at each
//! destination ([`message`]), and what a roster would have sent ([`rehearse`]). Who gets what is decided
//! at the `desk`; nothing here decides it again.

pub mod address;
pub mod message;
pub mod rehearse;
pub mod roster;
