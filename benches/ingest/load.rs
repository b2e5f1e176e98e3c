//! Who sends: connections kept open, requests due at a fixed rate, answers read and counted. On one
//! thread with a small runtime, HTTP written by hand, so that it takes little of the machine.

use hmac::{Hmac, Mac};
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const BODY_BYTES: usize = 1024;
pub(crate) const SECRET: &str = "a signing secret of the bench";

pub(crate) struct Plan {
    /// The id of the first; the others count on.
    pub first: u64,
    pub requests: u64,
    pub rate: u64,
    pub connections: u64,
}

/// Buckets of latency: 0.1 ms wide up to 100 s, so that memory stays flat.
const BUCKETS: usize = 10_000;

/// What was answered.
#[derive(Clone)]
pub(crate) struct Tally {
    pub accepted: u64,
    /// 429 and 503.
    pub later: u64,
    /// Any other answer.
    pub refused: u64,
    /// Connections that broke.
    pub broken: u64,
    /// Milliseconds, finer below 100.
    latency: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { accepted: 0, later: 0, refused: 0, broken: 0, latency: vec![0; BUCKETS] }
    }
}

impl Tally {
    /// Tenths of a millisecond below 500 ms, then 10 ms.
    fn add(&mut self, latency: Duration) {
        let ms = latency.as_secs_f64() * 1e3;
        let bucket = if ms < 500.0 { ms * 10.0 } else { 5_000.0 + (ms - 500.0) / 10.0 };
        self.latency[(bucket as usize).min(BUCKETS - 1)] += 1;
    }

    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let all: u64 = self.latency.iter().sum();
        let rank = ((all as f64 * part).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, n) in self.latency.iter().enumerate() {
            seen += n;
            if seen >= rank {
                let upper = (bucket + 1) as f64;
                return if bucket < 5_000 {
                    upper / 10.0
                } else {
                    500.0 + (upper - 5_000.0) * 10.0
                };
            }
        }
        f64::NAN
    }

    /// What came since an earlier one.
    pub(crate) fn since(&self, earlier: &Tally) -> Tally {
        let pairs = self.latency.iter().zip(&earlier.latency);
        Tally {
            accepted: self.accepted - earlier.accepted,
            later: self.later - earlier.later,
            refused: self.refused - earlier.refused,
            broken: self.broken - earlier.broken,
            latency: pairs.map(|(now, then)| now - then).collect(),
        }
    }
}

pub(crate) struct Load {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

struct Shared {
    next: AtomicU64,
    left: AtomicU64,
    forgive: AtomicBool,
    inner: Mutex<(Tally, HashSet<u64>)>,
}

/// What was sent and acknowledged.
pub(crate) struct Sent {
    pub tally: Tally,
    pub acknowledged: HashSet<u64>,
}

impl Load {
    pub(crate) fn start(address: &str, plan: &Plan) -> Load {
        let shared = Arc::new(Shared {
            next: AtomicU64::new(plan.first),
            left: AtomicU64::new(plan.connections),
            forgive: AtomicBool::new(false),
            inner: Mutex::default(),
        });
        let (address, given) = (address.to_owned(), shared.clone());
        let (connections, rate) = (plan.connections, plan.rate);
        let ids = plan.first..plan.first + plan.requests;
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime of one thread can be built").block_on(async move {
                let began = Instant::now();
                let tasks: Vec<_> = (0..connections)
                    .map(|_| {
                        let sender = Sender {
                            address: address.clone(),
                            shared: given.clone(),
                            began,
                            ids: ids.clone(),
                            gap: Duration::from_secs(1) / u32::try_from(rate).expect("a rate"),
                        };
                        tokio::spawn(sender.run())
                    })
                    .collect();
                for task in tasks {
                    task.await.expect("a sender does not panic");
                }
            });
        };
        Load { shared, thread: std::thread::spawn(run) }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.thread.is_finished() || self.shared.left.load(Ordering::Relaxed) == 0
    }

    /// From now on latency is not counted: the log is away, and waiting says nothing.
    pub(crate) fn forgive(&self, forgive: bool) {
        self.shared.forgive.store(forgive, Ordering::Relaxed);
    }

    pub(crate) fn tally(&self) -> Tally {
        self.shared.inner.lock().expect("no sender panics").0.clone()
    }

    pub(crate) fn finish(self) -> Sent {
        self.thread.join().expect("the load does not panic");
        let mut inner = self.shared.inner.lock().expect("no sender panics");
        let (tally, acknowledged) = std::mem::take(&mut *inner);
        Sent { tally, acknowledged }
    }
}

