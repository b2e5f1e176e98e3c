//! What sources report: signals ([`signal`]), company facts ([`company`], [`facts`]), the evidence
//! kept of them ([`event`]) and when two reports are the same event ([`identity`]).
//!
//! Uses [`super::terms`] alone; knows no profile and no score.

pub mod attribute;
pub mod company;
pub mod counts;
pub mod event;
pub mod facts;
mod heap;
pub mod identity;
pub mod job;
mod name;
mod notice;
pub mod post;
pub mod report;
pub mod round;
pub mod signal;
mod titles;
mod whole;
