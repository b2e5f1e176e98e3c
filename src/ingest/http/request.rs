//! One request, from its head to its answer: authentication, limits, mapping, commit.

use super::RETRY_AFTER;
use super::answer::{
    Refusal, Summary, accepted, busy, form_encoded, is_gzip, json, larger, overloaded, refused,
};
use super::limits::{Bucket, Budget, Hold, Replays};
use super::map::{Form, Request as Job};
use super::proof::Fingerprint;
use super::proof::kept::KeptProof;
use super::queue::{Entrance, Unqueued};
use crate::log::trace::HEADER;
use crate::runtime::hosts::Hosts;
use crate::runtime::worker::now_ms;
use crate::telemetry::{Entered, RequestOutcome as O, Telemetry};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, Response, StatusCode};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{Semaphore, oneshot};

const PATH: &str = "/v1/ingest/";
/// The metric label of requests without a configured source.
const UNKNOWN: &str = "unknown";
/// Bytes that are read of a refused body, so that the client gets the answer.
const DISCARD_BYTES: u64 = 8 << 20;
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// A source with its authentication and limits.
pub(super) struct Source {
    pub index: usize,
    pub proof: KeptProof,
    /// Budget for bodies whose signature is not verified yet; `None` if the head authenticates. A client
    /// that fills it can block this source only.
    pub unverified: Option<Arc<Budget>>,
    /// Without authentication.
    pub takes_anybody: bool,
    pub under_way: Semaphore,
    pub bucket: Mutex<Bucket>,
    /// Accepted requests, to recognise replays; `None` without a signed timestamp. The same bytes
    /// may then be said again and mean it: the ids of their records are compared instead.
    pub replays: Option<Mutex<Replays>>,
}

/// What became of a request.
enum Taken {
    Rows(Summary),
    /// A vendor's question when the endpoint is set up, with the answer.
    Asked(serde_json::Value),
}

/// The state that all connections share.
pub(super) struct Desk {
    pub sources: BTreeMap<String, Source>,
    pub hosts: Hosts,
    pub mappers: Entrance<Job>,
    pub budget: Arc<Budget>,
    pub body_max: usize,
    pub body_timeout: Duration,
    pub answer_timeout: Duration,
    pub telemetry: Arc<Telemetry>,
}

impl Desk {
    pub(super) async fn serve(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let began = Instant::now();
        if let Err(why) = self.hosts.check(&request) {
            let refusal = Refusal::new(O::UnknownHost, why);
            return self.stranger(&refusal, request, began);
        }
        if request.uri().path() == "/livez" && request.method() == Method::GET {
            return json(StatusCode::OK, &serde_json::json!({"alive": true}));
        }
        let name = request.uri().path().strip_prefix(PATH).unwrap_or_default();
        let Some((name, source)) = self.sources.get_key_value(name) else {
            let refusal =
                Refusal::new(O::UnknownSource, "unknown source; POST to /v1/ingest/SOURCE");
            return self.stranger(&refusal, request, began);
        };
        if let Some(challenge) = challenge(&request) {
            self.telemetry.request(name, O::Challenged, "", began.elapsed());
            return json(StatusCode::OK, &serde_json::json!({ "challenge": challenge }));
        }
        // A client that disconnects drops this future, which is counted too.
        let mut counted = Counted {
            telemetry: &self.telemetry,
            source: name,
            began,
            at: SystemTime::now(),
            entered: None,
            ended: None,
        };
        let mut body = None;
        let taken = self.take(source, request, &mut body, &mut counted.entered).await;
        if let Some(body) = body {
            discard(body);
        }
        match taken {
            Ok(Taken::Asked(answer)) => {
                counted.ended = Some((O::Challenged, String::new()));
                counted.answers(json(StatusCode::OK, &answer))
            }
            Ok(Taken::Rows(summary)) => {
                let outcome = if summary.replayed { O::Replayed } else { O::Accepted };
                counted.ended = Some((outcome, String::new()));
                counted.answers(accepted(&summary))
            }
            Err(refusal) => {
                let response = refused(&refusal);
                counted.ended = Some((refusal.outcome, refusal.error));
                counted.answers(response)
            }
        }
    }

