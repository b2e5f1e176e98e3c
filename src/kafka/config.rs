//! How to reach the cluster: the keys of the configuration, checked. `clients` translates them for
//! librdkafka.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::credentials::{OauthConfig, SecretConfig};
use crate::log::LogError;

/// The names alone: a property may be a secret.
fn hidden<S: serde::Serializer>(
    extra: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(extra.keys().map(|name| (name, "***")))
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProtocol {
    #[default]
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl SecurityProtocol {
    pub fn is_encrypted(self) -> bool {
        matches!(self, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "plaintext",
            SecurityProtocol::Ssl => "ssl",
            SecurityProtocol::SaslPlaintext => "sasl_plaintext",
            SecurityProtocol::SaslSsl => "sasl_ssl",
        }
    }

    pub(super) fn has_login(self) -> bool {
        matches!(self, SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl)
    }

    pub(super) fn has_tls(self) -> bool {
        matches!(self, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum SaslMechanism {
    #[default]
    #[serde(rename = "PLAIN")]
    Plain,
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
    #[serde(rename = "OAUTHBEARER")]
    Oauthbearer,
}

impl SaslMechanism {
    pub(super) fn name(self) -> &'static str {
        match self {
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
            SaslMechanism::Oauthbearer => "OAUTHBEARER",
        }
    }
}

/// How a producer compresses what it sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchCompression {
    /// The cheapest in time on both sides.
    #[default]
    Lz4,
    Gzip,
    None,
}

impl BatchCompression {
    pub(super) fn name(self) -> &'static str {
        match self {
            BatchCompression::Lz4 => "lz4",
            BatchCompression::Gzip => "gzip",
            BatchCompression::None => "none",
        }
    }
}

/// The connection to a Kafka cluster.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaConfig {
    /// Brokers to begin with, `host:port`, separated by commas.
    pub bootstrap: String,
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
    pub security_protocol: SecurityProtocol,
    /// `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`; only with a `sasl_*` protocol.
    pub sasl_mechanism: SaslMechanism,
    /// Login; only with a `sasl_*` protocol, and then required, except for `OAUTHBEARER`.
    pub sasl_username: Option<String>,
    /// Password of the login: a text, better given by environment than in a file, or `{ file: PATH }`.
    pub sasl_password: Option<SecretConfig>,
    /// Where access tokens come from; with `OAUTHBEARER` alone, and then required.
    pub oauth: Option<OauthConfig>,
    /// PEM file of the authorities to trust; without it, those of the system.
    pub ssl_ca_location: Option<PathBuf>,
    /// PEM file of the client's certificate, where brokers ask for one.
    pub ssl_certificate_location: Option<PathBuf>,
    /// PEM file of the client's private key.
    pub ssl_key_location: Option<PathBuf>,
    /// Password of the private key: a text, or `{ file: PATH }`.
    pub ssl_key_password: Option<SecretConfig>,
    /// The name that shows in the brokers' logs and quotas.
    pub client_id: String,
    /// How what we write is compressed on its way: `lz4`, `gzip` or `none`.
    pub compression: BatchCompression,
    /// Memory for records on their way, per session, in MiB (16 to 4096).
    pub memory_mib: u32,
    /// How long an open transaction may live before the broker aborts it, in milliseconds (1000 to
    /// 900000). Readers wait that long behind a transaction whose writer died.
    pub transaction_timeout_ms: u32,
    /// How long a group member may be silent before its partitions go to others, in milliseconds.
    /// Longer than `transaction_timeout_ms`.
    pub session_timeout_ms: u32,
    /// Write even where this machine's clock and the broker's are far apart. A flag says it, never a
    /// file: it holds for one start.
    #[serde(skip)]
    pub clock_is_right: bool,
    /// How long one call of the Kafka client may stand still before the process ends, in milliseconds
    /// (3000 to 3600000): longer than `transaction_timeout_ms`, for which a commit may wait. Left
    /// out: twice `transaction_timeout_ms`, and ten seconds more.
    pub call_limit_ms: Option<u32>,
    /// Further librdkafka properties by name, for what has no key here.
    #[serde(serialize_with = "hidden")]
    pub extra: BTreeMap<String, String>,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        KafkaConfig {
            bootstrap: "localhost:9092".to_owned(),
            security_protocol: SecurityProtocol::default(),
            sasl_mechanism: SaslMechanism::default(),
            sasl_username: None,
            sasl_password: None,
            oauth: None,
            ssl_ca_location: None,
            ssl_certificate_location: None,
            ssl_key_location: None,
            ssl_key_password: None,
            client_id: "buymode".to_owned(),
            compression: BatchCompression::default(),
            memory_mib: 128,
            transaction_timeout_ms: 10_000,
            session_timeout_ms: 15_000,
            clock_is_right: false,
            call_limit_ms: None,
            extra: BTreeMap::new(),
        }
    }
}

