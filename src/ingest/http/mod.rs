//! Rows over HTTP: `POST /v1/ingest/{source}`. A `GET` there with a `challenge` is answered with it, for
//! vendors that verify an endpoint before they deliver to it.
//!
//! ```text
//! connections (tokio, hyper)   authentication, size, rate             request, proof, limits
//!        │ a body, within a budget of bytes
//! mapper threads               rows → records, dead letters            queue, rows, map, outgoing
//!        │ records, encoded
//! one writer thread            many requests, one transaction          write
//!        └ after the commit each of its requests is answered 202
//! ```
//!
//! A 202 means that every row of the request is in the log, as inputs or as a dead letter, except for
//! rows that no rule of the mapping matches: these are counted as skipped, in the answer and in the
//! metrics, and not kept. Any other answer acknowledges nothing, and sending again is safe. Rows that
//! cannot be mapped, and bodies that are not JSON, become dead letters with a 202: the client would
//! send the same bytes again otherwise, and vendors disable endpoints that refuse. A request that the
//! client can correct (authentication, size, encoding) gets a 4xx with the reason; a temporary problem
//! gets a 429 or 503 with `Retry-After`.
//!
//! What may enter: requests, the log's contract, mappings. What may not: TLS (a proxy in front
//! terminates it), decisions about an account.

mod answer;
mod limits;
mod map;
pub mod openapi;
mod outgoing;
pub mod proof;
mod queue;
mod request;
pub mod rows;
mod write;

use crate::codec::Codec;
use crate::config::{AuthenticationConfig, IngestConfig, SourceConfig};
use crate::log::Store;
use crate::runtime::connections::Server;
use crate::runtime::exit::Exit;
use crate::runtime::hosts::Hosts;
use crate::runtime::listen;
use crate::runtime::worker::Limits;
use crate::telemetry::Telemetry;
use hyper::service::service_fn;
use limits::{Bucket, Budget, Replays};
use map::{Fed, Rules};
use proof::kept::KeptProof;
use queue::{Entrance, Queue};
use request::{Desk, Source};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};
use write::Committer;

/// Connections take half of the files at most.
const FILES_EACH: usize = 2;

/// Default `Retry-After`.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The name of the writer's thread, which is the worker's name in the health check.
pub const WORKER: &str = "http-ingest";

/// What mappings see as `$file` for rows of a source's requests, now and when a dead letter of them
/// is replayed.
pub fn file_of(source: &str) -> String {
    format!("http/{source}")
}

/// The log that requests are written to, and its limits.
pub struct Sink {
    pub store: Arc<dyn Store>,
    pub codec: Codec,
    pub inputs: String,
    /// Of the inputs.
    pub partitions: i32,
    /// Set once the inputs have other partitions: why nothing may be written any more.
    pub grown: Arc<OnceLock<String>>,
    pub dead_letters: String,
    /// Maximum size of a record in both topics, in bytes.
    pub record_max: usize,
    /// Transactional id; it fences an earlier instance with the same name.
    pub transactional_id: String,
    pub limits: Limits,
    pub telemetry: Arc<Telemetry>,
}

/// A running service.
pub struct Intake {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    stopping: Arc<AtomicBool>,
    server: JoinHandle<()>,
    mappers: Vec<JoinHandle<()>>,
    writer: JoinHandle<Result<(), Exit>>,
}

