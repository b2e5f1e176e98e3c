//! A log with all that is needed to read and write it: the store that the settings name, the codec,
//! the topics' names.

use crate::codec::schemas::{self, Record};
use crate::codec::{Codec, RegistryLogin, RegistrySettings};
use crate::config::{Config, LogChoice};
use crate::credentials::TlsFiles;
use crate::embedded::{EmbeddedOptions, EmbeddedStore};
use crate::engine::scorer::Clock;
use crate::engine::topics::Topics;
use crate::kafka::{KafkaConfig, KafkaStore};
use crate::log::scan::topic_spec;
use crate::log::{Stamp, Store, TopicSpec};
use anyhow::Context;
use std::sync::Arc;

const STATES: &[Record] = &[Record::AccountState, Record::TaskRecord, Record::World];

/// A log, opened, with what is needed to read and write it.
pub struct Place {
    pub store: Arc<dyn Store>,
    pub codec: Codec,
    pub topics: Topics,
    pub config: Config,
}

impl Place {
    /// Opens what the settings name.
    pub fn open(config: Config) -> anyhow::Result<Place> {
        let store = open_store(&config)?;
        let codec = open_codec(&config)?;
        let topics = Topics {
            decisions_days: config.topics.decisions_days.get(),
            event_source: config.topics.event_source.as_ref().map(|s| s.as_str().to_owned()),
            ..Topics::with_prefix(config.topics.prefix.as_str())
        };
        Ok(Place { store, codec, topics, config })
    }

    /// A topic as it is; the error says how to make one that is missing.
    pub fn spec(&self, topic: &str) -> anyhow::Result<TopicSpec> {
        Ok(topic_spec(&*self.store, topic)?)
    }

    /// Partitions of the inputs topic.
    pub fn partitions(&self) -> anyhow::Result<i32> {
        Ok(self.spec(&self.topics.inputs)?.partitions)
    }

    /// Registers the schemas that a scoring instance writes: a registry that is not there, or that
    /// refuses one, is found before anything is read.
    pub fn register_schemas(&mut self) -> anyhow::Result<()> {
        let topics = &self.topics;
        self.codec = codec_with(
            &self.config,
            &[
                (&topics.inputs, schemas::INPUTS),
                (&topics.accounts, STATES),
                (&topics.dead_letters, &[Record::DeadLetter]),
                (&topics.profiles, &[Record::Activation]),
            ],
        )?;
        Ok(())
    }

    /// The same for what `ingest` writes.
    pub fn register_ingest_schemas(&mut self) -> anyhow::Result<()> {
        let topics = &self.topics;
        self.codec = codec_with(
            &self.config,
            &[(&topics.inputs, schemas::INPUTS), (&topics.dead_letters, &[Record::DeadLetter])],
        )?;
        Ok(())
    }

    /// The same for what `deliver` writes.
    pub fn register_desk_schemas(&mut self) -> anyhow::Result<()> {
        let topics = &self.topics;
        self.codec = codec_with(
            &self.config,
            &[
                (&topics.desk, schemas::DESK),
                (&topics.desk_state, schemas::DESK_STATE),
                (&topics.outbox, &[Record::OutboxAction]),
                (&topics.attempts, schemas::ATTEMPTS),
                // What people say goes there.
                (&topics.inputs, &[Record::SalesOutcome, Record::Suppression, Record::Retraction]),
            ],
        )?;
        Ok(())
    }

    /// Registers every schema that these topics may hold, so that who subscribes finds them before the
    /// first record, and an incompatible one is found now. Returns how many; 0 without a registry.
    pub fn register_all(&mut self, specs: &[TopicSpec]) -> anyhow::Result<usize> {
        let held: Vec<(&str, Vec<Record>)> =
            specs.iter().map(|spec| (spec.name.as_str(), held(&self.topics, &spec.name))).collect();
        let topics: Vec<(&str, &[Record])> =
            held.iter().map(|(topic, records)| (*topic, records.as_slice())).collect();
        self.codec = codec_with(&self.config, &topics)?;
        let all = held.iter().map(|(_, records)| records.len()).sum();
        Ok(if self.config.schema_registry.is_some() { all } else { 0 })
    }

