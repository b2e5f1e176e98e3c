//! The worker's loop and its supervisor. They know no Kafka, no Avro and no sales: the log comes in
//! as a [`Store`](crate::log::Store), the work as a [`role::Role`]. And the listeners' connections, whose
//! limits keep strangers from stopping the work.

pub mod connections;
pub mod exit;
mod files;
pub mod hosts;
pub mod listen;
pub mod observe;
mod opening;
pub mod role;
pub mod supervisor;
pub mod takeovers;
pub mod watchdog;
pub mod worker;