impl fmt::Debug for KafkaConfig {
    /// By hand: `extra` may hold secrets too, so that only its names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaConfig")
            .field("bootstrap", &self.bootstrap)
            .field("security_protocol", &self.security_protocol)
            .field("sasl_username", &self.sasl_username)
            .field("client_id", &self.client_id)
            .field("memory_mib", &self.memory_mib)
            .field("transaction_timeout_ms", &self.transaction_timeout_ms)
            .field("session_timeout_ms", &self.session_timeout_ms)
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Properties that `extra` may not touch: they have a key of their own, or correctness rests on
/// them.
const RESERVED: &[&str] = &[
    "acks",
    "allow.auto.create.topics",
    "auto.offset.reset",
    "bootstrap.servers",
    "client.id",
    "compression.codec",
    "compression.type",
    "delivery.report.only.error",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "enable.sasl.oauthbearer.unsecure.jwt",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "isolation.level",
    "message.timeout.ms",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "request.required.acks",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "session.timeout.ms",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
    "transaction.timeout.ms",
    "transactional.id",
];

impl KafkaConfig {
    /// The files that the settings name.
    pub fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let files = [
            &mut self.ssl_ca_location,
            &mut self.ssl_certificate_location,
            &mut self.ssl_key_location,
        ];
        let secrets = [&mut self.sasl_password, &mut self.ssl_key_password];
        let secrets = secrets.into_iter().flatten().filter_map(SecretConfig::file_mut);
        let oauth = self.oauth.iter_mut().flat_map(OauthConfig::paths);
        files.into_iter().flatten().chain(secrets).chain(oauth)
    }

    /// The files that a client holds as they were when it was made. Those of `oauth` are read for each
    /// token.
    pub(super) fn held_files(&self) -> Vec<PathBuf> {
        let files = [
            self.ssl_ca_location.as_deref(),
            self.ssl_certificate_location.as_deref(),
            self.ssl_key_location.as_deref(),
            self.sasl_password.as_ref().and_then(SecretConfig::file),
            self.ssl_key_password.as_ref().and_then(SecretConfig::file),
        ];
        files.into_iter().flatten().map(Path::to_owned).collect()
    }

    /// Checks what a type cannot: ranges, and keys that need or exclude each other.
    pub fn validate(&self) -> Result<(), LogError> {
        let complaint =
            self.bad_broker().or_else(|| self.bad_number()).or_else(|| self.bad_login());
        let complaint = complaint.or_else(|| self.bad_oauth()).or_else(|| self.bad_files());
        let complaint = complaint.or_else(|| self.bad_extra());
        match complaint {
            Some(text) => Err(LogError::Fatal(format!("kafka: {text}"))),
            None => Ok(()),
        }
    }