    /// Refuses a request that is not for a source.
    fn stranger(
        &self,
        refusal: &Refusal,
        request: Request<Incoming>,
        began: Instant,
    ) -> Response<Full<Bytes>> {
        self.telemetry.request(UNKNOWN, refusal.outcome, &refusal.error, began.elapsed());
        discard(request.into_body());
        refused(refusal)
    }

    /// `left`: the body, if it has not been read to its end. `entered`: the trace of a request that has proven where
    /// it is from: no one else may ask for one.
    async fn take(
        &self,
        source: &Source,
        request: Request<Incoming>,
        left: &mut Option<Incoming>,
        entered: &mut Option<Entered>,
    ) -> Result<Taken, Refusal> {
        let (head, body) = request.into_parts();
        let body = left.insert(body);
        if head.method != Method::POST {
            return Err(Refusal::new(O::Method, "invalid method; use POST"));
        }
        let denied = |why: super::proof::Denied| Refusal::new(O::Unauthenticated, why.0);
        let proof = source.proof.now();
        let claim = proof.claim(&head.headers, now_ms()).map_err(denied)?;
        let is_gzip = is_gzip(&head.headers)?;
        let form = Form { is_gzip, is_form: is_form(&head.headers)? };
        let mut hold = Hold::new(&self.budget);
        // A signature can be verified only when the whole body has arrived.
        let mut unverified = source.unverified.as_ref().map(Hold::new);
        let body = self.read(body, &mut hold, unverified.as_mut()).await?;
        *left = None;
        let proven = proof.verify(&claim, head.uri.query(), &body).map_err(denied)?;
        // Of a source that takes anybody's requests nothing is proven: it goes on with its own part of the memory.
        drop(unverified.take_if(|_| !source.takes_anybody));
        let header = head.headers.get(HEADER).and_then(|value| value.to_str().ok());
        *entered = self.telemetry.spans().of_request(header);
        let trace = entered.map(|entered| entered.own);
        if let Some(answer) = proven.answer {
            return Ok(Taken::Asked(answer));
        }
        let fingerprint = proven.fingerprint;
        lock(&source.bucket).take(Instant::now()).map_err(|wait| {
            Refusal::later(
                O::Limited,
                "too many requests per second from this source; retry later",
                wait,
            )
        })?;
        let _place = source.under_way.try_acquire().map_err(|_| {
            let error = "too many concurrent requests from this source; retry later";
            Refusal::later(O::Limited, error, RETRY_AFTER)
        })?;
        if let (Some(replays), Some(known)) = (&source.replays, &fingerprint)
            && lock(replays).contains(known, Instant::now())
        {
            return Ok(Taken::Rows(Summary { replayed: true, ..Summary::default() }));
        }
        let (answer, answered) = oneshot::channel();
        let job = Job { source: source.index, body, form, hold, answer, trace };
        let stopping = || Refusal::later(O::Unavailable, "the service is stopping", RETRY_AFTER);
        self.mappers.0.push(source.index, job, Instant::now()).map_err(|why| match why {
            Unqueued::Overloaded => overloaded(),
            Unqueued::Closed => stopping(),
        })?;
        let summary = match tokio::time::timeout(self.answer_timeout, answered).await {
            Ok(Ok(answered)) => answered?,
            Ok(Err(_)) => return Err(stopping()),
            Err(_) => {
                let error = "log timeout; the request is not acknowledged, send it again";
                return Err(Refusal::later(O::Unavailable, error, RETRY_AFTER));
            }
        };
        note(source, fingerprint);
        Ok(Taken::Rows(summary))
    }

