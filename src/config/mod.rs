//! The settings of `buymode run`, as YAML with overrides from the environment. The doc comments
//! here are the reference of each key; `deploy/buymode.yaml` shows all of them, which a test
//! checks. Unknown keys are refused and values are checked where they are read, so that a
//! [`Config`] is always one that can work.
//!
//! What may enter: shapes and checks. What may not: opening what the settings name.

mod authentication;
mod environment;
mod error;
mod hints;
mod ingest;
mod origin;
mod places;
mod raw;
mod registry;
mod remark;
mod sample;
mod shape;
mod signed;
mod values;
mod words;
mod yaml;
mod zone;

pub use crate::credentials::{OauthConfig, Secret, SecretConfig};
pub use authentication::{
    AuthenticationConfig, HmacConfig, HubspotConfig, SecretsConfig, SignatureEncoding,
};
pub use environment::is_setting;
pub use error::ConfigError;
pub use ingest::{IngestConfig, RawFormat, SourceConfig};
pub use origin::{Origin, Unchecked};
pub use places::{Place, Places};
pub use registry::RegistryConfig;
pub use remark::Remark;
pub use shape::all_faults;
pub use signed::{Signed, SignedPart};
pub use values::{EventSource, HeaderName, HostName, Name, Prefix, Url, Within};
pub use words::WordsConfig;
pub use yaml::{
    Broken, from_text as yaml_from_text, read as read_yaml, text as read_text, whole_text,
};
pub use zone::machine_zone;

use crate::kafka::KafkaConfig;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Every setting of `buymode run --config FILE`. Paths are relative to the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The log is a Kafka cluster. Give this or `embedded`.
    pub kafka: Option<KafkaConfig>,
    /// The log is a folder of this machine, no server needed. Give this or `kafka`.
    pub embedded: Option<EmbeddedConfig>,
    /// A schema registry with the Confluent interface. Left out: the schemas shipped in the
    /// program, for use without a registry; every reader and writer must then be buymode.
    pub schema_registry: Option<RegistryConfig>,
    pub topics: TopicsConfig,
    /// The ideal customer profile to publish when the log has none. One that is already there
    /// stays; change it with `buymode icp publish`.
    pub profile: Option<PathBuf>,
    /// Consumer group of the scorers. All instances that share the work share it.
    pub group: Name,
    /// This instance's name: the same after a restart, another one for each instance of the group,
    /// since a second one with the same name takes over from the first. Left out: the host's name.
    pub instance: Option<Name>,
    /// What a process does once a call of the log's client stands still: `auto`, `always` start it anew,
    /// or `never`, it ends. `auto` leaves the new start to systemd, Kubernetes or a container.
    pub restart: Restart,
    pub http: HttpConfig,
    /// Threads that score (1 to 64), each with its own transactions and its share of the partitions. More
    /// than the machine has cores bring nothing. One, where the log is a folder.
    pub workers: Within<1, 64, 1>,
    pub batch: BatchConfig,
    pub accounts: AccountsConfig,
    /// Whether this instance also forwards the per-kind topics (`signals.*`, `companies`) into the
    /// inputs topic.
    pub forward: Forward,
    pub ingest: IngestConfig,
    pub deliver: DeliverConfig,
    pub logging: LoggingConfig,
    pub traces: TracesConfig,
    /// Write even where this machine's clock is far from the log's. A flag says it, never a file: it
    /// holds for one start.
    #[serde(skip)]
    pub clock_is_right: bool,
}

/// The folder of an embedded log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedConfig {
    /// Made if it does not exist. Must not lie on a network file system.
    pub folder: PathBuf,
    /// Size in GiB up to which the log may grow (1 to 4096). Address space: the file on disk grows
    /// as it fills. The same for every process that uses the folder.
    #[serde(default)]
    pub map_size_gib: Within<1, 4096, 64>,
}

