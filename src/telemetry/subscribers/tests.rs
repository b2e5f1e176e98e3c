//! Groups by their positions, against a topic that has records at some of its offsets.

use super::*;
use crate::log::fake::{FakeReader, Reads};
use crate::log::{Cleanup, Log, Replication, SessionSpec, Stamp, TopicSpec, Writer};

/// What brokers say: groups with their position, or that it may not be seen.
type Answer = (&'static str, Result<Option<i64>, LogError>);

struct Brokers(Mutex<Vec<Answer>>);

impl Store for Brokers {
    fn session(&self, _: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        Err(LogError::Fatal("no sessions here".to_owned()))
    }

    fn writer(&self, _: &str) -> Result<Box<dyn Writer>, LogError> {
        Err(LogError::Fatal("no writers here".to_owned()))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        Err(LogError::Fatal("no readers here".to_owned()))
    }

    fn create_topics(&self, _: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        Ok(Vec::new())
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        let spec = |name: &String| TopicSpec {
            name: name.clone(),
            partitions: 1,
            cleanup: Cleanup::Delete,
            retention_ms: None,
            stamp: Stamp::LogAppendTime,
            max_message_bytes: 1,
            compression: None,
            replication: Replication::default(),
        };
        Ok(names.iter().map(|name| Some(spec(name))).collect())
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        Ok(["buymode.inputs", "sequencer.ae"].map(str::to_owned).to_vec())
    }

    fn groups(&self) -> Result<Vec<String>, LogError> {
        Ok(self.0.lock().unwrap().iter().map(|(name, _)| (*name).to_owned()).collect())
    }

    fn positions(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, LogError> {
        assert_eq!(partitions.len(), 1, "topics of decisions alone");
        let known = self.0.lock().unwrap();
        let (_, answer) = known.iter().find(|(name, _)| *name == group).unwrap();
        answer.clone().map(|position| vec![position])
    }

    fn location(&self) -> String {
        "here".to_owned()
    }
}

fn measure() -> Measure {
    Measure {
        read_max: READ_MAX,
        prefix: "sequencer.".to_owned(),
        own: vec!["buymode-desk-forward".to_owned()],
        ..Measure::default()
    }
}

#[test]
fn should_follow_the_groups_that_read_decisions_and_count_those_it_may_not_see() {
    let refused = Err(LogError::Fatal("grant Describe on it".to_owned()));
    let brokers = Brokers(Mutex::new(vec![
        ("buymode-desk-forward", Ok(Some(2))),
        ("done", Ok(Some(10))),
        // Only a transaction marker is left.
        ("marker", Ok(Some(9))),
        ("secret", refused),
        ("stands", Ok(Some(4))),
        ("stranger", Ok(None)),
    ]));
    let mut reader = FakeReader::new(2..10, &[2, 4, 6, 8], Reads::All);
    let (lags, counts) = measure().round(&brokers, &mut reader).unwrap();
    assert_eq!(counts, [3, 1, 0]);
    let of = |group: &str| lags[&(group.to_owned(), "sequencer.ae".to_owned())].unwrap();
    assert_eq!(of("done"), Lag::default());
    assert_eq!(of("marker"), Lag::default());
    assert_eq!(of("stands").offsets, 6);
    assert!(of("stands").seconds > 0.0, "{lags:?}");
    assert_eq!(lags.len(), 3);
}

#[test]
fn should_ask_a_group_that_reads_other_topics_seldom_and_find_it_once_it_reads_these() {
    let brokers = Brokers(Mutex::new(vec![("late", Ok(None))]));
    let mut reader = FakeReader::new(0..4, &[0, 1, 2, 3], Reads::All);
    let mut measure = measure();
    assert!(measure.round(&brokers, &mut reader).unwrap().0.is_empty());
    brokers.0.lock().unwrap()[0].1 = Ok(Some(1));
    let found = (1..=STRANGERS_EVERY)
        .position(|_| !measure.round(&brokers, &mut reader).unwrap().0.is_empty());
    assert_eq!(found, Some(STRANGERS_EVERY as usize - 1));
}

#[test]
fn should_keep_series_that_stay_and_forget_groups_that_are_gone() {
    let registry = Registry::new();
    let subscribers = Subscribers::new(&registry);
    let lag = Lag { offsets: 3, seconds: 60.0 };
    let of = |group: &str| ((group.to_owned(), "sequencer.ae".to_owned()), Some(lag));
    assert_eq!(subscribers.show(&[of("a"), of("b")].into(), Some([2, 1, 0])), 0);
    assert_eq!(subscribers.show(&[of("b")].into(), Some([1, 1, 0])), 1);
    let page = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    assert!(page.contains("lag_seconds{group=\"b\",topic=\"sequencer.ae\"} 60"), "{page}");
    assert!(!page.contains("group=\"a\"") && page.contains("{state=\"refused\"} 1"), "{page}");
    subscribers.show(&Lags::new(), None);
    let page = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    assert!(!page.contains("buymode"), "{page}");
}

#[test]
fn should_not_say_that_all_is_read_where_the_time_was_over() {
    let brokers = Brokers(Mutex::new(vec![("stands", Ok(Some(0)))]));
    let at = ("stands".to_owned(), "sequencer.ae".to_owned());
    let mut reader = FakeReader::new(0..10, &[9], Reads::StallAt(9));
    let mut measure = Measure { read_max: Duration::ZERO, ..measure() };
    assert_eq!(measure.round(&brokers, &mut reader).unwrap().0[&at], None);
    // The next rounds go on from there.
    measure.read_max = READ_MAX;
    let mut reader = FakeReader::new(0..10, &[9], Reads::All);
    assert!(measure.round(&brokers, &mut reader).unwrap().0[&at].unwrap().seconds > 0.0);
}

#[test]
fn should_keep_what_is_known_where_the_time_was_over_but_not_that_all_is_read() {
    let registry = Registry::new();
    let subscribers = Subscribers::new(&registry);
    let at = |group: &str| (group.to_owned(), "sequencer.ae".to_owned());
    let behind = Lag { offsets: 3, seconds: 60.0 };
    let known = [(at("behind"), Some(behind)), (at("read"), Some(Lag::default()))];
    subscribers.show(&known.into(), Some([2, 0, 0]));
    let unknown: Lags = ["behind", "read", "new"].map(|group| (at(group), None)).into();
    subscribers.show(&unknown, Some([3, 0, 0]));
    let page = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    assert!(page.contains("lag_seconds{group=\"behind\",topic=\"sequencer.ae\"} 60"), "{page}");
    assert!(!page.contains("group=\"read\"") && !page.contains("group=\"new\""), "{page}");
    subscribers.show(&Lags::new(), None);
    let page = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    assert!(!page.contains("group="), "{page}");
}
