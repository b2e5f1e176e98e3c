//! Where people's words come in: Slack's buttons, commands and Home page ([`slack`]), and the pages behind links
//! ([`page`]). On loopback by default; without a signature there is no answer.
//!
//! Nothing here decides: a word goes into the desk's log, and what is said about accounts comes from the copy
//! that every instance keeps.

mod ask;
mod click;
mod modal;
pub mod openapi;
mod page;
mod signature;
mod slack;

use super::copy::DeskCopy;
use super::links::Links;
use super::speak::{Heard, Speaker};
use crate::credentials::Http;
use crate::desk::action::Refusal;
use crate::desk::ids::PersonId;
use crate::desk::roster::Roster;
use crate::domain::account::outbox::PersonsWord;
use crate::runtime::connections::{Server, Visitors};
use crate::runtime::hosts::Hosts;
use crate::runtime::listen;
use crate::telemetry::Telemetry;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::body::Bytes;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use strum::{EnumIter, IntoEnumIterator};
use tokio::sync::watch;

const CONNECTIONS_MAX: usize = 256;
const FILES_EACH: usize = 4;
/// Threads that ask Slack, or the log.
const BLOCKING_THREADS_MAX: usize = 8;
/// Slack's payloads are some kilobytes.
const BODY_BYTES_MAX: usize = 128 << 10;
const BODY_TIME: Duration = Duration::from_secs(5);
/// How long a word may take until the person hears that it could not be written.
const WORD_TIME: Duration = Duration::from_secs(20);

/// Says, in lines for people, how an account stands that the desk does not have.
pub type LookUp = Arc<dyn Fn(&str) -> Result<Vec<String>, String> + Send + Sync>;

/// What the door works with.
#[derive(Clone)]
pub struct Needs {
    pub copy: DeskCopy,
    pub speaker: Speaker,
    pub telemetry: Arc<Telemetry>,
    /// For what is said to Slack.
    pub http: Arc<dyn Http>,
    /// The folder of files with secrets.
    pub secrets: PathBuf,
    /// The value of an environment variable.
    pub variable: fn(&str) -> Option<String>,
    /// Without a slash at the end.
    pub slack_api: String,
    /// None: nothing of Slack's is answered.
    pub signing_secret: Option<String>,
    /// None: there are no pages.
    pub links: Option<Links>,
    pub look_up: LookUp,
    pub now_ms: fn() -> i64,
}

/// A listener; it stops when it is dropped.
pub struct Door {
    address: SocketAddr,
    stop: Option<watch::Sender<bool>>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    /// `hosts`: the names that it answers to, besides addresses and `localhost`.
    ///
    /// # Errors
    /// Where the address is taken; the error names the setting to change.
    pub fn start(address: SocketAddr, hosts: &[&str], needs: Needs) -> Result<Door, String> {
        let failed = |error: std::io::Error| format!("cannot listen for people's words: {error}");
        let listener = listen::bind(address, "deliver.words.listen")?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .enable_all()
            .build()
            .map_err(failed)?;
        let hosts = Hosts::new(hosts.iter().copied(), "deliver.words.hosts");
        let (stop, stopped) = watch::channel(false);
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let service = TowerToHyperService::new(router(needs, hosts));
            let server = Server::new(listener, CONNECTIONS_MAX, FILES_EACH, Arc::new(People));
            server.run(service, stopped).await;
            Ok::<(), std::io::Error>(())
        };
        let run = move || {
            if let Err(error) = runtime.block_on(serve) {
                tracing::error!(%error, "the listener for people's words stopped");
            }
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("door".to_owned()).spawn(run);
        let thread = Some(thread.map_err(failed)?);
        Ok(Door { address, stop: Some(stop), thread })
    }

    /// The address it listens on; for port 0, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was written to stderr; there is no one to return it to.
            let _ = thread.join();
        }
    }
}

struct People;

impl Visitors for People {
    fn not_accepted(&self, why: &str) {
        tracing::warn!(
            why,
            "cannot accept connections of people; check the limit of open files (ulimit -n)"
        );
    }
}

/// The ways in: the door answers these, and [`openapi`] describes them.
#[derive(Clone, Copy, Debug, EnumIter)]
enum Way {
    Actions,
    Commands,
    Events,
    Words,
}

impl Way {
    fn path(self) -> &'static str {
        match self {
            Way::Actions => "/slack/actions",
            Way::Commands => "/slack/commands",
            Way::Events => "/slack/events",
            Way::Words => "/words/{token}",
        }
    }
}

fn router(needs: Needs, hosts: Hosts) -> Router {
    let check = move |request: Request, next: Next| {
        let known = hosts.check(&request);
        async move {
            match known {
                Ok(()) => next.run(request).await,
                Err(why) => refuse(StatusCode::FORBIDDEN, &why),
            }
        }
    };
    let serve = |router: Router<Arc<Needs>>, way: Way| {
        let answer = match way {
            Way::Actions => post(slack::actions),
            Way::Commands => post(slack::commands),
            Way::Events => post(slack::events),
            Way::Words => get(page::show).post(page::act),
        };
        router.route(way.path(), answer)
    };
    Way::iter()
        .fold(Router::new(), serve)
        .layer(middleware::from_fn(check))
        .with_state(Arc::new(needs))
}

type Shared = State<Arc<Needs>>;

fn refuse(status: StatusCode, why: &str) -> Response {
    let body = serde_json::json!({ "error": why }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A whole body of bounded size, and the headers before it.
async fn whole(request: Request) -> Result<(HeaderMap, Bytes), Response> {
    let (head, body) = request.into_parts();
    let read = tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, BODY_BYTES_MAX)).await;
    match read {
        Ok(Ok(body)) => Ok((head.headers, body)),
        Ok(Err(_)) => {
            Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large, or broke off"))
        }
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}

impl Needs {
    fn now_s(&self) -> i64 {
        (self.now_ms)().div_euclid(1_000)
    }

    /// Says a word, and counts it.
    async fn say(&self, word: PersonsWord) -> Result<Heard, String> {
        let kind = word.said.to_string();
        let said = self.speaker.say(word, WORD_TIME).await;
        let result = match &said {
            Ok(Heard::Holds) => "holds",
            Ok(Heard::Refused(_)) => "refused",
            Ok(Heard::NotYet) => "unknown",
            Err(_) => "not_written",
        };
        self.telemetry.deliveries().word(&kind, result);
        if let Err(why) = &said {
            tracing::warn!(%why, "a person's word could not be written; the person was informed");
        }
        said
    }
}

/// The person with this member id in Slack.
fn person_of(roster: &Roster, user: &str) -> Option<PersonId> {
    let mut people = roster.people.iter();
    people.find(|(_, person)| person.slack.as_deref() == Some(user)).map(|(id, _)| id.clone())
}

/// For the person whose word changed nothing.
fn refused(roster: &Roster, refusal: &Refusal) -> String {
    match refusal {
        Refusal::TooLate { by, verdict, at } => {
            let utc = &at.to_rfc3339()[..16].replace('T', " ");
            format!("{} was first: {}, at {utc} UTC.", roster.shown(by), verdict.past())
        }
        Refusal::NotOpen => "The account is not open any more, so nothing was changed.".to_owned(),
        Refusal::Unknown => {
            "You are not in the roster, so nothing was changed; ask the person who keeps it."
                .to_owned()
        }
        Refusal::NothingToTakeBack => "There is nothing of yours to take back.".to_owned(),
        Refusal::Final => {
            "It cannot be taken back any more: what followed from it cannot be undone.".to_owned()
        }
    }
}
