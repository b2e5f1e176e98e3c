//! The three roles of `buymode deliver` on an embedded log, each on a worker of the test's own that can be
//! stopped between any two steps, under a clock that the test moves.

use super::doubles::{Late, Looks, Moment};
use super::stamped::Stamped;
use super::vendors::{SLACK, Vendors};
use buymode::codec::Codec;
use buymode::deliver::desk::DeskRole;
use buymode::deliver::forward::{forwarder, outcomes};
use buymode::deliver::publish::{Desk, Published, Wish};
use buymode::deliver::send::target::{OptedOut, Services};
use buymode::deliver::send::{Call, Calls, SenderRole};
use buymode::domain::account::decision::Decision;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::topics::Topics;
use buymode::log::scan::Scan;
use buymode::log::{
    Log, LogError, Membership, Output, Position, SessionSpec, Stamp, Store, TopicPartition,
    TopicSpec,
};
use buymode::runtime::role::{Role, Start};
use buymode::telemetry::Telemetry;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const SENDERS: i32 = 2;

/// Where a worker is stopped, or what its log does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// It ends after it has read, before it writes.
    BeforeCommit,
    /// It ends after its transaction, before it knows that.
    AfterCommit,
    /// It ends once it has begun its calls.
    AfterBegin,
    /// The transaction is aborted; it goes on.
    Abort,
    /// The session has to be opened again; it goes on.
    Reopen,
}

const STOPS: [Stop; 5] =
    [Stop::BeforeCommit, Stop::AfterCommit, Stop::AfterBegin, Stop::Abort, Stop::Reopen];

struct Worker {
    name: &'static str,
    role: Box<dyn Role>,
    session: Option<Box<dyn Log>>,
    topics: Vec<String>,
}

pub(super) struct Crew {
    pub vendors: Vendors,
    pub store: Arc<EmbeddedStore>,
    pub topics: Topics,
    pub codec: Codec,
    workers: Vec<Worker>,
    under_way: Arc<Mutex<Vec<Call>>>,
    pub telemetry: Arc<Telemetry>,
    rng: ChaCha8Rng,
    pub stops_of_1000: u32,
    pub stopped: BTreeMap<Stop, u64>,
    opted_out: Option<OptedOut>,
    late: Duration,
    concerns: bool,
    _folder: tempfile::TempDir,
}

