//! Spans of what was done, for a collector of traces. They are reported once they are over: what the pure
//! rooms hand in are places in the log ([`hops`]), and ids that follow from them.
//!
//! Names of attributes are those of OpenTelemetry's conventions, version 1.42.0: "Messaging spans", "Kafka" and
//! "HTTP spans". Contents of records are none of them, keys neither.

#[cfg(feature = "traces")]
mod export;
mod hops;

use crate::log::trace::Trace;
use prometheus::IntCounterVec;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;
use uuid::Uuid;

pub(super) use hops::began;

/// As the conventions name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Server,
    Client,
    Producer,
    Consumer,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(Cow<'static, str>),
    Number(i64),
}

/// An operation, from when to when.
#[derive(Clone, Debug)]
pub struct Span {
    pub own: Trace,
    /// None: the trace begins with it.
    pub parent: Option<u64>,
    /// Whether the parent is of another process, as far as is known.
    pub is_remote: bool,
    pub name: String,
    pub kind: Kind,
    pub began: SystemTime,
    pub ended: SystemTime,
    pub attributes: Vec<(&'static str, Value)>,
    /// What a batch goes back to, at most [`LINKS_MAX`].
    pub links: Vec<Trace>,
    /// Why it failed, as a word of a closed list.
    pub error: Option<&'static str>,
}

/// The limit of the specification.
const LINKS_MAX: usize = 128;

/// Where spans go, and what is said of all of them.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    /// Its address, without the path of a signal.
    pub endpoint: String,
    /// One in so many requests, and records of vendors, begins a trace.
    pub one_in: u32,
    /// `buymode run`, `buymode ingest`, `buymode deliver`.
    pub service: String,
    pub instance: String,
    /// `kafka`, or `buymode` for a log that is a folder.
    pub system: String,
    /// By which brokers know this process; none where there are none.
    pub client_id: Option<String>,
    /// The consumer group of each worker.
    pub groups: BTreeMap<String, String>,
}

/// Takes spans that are over.
pub trait Sink: Send + Sync {
    fn take(&self, span: Span);
    /// Sends what waits; within a second or two.
    fn flush(&self) {}
}

/// A handle to where spans go; by default nowhere.
#[derive(Clone, Default)]
pub struct Spans(Option<Arc<Inner>>);

struct Inner {
    sink: Box<dyn Sink>,
    collector: Collector,
    counted: Option<IntCounterVec>,
}

impl Spans {
    pub fn to(sink: impl Sink + 'static, collector: Collector) -> Spans {
        Spans(Some(Arc::new(Inner { sink: Box::new(sink), collector, counted: None })))
    }

    /// Sends spans by OTLP over HTTP.
    ///
    /// # Errors
    /// The address is none, or the program was built without traces.
    pub(super) fn export(collector: Collector, counted: IntCounterVec) -> Result<Spans, String> {
        #[cfg(feature = "traces")]
        let sink = export::Otlp::new(&collector, counted.clone())?;
        #[cfg(not(feature = "traces"))]
        let sink = without_traces()?;
        let counted = Some(counted);
        Ok(Spans(Some(Arc::new(Inner { sink: Box::new(sink), collector, counted }))))
    }

    pub fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// One in so many records without a trace begins one; none while traces are off.
    pub fn begins_one_in(&self) -> Option<u32> {
        self.0.as_ref().map(|inner| inner.collector.one_in)
    }

    /// The trace of a request, below that of its `traceparent` header. None: it has none, and begins none.
    pub fn of_request(&self, header: Option<&str>) -> Option<Entered> {
        let inner = self.0.as_ref()?;
        let id = Uuid::new_v4();
        match header.and_then(Trace::parse) {
            Some(parent) => {
                let own = parent.child(&[b"request", id.as_bytes()]);
                Some(Entered { own, parent: Some(parent) })
            }
            None => {
                let own = Trace::root(&[id.as_bytes()]);
                let is_kept = own.is_one_in(inner.collector.one_in);
                is_kept.then_some(Entered { own, parent: None })
            }
        }
    }

    pub fn end(&self, mut span: Span) {
        let Some(inner) = self.0.as_ref().filter(|_| span.own.is_sampled) else { return };
        span.links.truncate(LINKS_MAX);
        // A clock that was set back between the two.
        span.began = span.began.min(span.ended);
        if let Some(counted) = &inner.counted {
            counted.with_label_values(&["ended"]).inc();
        }
        inner.sink.take(span);
    }

    /// Sends what waits to be sent.
    pub fn flush(&self) {
        if let Some(inner) = &self.0 {
            inner.sink.flush();
        }
    }

    /// What every span about a topic says.
    fn messaging(&self, topic: &str, name: &'static str, kind: &'static str) -> Attributes {
        let collector = self.0.as_ref().map(|inner| &inner.collector);
        let mut all = Attributes::default();
        let system = collector.map_or("kafka", |collector| &collector.system);
        all.text("messaging.system", system);
        all.text("messaging.operation.name", name);
        all.text("messaging.operation.type", kind);
        all.text("messaging.destination.name", topic);
        if let Some(client) = collector.and_then(|collector| collector.client_id.as_deref()) {
            all.text("messaging.client.id", client);
        }
        all
    }

    /// The consumer group of the worker whose thread this is.
    fn group(&self) -> Option<String> {
        let thread = std::thread::current();
        self.0.as_ref()?.collector.groups.get(thread.name()?).cloned()
    }
}

/// A request's span, and that of its client.
#[derive(Clone, Copy, Debug)]
pub struct Entered {
    pub own: Trace,
    pub parent: Option<Trace>,
}

#[derive(Debug, Default)]
struct Attributes(Vec<(&'static str, Value)>);

impl Attributes {
    fn text(&mut self, name: &'static str, value: &str) {
        self.0.push((name, Value::Text(value.to_owned().into())));
    }

    fn number(&mut self, name: &'static str, value: impl TryInto<i64>) {
        self.0.push((name, Value::Number(value.try_into().unwrap_or(i64::MAX))));
    }
}

#[cfg(not(feature = "traces"))]
struct Never;

#[cfg(not(feature = "traces"))]
impl Sink for Never {
    fn take(&self, _: Span) {}
}

#[cfg(not(feature = "traces"))]
fn without_traces() -> Result<Never, String> {
    Err("this program was built without traces: leave traces.endpoint out, or build it with the feature \
         `traces`"
        .to_owned())
}

#[cfg(test)]
mod tests;
