//! What tests stand on: one real broker and one real registry for the whole run, started by the
//! first test that asks; brokers of a test's own where it is going to hurt them.
//!
//! A test begins `let Some(kafka) = support::kafka() else { return };`. Without Java or Maven the
//! run says which tests it skipped, and with `CI` set that is a failure. `KAFKA_BOOTSTRAP` and
//! `SCHEMA_REGISTRY_URL` name others to use; they never count as skipped.
#![allow(dead_code, reason = "each test module uses its own part of this")]

pub(crate) mod answers;
pub(crate) mod certificates;
mod door;
mod kafka;
pub(crate) mod readable;
pub(crate) mod rights;
mod server;
pub(crate) mod token;

use std::io::Write;
use std::process::Command;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

pub(crate) use door::Door;
pub(crate) use kafka::{Address, Broker, Cluster, Kafka, PASSWORD, USER, block_on};
use server::Server;

/// The broker that all tests share. Use fresh names ([`Kafka::unique`]) and leave it running.
pub(crate) fn kafka() -> Option<&'static Kafka> {
    static SHARED: OnceLock<Result<Kafka, String>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| match set("KAFKA_BOOTSTRAP") {
        Some(bootstrap) => Ok(Kafka::external(bootstrap)),
        None => fetched("kafka").map(|()| Kafka::shared()),
    });
    shared.as_ref().map_err(|reason| skip(reason)).ok()
}

/// The registry that all tests share: use fresh topic names, so subjects are fresh too.
pub(crate) fn registry() -> Option<&'static Registry> {
    static SHARED: OnceLock<Result<Registry, String>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| match set("SCHEMA_REGISTRY_URL") {
        Some(url) => Ok(Registry { url, _server: None }),
        None => fetched("registry").map(|()| Registry::start()),
    });
    shared.as_ref().map_err(|reason| skip(reason)).ok()
}

/// A broker of the test's own, to kill, pause and start again. One test at a time holds such
/// brokers: memory.
pub(crate) fn own_broker() -> Option<Broker> {
    fetched("kafka").map_err(|reason| skip(&reason)).ok().map(|()| Broker::own(turn()))
}

/// Three brokers of the test's own that replicate: min ISR 2, replication factor 3 by default.
pub(crate) fn cluster() -> Option<Cluster> {
    fetched("kafka").map_err(|reason| skip(&reason)).ok().map(|()| Cluster::own(turn()))
}

/// The same, each behind a door that its test can shut.
pub(crate) fn cluster_behind_doors() -> Option<Cluster> {
    fetched("kafka").map_err(|reason| skip(&reason)).ok().map(|()| Cluster::behind_doors(turn()))
}

/// Whether Python is there.
pub(crate) fn python() -> bool {
    let said = Command::new("python3").arg("--version").output();
    let is_there = said.is_ok_and(|said| said.status.success());
    if !is_there {
        skip("no python3");
    }
    is_there
}

pub(crate) struct Registry {
    /// With the path under which the Confluent interface begins, no slash at the end.
    pub url: String,
    _server: Option<Server>,
}

impl Registry {
    fn start() -> Self {
        let server = Server::start("registry", server::fresh_folder(), &[]);
        Self { url: server.address("url").expect("the script prints url"), _server: Some(server) }
    }
}

static HEAVY: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// The right to have brokers of one's own; unlike a mutex guard it can go to another thread.
struct Turn(());

fn turn() -> Turn {
    let (taken, freed) = &HEAVY;
    let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = freed.wait_while(taken, |taken| *taken);
    *waited.unwrap_or_else(PoisonError::into_inner) = true;
    Turn(())
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (taken, freed) = &HEAVY;
        *taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        freed.notify_one();
    }
}

/// Sees to it that Java is there and that `deploy/kafka/fetch` has all of `part`.
fn fetched(part: &str) -> Result<(), String> {
    let runs = |program: &str| Command::new(program).arg("-version").output().is_ok();
    if !runs("java") {
        return Err("no Java or Maven".to_owned());
    }
    let fetch = Command::new(server::script("fetch"))
        .arg(part)
        .output()
        .expect("deploy/kafka/fetch can be run");
    let said = String::from_utf8_lossy(&fetch.stderr);
    match (fetch.status.success(), runs("mvn")) {
        (true, _) => Ok(()),
        (false, false) => Err("no Java or Maven".to_owned()),
        (false, true) => {
            Err(format!("{part} not fetched: {}", said.lines().last().unwrap_or("no reason given")))
        }
    }
}

/// Writes past the test harness's capture, which takes only the print macros.
pub(crate) fn skip(reason: &str) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a test");
    let line = format!("SKIPPED ({reason}): {name}\n");
    // A closed stderr is no reason to fail.
    let _ = std::io::stderr().write_all(line.as_bytes());
    assert!(
        set("CI").is_none(),
        "{name} needs what is missing ({reason}), and with CI set nothing may be skipped"
    );
}

fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