/// The names and the making of topics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopicsConfig {
    /// Goes before every topic's name, so that several deployments can share a cluster
    /// (`staging.`).
    pub prefix: Prefix,
    /// Partitions of the inputs, and so of the accounts (1 to 1000), for `buymode topics create`.
    /// The work is shared by partition, and the number cannot grow in place: choose it generously.
    pub partitions: Within<1, 1000, 24>,
    /// On how many brokers each partition of a new topic lies (1 to 100). Left out: as the brokers'
    /// administrator chose.
    pub replication_factor: Option<Within<1, 100, 3>>,
    /// How many of these must have a record before it counts as written (1 to 100), at most
    /// `replication_factor`. Left out: as the brokers' administrator chose.
    pub min_insync_replicas: Option<Within<1, 100, 2>>,
    /// Whether the inputs are history: stamped by their writer with the time of the event, kept
    /// for ever, scored as if it were then. For imports and backtests; not for live signals.
    pub history: bool,
    /// Days for which decisions (`sequencer.*`) and what was sent (`buymode.outbox`) are kept (7 to 3650),
    /// for `buymode topics create`: so far back they can be rehearsed and audited.
    pub decisions_days: Within<7, 3650, 400>,
    /// Writes the headers of CloudEvents on decisions, with this as their `ce_source`: a URI that names this
    /// deployment, such as `https://example.com/buymode`. Left out: no such headers.
    pub event_source: Option<EventSource>,
}

/// The page for operators: `/livez`, `/readyz`, `/metrics`, `/v1/accounts/{account}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port; port 0 takes a free one. There is no login: keep it on loopback, or
    /// behind something that has one.
    pub listen: SocketAddr,
    /// The names by which it is reached besides addresses and `localhost`, such as
    /// `buymode.monitoring.svc`; a request to any other name is refused with 403, so that a web page
    /// that a person opens cannot read it.
    pub hosts: Vec<HostName>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        HttpConfig { listen, hosts: Vec::new() }
    }
}

/// Bounds of one transaction. A batch closes at whichever it reaches first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchConfig {
    /// Inputs (1 to 1000000).
    pub records_max: Within<1, 1_000_000, 40_000>,
    /// MiB of outputs (1 to 1024).
    pub mib_max: Within<1, 1024, 32>,
    /// Milliseconds (1 to 5000).
    pub time_max_ms: Within<1, 5_000, 500>,
    /// Milliseconds between two commits at least (0 to 5000): batches of single records cost more
    /// than they bring. This is most of the delay at light load.
    pub commit_interval_min_ms: Within<0, 5_000, 5>,
}

/// The accounts that an instance holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountsConfig {
    /// MiB of memory for the accounts that are kept decoded, over all partitions of the instance (16
    /// to 65536); the others are decoded when an input comes. Every account is held packed besides.
    pub decoded_mib_max: Within<16, 65_536, 128>,
}

/// What `buymode deliver` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliverConfig {
    /// Partitions of the outbox (1 to 100), for `buymode topics create`: as many instances can share the
    /// sending. It cannot grow in place.
    pub partitions: Within<1, 100, 6>,
    /// The folder of the files with secrets that the roster names (`{ file: PATH }`). Left out: that of
    /// the settings.
    pub secrets: PathBuf,
    /// Where Slack's Web API is; another address for a gateway before it.
    pub slack_api: SlackApi,
    /// What people say back.
    pub words: WordsConfig,
}

/// The address of Slack's Web API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct SlackApi(Url);

impl SlackApi {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Default for SlackApi {
    fn default() -> Self {
        SlackApi(Url::new("https://slack.com/api").expect("it is an address"))
    }
}

/// The program's log lines, on stderr.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoggingConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, also by part: `info,buymode::kafka=debug`.
    pub filter: String,
    /// `text` for people, `json` for machines.
    pub format: LoggingFormat,
}

impl Default for LoggingConfig {
    fn default() -> Self {
        LoggingConfig { filter: "info".to_owned(), format: LoggingFormat::Text }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoggingFormat {
    #[default]
    Text,
    Json,
}

/// Traces, by OpenTelemetry, of requests and of what follows from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracesConfig {
    /// Where a collector takes OTLP over HTTP (`http://localhost:4318`); `/v1/traces` is added. Left out: there are
    /// no traces.
    pub endpoint: Option<Url>,
    /// One in so many requests and records of vendors begins a trace (1 to 1000000). One that brings a
    /// `traceparent` of its own is traced if that says so.
    pub one_in: Within<1, 1_000_000, 20>,
}

/// A switch that is on unless it is turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Forward(pub bool);

impl Default for Forward {
    fn default() -> Self {
        Forward(true)
    }
}

/// Whether a process that stands still starts itself anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Unless something is known to start it again.
    #[default]
    Auto,
    Always,
    Never,
}

