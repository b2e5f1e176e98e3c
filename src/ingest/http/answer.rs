//! Answers to requests, and their outcomes for metrics.

use crate::domain::account::records::DeadLetterReason;
use crate::telemetry::RequestOutcome;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;
use tokio::sync::oneshot;

/// The result of a request's rows, as in its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Summary {
    /// Rows that were mapped to records.
    pub accepted: u64,
    /// Rows that no rule of the mapping matches.
    pub skipped: u64,
    /// Rows that could not be mapped and were written as dead letters.
    pub dead_lettered: u64,
    /// Records written to the inputs topic.
    pub records: u64,
    /// The first dead letters; suppressions whose account cannot be resolved come first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dead_letters: Vec<RejectedRow>,
    /// Values of suppressions that were not understood: the suppression holds. The first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<DoubtfulRow>,
    /// The same request was accepted before, so nothing was written again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
}

/// A row with a value that was not understood and was taken for the safe thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct DoubtfulRow {
    /// From 1.
    pub row: u64,
    pub message: String,
}

/// A row that is kept as a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct RejectedRow {
    /// From 1.
    pub row: u64,
    #[schemars(with = "String")]
    pub reason: DeadLetterReason,
    pub message: String,
}

/// Why a request is refused: its outcome for metrics and the error in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub outcome: RequestOutcome,
    pub error: String,
    pub retry_after: Option<Duration>,
}

impl Refusal {
    pub(super) fn new(outcome: RequestOutcome, error: impl Into<String>) -> Refusal {
        Refusal { outcome, error: error.into(), retry_after: None }
    }

    /// A refusal with the time after which the client may retry.
    pub(super) fn later(
        outcome: RequestOutcome,
        error: impl Into<String>,
        after: Duration,
    ) -> Refusal {
        Refusal { outcome, error: error.into(), retry_after: Some(after) }
    }
}

pub(super) fn status(outcome: RequestOutcome) -> StatusCode {
    match outcome {
        RequestOutcome::Accepted | RequestOutcome::Replayed => StatusCode::ACCEPTED,
        RequestOutcome::Challenged => StatusCode::OK,
        RequestOutcome::Malformed | RequestOutcome::Gone => StatusCode::BAD_REQUEST,
        RequestOutcome::Unauthenticated => StatusCode::UNAUTHORIZED,
        RequestOutcome::UnknownHost => StatusCode::FORBIDDEN,
        RequestOutcome::UnknownSource => StatusCode::NOT_FOUND,
        RequestOutcome::Method => StatusCode::METHOD_NOT_ALLOWED,
        RequestOutcome::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
        RequestOutcome::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RequestOutcome::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RequestOutcome::Limited | RequestOutcome::Busy => StatusCode::TOO_MANY_REQUESTS,
        RequestOutcome::Overloaded | RequestOutcome::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

pub(super) fn accepted(summary: &Summary) -> Response<Full<Bytes>> {
    json(StatusCode::ACCEPTED, summary)
}

pub(super) fn refused(refusal: &Refusal) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "error": refusal.error });
    let mut response = json(status(refusal.outcome), &body);
    let headers = response.headers_mut();
    match refusal.outcome {
        RequestOutcome::Method => {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        RequestOutcome::Unauthenticated => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    if let Some(after) = refusal.retry_after {
        // Whole seconds, at least 1.
        let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Receives the answer that a request waits for.
pub(super) type Answer = oneshot::Sender<Result<Summary, Refusal>>;

/// The error for a body above the limit.
pub(super) fn larger(max: usize, when: &str) -> String {
    format!(
        "request too large: the body has more than {max} bytes{when}; send fewer rows in one request, or raise \
         ingest.body_mib_max"
    )
}

pub(super) fn busy() -> Refusal {
    Refusal::later(
        RequestOutcome::Busy,
        "too many requests in progress; retry in a moment",
        super::RETRY_AFTER,
    )
}

/// The refusal while more comes than can be mapped and written.
pub(super) fn overloaded() -> Refusal {
    Refusal::later(
        RequestOutcome::Overloaded,
        "more requests than the service can take; the request is not acknowledged, send it again",
        super::RETRY_AFTER,
    )
}

/// The refusal of a form; the sender can choose another content type.
pub(super) fn form_encoded() -> Refusal {
    Refusal::new(
        RequestOutcome::Unsupported,
        "the body is form-encoded (name=value&name=value), not JSON; set the content type of the \
         webhook to application/json at the vendor",
    )
}

/// Whether the body is packed as gzip. Several encodings, in one header or in several, are refused:
/// each of them says what the bytes are.
pub(super) fn is_gzip(headers: &HeaderMap) -> Result<bool, Refusal> {
    let unsupported = |error: String| Refusal::new(RequestOutcome::Unsupported, error);
    let mut packed: Vec<String> = Vec::new();
    for header in headers.get_all(CONTENT_ENCODING) {
        let list = header.to_str().map_err(|_| {
            unsupported("invalid content-encoding: it is not text; use gzip, or omit it".to_owned())
        })?;
        let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
        packed.extend(names.filter(|name| !matches!(name.as_str(), "" | "identity")));
    }
    match packed.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(false),
        ["gzip" | "x-gzip"] => Ok(true),
        [_] => Err(unsupported("invalid content-encoding; use gzip, or omit it".to_owned())),
        _ => Err(unsupported(format!(
            "invalid content-encoding: the body is encoded {} times; use gzip once, or omit it",
            packed.len()
        ))),
    }
}
