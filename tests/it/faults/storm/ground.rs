//! What is hurt: three brokers and a registry behind doors, two scorers, a forwarder, `ingest`.
//!
//! Three brokers, because one that is killed alone may leave a committed transaction without its end:
//! Kafka 4.3 takes partitions without a leader for deleted while it starts, and skips their markers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use buymode::codec::{Codec, RegistrySettings};
use buymode::engine::topics::Topics;
use buymode::kafka::KafkaStore;
use buymode::log::Store;
use rdkafka::admin::AdminOptions;

use super::books::Written;
use super::strangers::Strangers;
use crate::cli::running::try_get;
use crate::faults::config;
use crate::faults::instance::Instance;
use crate::faults::world::{PATIENCE, World};
use crate::pipeline::PROFILE;
use crate::support::{self, Address, Cluster, Door};

pub(super) const SCORERS: usize = 2;
const PARTITIONS: i32 = 4;
/// How long after a fault of the cluster an instance that starts may end, and be started again.
const LENIENT: Duration = Duration::from_secs(45);

const MAPPING: &str = r#"
source: acme
rules:
  - name: rounds
    match: .type == "funding"
    emit: |
      {record: "funding", account: .domain, occurred_at: .date, source_record_id: .id,
       round: "Series A", amount: "$1M", lead_investor: .investor}
"#;

/// What a writer has to know.
#[derive(Clone)]
pub(super) struct Reach {
    pub store: Arc<dyn Store>,
    pub topics: Topics,
    pub prefix: String,
    pub codec: Codec,
    pub registry: String,
    pub bootstrap: String,
    /// Where `ingest` says its address.
    pub ingest: std::path::PathBuf,
}

pub(super) struct Ground {
    pub cluster: Cluster,
    /// The registry's.
    pub registry: Door,
    /// The scorers, then the forwarder, then `ingest`.
    pub instances: Vec<Instance>,
    pub strangers: Strangers,
    /// Instances that ended and were started again, as a platform does it.
    pub restarts: u32,
    world: Option<World>,
    reach: Reach,
    lenient_until: Instant,
    folder: tempfile::TempDir,
}

