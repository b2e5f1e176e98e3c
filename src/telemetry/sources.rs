//! What each source of `buymode ingest` does: it takes requests, reads its topic, or waits for the topic.

use crate::log::Absent;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::{info, warn};

/// How often a topic that is still absent is named again.
const AGAIN: Duration = Duration::from_secs(60);

/// The sources, and the topics that are waited for.
#[derive(Default)]
pub(super) struct Sources {
    /// By name: whether it takes requests, and its topic.
    sources: BTreeMap<String, (bool, Option<String>)>,
    absent: Mutex<BTreeMap<String, Absence>>,
}

struct Absence {
    why: String,
    since: Instant,
    /// When it was last logged.
    said: Instant,
}

impl Sources {
    pub(super) fn new(
        sources: impl IntoIterator<Item = (String, bool, Option<String>)>,
    ) -> Sources {
        let sources =
            sources.into_iter().map(|(name, asked, topic)| (name, (asked, topic))).collect();
        Sources { sources, absent: Mutex::default() }
    }

    /// Says it once, and then once a minute.
    pub(super) fn absent(&self, topics: &[Absent]) {
        let mut known = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        if topics.is_empty() && known.is_empty() {
            return;
        }
        let now = Instant::now();
        known.retain(|topic, absence| {
            let stays = topics.iter().any(|absent| absent.topic == *topic);
            if !stays {
                let waited_s = absence.since.elapsed().as_secs();
                info!(topic, waited_s, "the topic is there: its source goes on");
            }
            stays
        });
        for Absent { topic, why } in topics {
            let absence = known.entry(topic.clone()).or_insert_with(|| Absence {
                why: String::new(),
                since: now,
                said: now,
            });
            if absence.why != *why || now.duration_since(absence.said) >= AGAIN {
                let waited_s = absence.since.elapsed().as_secs();
                warn!(topic, why, waited_s, "a source waits for its topic; the others go on");
                (absence.why, absence.said) = (why.clone(), now);
            }
        }
    }

    /// For `/readyz`: by name, what each does.
    pub(super) fn states(&self) -> BTreeMap<String, String> {
        let absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        let state = |(name, (is_asked, topic)): (&String, &(bool, Option<String>))| {
            let requests = is_asked.then(|| "takes requests".to_owned());
            let topic = topic.as_ref().map(|topic| match absent.get(topic) {
                None => format!("reads topic {topic}"),
                Some(absence) => format!("waits for topic {topic}: {}", absence.why),
            });
            let both: Vec<String> = requests.into_iter().chain(topic).collect();
            (name.clone(), both.join("; "))
        };
        self.sources.iter().map(state).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_a_state_and_one_that_waits_says_why() {
        let topic = |name: &str| Some(name.to_owned());
        let sources = Sources::new([
            ("crm".to_owned(), false, topic("crm-rows")),
            ("form".to_owned(), true, None),
            ("vendor".to_owned(), true, topic("vendor-rows")),
        ]);
        let state = |name: &str| sources.states()[name].clone();
        assert_eq!(state("form"), "takes requests");
        assert_eq!(state("vendor"), "takes requests; reads topic vendor-rows");
        let absent = [Absent { topic: "crm-rows".to_owned(), why: "it does not exist".to_owned() }];
        sources.absent(&absent);
        sources.absent(&absent);
        assert_eq!(state("crm"), "waits for topic crm-rows: it does not exist");
        assert_eq!(state("vendor"), "takes requests; reads topic vendor-rows");
        sources.absent(&[]);
        assert_eq!(state("crm"), "reads topic crm-rows");
    }
}
