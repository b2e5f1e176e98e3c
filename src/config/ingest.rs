//! The settings of `buymode ingest`: where it listens, and the sources it takes in.

use super::authentication::AuthenticationConfig;
use super::values::{HostName, Within};
use crate::domain::account::input::check_source;
use crate::domain::account::origin::RowFormat;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// What `buymode ingest` receives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// Address and port of `POST /v1/ingest/{source}`; port 0 takes a free one. Vendors reach it
    /// through something that speaks TLS.
    pub listen: SocketAddr,
    /// The names by which vendors reach it, such as `hooks.example.com`, where the proxy before it
    /// passes them on. Addresses, `localhost` and the host of a `url` below need not be listed; a
    /// request to any other name is refused with 403.
    pub hosts: Vec<HostName>,
    /// Threads that map rows (1 to 64).
    pub mappers: Within<1, 64, 2>,
    /// Open connections at once (1 to 100000), but no more than half of the files that the process may
    /// open. A further one takes the place of the oldest without a request in progress; where all
    /// have one, it is answered with 503.
    pub connections_max: Within<1, 100_000, 512>,
    /// MiB of a request's body (1 to 16), as it is sent and as it is unpacked.
    pub body_mib_max: Within<1, 16, 1>,
    /// MiB of requests under way (16 to 4096): bodies being read, and what waits for the log. The
    /// sources whose senders are not known before a body's end (a signature, or none) divide half of
    /// it among themselves, so that strangers at one hold up no other.
    pub queue_mib_max: Within<16, 4096, 64>,
    /// Milliseconds that a request may wait for its turn (10 to 600000). The sources are
    /// served in turn. While the oldest one of a source has waited longer, more is asked than the service can
    /// do: new ones of that source are answered with 503 at once.
    pub queue_wait_ms_max: Within<10, 600_000, 1_000>,
    /// Milliseconds that a request may take to send its body (100 to 600000).
    pub body_timeout_ms: Within<100, 600_000, 10_000>,
    /// Milliseconds that a request waits for the log before it is answered with 503 (100 to 600000):
    /// less than the vendor waits for an answer.
    pub answer_timeout_ms: Within<100, 600_000, 5_000>,
    /// The sources, each under the name that `/v1/ingest/{source}` and dead letters call it: lower
    /// case letters, digits, hyphens and underscores.
    pub sources: BTreeMap<String, SourceConfig>,
}

impl Default for IngestConfig {
    fn default() -> Self {
        IngestConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8090)),
            hosts: Vec::new(),
            mappers: Within::default(),
            connections_max: Within::default(),
            body_mib_max: Within::default(),
            queue_mib_max: Within::default(),
            queue_wait_ms_max: Within::default(),
            body_timeout_ms: Within::default(),
            answer_timeout_ms: Within::default(),
            sources: BTreeMap::new(),
        }
    }
}

/// A vendor's feed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
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
    /// How a request proves who sent it: one of `bearer`, `github`, `hubspot`, `shopify`, `slack`,
    /// `standard_webhooks`, `stripe`, `theirstack`, `zoom`, `hmac_sha256` with their keys, or `none`. A
    /// source without it takes no requests.
    #[serde(default)]
    pub authentication: Option<AuthenticationConfig>,
    /// Its requests at once (1 to 10000); more are answered with 429.
    #[serde(default)]
    pub requests_max: Within<1, 10_000, 256>,
    /// Its requests a second (1 to 1000000), after a burst of as many; more are answered with 429.
    #[serde(default)]
    pub requests_per_second_max: Within<1, 1_000_000, 10_000>,
}

/// What the records of a topic are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RawFormat {
    /// A JSON value each, perhaps behind the id of its schema (Confluent wire format).
    #[default]
    Json,
    /// In the Confluent wire format, of any schema that the registry knows: Avro, or JSON with a
    /// JSON Schema. Protobuf is not read.
    Avro,
    /// An XML document each.
    Xml,
}

impl From<RawFormat> for RowFormat {
    fn from(format: RawFormat) -> RowFormat {
        match format {
            RawFormat::Json => RowFormat::Json,
            RawFormat::Avro => RowFormat::Avro,
            RawFormat::Xml => RowFormat::Xml,
        }
    }
}

/// A source's name is part of addresses, of dead letters and of metrics.
const NAME_LENGTH_MAX: usize = 64;

impl IngestConfig {
    /// Whether any source has an HTTP endpoint.
    pub fn takes_requests(&self) -> bool {
        self.sources.values().any(|source| source.authentication.is_some())
    }

    /// Paths in the file are relative to it.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.sources.values_mut().flat_map(|source| {
            let secrets = source.authentication.as_mut().and_then(|a| a.secrets_mut());
            let files = secrets.into_iter().flatten().filter_map(|secret| secret.file_mut());
            std::iter::once(&mut source.mapping).chain(files)
        })
    }

    /// Sources that take requests whose sender is not known before the body's end.
    pub fn strangers(&self) -> impl Iterator<Item = &SourceConfig> {
        let sources = self.sources.values();
        sources.filter(|s| s.authentication.as_ref().is_some_and(|a| !a.is_early()))
    }

    /// What no single value shows: where, and what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, source) in &self.sources {
            let plain =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
            if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.chars().all(plain) {
                return Err(format!(
                    "ingest.sources.{name}: a source's name has 1 to {NAME_LENGTH_MAX} lower case \
                     letters, digits, hyphens and underscores"
                ));
            }
            check_source(name).map_err(|why| format!("ingest.sources.{name}: {why}"))?;
            let at = |why: String| format!("ingest.sources.{name}.authentication: {why}");
            match &source.authentication {
                Some(authentication) => authentication.check().map_err(at)?,
                // Its rows come by a topic alone.
                None if source.topic.is_some() => {}
                None => {
                    return Err(at("say how requests prove who sent them: bearer, github, hubspot, \
                        shopify, slack, standard_webhooks, stripe, theirstack, zoom or hmac_sha256; \
                        `none` takes them from anybody"
                        .to_owned()));
                }
            }
        }
        let count = u32::try_from(self.strangers().count()).unwrap_or(u32::MAX);
        let (queue, body) = (self.queue_mib_max.get(), self.body_mib_max.get());
        let least = count.saturating_mul(2).saturating_mul(body);
        if queue < least {
            return Err(format!(
                "ingest.queue_mib_max: {queue} is too little for {count} sources with a signature or \
                 none, each of which has a part of half of it for a body of {body} MiB \
                 (ingest.body_mib_max); set it to {least} or more"
            ));
        }
        Ok(())
    }
}
