//! The HTTP server for operators, on loopback by default: `/livez`, `/readyz`, `/metrics`,
//! `/v1/accounts/{account}`. It runs on a thread of its own; no worker waits for it.

use super::explain::explain;
use crate::codec::Codec;
use crate::config::{HostName, HttpConfig};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::plain::escaped;
use crate::engine::scorer::Clock;
use crate::engine::view::Views;
use crate::log::partitioner::partition_of;
use crate::runtime::connections::{Server, Visitors};
use crate::runtime::hosts::Hosts;
use crate::runtime::listen;
use crate::runtime::worker::now_ms;
use crate::telemetry::{Readiness, Telemetry};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use hyper_util::service::TowerToHyperService;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use strum::{EnumIter, IntoEnumIterator};
use tokio::sync::watch;

/// Health checks, metrics and some people; every page is answered at once.
const CONNECTIONS_MAX: usize = 64;
const FILES_EACH: usize = 8;
/// Threads that explain accounts.
const BLOCKING_THREADS_MAX: usize = 4;

/// What the server shows.
#[derive(Clone)]
pub struct Pages {
    pub telemetry: Arc<Telemetry>,
    pub views: Views,
    pub codec: Codec,
    pub clock: Clock,
    /// Number of partitions of the inputs topic.
    pub partitions: i32,
}

/// A running server; stops when it is dropped.
pub struct Http {
    address: SocketAddr,
    stop: Option<watch::Sender<bool>>,
    thread: Option<JoinHandle<()>>,
}

impl Http {
    /// Listens and serves. The error names the address and the setting to change.
    pub fn start(config: &HttpConfig, pages: Pages) -> Result<Http, String> {
        let failed = |error: std::io::Error| format!("cannot serve HTTP: {error}");
        let listener = listen::bind(config.listen, "http.listen")?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .enable_all()
            .build();
        let runtime = runtime.map_err(failed)?;
        let hosts = Hosts::new(config.hosts.iter().map(HostName::as_str), "http.hosts");
        let (stop, stopped) = watch::channel(false);
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let service = TowerToHyperService::new(router(pages, hosts));
            let server = Server::new(listener, CONNECTIONS_MAX, FILES_EACH, Arc::new(Operators));
            server.run(service, stopped).await;
            Ok::<(), std::io::Error>(())
        };
        let run = move || {
            if let Err(error) = runtime.block_on(serve) {
                tracing::error!(%error, "HTTP server stopped");
            }
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("http".to_owned()).spawn(run);
        let thread = Some(thread.map_err(failed)?);
        Ok(Http { address, stop: Some(stop), thread })
    }

    /// The address it listens on; for port 0, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was written to stderr; there is no one to return it to.
            let _ = thread.join();
        }
    }
}

struct Operators;

impl Visitors for Operators {
    fn not_accepted(&self, why: &str) {
        tracing::warn!(
            why,
            "cannot accept connections to the operators' pages; check the limit of open files (ulimit -n)"
        );
    }
}

/// The pages there are: the server serves these, and [`super::openapi`] describes them.
#[derive(Clone, Copy, Debug, EnumIter)]
pub(super) enum Page {
    Livez,
    Readyz,
    Metrics,
    Account,
}

impl Page {
    pub(super) fn path(self) -> &'static str {
        match self {
            Page::Livez => "/livez",
            Page::Readyz => "/readyz",
            Page::Metrics => "/metrics",
            Page::Account => "/v1/accounts/{account}",
        }
    }
}

fn router(pages: Pages, hosts: Hosts) -> Router {
    let check = move |request: Request, next: Next| {
        let known = hosts.check(&request);
        async move {
            match known {
                Ok(()) => next.run(request).await,
                Err(why) => refuse(StatusCode::FORBIDDEN, why),
            }
        }
    };
    let serve = |router: Router<Arc<Pages>>, page: Page| {
        let answer = match page {
            Page::Livez => get(livez),
            Page::Readyz => get(readyz),
            Page::Metrics => get(metrics),
            Page::Account => get(account),
        };
        router.route(page.path(), answer)
    };
    Page::iter()
        .fold(Router::new(), serve)
        .layer(middleware::from_fn(check))
        .with_state(Arc::new(pages))
}

async fn livez(State(pages): State<Arc<Pages>>) -> Response {
    match pages.telemetry.stalled() {
        None => Shown(json!({"alive": true})).into_response(),
        Some(why) => {
            let body = json!({"alive": false, "reasons": [why]});
            (StatusCode::SERVICE_UNAVAILABLE, Shown(body)).into_response()
        }
    }
}

/// What `/readyz` says.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ready {
    #[serde(flatten)]
    readiness: Readiness,
    /// What each source does; one that waits for its topic does not make the others unready.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sources: BTreeMap<String, String>,
}

async fn readyz(State(pages): State<Arc<Pages>>) -> Response {
    let readiness = pages.telemetry.readiness();
    let ready = readiness.ready;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let sources = pages.telemetry.sources();
    (status, Shown(Ready { readiness, sources })).into_response()
}

async fn metrics(State(pages): State<Arc<Pages>>) -> Response {
    match pages.telemetry.page() {
        Ok(page) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page)
            .into_response(),
        Err(why) => refuse(StatusCode::INTERNAL_SERVER_ERROR, why),
    }
}

