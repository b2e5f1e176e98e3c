//! Decisions on their way to people, against services of our own that keep the documented contract and fail
//! like it.

mod again;
mod asking;
mod attempts;
mod audited;
mod burst;
mod campaigns;
mod clicks;
mod crew;
mod crm;
mod door;
mod doubles;
mod enrolments;
mod faults;
mod first;
mod forms;
mod held;
mod late;
mod maps;
mod merged;
mod official;
mod processes;
mod replies;
mod rooms;
mod sequences;
mod served;
mod shops;
mod slack;
mod spoken;
mod stamped;
mod stops;
mod synced;
mod targets;
mod tools;
mod trial;
mod vendors;