    /// Reads the whole body, with limits for bytes and time. Bytes count as held when they arrive.
    async fn read(
        &self,
        body: &mut Incoming,
        hold: &mut Hold,
        mut unverified: Option<&mut Hold>,
    ) -> Result<Bytes, Refusal> {
        let max = self.body_max;
        let too_large = || Refusal::new(O::TooLarge, larger(max, ""));
        if body.size_hint().lower() > max as u64 {
            return Err(too_large());
        }
        let read = async {
            let mut whole: Vec<u8> = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| {
                    Refusal::new(O::Gone, format!("request body truncated: {error}"))
                })?;
                let Ok(data) = frame.into_data() else { continue };
                if whole.len() + data.len() > max {
                    return Err(too_large());
                }
                let known = unverified.as_mut().is_none_or(|hold| hold.try_grow(data.len()));
                if !known || !hold.try_grow(data.len()) {
                    return Err(busy());
                }
                whole.extend_from_slice(&data);
            }
            Ok(Bytes::from(whole))
        };
        let slow = |_| {
            let ms = self.body_timeout.as_millis();
            Refusal::new(
                O::BodyTimeout,
                format!("request timeout: the body did not arrive within {ms} ms"),
            )
        };
        tokio::time::timeout(self.body_timeout, read).await.map_err(slow)?
    }
}

/// The challenge of a vendor that verifies an endpoint (Lusha); the answer repeats it.
fn challenge(request: &Request<Incoming>) -> Option<String> {
    let query = request.uri().query().filter(|_| request.method() == Method::GET)?;
    let mut words = url::form_urlencoded::parse(query.as_bytes());
    words.find(|(name, _)| name == "challenge").map(|(_, word)| word.into_owned())
}

/// Remembers an acknowledged request; one without acknowledgement may be sent again.
fn note(source: &Source, fingerprint: Option<Fingerprint>) {
    if let (Some(replays), Some(fingerprint)) = (&source.replays, fingerprint) {
        lock(replays).insert(fingerprint, Instant::now());
    }
}

/// Counts a request exactly once, however it ends.
struct Counted<'a> {
    telemetry: &'a Telemetry,
    source: &'a str,
    began: Instant,
    /// The same by the wall clock.
    at: SystemTime,
    entered: Option<Entered>,
    ended: Option<(O, String)>,
}

impl Counted<'_> {
    /// Reports the span of a request that belongs to a trace.
    fn answers<T>(&self, response: Response<T>) -> Response<T> {
        if let Some(entered) = self.entered {
            let route = format!("{PATH}{}", self.source);
            let status = response.status().as_u16();
            self.telemetry.spans().answered(entered, &route, status, self.at);
        }
        response
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let (outcome, why) = self.ended.take().unwrap_or((O::Gone, String::new()));
        self.telemetry.request(self.source, outcome, &why, self.began.elapsed());
    }
}

/// Checks the content type; a missing one is taken as JSON. Whether the body is said to be a form:
/// that is also what curl says of any body.
fn is_form(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(given) = headers.get(CONTENT_TYPE) else { return Ok(false) };
    let given = given.to_str().unwrap_or("?");
    let plain = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = [
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/json-lines",
        "text/json",
        "text/plain",
        "",
    ];
    let is_json =
        plain.strip_prefix("application/").is_some_and(|t| t == "json" || t.ends_with("+json"));
    if is_json || known.contains(&plain.as_str()) {
        return Ok(false);
    }
    if plain == "application/x-www-form-urlencoded" {
        return Ok(true);
    }
    if plain == "multipart/form-data" {
        return Err(form_encoded());
    }
    Err(Refusal::new(
        O::Unsupported,
        "invalid content-type; use application/json or application/x-ndjson",
    ))
}

/// Reads on for a moment, so that the answer is read before the connection closes.
fn discard(mut body: Incoming) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(tokio::time::timeout(DISCARD_TIME, async move {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, |data| data.len() as u64);
            if read > DISCARD_BYTES {
                break;
            }
        }
    }));
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
