//! Opening: the cluster answers, accepts this client, and has the topics; otherwise the opening fails
//! within ten seconds with the cause. Any one broker of the list is enough.

use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::metadata::Metadata;
use rdkafka::types::RDKafkaRespErr;

use super::config::KafkaConfig;
use super::context::Complains;
use super::waits::QUESTION;
use super::watched::call;
use super::{errors, probe};
use crate::log::{LogError, pattern};

/// The first wait for an answer, so that a refusal is noticed soon. Each further wait is longer: the
/// answer of a large cluster takes its time.
const ANSWER_MIN: Duration = Duration::from_millis(500);

/// How long a client may deliver what it complains of after each failed answer. A consumer asked
/// without waiting hands over one event, and the complaint stands behind lines of its log.
pub(super) const COMPLAINTS_WAIT: Duration = Duration::from_millis(50);

/// How long a cluster is given that answers with nothing but failed connections: a broker that is
/// just starting is there soon, a wrong port never.
const SILENCE_MAX: Duration = Duration::from_secs(7);

/// How long the other brokers of the list are given, once one of them has refused this client: it may
/// be a server of another kind that an old list still names.
const REFUSED_MAX: Duration = Duration::from_secs(3);

/// The cluster's topics and brokers, from the first answer. `serve` lets the client deliver what
/// it complains of.
pub(super) fn metadata<C: Complains>(
    client: &Client<C>,
    config: &KafkaConfig,
    serve: impl Fn(),
) -> Result<Metadata, LogError> {
    let (began, bootstrap) = (Instant::now(), &config.bootstrap);
    let calls = config.caller(&format!("kafka at {bootstrap}"));
    let refused_max = if bootstrap.contains(',') { REFUSED_MAX } else { Duration::ZERO };
    let (mut probed, mut wait) = (false, ANSWER_MIN);
    loop {
        let ask = || client.fetch_metadata(None, wait);
        let error = match call(&calls, "fetch_metadata", ask) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => error,
        };
        wait = (wait * 2).min(QUESTION);
        serve();
        let complaint = client.context().complaints().last();
        // Once a connection was made and broke: a name that is not found is not looked up again.
        if !probed && complaint.as_ref().is_some_and(|c| errors::breaks(c.code)) {
            probed = true;
            if let Some(why) = probe::mismatch(config) {
                return Err(LogError::Fatal(format!("kafka: {why}")));
            }
        }
        let refused = complaint.as_ref().is_some_and(errors::rejects);
        let silent = began.elapsed();
        if (refused && silent >= refused_max) || silent >= SILENCE_MAX {
            return Err(errors::unreachable(bootstrap, &errors::text(&error), complaint));
        }
    }
}

/// The names without the patterns, whose topics may all be created later.
pub(super) fn named(topics: &[String]) -> impl Iterator<Item = &String> {
    topics.iter().filter(|name| pattern::prefix_of(name).is_none())
}

/// Every topic that is named must be there, and readable.
pub(super) fn require_topics(
    metadata: &Metadata,
    topics: &[String],
    bootstrap: &str,
) -> Result<(), LogError> {
    for name in named(topics) {
        let found = metadata.topics().iter().find(|topic| topic.name() == name);
        let error = found.and_then(|topic| topic.error());
        let missing = error == Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        if found.is_none() || missing {
            return Err(LogError::Fatal(format!(
                "kafka at {bootstrap} has no topic {name}, or this client may not see it: create \
                 it (`buymode topics create`), or grant Describe and Read on it"
            )));
        }
        if let Some(error) = error {
            let code = rdkafka::error::RDKafkaErrorCode::from(error);
            return Err(LogError::Fatal(format!("kafka at {bootstrap}, topic {name}: {code}")));
        }
    }
    Ok(())
}