/// Which log it is.
#[derive(Clone, Debug, PartialEq)]
pub enum LogChoice<'a> {
    Kafka(&'a KafkaConfig),
    Embedded(&'a EmbeddedConfig),
}

impl Config {
    /// The file (none: all defaults) with what the environment overrides, checked.
    pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
        Config::load_with(file, std::env::vars_os())
    }

    /// The same, with an environment of the caller's.
    pub fn load_with(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Config, ConfigError> {
        Config::read(file, environment)?.checked()
    }

    /// The same, not yet checked as a whole: flags may still change it.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Unchecked, ConfigError> {
        let text = file.map_or(Ok(String::new()), yaml::text)?;
        let shown = file.map(|f| f.display().to_string()).unwrap_or_default();
        let read: Config = yaml::parse(&shown, &text)?;
        let variables = environment::settings(environment)?;
        let mut config = environment::apply(read, &shown, &text, &variables)?;
        config.resolve(file.and_then(Path::parent).unwrap_or(Path::new("")));
        let origin = Origin::new(shown, &text, &variables);
        Ok(Unchecked { config, origin })
    }

    /// Paths in the file are relative to it.
    fn resolve(&mut self, base: &Path) {
        let embedded = self.embedded.as_mut().map(|e| &mut e.folder);
        let ingest = self.ingest.paths();
        let kafka = self.kafka.iter_mut().flat_map(KafkaConfig::paths);
        let registry = self.schema_registry.iter_mut().flat_map(RegistryConfig::paths);
        let servers = kafka.chain(registry);
        self.deliver.secrets = base.join(&self.deliver.secrets);
        for path in self.deliver.words.paths() {
            *path = base.join(&*path);
        }
        for path in embedded.into_iter().chain(self.profile.as_mut()).chain(ingest).chain(servers) {
            *path = base.join(&*path);
        }
    }

    /// Checks what no single value shows. The error begins with the key, where it is about one.
    fn check(&self) -> Result<(), String> {
        match (&self.kafka, &self.embedded) {
            (Some(_), Some(_)) => {
                return Err("both kafka and embedded are given; the log is one of them".into());
            }
            (None, None) => {
                return Err("no log is named; give kafka.bootstrap or embedded.folder".into());
            }
            (Some(kafka), None) => {
                kafka.validate().map_err(|error| error.to_string())?;
                // A batch's transaction is open while it grows.
                let (batch, life) = (self.batch.time_max_ms.get(), kafka.transaction_timeout_ms);
                if batch.saturating_mul(2) > life {
                    return Err(format!(
                        "batch.time_max_ms: {batch} is more than half of kafka.transaction_timeout_ms ({life}); \
                         the broker would abort healthy batches: lower the one or raise the other"
                    ));
                }
            }
            (None, Some(_)) if self.workers.get() > 1 => {
                return Err(format!(
                    "workers: {} is more than one, but a log in a folder is scored by one thread; use 1",
                    self.workers.get()
                ));
            }
            (None, Some(_)) => {}
        }
        let TopicsConfig { replication_factor, min_insync_replicas, .. } = &self.topics;
        if let (Some(factor), Some(least)) = (replication_factor, min_insync_replicas)
            && least.get() > factor.get()
        {
            return Err(format!(
                "topics.min_insync_replicas: {} is more than topics.replication_factor ({}), so that nothing \
                 could be written; use at most that",
                least.get(),
                factor.get()
            ));
        }
        if let Some(registry) = &self.schema_registry {
            registry.check().map_err(|why| format!("schema_registry: {why}"))?;
        }
        if self.traces.endpoint.as_ref().is_some_and(|url| !url.is_bare()) {
            return Err(
                "traces.endpoint: invalid address: it holds a login, a query or a fragment, which are not sent; use                  one such as http://localhost:4318, and a collector beside buymode that logs in elsewhere"
                    .to_owned(),
            );
        }
        self.deliver.words.check()?;
        self.ingest.check().and_then(|()| raw::check(self))
    }

    /// Exactly one is given; that was checked.
    pub fn log(&self) -> Result<LogChoice<'_>, ConfigError> {
        match (&self.kafka, &self.embedded) {
            (Some(kafka), None) => Ok(LogChoice::Kafka(kafka)),
            (None, Some(embedded)) => Ok(LogChoice::Embedded(embedded)),
            _ => Err(ConfigError::new("the log is either kafka or embedded".to_owned())),
        }
    }

    /// The instance's name, or the host's where none is given.
    pub fn instance_name(&self) -> String {
        let given = self.instance.as_ref().map(|name| name.as_str().to_owned());
        given.unwrap_or_else(|| gethostname::gethostname().to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests;