    fn bad_broker(&self) -> Option<String> {
        if self.bootstrap.trim().is_empty() {
            return Some("bootstrap is empty: give host:port".to_owned());
        }
        let bad = self.bootstrap.split(',').find(|broker| {
            let address = broker.rsplit("://").next().unwrap_or(broker).trim();
            !matches!(address.rsplit_once(':'),
                Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0))
        })?;
        Some(format!("bootstrap: `{}` is not host:port", bad.trim()))
    }

    fn bad_number(&self) -> Option<String> {
        if !(16..=4096).contains(&self.memory_mib) {
            return Some(format!("memory_mib: {} is not within 16 to 4096", self.memory_mib));
        }
        if !(1_000..=900_000).contains(&self.transaction_timeout_ms) {
            let value = self.transaction_timeout_ms;
            return Some(format!("transaction_timeout_ms: {value} is not within 1000 to 900000"));
        }
        if self.session_timeout_ms <= self.transaction_timeout_ms
            || self.session_timeout_ms > 1_800_000
        {
            return Some(format!(
                "session_timeout_ms: {} is not within transaction_timeout_ms ({}) and 1800000",
                self.session_timeout_ms, self.transaction_timeout_ms
            ));
        }
        let limit = self
            .call_limit_ms
            .filter(|ms| *ms <= self.transaction_timeout_ms || !(3_000..=3_600_000).contains(ms))?;
        Some(format!(
            "call_limit_ms: {limit} is not within 3000 and 3600000, or not longer than \
             transaction_timeout_ms ({})",
            self.transaction_timeout_ms
        ))
    }

    fn bad_login(&self) -> Option<String> {
        let protocol = self.security_protocol;
        let given = self.sasl_username.is_some() || self.sasl_password.is_some();
        if self.has_tokens() && given {
            return Some(
                "sasl_username and sasl_password are not used with sasl_mechanism OAUTHBEARER: \
                 remove them, and give oauth"
                    .to_owned(),
            );
        }
        let complete = self.sasl_username.is_some() && self.sasl_password.is_some();
        if protocol.has_login() && !complete && !self.has_tokens() {
            let name = protocol.name();
            return Some(format!(
                "security_protocol: {name} needs sasl_username and sasl_password"
            ));
        }
        let is_empty = |secret: &SecretConfig| matches!(secret, SecretConfig::Text(text) if text.reveal().is_empty());
        if self.sasl_username.as_deref() == Some("") {
            return Some("sasl_username: it is empty; give the user's name".to_owned());
        }
        if self.sasl_password.as_ref().is_some_and(is_empty) {
            return Some("sasl_password: it is empty; give the user's password".to_owned());
        }
        if !protocol.has_login() && given {
            return Some(format!(
                "sasl_username and sasl_password are not used with security_protocol {}: \
                 choose sasl_plaintext or sasl_ssl, or remove them",
                protocol.name()
            ));
        }
        None
    }

    /// Whether clients log in with access tokens.
    pub(super) fn has_tokens(&self) -> bool {
        self.security_protocol.has_login() && self.sasl_mechanism == SaslMechanism::Oauthbearer
    }

    fn bad_oauth(&self) -> Option<String> {
        match (&self.oauth, self.has_tokens()) {
            (None, true) => Some(
                "sasl_mechanism: OAUTHBEARER needs oauth with token_url, client_id and client_secret"
                    .to_owned(),
            ),
            (Some(_), false) => Some(
                "oauth is used with sasl_mechanism OAUTHBEARER and security_protocol sasl_ssl or \
                 sasl_plaintext only: set both, or remove oauth"
                    .to_owned(),
            ),
            (Some(oauth), true) => oauth.check().err().map(|why| format!("oauth: {why}")),
            (None, false) => None,
        }
    }

    fn bad_files(&self) -> Option<String> {
        let files = [
            ("ssl_ca_location", &self.ssl_ca_location),
            ("ssl_certificate_location", &self.ssl_certificate_location),
            ("ssl_key_location", &self.ssl_key_location),
        ];
        for (key, path) in files {
            let Some(path) = path else { continue };
            if !self.security_protocol.has_tls() {
                let name = self.security_protocol.name();
                return Some(format!("{key} is not used with security_protocol {name}"));
            }
            if let Err(error) = std::fs::File::open(path) {
                return Some(format!("{key}: cannot read {}: {error}", path.display()));
            }
        }
        let secrets =
            [("sasl_password", &self.sasl_password), ("ssl_key_password", &self.ssl_key_password)];
        let read = |(key, secret): (&str, &Option<SecretConfig>)| {
            let why = secret.as_ref()?.read().err()?;
            Some(format!("{key}: {why}"))
        };
        secrets.into_iter().find_map(read)
    }

    fn bad_extra(&self) -> Option<String> {
        let name = self.extra.keys().find(|name| {
            RESERVED.contains(&name.as_str()) || name.starts_with("sasl.oauthbearer")
        })?;
        let key = if name.starts_with("sasl.oauthbearer") { " (kafka.oauth)" } else { "" };
        Some(format!(
            "extra: `{name}` may not be set here: it has its own key{key}, or exactly-once depends on it"
        ))
    }
}
