//! The topics of a patient session that cannot be read at present: a vendor's topic that does not exist
//! (yet, or any more), or that this client may not read. The client itself goes on once it can; this
//! only knows what to say of them, and that an error of such a topic ends nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::metadata::Metadata;
use rdkafka::types::RDKafkaRespErr;

use crate::log::Absent;

/// How often a topic that is absent is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often all topics are looked at while none is absent.
const LOOK_EVERY_WELL: Duration = Duration::from_secs(60);
const MISSING: &str = "the topic does not exist, or this client may not see it: its writer creates it, or grant \
    Describe and Read on it";
const REFUSED: &str = "not allowed to read the topic: grant Describe and Read on it";

pub(super) struct Absences {
    topics: BTreeMap<String, &'static str>,
    due: Instant,
    /// The client was refused a topic, without its name: each is tried.
    is_refused: bool,
}

impl Absences {
    pub(super) fn new() -> Absences {
        Absences { topics: BTreeMap::new(), due: Instant::now(), is_refused: false }
    }

    /// An error of a topic came: look soon.
    pub(super) fn hint(&mut self, code: Code) {
        self.is_refused |= code == Code::TopicAuthorizationFailed;
        if self.topics.is_empty() {
            self.due = Instant::now();
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.due <= Instant::now()
    }

    /// There was no answer.
    pub(super) fn later(&mut self) {
        self.due = Instant::now() + LOOK_EVERY;
    }

    /// What the cluster says of these topics. `may_read` asks for one that exists.
    pub(super) fn note(
        &mut self,
        metadata: &Metadata,
        topics: &[String],
        mut may_read: impl FnMut(&str) -> bool,
    ) {
        let tries = self.is_refused;
        let why = |name: &String| match state(metadata, name) {
            Some(why) => Some((name.clone(), why)),
            None => (tries && !may_read(name)).then(|| (name.clone(), REFUSED)),
        };
        self.topics = topics.iter().filter_map(why).collect();
        self.is_refused = self.topics.values().any(|why| *why == REFUSED);
        let pause = if self.topics.is_empty() { LOOK_EVERY_WELL } else { LOOK_EVERY };
        self.due = Instant::now() + pause;
    }

    pub(super) fn list(&self) -> Vec<Absent> {
        let absent = |(topic, why): (&String, &&str)| Absent {
            topic: topic.clone(),
            why: (*why).to_owned(),
        };
        self.topics.iter().map(absent).collect()
    }
}

/// Why the cluster's answer says that a topic cannot be read.
fn state(metadata: &Metadata, name: &str) -> Option<&'static str> {
    let Some(topic) = metadata.topics().iter().find(|topic| topic.name() == name) else {
        return Some(MISSING);
    };
    match topic.error() {
        Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) => Some(MISSING),
        Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) => Some(REFUSED),
        // A leader that moves is there soon.
        _ => None,
    }
}

/// Whether the error is one topic's, which others need not hear of.
pub(super) fn is_of_a_topic(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownTopicOrPartition
            | Code::UnknownTopic
            | Code::UnknownPartition
            | Code::TopicAuthorizationFailed
    )
}
