//! Which log a command works on: from a configuration file, from flags, or from both. Every
//! command that reads or writes a log takes these flags, so that they are called alike.

use crate::codec::schemas::{self, Record};
use crate::codec::{Codec, RegistrySettings};
use crate::config::{Config, EmbeddedConfig, LogChoice, Prefix, RegistryConfig, Url, Within};
use crate::embedded::{EmbeddedOptions, EmbeddedStore};
use crate::engine::scorer::Clock;
use crate::engine::topics::Topics;
use crate::kafka::{KafkaConfig, KafkaStore};
use crate::runtime::log::{Stamp, Store, TopicSpec};
use anyhow::Context;
use std::path::PathBuf;
use std::sync::Arc;

/// Flags that say where the log is.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Log")]
pub struct PlaceArgs {
    /// Settings as for `buymode run`; the flags below win over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The log is this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "bootstrap")]
    pub embedded: Option<PathBuf>,
    /// The log is the Kafka cluster of these brokers
    #[arg(long, value_name = "HOST:PORT")]
    pub bootstrap: Option<String>,
    /// The schema registry; without one, the schemas shipped in the program
    #[arg(long, value_name = "URL", value_parser = url)]
    pub registry: Option<Url>,
    /// Goes before every topic's name
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    pub prefix: Option<Prefix>,
}

fn url(text: &str) -> Result<Url, &'static str> {
    Url::new(text).ok_or("it must begin with http:// or https://")
}

fn prefix(text: &str) -> Result<Prefix, &'static str> {
    Prefix::new(text).ok_or("at most 100 letters, digits, dots, underscores and hyphens")
}

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
        let topics = Topics::with_prefix(config.topics.prefix.as_str());
        Ok(Place { store, codec, topics, config })
    }

    /// A topic as it is; the error says how to make one that is missing.
    pub fn spec(&self, topic: &str) -> anyhow::Result<TopicSpec> {
        let found = self.store.describe_topics(&[topic.to_owned()])?;
        found.into_iter().flatten().next().with_context(|| {
            format!(
                "topic {topic} does not exist at {}; `buymode topics create`, with the same log, makes it",
                self.store.location()
            )
        })
    }

    /// Partitions of the inputs topic.
    pub fn partitions(&self) -> anyhow::Result<i32> {
        Ok(self.spec(&self.topics.inputs)?.partitions)
    }

    /// Registers the schemas that a scoring instance writes: a registry that is not there, or that
    /// refuses one, is found before anything is read.
    pub fn register_schemas(&mut self) -> anyhow::Result<()> {
        let topics = &self.topics;
        let states = [Record::AccountState, Record::TaskRecord, Record::World];
        self.codec = codec_with(
            &self.config,
            &[
                (&topics.inputs, schemas::INPUTS),
                (&topics.accounts, &states),
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

    /// As the inputs are stamped: a folder or a broker named by flags brings no settings, and a
    /// history must not be taken for a live log then.
    pub fn clock(&self) -> anyhow::Result<Clock> {
        Ok(match self.spec(&self.topics.inputs)?.stamp {
            Stamp::CreateTime => Clock::History,
            Stamp::LogAppendTime => Clock::Live,
        })
    }
}

impl PlaceArgs {
    /// Opens the log that these flags mean; a folder must be there, or a typing error would make
    /// one.
    pub fn open(&self) -> anyhow::Result<Place> {
        let config = self.settings()?;
        if let LogChoice::Embedded(embedded) = config.log()? {
            let folder = embedded.folder.display();
            anyhow::ensure!(
                embedded.folder.exists(),
                "there is no folder {folder}; name the log's, or make one there: `buymode topics \
                 create`, with the same log"
            );
        }
        Place::open(config)
    }

    /// The log, where a flag names one.
    pub fn given(&self) -> anyhow::Result<Option<Place>> {
        let named = self.config.is_some() || self.embedded.is_some() || self.bootstrap.is_some();
        named.then(|| self.open()).transpose()
    }

    /// The settings that these flags mean.
    pub fn settings(&self) -> anyhow::Result<Config> {
        let flagged = self.embedded.is_some() || self.bootstrap.is_some();
        let mut config = match (&self.config, flagged) {
            // The flags say all there is to say.
            (None, true) => Config::default(),
            (file, _) => Config::load(file.as_deref()).map_err(|error| match file {
                Some(_) => anyhow::Error::from(error),
                None => anyhow::anyhow!(
                    "{error}; or give --config FILE, --embedded FOLDER or --bootstrap HOST:PORT"
                ),
            })?,
        };
        if let Some(folder) = &self.embedded {
            config.kafka = None;
            let map_size_gib = config.embedded.map_or(Within::default(), |e| e.map_size_gib);
            config.embedded = Some(EmbeddedConfig { folder: folder.clone(), map_size_gib });
        }
        if let Some(bootstrap) = &self.bootstrap {
            config.embedded = None;
            let before = config.kafka.unwrap_or_default();
            config.kafka = Some(KafkaConfig { bootstrap: bootstrap.clone(), ..before });
        }
        if let Some(url) = &self.registry {
            let (username, password) =
                config.schema_registry.map_or((None, None), |r| (r.username, r.password));
            config.schema_registry = Some(RegistryConfig { url: url.clone(), username, password });
        }
        if let Some(prefix) = &self.prefix {
            config.topics.prefix = prefix.clone();
        }
        Ok(config)
    }
}

/// Opens the log that the settings name.
pub fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    Ok(match config.log()? {
        LogChoice::Kafka(kafka) => Arc::new(KafkaStore::new(kafka.clone())?),
        LogChoice::Embedded(embedded) => {
            let gib = usize::try_from(embedded.map_size_gib.get()).unwrap_or(usize::MAX);
            let bytes = gib.checked_mul(1 << 30).context(
                "embedded.map_size_gib is more than this machine can address; choose less",
            )?;
            let options =
                EmbeddedOptions { folder: embedded.folder.clone(), map_size_bytes: bytes };
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
    let Some(registry) = &config.schema_registry else { return Ok(Codec::local()) };
    let settings = RegistrySettings {
        url: registry.url.as_str().to_owned(),
        username: registry.username.clone(),
        password: registry.password.as_ref().map(|password| password.reveal().to_owned()),
    };
    Ok(Codec::with_registry(&settings, topics)?)
}
