//! What turns: the log's contract, the worker's loop, the supervisor. Knows no Kafka, no Avro and
//! no sales; those come in as [`log::Store`] and as a task.

pub mod ended;
pub mod observe;
mod opening;
pub mod role;
pub mod supervisor;
pub mod worker;