impl Intake {
    /// Loads mappings and secrets, opens the writer and listens. The error is one line.
    pub fn start(config: &IngestConfig, sink: Sink) -> Result<Intake, String> {
        let fed = fed(config);
        let body_max = mib(config.body_mib_max.get());
        let budget = Budget::new(mib(config.queue_mib_max.get()));
        let requests = Arc::new(Queue::new(ms(config.queue_wait_ms_max.get())));
        let entrance = Entrance(requests.clone());
        let (to_writer, from_mappers) = channel();
        let rules = Rules {
            sources: fed.clone(),
            codec: sink.codec,
            inputs: sink.inputs.clone(),
            dead_letters: sink.dead_letters.clone(),
            body_max,
            record_max: sink.record_max,
        };
        let sources = sources(config)?;
        let hosts = hosts(config);
        let threads = usize::try_from(config.mappers.get()).unwrap_or(1);
        let mapping = map::start(threads, &rules, &requests, &to_writer)?;
        drop(to_writer);
        let listener = listen::bind(config.listen, "ingest.listen")?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let writer = match sink.store.writer(&sink.transactional_id) {
            Err(error) if sink.limits.waits_to_open => Err(Exit::OpenFailed(error.to_string())),
            opened => Ok(opened.map_err(|error| error.to_string())?),
        };
        let stopping = Arc::new(AtomicBool::new(false));
        let committer = Committer {
            store: sink.store,
            transactional_id: sink.transactional_id,
            inputs: sink.inputs,
            partitions: sink.partitions,
            grown: sink.grown,
            dead_letters: sink.dead_letters,
            sources: fed,
            limits: sink.limits,
            from: from_mappers,
            queue: requests,
            telemetry: sink.telemetry.clone(),
            budget: budget.clone(),
            stop: stopping.clone(),
        };
        let desk = Desk {
            sources,
            hosts,
            mappers: entrance,
            budget,
            body_max,
            body_timeout: ms(config.body_timeout_ms.get()),
            answer_timeout: ms(config.answer_timeout_ms.get()),
            telemetry: sink.telemetry.clone(),
        };
        let no_thread = |error: std::io::Error| format!("cannot start a thread: {error}");
        let connections_max = usize::try_from(config.connections_max.get()).unwrap_or(usize::MAX);
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("ingest")
            .enable_all()
            .build()
            .map_err(no_thread)?;
        let writer = std::thread::Builder::new()
            .name(WORKER.to_owned())
            .spawn(move || committer.run(writer))
            .map_err(no_thread)?;
        let telemetry = sink.telemetry;
        let serve = move || {
            let served = runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let desk = Arc::new(desk);
                let service = service_fn(move |request| {
                    let desk = desk.clone();
                    async move { Ok::<_, Infallible>(desk.serve(request).await) }
                });
                let server = Server::new(listener, connections_max, FILES_EACH, telemetry);
                server.run(service, stopped).await;
                Ok::<(), std::io::Error>(())
            });
            if let Err(error) = served {
                tracing::error!(%error, "HTTP ingest server stopped");
            }
            // Requests that are still being sent are cut off; none of them was acknowledged.
            runtime.shutdown_background();
        };
        let server = std::thread::Builder::new()
            .name("intake".to_owned())
            .spawn(serve)
            .map_err(no_thread)?;
        Ok(Intake { address, stop, stopping, server, mappers: mapping, writer })
    }

    /// The address it listens on; for port 0, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether one of its threads has stopped; the service cannot work then.
    pub fn has_ended(&self) -> bool {
        self.server.is_finished()
            || self.writer.is_finished()
            || self.mappers.iter().any(JoinHandle::is_finished)
    }

    /// Accepts no more requests; those in progress are finished.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        // An error means that the server has stopped already.
        let _ = self.stop.send(true);
    }

    /// Waits until the service has stopped. The error is why it failed.
    pub fn join(self) -> Result<(), Exit> {
        self.stop();
        let panicked = |_| Exit::Fatal("a thread of the HTTP ingest server panicked".to_owned());
        let served = self.server.join().map_err(panicked);
        let mapped =
            self.mappers.into_iter().try_for_each(|mapper| mapper.join().map_err(panicked));
        let written = self.writer.join().unwrap_or_else(|_| Err(panicked(Box::new(()))));
        written.and(served).and(mapped)
    }
}

/// Sources with an HTTP endpoint, each with its authentication.
fn asked(
    config: &IngestConfig,
) -> impl Iterator<Item = (&String, &SourceConfig, &AuthenticationConfig)> {
    let sources = config.sources.iter();
    sources.filter_map(|(name, source)| Some((name, source, source.authentication.as_ref()?)))
}

fn fed(config: &IngestConfig) -> Vec<Fed> {
    let sources = asked(config).map(|(name, source, _)| Fed {
        name: name.clone(),
        file: file_of(name),
        mapping: source.mapping.clone(),
        baseline: source.baseline,
    });
    sources.collect()
}

/// In the order of [`fed`].
fn sources(config: &IngestConfig) -> Result<BTreeMap<String, Source>, String> {
    let mut sources = BTreeMap::new();
    let now = Instant::now();
    // Half of the total budget in equal parts; the configuration check ensures that a body fits.
    let share = mib(config.queue_mib_max.get()) / 2 / config.strangers().count().max(1);
    for (index, (name, source, authentication)) in asked(config).enumerate() {
        let proof = KeptProof::new(name, authentication)?;
        let replays = proof.now().window_ms().map(|window| {
            let window = Duration::from_millis(u64::try_from(window).unwrap_or(0));
            Mutex::new(Replays::new(window))
        });
        let places = usize::try_from(source.requests_max.get()).unwrap_or(usize::MAX);
        let source = Source {
            index,
            proof,
            unverified: (!authentication.is_early()).then(|| Budget::new(share)),
            takes_anybody: matches!(authentication, AuthenticationConfig::None),
            under_way: Semaphore::new(places),
            bucket: Mutex::new(Bucket::new(source.requests_per_second_max.get(), now)),
            replays,
        };
        sources.insert(name.clone(), source);
    }
    Ok(sources)
}

/// The configured names, and those that vendors call by their signatures.
fn hosts(config: &IngestConfig) -> Hosts {
    let signed = config.sources.values().filter_map(|s| s.authentication.as_ref()?.signed_host());
    let named = config.hosts.iter().map(|name| name.as_str().to_owned());
    Hosts::new(named.chain(signed), "ingest.hosts")
}

fn mib(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX).saturating_mul(1 << 20)
}

fn ms(n: u32) -> Duration {
    Duration::from_millis(u64::from(n))
}
