//! Decisions on their way to people, against services of our own that keep the documented contract and fail
//! like it.

mod attempts;
mod crew;
mod door;
mod faults;
mod processes;
mod replies;
mod served;
mod slack;
mod stamped;
mod targets;
mod vendors;
