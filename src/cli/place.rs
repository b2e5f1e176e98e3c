//! Flags that say which log a command works on: from a configuration file, from flags, or from
//! both. Every command that reads or writes a log takes them, so that all are called alike.

use crate::admin::partitions;
use crate::admin::place::Place;
use crate::admin::profiles::published;
use crate::config::{
    Config, EmbeddedConfig, LogChoice, Prefix, RegistryConfig, Url, Within, is_setting,
};
use crate::kafka::KafkaConfig;
use std::path::PathBuf;

/// Flags that say where the log is.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Log")]
pub(super) struct PlaceArgs {
    /// The settings, as YAML; the flags below win over them
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The log is in this folder
    #[arg(long, visible_alias = "data", value_name = "FOLDER", conflicts_with = "bootstrap")]
    pub embedded: Option<PathBuf>,
    /// The log is in the Kafka cluster of these brokers
    #[arg(long, value_name = "HOST:PORT")]
    pub bootstrap: Option<String>,
    /// The schema registry [default: the schemas in the program]
    #[arg(long, value_name = "URL", value_parser = url)]
    pub registry: Option<Url>,
    /// The prefix of every topic's name
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    pub prefix: Option<Prefix>,
}

fn url(text: &str) -> Result<Url, &'static str> {
    Url::new(text).ok_or("use an address that begins with http:// or https://")
}

pub(super) fn prefix(text: &str) -> Result<Prefix, &'static str> {
    Prefix::new(text).ok_or("use at most 100 letters, digits, dots, underscores and hyphens")
}

impl PlaceArgs {
    /// Opens the log that these flags name, which must exist.
    pub(super) fn open(&self) -> anyhow::Result<Place> {
        existing(self.settings()?)
    }

    /// Whether a flag names a log.
    pub(super) fn is_given(&self) -> bool {
        self.config.is_some() || self.embedded.is_some() || self.bootstrap.is_some()
    }

    /// The log, where a flag names one.
    pub(super) fn given(&self) -> anyhow::Result<Option<Place>> {
        self.is_given().then(|| self.open()).transpose()
    }

    /// The settings of the file, the environment and these flags, of which the last wins.
    pub(super) fn settings(&self) -> anyhow::Result<Config> {
        let file = self.config.as_deref();
        let flagged = self.embedded.is_some() || self.bootstrap.is_some();
        if !flagged && file.is_none() && std::env::vars_os().all(|(name, _)| !is_setting(&name)) {
            anyhow::bail!(
                "no log was named; use --config FILE, --embedded FOLDER or --bootstrap HOST:PORT"
            );
        }
        let mut read = Config::read(file, std::env::vars_os())?;
        self.overlay(&mut read.config);
        read.checked().map_err(anyhow::Error::from)
    }

    fn overlay(&self, config: &mut Config) {
        if let Some(folder) = &self.embedded {
            config.kafka = None;
            let map_size_gib =
                config.embedded.as_ref().map_or(Within::default(), |e| e.map_size_gib);
            config.embedded = Some(EmbeddedConfig { folder: folder.clone(), map_size_gib });
        }
        if let Some(bootstrap) = &self.bootstrap {
            config.embedded = None;
            let before = config.kafka.take().unwrap_or_default();
            config.kafka = Some(KafkaConfig { bootstrap: bootstrap.clone(), ..before });
        }
        if let Some(url) = &self.registry {
            let before = config.schema_registry.take();
            let before = before.unwrap_or_else(|| RegistryConfig::new(url.clone()));
            config.schema_registry = Some(RegistryConfig { url: url.clone(), ..before });
        }
        if let Some(prefix) = &self.prefix {
            config.topics.prefix = prefix.clone();
        }
    }
}

/// The same flags for a command that writes to the log.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct WritableArgs {
    #[command(flatten)]
    pub log: PlaceArgs,
    /// Write although this machine's clock is far from the log's last time: the clock is right
    #[arg(long, help_heading = "Log")]
    clock_is_right: bool,
}

impl WritableArgs {
    /// Opens the log that these flags name, which must exist. Refuses a log of another rules version, and one
    /// whose inputs have more partitions than they were scored with.
    pub(super) fn open(&self) -> anyhow::Result<Place> {
        let place = existing(self.settings()?)?;
        published::check_rules(&place)?;
        partitions::check(&place)?;
        Ok(place)
    }

    pub(super) fn settings(&self) -> anyhow::Result<Config> {
        Ok(Config { clock_is_right: self.clock_is_right, ..self.log.settings()? })
    }
}

/// Opens the log that the settings name. A folder must exist, or a typing error would create one.
pub(super) fn existing(config: Config) -> anyhow::Result<Place> {
    if let LogChoice::Embedded(embedded) = config.log()? {
        let folder = embedded.folder.display();
        anyhow::ensure!(
            embedded.folder.exists(),
            "folder {folder} does not exist; name the log's folder, or create a log there with \
             `buymode topics create --embedded {folder}`"
        );
    }
    Place::open(config)
}