/// One connection: takes the next request that is due, and those that were told to come again.
struct Sender {
    address: String,
    shared: Arc<Shared>,
    began: Instant,
    ids: Range<u64>,
    gap: Duration,
}

impl Sender {
    async fn run(self) {
        let mut again: VecDeque<(Instant, u64)> = VecDeque::new();
        let mut stream: Option<TcpStream> = None;
        let mut buffer = Vec::with_capacity(2 * BODY_BYTES);
        loop {
            let ripe = again.front().is_some_and(|(at, _)| *at <= Instant::now());
            let (id, due, first) = if ripe {
                let (at, id) = again.pop_front().expect("it was there");
                (id, at, false)
            } else {
                let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
                if self.ids.contains(&id) {
                    let number = id - self.ids.start;
                    let due = self.gap * u32::try_from(number).expect("fewer than 2^32 requests");
                    (id, self.began + due, true)
                } else if let Some((at, id)) = again.pop_front() {
                    (id, at, false)
                } else {
                    break;
                }
            };
            tokio::time::sleep_until(due.into()).await;
            let answered = send(&self.address, &mut stream, &mut buffer, id).await;
            let mut inner = self.shared.inner.lock().expect("no sender panics");
            let (tally, acknowledged) = &mut *inner;
            match answered {
                Ok(202) => {
                    tally.accepted += 1;
                    acknowledged.insert(id);
                    if first && !self.shared.forgive.load(Ordering::Relaxed) {
                        tally.add(due.elapsed());
                    }
                }
                Ok(429 | 503) => {
                    tally.later += 1;
                    again.push_back((Instant::now() + Duration::from_secs(2), id));
                }
                Ok(_) => tally.refused += 1,
                Err(_) => {
                    tally.broken += 1;
                    stream = None;
                    again.push_back((Instant::now() + Duration::from_secs(1), id));
                }
            }
        }
        self.shared.left.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Sends one request and reads its answer.
async fn send(
    address: &str,
    stream: &mut Option<TcpStream>,
    buffer: &mut Vec<u8>,
    id: u64,
) -> std::io::Result<u16> {
    if stream.is_none() {
        let fresh = TcpStream::connect(address).await?;
        fresh.set_nodelay(true)?;
        *stream = Some(fresh);
    }
    let stream = stream.as_mut().expect("it was just made");
    let body = body(id);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(body.as_bytes());
    let signature = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
    let request = format!(
        "POST /v1/ingest/theirstack HTTP/1.1\r\nhost: localhost\r\n\
         content-type: application/json\r\nx-theirstack-signature-256: sha256={signature}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(buffer);
        let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
        let field = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let length: usize = field.ok_or(std::io::ErrorKind::InvalidData)?;
        if rest.len() >= length {
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
            return status.ok_or_else(|| std::io::ErrorKind::InvalidData.into());
        }
    }
}

/// A posted job as TheirStack sends it, of a company of its own.
fn body(id: u64) -> String {
    let mut body = format!(
        r#"{{"id":"event-{id}","type":"job.new","payload":{{"id":{id},"job_title":"Head of Sales Development","url":"https://jobs.example.com/{id}","date_posted":"2026-10-01","discovered_at":"2026-10-01T09:00:00Z","company_domain":"bench-{id}.com","company_object":{{"name":"Bench {id}","domain":"bench-{id}.com","industry":"Software Development","country_code":"US","employee_count":240,"founded_year":2014,"funding_stage":"series_b"}},"locations":[{{"display_name":"Austin, Texas"}}],"seniority":"director","remote":true,"hybrid":false,"has_blurred_data":false,"description":"Builds the team that uses Salesforce every day. "#
    );
    let end = r#""}}"#;
    while body.len() + end.len() < BODY_BYTES {
        body.push_str("We grow and look for people who do too. ");
    }
    body.truncate(BODY_BYTES - end.len());
    body + end
}