    /// As the inputs are stamped: a folder or a broker named by flags brings no settings, and a
    /// history must not be taken for a live log then.
    pub fn clock(&self) -> anyhow::Result<Clock> {
        Ok(match self.spec(&self.topics.inputs)?.stamp {
            Stamp::CreateTime => Clock::History,
            Stamp::LogAppendTime => Clock::Live,
        })
    }
}

/// The records that a topic may hold.
pub(in crate::admin) fn held(topics: &Topics, topic: &str) -> Vec<Record> {
    let named = [
        (&topics.inputs, schemas::INPUTS),
        (&topics.accounts, STATES),
        (&topics.dead_letters, &[Record::DeadLetter]),
        (&topics.resolutions, &[Record::Resolution]),
        (&topics.profiles, &[Record::Activation]),
        (&topics.aliases, &[Record::Alias]),
        (&topics.sources, &[Record::SourceRow]),
        (&topics.desk, schemas::DESK),
        (&topics.desk_state, schemas::DESK_STATE),
        (&topics.outbox, &[Record::OutboxAction]),
        (&topics.attempts, schemas::ATTEMPTS),
        (&topics.sync, &[Record::DeskEntry]),
    ];
    if let Some((_, records)) = named.iter().find(|(name, _)| *name == topic) {
        return records.to_vec();
    }
    if topic.starts_with(&topics.route_prefix) {
        return vec![Record::Decision];
    }
    let kinds = topics.kinds.iter().find(|(name, _)| name == topic);
    let kinds = kinds.map_or(&[] as &[_], |(_, kinds)| kinds);
    schemas::INPUTS.iter().copied().filter(|r| kinds.contains(&r.record_type())).collect()
}

/// Opens the log that the settings name.
pub fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    Ok(match config.log()? {
        LogChoice::Kafka(kafka) => {
            let clock_is_right = config.clock_is_right;
            Arc::new(KafkaStore::new(KafkaConfig { clock_is_right, ..kafka.clone() })?)
        }
        LogChoice::Embedded(embedded) => {
            let gib = usize::try_from(embedded.map_size_gib.get()).unwrap_or(usize::MAX);
            let bytes = gib.checked_mul(1 << 30).context(
                "embedded.map_size_gib is more than this machine can address; choose less",
            )?;
            let options = EmbeddedOptions {
                folder: embedded.folder.clone(),
                map_size_bytes: bytes,
                clock_is_right: config.clock_is_right,
            };
            Arc::new(EmbeddedStore::open(&options)?)
        }
    })
}

fn open_codec(config: &Config) -> anyhow::Result<Codec> {
    // Schemas are registered when something is first written, so that who only reads needs no
    // more than the right to read.
    codec_with(config, &[])
}

/// A codec whose schemas of these topics are registered, or the cause why not.
fn codec_with(config: &Config, topics: &[(&str, &[Record])]) -> anyhow::Result<Codec> {
    let Some(settings) = registry_settings(config) else { return Ok(Codec::local()) };
    Ok(Codec::with_registry(&settings, topics)?)
}

/// How to reach the schema registry, if there is one.
pub fn registry_settings(config: &Config) -> Option<RegistrySettings> {
    let registry = config.schema_registry.as_ref()?;
    let login = match (&registry.username, &registry.oauth) {
        (_, Some(oauth)) => RegistryLogin::Tokens(oauth.clone()),
        (Some(username), None) => RegistryLogin::Password {
            username: username.clone(),
            password: registry.password.clone(),
        },
        (None, None) => RegistryLogin::None,
    };
    let certificate = registry.certificate_location.clone();
    let tls = TlsFiles {
        ca: registry.ca_location.clone(),
        identity: certificate.zip(registry.key_location.clone()),
    };
    Some(RegistrySettings { url: registry.url.as_str().to_owned(), login, tls })
}
