//! The services that deliveries go to: a Slack workspace and a program that takes signed requests, and the
//! ways in which they and the network fail. A fault is drawn for each request from a seed.

use super::shops::{ROWS, Shops, TOOL_TOKEN};
use super::slack::Slack;
use buymode::credentials::{Asked, Fault, Http, Request, Response};
use buymode::deliver::send::sign::Keys;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

pub(super) const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// Places that take a message and give nothing back: a workflow of Teams, and an incoming webhook of Slack.
pub(super) const TEAMS: &str = "https://teams.test/flow?sig=teams-secret";
pub(super) const ROOM: &str = "https://hooks.slack.test/services/room-secret";
pub(super) const SLACK: &str = "https://slack.test/api";

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrong {
    Nothing,
    /// No connection.
    NotSent,
    /// No answer; it was not done.
    TimeOutBefore,
    /// No answer; it was done.
    TimeOutAfter,
    /// Too many requests.
    Limit,
    /// The server failed before it did anything.
    FailedBefore,
    /// The server failed after it had done it.
    FailedAfter,
    /// It was done; the answer is no answer.
    Malformed,
    /// Slack says `ratelimited` or `internal_error` with status 200.
    Passing,
}

const WRONGS: [Wrong; 8] = [
    Wrong::NotSent,
    Wrong::TimeOutBefore,
    Wrong::TimeOutAfter,
    Wrong::Limit,
    Wrong::FailedBefore,
    Wrong::FailedAfter,
    Wrong::Malformed,
    Wrong::Passing,
];

/// What a program has got.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub id: String,
    pub body: Value,
}

#[derive(Debug)]
pub(super) struct World {
    pub slack: Slack,
    pub shops: Shops,
    pub got: Vec<Got>,
    /// What was posted to such places: the address and the body.
    pub posted: Vec<(String, String)>,
    /// The status of every answer of the program, where it is another one than 200.
    pub program_says: Option<u16>,
    rng: ChaCha8Rng,
    /// Of a thousand requests so many go wrong.
    pub wrong_of_1000: u32,
    pub injected: BTreeMap<Wrong, u64>,
    /// The next requests go wrong like this.
    pub next: Vec<Wrong>,
    pub requests: Vec<Request>,
}

#[derive(Clone)]
pub(super) struct Vendors {
    world: Arc<Mutex<World>>,
    pub now: Arc<AtomicI64>,
}

impl Vendors {
    pub(super) fn new(seed: u64, now_ms: i64) -> Vendors {
        let world = World {
            slack: Slack::default(),
            shops: Shops::default(),
            got: Vec::new(),
            posted: Vec::new(),
            program_says: None,
            rng: ChaCha8Rng::seed_from_u64(seed),
            wrong_of_1000: 0,
            injected: BTreeMap::new(),
            next: Vec::new(),
            requests: Vec::new(),
        };
        let now = Arc::new(AtomicI64::new(now_ms));
        Vendors { world: Arc::new(Mutex::new(world)), now }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }
}

/// The environment of a sender.
pub(super) fn secret(name: &str) -> Option<String> {
    let found = match name {
        "SLACK" => super::slack::TOKEN,
        "HOOK" => SECRET,
        "TEAMS" => TEAMS,
        "ROOM" => ROOM,
        "TOOL" => TOOL_TOKEN,
        "ROWS" => ROWS,
        _ => return None,
    };
    Some(found.to_owned())
}

impl Http for Vendors {
    fn send(&self, request: &Request) -> Result<Response, Fault> {
        let now_ms = self.now_ms();
        let mut world = self.world();
        world.requests.push(request.clone());
        let wrong = world.draw();
        let is_slack = request.url.starts_with(SLACK);
        match wrong {
            Wrong::NotSent => return Err(Fault::NotSent("connection refused".to_owned())),
            Wrong::TimeOutBefore => return Err(Fault::Unknown("timed out".to_owned())),
            Wrong::Limit => return Ok(world.limited(now_ms)),
            Wrong::FailedBefore => {
                let status = [500, 502, 503, 504][world.rng.random_range(0..4)];
                return Ok(Response { status, body: b"<html>".to_vec(), ..Response::default() });
            }
            Wrong::Passing if is_slack => {
                let error = ["ratelimited", "internal_error"][world.rng.random_range(0..2)];
                let body = json!({ "ok": false, "error": error }).to_string().into_bytes();
                return Ok(Response { status: 200, body, ..Response::default() });
            }
            _ => {}
        }
        let done = match request.url.as_str() {
            TEAMS | ROOM => world.place(request),
            _ if is_slack => world.slack(request, now_ms),
            _ => world.program(request, now_ms),
        };
        match wrong {
            Wrong::TimeOutAfter => Err(Fault::Unknown("timed out".to_owned())),
            Wrong::FailedAfter => Ok(Response { status: 500, ..Response::default() }),
            Wrong::Malformed if is_slack => {
                Ok(Response { status: 200, body: b"<html>".to_vec(), ..Response::default() })
            }
            _ => Ok(done),
        }
    }

