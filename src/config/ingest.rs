//! The settings of `buymode ingest`: where it listens, and the sources it takes in.

use super::values::Within;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// What `buymode ingest` takes in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// Address and port of `POST /v1/ingest/{source}`; port 0 takes a free one. Vendors reach it
    /// through something that speaks TLS.
    pub listen: SocketAddr,
    /// Threads that map rows (1 to 64).
    pub mappers: Within<1, 64, 2>,
    /// The sources, each under the name that `/v1/ingest/{source}` and dead letters call it.
    pub sources: BTreeMap<String, SourceConfig>,
}

impl Default for IngestConfig {
    fn default() -> Self {
        IngestConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8090)),
            mappers: Within::default(),
            sources: BTreeMap::new(),
        }
    }
}

/// A vendor's feed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// The mapping that reads its rows.
    pub mapping: PathBuf,
    /// Everything from it is the vendor's first dump: known from now on, but no news.
    #[serde(default)]
    pub baseline: bool,
    /// A topic of the vendor's own records, read by `buymode ingest`; its name in full, without
    /// our prefix. Who reads it is the group of the settings with `-ingest`.
    #[serde(default)]
    pub topic: Option<String>,
    /// What the topic's records are.
    #[serde(default)]
    pub format: RawFormat,
}

/// What the records of a topic are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawFormat {
    /// A JSON value each.
    #[default]
    Json,
    /// In the Confluent wire format, of any schema that the registry knows.
    Avro,
}
