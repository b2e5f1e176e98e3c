//! What an answer means: by what the map says of it, else by its status.

use serde_json::Value;

/// Characters of a reason that a tool's answer may add to a log line.
const REASON_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there; how the tool names it.
    Done(Option<String>),
    /// It was not done, and may be later.
    Again(String),
    /// Whether it was done is not known.
    Unknown(String),
    /// It will never be done.
    Refused(String),
    /// Not this person, and that is fine.
    Skip(String),
}

/// What a map's program says.
pub(super) fn said(value: Value) -> Result<Option<Verdict>, String> {
    let wrong = || {
        "invalid result of answer; use null, {done: …}, {again: …}, {unknown: …}, {refused: …} or {skip: …}"
            .to_owned()
    };
    let object = match value {
        Value::Null => return Ok(None),
        Value::Object(object) if object.len() == 1 => object,
        _ => return Err(wrong()),
    };
    let Some((key, value)) = object.into_iter().next() else { return Err(wrong()) };
    let text = shown(&value);
    match key.as_str() {
        "done" => Ok(Some(Verdict::Done((!value.is_null()).then_some(text)))),
        "again" => Ok(Some(Verdict::Again(text))),
        "unknown" => Ok(Some(Verdict::Unknown(text))),
        "refused" => Ok(Some(Verdict::Refused(text))),
        "skip" => Ok(Some(Verdict::Skip(text))),
        _ => Err(wrong()),
    }
}

/// A value as a text: on one line, without what commands a terminal, cut.
pub fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(REASON_MAX).collect()
}

/// What a status says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Done,
    /// Too many requests, or not now: the others of this login wait too.
    Limit,
    /// It was not done, and may be later.
    Again,
    Unknown,
    Refused,
}

/// Source: RFC 9110 and RFC 6585; 477 is HubSpot's "migration in progress", with `Retry-After`.
pub fn class(status: u16) -> Class {
    match status {
        200..=299 => Class::Done,
        429 | 477 | 503 => Class::Limit,
        // A token that has expired is renewed by people or by another program.
        401 | 402 | 403 | 408 | 425 | 300..=399 => Class::Again,
        500..=599 => Class::Unknown,
        _ => Class::Refused,
    }
}

/// What to do about a status.
pub fn remedy(status: u16) -> &'static str {
    match status {
        300..=399 => "; redirections are not followed: give the tool's own address as url",
        401 => "; renew the token: it is read again at each attempt",
        402 => "; the plan there does not include this",
        403 => "; give the token the right (scope) that the map's description names",
        404 => "; look whether url and values name things that are there",
        400 | 409 | 415 | 422 => "; correct the values of the roster, or the map",
        _ => "",
    }
}
