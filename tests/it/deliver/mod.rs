//! Decisions on their way to people, against services of our own that keep the documented contract and fail
//! like it.

mod again;
mod asking;
mod attempts;
mod audited;
mod burst;
mod clicks;
mod crew;
mod door;
mod doubles;
mod faults;
mod first;
mod forms;
mod held;
mod late;
mod official;
mod processes;
mod replies;
mod served;
mod slack;
mod spoken;
mod stamped;
mod targets;
mod trial;
mod vendors;
