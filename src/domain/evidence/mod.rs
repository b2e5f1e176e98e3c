//! What sources report: signals ([`signal`]), company facts ([`company`], [`facts`]), the evidence
//! kept of them ([`event`]) and when two reports are the same event ([`identity`]).
//!
//! Uses [`super::terms`] alone; knows no profile and no score.

pub mod attribute;
pub mod company;
pub mod event;
pub mod facts;
pub mod identity;
mod name;
pub mod report;
pub mod signal;
