//! Answers for people and their tools: where an account stands and why ([`mod@explain`]), and the
//! HTTP server for operators ([`http`]). It only reads. Its async code runs on a thread of its own.

pub mod explain;
pub mod http;
pub mod openapi;

pub use explain::{Explained, explain};
pub use http::{Http, Pages};