async fn account(State(pages): State<Arc<Pages>>, Path(account): Path<String>) -> Response {
    // On a thread that may block: decoding may ask the schema registry.
    match tokio::task::spawn_blocking(move || find(&pages, &account)).await {
        Ok(Ok(explained)) => Shown(explained).into_response(),
        Ok(Err((status, why))) => refuse(status, why),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

fn refuse(status: StatusCode, why: String) -> Response {
    (status, Shown(json!({"error": why}))).into_response()
}

fn find(pages: &Pages, account: &str) -> Result<Value, (StatusCode, String)> {
    let key = AccountKey::parse(account).map_err(|error| {
        (StatusCode::BAD_REQUEST, format!("invalid account {account:?}: {error}"))
    })?;
    let partition = partition_of(key.as_str().as_bytes(), pages.partitions);
    let Some(view) = pages.views.get(partition) else {
        let held = pages.views.partitions();
        let why = format!(
            "partition {partition} of {key} is held by another instance or is being restored; this \
             instance holds partitions {held:?}"
        );
        return Err((StatusCode::MISDIRECTED_REQUEST, why));
    };
    let unknown = || {
        (
            StatusCode::NOT_FOUND,
            format!("unknown account {key}: no record of it in partition {partition}"),
        )
    };
    let bytes = view.accounts.get(&key).map(|packed| packed.bytes.clone()).ok_or_else(unknown)?;
    let broken = |why: String| (StatusCode::INTERNAL_SERVER_ERROR, why);
    let state = pages.codec.clone().decode_state(&bytes).map_err(|e| broken(e.to_string()))?;
    let common = view.common();
    let now = pages.clock.as_of(common.time, now_ms());
    let explained = explain(&common.world, &key, &state, partition, now);
    serde_json::to_value(explained).map_err(|e| broken(e.to_string()))
}

/// An answer as JSON, whose texts command no terminal that it is shown on.
struct Shown<T>(T);

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        match serde_json::to_string(&self.0) {
            Ok(body) => {
                let body = escaped(&body, |_| false).into_owned();
                ([(header::CONTENT_TYPE, "application/json")], body).into_response()
            }
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::view::PartitionView;
    use crate::log::TopicPartition;
    use crate::runtime::observe::Observer;
    use std::io::{Read, Write};
    use std::time::Duration;

    fn pages() -> Pages {
        Pages {
            telemetry: Arc::new(Telemetry::new(&[], Duration::from_secs(60))),
            views: Views::default(),
            codec: Codec::local(),
            clock: Clock::Live,
            partitions: 1,
        }
    }

    fn get(http: &Http, path: &str) -> (u16, String) {
        get_of(http, "localhost", path)
    }

    fn get_of(http: &Http, host: &str, path: &str) -> (u16, String) {
        let mut stream = std::net::TcpStream::connect(http.address()).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close");
        write!(stream, "{head}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status, body)
    }

    fn config(listen: SocketAddr) -> HttpConfig {
        HttpConfig { listen, hosts: vec![HostName::new("buymode.example").unwrap()] }
    }

    fn start(pages: &Pages) -> Http {
        Http::start(&config(SocketAddr::from(([127, 0, 0, 1], 0))), pages.clone()).unwrap()
    }

    #[test]
    fn readyz_gives_the_reasons() {
        let pages = pages();
        let http = start(&pages);
        let partition = TopicPartition { topic: "in".to_owned(), partition: 0 };
        pages.telemetry.restoring(&partition, None);
        let (status, body) = get(&http, "/readyz");
        assert_eq!(status, 503, "{body}");
        assert!(body.contains("restoring in[0]: waiting for its turn"), "{body}");
        pages.telemetry.restored(&partition);
        assert_eq!(get(&http, "/readyz").0, 200);
        assert_eq!(get(&http, "/livez").0, 200);
        let (status, page) = get(&http, "/metrics");
        assert_eq!(status, 200);
        assert!(page.contains("# TYPE buymode_inputs_total counter"), "{page}");
        assert!(page.contains("buymode_ready 1"), "{page}");
    }

    #[test]
    fn an_account_may_be_unknown_elsewhere_or_invalid() {
        let pages = pages();
        let http = start(&pages);
        let (status, body) = get(&http, "/v1/accounts/acme.com");
        assert_eq!(status, 421, "{body}");
        assert!(body.contains("held by another instance"), "{body}");
        pages.views.insert(0, Arc::new(PartitionView::default()));
        let (status, body) = get(&http, "/v1/accounts/acme.com");
        assert_eq!(status, 404, "{body}");
        assert!(body.contains("unknown account acme.com"), "{body}");
        assert_eq!(get(&http, "/v1/accounts/no%20account").0, 400);
    }

    #[test]
    fn a_port_that_is_taken_is_named() {
        let pages = pages();
        let http = start(&pages);
        let error = Http::start(&config(http.address()), pages).err().unwrap();
        let expected = format!(
            "cannot listen on {}: address already in use; choose another http.listen",
            http.address()
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn idle_connections_keep_no_one_out_and_foreign_names_are_refused() {
        let http = start(&pages());
        let idle: Vec<_> = (0..3 * CONNECTIONS_MAX)
            .map(|_| std::net::TcpStream::connect(http.address()).unwrap())
            .collect();
        let half = |stream: &std::net::TcpStream| {
            let _ = (&*stream).write_all(b"GET /livez HTTP/1.1\r\nHost: local");
        };
        idle.iter().step_by(2).for_each(half);
        for host in ["localhost", "127.0.0.1:8080", "[::1]", "buymode.example:80"] {
            assert_eq!(get_of(&http, host, "/livez").0, 200, "{host}");
        }
        for path in ["/livez", "/readyz", "/metrics", "/v1/accounts/acme.com", "/nothing"] {
            let (status, body) = get_of(&http, "evil.example", path);
            assert_eq!(status, 403, "{path}: {body}");
            assert!(body.contains("names in http.hosts; add the name there"), "{body}");
        }
    }
}
