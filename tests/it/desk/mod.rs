//! The desk: who gets which decision, where and when. [`office`] plays records against the fold and
//! checks its invariants after each; [`day`] is a day of a team, [`cases`] what each kind of record does,
//! [`beside`] what goes beside them, [`laws`] what holds whatever comes, [`messages`] and [`reading`] how they look,
//! [`once`] what they do not repeat,
//! [`words`] what people and CRMs say back, [`rehearsal`] what a roster would have sent.

mod beside;
mod cases;
mod day;
mod held;
mod laws;
mod messages;
pub(crate) mod office;
mod once;
mod reading;
mod rehearsal;
mod transcript;
mod words;
