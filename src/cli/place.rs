//! Flags that say which log a command works on: from a configuration file, from flags, or from
//! both. Every command that reads or writes a log takes them, so that all are called alike.

use crate::admin::place::Place;
use crate::config::{Config, EmbeddedConfig, LogChoice, Prefix, RegistryConfig, Url, Within};
use crate::kafka::KafkaConfig;
use std::path::PathBuf;

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
