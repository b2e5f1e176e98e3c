//! Answers for scripts: each is a type that says its own JSON Schema, so that what is printed and what is promised
//! cannot differ.

use super::output;
use schemars::JsonSchema;
use serde::Serialize;

/// Writes an answer as one line; `false` once the reader has closed the pipe.
pub(super) fn line<T: Serialize + JsonSchema>(answer: &T) -> anyhow::Result<bool> {
    output::line(&serde_json::to_string(answer)?)
}

/// An answer as one line.
pub(super) fn text<T: Serialize + JsonSchema>(answer: &T) -> String {
    serde_json::to_string(answer).expect("names of our structs and maps are texts")
}

/// Writes an answer over several lines.
pub(super) fn lines<T: Serialize + JsonSchema>(answer: &T) -> anyhow::Result<bool> {
    output::line(&serde_json::to_string_pretty(answer)?)
}
