//! What people and their tools ask of a running instance, and of the log: how an account stands
//! and why ([`mod@explain`]), and the page for operators ([`http`]). Reads only. The one room with
//! async in it, and that on a thread of its own.

pub mod explain;
pub mod http;

pub use explain::{Explained, explain};
pub use http::{Http, Pages};