impl Ground {
    pub(super) fn start() -> Option<Ground> {
        let registry = support::registry()?;
        let cluster = support::cluster_behind_doors()?;
        let bootstrap = cluster.bootstrap().to_owned();
        let (server, path) = registry.url.strip_prefix("http://")?.split_once('/')?;
        let registry_door = Door::to(server);
        let url = format!("http://{}/{path}", registry_door.address);
        let settings = RegistrySettings { url: url.clone(), ..RegistrySettings::default() };
        let codec = Codec::with_registry(&settings, &[]).unwrap();
        let store: Arc<dyn Store> = Arc::new(KafkaStore::new(config(&bootstrap)).unwrap());
        let prefix = format!("storm-{}.", uuid::Uuid::new_v4());
        let world =
            World { codec: codec.clone(), ..World::live(store.clone(), &prefix, PARTITIONS) };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("acme.yaml"), MAPPING).unwrap();
        std::fs::write(folder.path().join("profile.yaml"), PROFILE).unwrap();
        let reach = Reach {
            store,
            topics: world.topics.clone(),
            prefix,
            codec,
            registry: registry.url.clone(),
            bootstrap: bootstrap.clone(),
            ingest: folder.path().join("ingest.log"),
        };
        let text =
            |name: &str, more: &str| settings_of(&bootstrap, &url, &reach.prefix, name, more);
        let start = |command, name: &str, more: &str| {
            Instance::of(command, name, &text(name, more), folder.path(), &[])
        };
        let no = "forward: false";
        // The first one publishes the profile.
        let first = start("run", "score-0", no);
        await_ready(&first);
        let mut instances = vec![first];
        instances.extend((1..SCORERS).map(|n| start("run", &format!("score-{n}"), no)));
        instances.push(start("run", "forward", "forward: true"));
        instances.push(start("ingest", "ingest", INGEST));
        instances.iter().for_each(await_ready);
        Some(Ground {
            cluster,
            registry: registry_door,
            instances,
            strangers: Strangers::default(),
            restarts: 0,
            world: Some(world),
            reach,
            lenient_until: Instant::now(),
            folder,
        })
    }

    pub(super) fn reach(&self) -> Reach {
        self.reach.clone()
    }

    /// An instance that starts within a while may end: its platform starts it again.
    pub(super) fn excuse(&mut self) {
        self.lenient_until = Instant::now() + LENIENT;
    }

    pub(super) fn look_after(&mut self) {
        for instance in &mut self.instances {
            let Some(status) = instance.ended() else { continue };
            let lenient = Instant::now() < self.lenient_until;
            assert!(lenient, "{} ended by itself, {status}:\n{}", instance.name, instance.said());
            instance.restart();
            self.restarts += 1;
        }
    }

    pub(super) fn kill(&mut self, nth: usize, away: Duration) -> String {
        let instance = &mut self.instances[nth];
        instance.kill9();
        std::thread::sleep(away);
        instance.restart();
        instance.name.clone()
    }

    /// Another process with the name of an instance, until one of them gives up or for some seconds.
    pub(super) fn twin(&mut self, nth: usize) -> String {
        let other = tempfile::tempdir().unwrap();
        for file in ["acme.yaml", "profile.yaml"] {
            std::fs::copy(self.folder.path().join(file), other.path().join(file)).unwrap();
        }
        let mut twin = self.instances[nth].twin(other.path());
        let began = Instant::now();
        let mut came = "neither gave up";
        while began.elapsed() < Duration::from_secs(5) {
            let ended = [twin.ended(), self.instances[nth].ended()];
            if let Some(status) = ended.into_iter().flatten().next() {
                came =
                    if status.code() == Some(78) { "one gave up" } else { "one could not start" };
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        twin.kill9();
        self.excuse();
        format!("{}, {came}", self.instances[nth].name)
    }

    /// A topic of the forwarder's to which nothing is written, and which comes back.
    pub(super) fn delete_a_source(&mut self, away: Duration) -> String {
        let topics = self.reach.topics.clone();
        let (name, _) = topics.kinds.iter().find(|(name, _)| name.ends_with("engagement")).unwrap();
        let deleted = support::block_on(
            self.cluster.admin().delete_topics(&[name.as_str()], &AdminOptions::new()),
        );
        std::thread::sleep(away);
        let specs = topics.specs(PARTITIONS, false, &Default::default());
        let spec: Vec<_> = specs.into_iter().filter(|spec| spec.name == *name).collect();
        let began = Instant::now();
        while let Err(error) = self.reach.store.create_topics(&spec) {
            assert!(began.elapsed() < PATIENCE, "{error}");
            std::thread::sleep(Duration::from_millis(200));
        }
        self.excuse();
        format!("{name}: {}", if deleted.is_ok() { "deleted" } else { "refused" })
    }

    /// Until all that was written is forwarded and scored.
    pub(super) fn await_rest(&mut self, written: &Written) {
        let world = self.world.take().unwrap();
        let began = Instant::now();
        while let Some(missing) = written.missing(&world) {
            self.look_after();
            assert!(began.elapsed() < 2 * PATIENCE, "{missing}\n{}", self.said());
            std::thread::sleep(Duration::from_millis(500));
        }
        world.await_consumed_while(|| self.look_after());
        self.world = Some(world);
    }

    fn said(&self) -> String {
        self.instances.iter().map(Instance::said).collect::<Vec<_>>().join("\n---\n")
    }

    /// Stops all instances, in an orderly way; the broker and the registry go on.
    pub(super) fn stop(&mut self) -> World {
        self.instances.iter().for_each(await_ready);
        self.instances.drain(..).for_each(Instance::stop);
        self.world.take().unwrap()
    }
}

fn await_ready(instance: &Instance) {
    let began = Instant::now();
    let is_ready = || {
        let answer = instance.http().and_then(|address| try_get(&address, "/readyz").ok());
        answer.is_some_and(|(status, _)| status == 200)
    };
    while !is_ready() {
        assert!(began.elapsed() < PATIENCE, "{}:\n{}", instance.name, instance.said());
        std::thread::sleep(Duration::from_millis(100));
    }
}

const INGEST: &str = "\
ingest:
  listen: 127.0.0.1:0
  sources:
    open: {mapping: acme.yaml, authentication: none}";

fn settings_of(bootstrap: &str, registry: &str, prefix: &str, name: &str, more: &str) -> String {
    let kafka = config(bootstrap);
    // One instance of several scores with two threads.
    let workers = if name == "score-1" { 2 } else { 1 };
    format!(
        "kafka:\n  bootstrap: '{bootstrap}'\n  memory_mib: {}\n  transaction_timeout_ms: {}\n  \
         session_timeout_ms: {}\n  extra: {{max.poll.interval.ms: '7000'}}\n\
         schema_registry: {{url: '{registry}'}}\ntopics: {{prefix: '{prefix}', partitions: {PARTITIONS}}}\n\
         profile: profile.yaml\ngroup: score\ninstance: {name}\nworkers: {workers}\nrestart: always\n\
         http: {{listen: '127.0.0.1:0'}}\n{more}\n",
        kafka.memory_mib, kafka.transaction_timeout_ms, kafka.session_timeout_ms,
    )
}
