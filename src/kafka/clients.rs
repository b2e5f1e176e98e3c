//! The settings of each kind of client: the one place that knows librdkafka's properties.
//!
//! What the guarantees rest on (isolation, acknowledgement, fencing, automatic commits) is set
//! here and cannot be changed from outside.

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use super::config::KafkaConfig;
use crate::log::LogError;

/// The largest record that a producer takes, in bytes: far above what any topic allows, so that
/// the topic's own `max.message.bytes` decides, and not a second limit that no operator set.
const MESSAGE_BYTES_MAX: u32 = 16 * 1024 * 1024;

impl KafkaConfig {
    /// What every client shares. Files of secrets are read now, certificates when the client is made.
    fn base(&self) -> Result<ClientConfig, LogError> {
        let mut config = ClientConfig::new();
        for (name, value) in &self.extra {
            config.set(name, value);
        }
        config
            .set_log_level(RDKafkaLogLevel::Info)
            .set("bootstrap.servers", &self.bootstrap)
            .set("client.id", &self.client_id)
            .set("security.protocol", self.security_protocol.name())
            .set("allow.auto.create.topics", "false")
            // A restarted broker should be found within a second, not within ten.
            .set("reconnect.backoff.max.ms", "1000")
            .set("socket.keepalive.enable", "true")
            // By default it pushes client telemetry to the broker.
            .set("enable.metrics.push", "false");
        self.add_security(&mut config)
            .map_err(|(key, why)| LogError::Fatal(format!("kafka: {key}: {why}")))?;
        Ok(config)
    }

    /// The error is a key and what is wrong with it.
    fn add_security(&self, config: &mut ClientConfig) -> Result<(), (&'static str, String)> {
        if self.security_protocol.has_login() {
            config.set("sasl.mechanisms", self.sasl_mechanism.name());
            if let (Some(username), Some(password)) = (&self.sasl_username, &self.sasl_password) {
                let password = password.read().map_err(|why| ("sasl_password", why))?;
                config.set("sasl.username", username).set("sasl.password", password.reveal());
            }
        }
        if !self.security_protocol.has_tls() {
            return Ok(());
        }
        // The linked OpenSSL knows no system path of its own: `probe` looks at the usual ones.
        let authorities = self.ssl_ca_location.as_ref();
        let authorities = authorities.map_or("probe".into(), |path| path.to_string_lossy());
        config.set("ssl.ca.location", authorities);
        let files = [
            ("ssl.certificate.location", &self.ssl_certificate_location),
            ("ssl.key.location", &self.ssl_key_location),
        ];
        for (name, path) in files {
            if let Some(path) = path {
                config.set(name, path.to_string_lossy());
            }
        }
        if let Some(password) = &self.ssl_key_password {
            let password = password.read().map_err(|why| ("ssl_key_password", why))?;
            config.set("ssl.key.password", password.reveal());
        }
        Ok(())
    }

    fn consumer(&self, group: &str) -> Result<ClientConfig, LogError> {
        let kib = self.memory_mib * 1024;
        let mut config = self.base()?;
        config
            .set("group.id", group)
            .set("session.timeout.ms", self.session_timeout_ms.to_string())
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            // Half of the budget holds records that wait, a quarter one answer under way.
            .set("queued.max.messages.kbytes", (kib / 2).to_string())
            .set("fetch.max.bytes", (kib / 4).min(50 * 1024).saturating_mul(1024).to_string())
            // By default the fetcher sleeps a whole second once the queue is full.
            .set("fetch.queue.backoff.ms", "10");
        Ok(config)
    }

    /// A group member.
    pub(super) fn member(&self, group: &str) -> Result<ClientConfig, LogError> {
        let mut config = self.consumer(group)?;
        config
            // Only what moves is revoked: other tasks keep their state over a rebalance.
            .set("partition.assignment.strategy", "cooperative-sticky")
            // A partition that comes or is sought waits for the fetch under way.
            .set("fetch.wait.max.ms", "100")
            .set("heartbeat.interval.ms", (self.session_timeout_ms / 10).min(1_000).to_string());
        Ok(config)
    }

    /// A group member that waits for topics: it should find one soon after it is created.
    pub(super) fn patient_member(&self, group: &str) -> Result<ClientConfig, LogError> {
        let mut config = self.member(group)?;
        config.set("topic.metadata.refresh.interval.ms", "5000");
        Ok(config)
    }

    /// Reads partitions that it names itself. The group is never joined; librdkafka wants one.
    pub(super) fn reader(&self, group: &str) -> Result<ClientConfig, LogError> {
        let mut config = self.consumer(group)?;
        config
            .set("enable.partition.eof", "true")
            // A fetch under way holds up what is asked next, and the end of a partition shows in
            // an empty answer only: with the default of half a second each partition of a restore
            // takes 1.6 s longer.
            .set("fetch.wait.max.ms", "10");
        Ok(config)
    }

    /// Asks for offsets at read_uncommitted; reads nothing.
    pub(super) fn meter(&self) -> Result<ClientConfig, LogError> {
        let mut config = self.base()?;
        config
            .set("isolation.level", "read_uncommitted")
            // Unused, but librdkafka compares it with what `extra` may hold.
            .set("session.timeout.ms", self.session_timeout_ms.to_string());
        Ok(config)
    }

    pub(super) fn admin(&self) -> Result<ClientConfig, LogError> {
        self.base()
    }

    /// `reports`: whether the records that arrived are reported too; a callback for each is too dear
    /// for a worker.
    pub(super) fn producer(
        &self,
        transactional_id: &str,
        reports: bool,
    ) -> Result<ClientConfig, LogError> {
        let mut config = self.base()?;
        config
            .set("transactional.id", transactional_id)
            .set("transaction.timeout.ms", self.transaction_timeout_ms.to_string())
            // A record that cannot be delivered must fail while the transaction can be aborted.
            .set("message.timeout.ms", (self.transaction_timeout_ms / 10 * 8).to_string())
            .set("delivery.report.only.error", (!reports).to_string())
            // As Java's, Go's and Python's producers place them.
            .set("partitioner", "murmur2_random")
            // Brokers store it as it comes, unless a topic's own `compression.type` says otherwise.
            .set("compression.type", self.compression.name())
            .set("linger.ms", "1")
            .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string())
            .set("queue.buffering.max.messages", "1000000")
            .set("queue.buffering.max.kbytes", (self.memory_mib * 1024 / 4).to_string())
            .set("topic.metadata.propagation.max.ms", "5000");
        // send_offsets_to_transaction waits, past any limit, for a coordinator that is gone, until
        // some connection of the client changes its state (librdkafka issues 5456 and 5511). Left
        // alone, the broker closes an idle one after ten minutes.
        if !self.extra.contains_key("connections.max.idle.ms") {
            config.set("connections.max.idle.ms", "10000");
        }
        Ok(config)
    }
}