    fn ask(&self, asked: &Asked) -> Result<Response, Fault> {
        let now_ms = self.now_ms();
        let mut world = self.world();
        let wrong = world.draw();
        match wrong {
            Wrong::NotSent => return Err(Fault::NotSent("connection refused".to_owned())),
            Wrong::TimeOutBefore => return Err(Fault::Unknown("timed out".to_owned())),
            Wrong::Limit => return Ok(world.limited(now_ms)),
            Wrong::FailedBefore => {
                let status = [500, 502, 503, 477][world.rng.random_range(0..4)];
                return Ok(Response { status, body: b"<html>".to_vec(), ..Response::default() });
            }
            _ => {}
        }
        // An item fails inside an answer that is a success.
        world.shops.item_fails = wrong == Wrong::Passing;
        let done = world.shops.answer(asked, now_ms);
        world.shops.item_fails = false;
        match wrong {
            Wrong::TimeOutAfter => Err(Fault::Unknown("timed out".to_owned())),
            Wrong::FailedAfter => Ok(Response { status: 500, ..Response::default() }),
            Wrong::Malformed => Ok(Response { body: b"<html>".to_vec(), ..done }),
            _ => Ok(done),
        }
    }
}

impl World {
    fn draw(&mut self) -> Wrong {
        let drawn = if !self.next.is_empty() {
            self.next.remove(0)
        } else if self.rng.random_range(0..1_000) < self.wrong_of_1000 {
            WRONGS[self.rng.random_range(0..WRONGS.len())]
        } else {
            Wrong::Nothing
        };
        if drawn != Wrong::Nothing {
            *self.injected.entry(drawn).or_default() += 1;
        }
        drawn
    }

    /// 429 with each spelling of the time to wait.
    fn limited(&mut self, now_ms: i64) -> Response {
        let at = chrono::DateTime::from_timestamp_millis(now_ms + 7_000).unwrap();
        let spelled = [
            "7".to_owned(),
            at.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            at.to_rfc3339(),
            at.format("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)").to_string(),
            "soon".to_owned(),
        ];
        let which = self.rng.random_range(0..=spelled.len());
        let headers = spelled.get(which).map(|s| ("retry-after".to_owned(), s.clone()));
        Response { status: 429, headers: headers.into_iter().collect(), body: Vec::new() }
    }

    fn slack(&mut self, request: &Request, now_ms: i64) -> Response {
        let rest = request.url.strip_prefix(SLACK).unwrap().trim_start_matches('/');
        let (method, query) = rest.split_once('?').unwrap_or((rest, ""));
        let args = match &request.body {
            Some(body) => serde_json::from_slice(body).unwrap(),
            None => {
                let pairs = url::form_urlencoded::parse(query.as_bytes());
                let pairs = pairs.map(|(k, v)| (k.into_owned(), Value::String(v.into_owned())));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        };
        let token = request.headers.iter().find(|(name, _)| *name == "authorization");
        let token = token.and_then(|(_, value)| value.strip_prefix("Bearer ")).unwrap_or("");
        let said = self.slack.answer(method, token, &args, now_ms);
        Response { status: 200, body: said.to_string().into_bytes(), ..Response::default() }
    }

    /// Slack answers 200 with `ok`, Teams 202 with nothing; both refuse what is not theirs.
    fn place(&mut self, request: &Request) -> Response {
        let text = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        let (is_theirs, status, said) = match request.url.as_str() {
            TEAMS => (body["attachments"][0]["content"]["type"] == "AdaptiveCard", 202, ""),
            _ => (body["blocks"].is_array() && body.get("metadata").is_none(), 200, "ok"),
        };
        if !is_theirs {
            return Response {
                status: 400,
                body: b"invalid_payload".to_vec(),
                ..Response::default()
            };
        }
        self.posted.push((request.url.clone(), text));
        Response { status, body: said.as_bytes().to_vec(), ..Response::default() }
    }

    fn program(&mut self, request: &Request, now_ms: i64) -> Response {
        let header = |name: &str| {
            let found = request.headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let body = request.body.as_deref().unwrap_or_default();
        let at: i64 = header("webhook-timestamp").parse().unwrap();
        let signed = Keys::of(SECRET).unwrap().sign(&header("webhook-id"), at, body).unwrap();
        if header("webhook-signature") != signed || (now_ms / 1_000 - at).abs() > 300 {
            return Response { status: 401, ..Response::default() };
        }
        let status = self.program_says.unwrap_or(200);
        if status == 200 {
            let body = serde_json::from_slice(body).unwrap();
            self.got.push(Got { id: header("webhook-id"), body });
        }
        Response { status, ..Response::default() }
    }
}
