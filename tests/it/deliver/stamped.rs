//! A log whose publisher goes by the clock of the test.

use super::vendors::Vendors;
use buymode::embedded::EmbeddedStore;
use buymode::log::{
    Log, LogError, Output, Position, Reader, SessionSpec, Store, TopicSpec, Writer,
};
use std::sync::Arc;

/// A store whose writers stamp records with the clock of the test.
pub(super) struct Stamped {
    store: Arc<EmbeddedStore>,
    vendors: Vendors,
}

impl Stamped {
    pub(super) fn new(store: Arc<EmbeddedStore>, vendors: Vendors) -> Stamped {
        Stamped { store, vendors }
    }
}

struct StampedWriter(Box<dyn Writer>, Vendors);

impl Writer for StampedWriter {
    fn begin(&mut self) -> Result<(), LogError> {
        self.0.begin()
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        self.0.send(&Output { timestamp_ms: Some(self.1.now_ms()), ..*output })
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        self.0.commit(positions)
    }

    fn abort(&mut self) -> Result<(), LogError> {
        self.0.abort()
    }
}

impl Store for Stamped {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        self.store.session(spec)
    }

    fn writer(&self, id: &str) -> Result<Box<dyn Writer>, LogError> {
        Ok(Box::new(StampedWriter(self.store.writer(id)?, self.vendors.clone())))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        self.store.reader()
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        self.store.create_topics(specs)
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        self.store.describe_topics(names)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        self.store.topic_names()
    }

    fn location(&self) -> String {
        self.store.location()
    }
}
