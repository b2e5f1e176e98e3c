//! A log that brings nothing more: whoever reads to the end says so, by topic, partition and offset,
//! and does not wait for ever.

use super::*;
use buymode::aliases::read::Reading;
use buymode::codec::Codec;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::topics::Topics;
use buymode::ingest::dead_letters::{self, Resolved};
use buymode::log::{
    Log, LogError, Output, Reader, RecordRef, SessionSpec, Store, TopicSpec, Watermarks, Writer,
};
use buymode::runtime::exit::Exit;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Its readers come to the last record of each partition of one topic, and never beyond.
struct Stalled {
    inner: EmbeddedStore,
    topic: String,
}

struct StalledReader {
    inner: Box<dyn Reader>,
    topic: String,
}

impl Reader for StalledReader {
    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        self.inner.watermarks(topic, partition)
    }

    fn read(
        &mut self,
        topic: &str,
        partition: i32,
        from: i64,
        to: i64,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<i64, LogError> {
        if topic != self.topic {
            return self.inner.read(topic, partition, from, to, budget, visit);
        }
        let last = self.inner.watermarks(topic, partition)?.stable - 1;
        self.inner.read(topic, partition, from, to.min(last), budget, visit)
    }

    fn stall_max(&self) -> Duration {
        Duration::from_millis(200)
    }
}

impl Store for Stalled {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        self.inner.session(spec)
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError> {
        self.inner.writer(transactional_id)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        Ok(Box::new(StalledReader { inner: self.inner.reader()?, topic: self.topic.clone() }))
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        self.inner.create_topics(specs)
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        self.inner.describe_topics(names)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        self.inner.topic_names()
    }

    fn location(&self) -> String {
        self.inner.location()
    }
}

type Task = fn(&Stalled, &Topics) -> Result<(), String>;

/// What the task says, if it ends at all.
fn says(store: &Arc<Stalled>, what: &str, task: Task) -> String {
    let (said, heard) = channel();
    let (store, topics) = (store.clone(), topics());
    std::thread::spawn(move || said.send(task(&store, &topics)));
    let ended = heard.recv_timeout(Duration::from_secs(20));
    let ended = ended.unwrap_or_else(|_| panic!("{what} waits for ever"));
    ended.expect_err(&format!("{what} took a part of the log for all of it"))
}

fn try_audit(store: &Stalled, topics: &Topics) -> Result<(), String> {
    let done = buymode::admin::audit::audit(store, topics.clone(), Codec::local(), 5, &mut |_| ());
    done.map(drop).map_err(|error| format!("{error:#}"))
}

fn read_letters(store: &Stalled, topics: &Topics) -> Result<(), String> {
    let mut go_on = |_| Ok(ControlFlow::Continue(()));
    let done = dead_letters::scan(store, &mut Codec::local(), &topics.dead_letters, &mut go_on);
    done.map_err(|error| error.to_string())
}

fn read_a_letter(store: &Stalled, topics: &Topics) -> Result<(), String> {
    let found = dead_letters::at(store, &mut Codec::local(), &topics.dead_letters, (1, 0));
    found.map(drop).map_err(|error| error.to_string())
}

fn read_resolutions(store: &Stalled, topics: &Topics) -> Result<(), String> {
    let resolved = Resolved::read(store, &mut Codec::local(), &topics.resolutions);
    resolved.map(drop).map_err(|error| error.to_string())
}

fn read_aliases(store: &Stalled, topics: &Topics) -> Result<(), String> {
    let reading = Reading { store, codec: Codec::local(), topics };
    reading.known().map(drop).map_err(|error| error.to_string())
}

#[test]
fn should_end_with_the_place_where_a_log_stalls() {
    let topics = topics();
    let table: &[(&str, &str, i32, Task)] = &[
        ("the audit's inputs", &topics.inputs, 0, try_audit),
        ("the audit's states", &topics.accounts, 0, try_audit),
        ("the audit's dead letters", &topics.dead_letters, 1, try_audit),
        ("all dead letters", &topics.dead_letters, 1, read_letters),
        ("one dead letter", &topics.dead_letters, 1, read_a_letter),
        ("resolutions", &topics.resolutions, 0, read_resolutions),
        ("aliases", &topics.aliases, 0, read_aliases),
    ];
    let folder = tempfile::tempdir().unwrap();
    let open = || EmbeddedStore::open(&EmbeddedOptions::new(folder.path())).unwrap();
    create(&open(), &topics, 2, ROUTES);
    let mut writer = open().writer("test").unwrap();
    activate(&mut *writer, &topics, 2, PROFILE, 1, 0);
    assert_eq!(score(&open(), &topics, 2, Duration::from_secs(20)), Exit::Stopped);
    writer.begin().unwrap();
    for (topic, partition) in
        [(&topics.dead_letters, 1), (&topics.resolutions, 0), (&topics.aliases, 0)]
    {
        let (partition, key, value) = (Some(partition), Some(&b"k"[..]), Some(&b"v"[..]));
        writer.send(&Output { topic, partition, key, value, ..Output::default() }).unwrap();
    }
    writer.commit(&[]).unwrap();
    for (what, topic, partition, task) in table {
        let store = Arc::new(Stalled { inner: open(), topic: (*topic).to_owned() });
        let said = says(&store, what, *task);
        let place = format!("{topic}[{partition}] cannot be read beyond offset ");
        assert!(said.starts_with(&place) && said.contains("no progress for"), "{what}: {said}");
    }
}