impl Crew {
    pub(super) fn new(seed: u64, now_ms: i64, routes: &[&str]) -> Crew {
        let memory = std::path::Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        let mut options = EmbeddedOptions::new(folder.path().join("log"));
        options.map_size_bytes = 1 << 30;
        let store = Arc::new(EmbeddedStore::open(&options).unwrap());
        let topics = Topics::with_prefix("");
        let routes = routes.iter().map(|route| (*route).into()).collect::<BTreeSet<_>>();
        let specs = topics.specs(1, false, &routes).into_iter();
        let specs = specs.filter(|spec| {
            spec.name.starts_with(&topics.route_prefix) || spec.name == topics.inputs
        });
        // The desk goes by the clock of the test.
        let desk = topics.desk_specs(SENDERS).into_iter();
        let desk = desk.map(|spec| TopicSpec { stamp: Stamp::CreateTime, ..spec });
        let specs = specs.map(|spec| match spec.name == topics.inputs {
            true => TopicSpec { stamp: Stamp::CreateTime, ..spec },
            false => spec,
        });
        store.create_topics(&specs.chain(desk).collect::<Vec<_>>()).unwrap();
        let vendors = Vendors::new(seed, now_ms);
        let mut crew = Crew {
            vendors,
            store,
            topics,
            codec: Codec::local(),
            workers: Vec::new(),
            under_way: Arc::default(),
            telemetry: Arc::new(Telemetry::of_deliver(&[], Duration::from_secs(60))),
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x5eed),
            stops_of_1000: 0,
            stopped: BTreeMap::new(),
            opted_out: None,
            late: Duration::ZERO,
            concerns: true,
            _folder: folder,
        };
        crew.workers = ["forward", "outcomes", "desk", "send"].map(|name| crew.worker(name)).into();
        crew
    }

    fn worker(&self, name: &'static str) -> Worker {
        let (topics, codec) = (&self.topics, self.codec.clone());
        let role: Box<dyn Role> = match name {
            "forward" => Box::new(forwarder(topics, codec, None)),
            "desk" => {
                let (store, topics) = (self.store.clone(), self.topics.clone());
                let marks = Box::new(Looks { store, topics, look: None });
                Box::new(DeskRole::new(&self.topics, codec, marks, self.telemetry.clone()))
            }
            "outcomes" => {
                let (vendors, known) = (self.vendors.clone(), self.concerns);
                let now = move || vendors.now_ms();
                Box::new(outcomes(topics, codec, now, Box::new(move |_| known)))
            }
            _ => {
                let services = Services {
                    http: Arc::new(self.vendors.clone()),
                    secrets: "".into(),
                    variable: super::vendors::secret,
                    slack_api: SLACK.to_owned(),
                    links: None,
                    opted_out: self.opted_out.clone(),
                };
                let calls = Moment {
                    services,
                    late: self.late,
                    vendors: self.vendors.clone(),
                    under_way: self.under_way.clone(),
                };
                let telemetry = self.telemetry.clone();
                let reports =
                    Box::new(Late { store: self.store.clone(), vendors: self.vendors.clone() });
                Box::new(SenderRole::new(
                    topics,
                    codec,
                    SENDERS,
                    Box::new(calls),
                    reports,
                    telemetry,
                ))
            }
        };
        let topics = role.topics();
        Worker { name, role, session: None, topics }
    }

    /// The metrics of these roles.
    pub(super) fn metrics(&self) -> String {
        self.telemetry.page().unwrap()
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.vendors.now_ms()
    }

    pub(super) fn pass(&self, ms: i64) {
        self.vendors.now.fetch_add(ms, std::sync::atomic::Ordering::Relaxed);
    }

    pub(super) fn publish(&mut self, yaml: &str) -> Published {
        let stamped = Stamped::new(self.store.clone(), self.vendors.clone());
        let mut desk =
            Desk { store: &stamped, codec: self.codec.clone(), topics: &self.topics, prefix: "" };
        let wish = Wish { text: yaml.to_owned(), by: None, note: None, again: false };
        desk.publish(&wish).unwrap()
    }

    /// A decision, as a scorer writes it.
    pub(super) fn decide(&mut self, decision: &Decision) {
        let topic = self.topics.route(&decision.route);
        let mut value = Vec::new();
        self.codec.encode_decision(&topic, decision, &mut value).unwrap();
        let mut writer = self.store.writer("scorer").unwrap();
        writer.begin().unwrap();
        let key = Some(decision.account.as_str().as_bytes());
        let value = Some(&value[..]);
        writer.send(&Output { topic: &topic, key, value, ..Output::default() }).unwrap();
        writer.commit(&[]).unwrap();
    }

    /// Senders ask it from now on.
    pub(super) fn ask_for_opt_outs(&mut self, known: OptedOut) {
        self.opted_out = Some(known);
        self.again("send");
    }

    /// Attempts have so little time from now on.
    pub(super) fn hurry(&mut self, left: Duration) {
        // No request begins later than that.
        self.late = Duration::from_secs(40) - left;
        self.again("send");
    }

    /// Whether the copy of the desk knows the accounts that inputs are about.
    pub(super) fn copy_knows(&mut self, is_so: bool) {
        self.concerns = is_so;
        self.again("outcomes");
    }

    /// A worker ends, and another one begins.
    fn again(&mut self, name: &'static str) {
        let at = self.workers.iter().position(|worker| worker.name == name).unwrap();
        self.workers[at] = self.worker(name);
    }

    /// One turn of each worker. True where any of them wrote.
    pub(super) fn turn(&mut self) -> bool {
        let mut wrote = false;
        for at in 0..self.workers.len() {
            let stop = (self.rng.random_range(0..1_000) < self.stops_of_1000)
                .then(|| STOPS[self.rng.random_range(0..STOPS.len())]);
            let now_ms = self.now_ms();
            let worker = &mut self.workers[at];
            let turned = worker.turn(&*self.store, now_ms, stop);
            if let Some(stop) = stop.filter(|_| turned == Turned::Stopped) {
                *self.stopped.entry(stop).or_default() += 1;
            }
            let ends =
                matches!(stop, Some(Stop::BeforeCommit | Stop::AfterCommit | Stop::AfterBegin));
            if turned == Turned::Stopped && ends {
                let name = worker.name;
                self.workers[at] = self.worker(name);
                if name == "send" {
                    self.bury();
                }
            }
            wrote |= turned != Turned::Quiet;
        }
        wrote
    }

    /// What an ended sender had under way reaches its target, or does not; no one hears of it.
    fn bury(&mut self) {
        let calls = std::mem::take(&mut *self.under_way.lock().unwrap());
        let mut ghost = Moment {
            services: Services {
                http: Arc::new(self.vendors.clone()),
                secrets: "".into(),
                variable: super::vendors::secret,
                slack_api: SLACK.to_owned(),
                links: None,
                opted_out: None,
            },
            late: self.late,
            vendors: self.vendors.clone(),
            under_way: Arc::default(),
        };
        for call in calls {
            if self.rng.random_bool(0.5) {
                ghost.begin(call);
            }
        }
        let _ = ghost.heard();
    }

    /// Turns until nothing more is written at this instant.
    pub(super) fn settle(&mut self) {
        for _ in 0..10_000 {
            // A turn without a write may have opened a session, and begun a call.
            let quiet = (0..3).all(|_| !self.turn());
            if quiet && self.under_way.lock().unwrap().is_empty() {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Every record of a partition: its value and time.
    pub(super) fn records(&self, topic: &str, partition: i32) -> Vec<(Option<Vec<u8>>, i64)> {
        let mut reader = self.store.reader().unwrap();
        let mut found = Vec::new();
        Scan::whole(&mut *reader, topic, partition)
            .unwrap()
            .each(&mut *reader, &mut |record| {
                found.push((record.value.map(<[u8]>::to_vec), record.timestamp_ms));
            })
            .unwrap();
        found
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turned {
    Quiet,
    Wrote,
    Stopped,
}

impl Worker {
    fn turn(&mut self, store: &dyn Store, now_ms: i64, stop: Option<Stop>) -> Turned {
        if self.session.is_none() {
            self.role.reset();
            let spec = SessionSpec {
                group: self.name.to_owned(),
                transactional_id: self.name.to_owned(),
                topics: self.topics.clone(),
            };
            self.session = Some(store.patient_session(&spec).unwrap());
        }
        let session = self.session.as_mut().unwrap();
        let (role, mut flaw) = (&mut self.role, None);
        let polled = session.poll(Duration::ZERO, 50, &mut |record| {
            if flaw.is_none() {
                flaw = role.process(record).err();
            }
        });
        assert_eq!(flaw, None);
        match polled {
            Ok(Membership::Steady) => {}
            Ok(Membership::Assigned(partitions)) => {
                for partition in partitions {
                    open(&mut **session, &mut **role, &partition);
                }
            }
            Ok(Membership::Revoked(_)) => panic!("an embedded log revokes nothing"),
            Err(LogError::Reopen(_)) => {
                self.session = None;
                return Turned::Quiet;
            }
            Err(error) => panic!("{error}"),
        }
        role.idle(now_ms).unwrap();
        if role.staged_bytes() == 0 {
            return Turned::Quiet;
        }
        if stop == Some(Stop::BeforeCommit) {
            return Turned::Stopped;
        }
        session.begin().unwrap();
        let positions = role
            .drain(&mut |output| session.send(&Output { timestamp_ms: Some(now_ms), ..*output }))
            .unwrap();
        match stop {
            Some(Stop::Abort) => {
                session.abort().unwrap();
                let positions: Vec<Position> = role.aborted();
                session.seek(&positions).unwrap();
                return Turned::Stopped;
            }
            Some(Stop::Reopen) => {
                self.session = None;
                return Turned::Stopped;
            }
            _ => session.commit(&positions).unwrap(),
        }
        if stop == Some(Stop::AfterCommit) {
            return Turned::Stopped;
        }
        role.committed();
        if stop == Some(Stop::AfterBegin) { Turned::Stopped } else { Turned::Wrote }
    }
}

/// As the worker's loop opens a partition.
fn open(session: &mut dyn Log, role: &mut dyn Role, partition: &TopicPartition) {
    role.assigned(partition);
    if let Some(changelog) = role.changelog(&partition.topic) {
        let mut restart = true;
        loop {
            let progress = session.restore(
                &changelog,
                partition.partition,
                std::mem::take(&mut restart),
                Duration::from_secs(5),
                &mut |record| role.restore(partition, record).unwrap(),
            );
            if progress.unwrap().done {
                break;
            }
        }
    }
    let committed = session.committed(&partition.topic, partition.partition).unwrap();
    let marks = session.watermarks(&partition.topic, partition.partition).unwrap();
    match role.restored(partition, committed, marks).unwrap() {
        Start::At(next_offset) => {
            let (topic, partition) = (partition.topic.clone(), partition.partition);
            session.seek(&[Position { topic, partition, next_offset }]).unwrap();
        }
        Start::Disagrees(why) => panic!("{why}"),
    }
}
