//! Spans of records that a worker has processed, and of the transaction that they were part of.

use super::{Attributes, Entered, Kind, LINKS_MAX, Span, Spans};
use crate::engine::hops::Hop;
use crate::log::trace::Trace;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

thread_local! {
    /// When the batch of this worker began.
    static BEGAN: Cell<SystemTime> = const { Cell::new(UNIX_EPOCH) };
}

/// A turn of this thread's worker begins.
pub(in crate::telemetry) fn began() {
    BEGAN.set(SystemTime::now());
}

impl Spans {
    /// The spans of a batch that is committed. `is_live`: the log's times are those of a clock.
    pub(in crate::telemetry) fn traced(&self, hops: &[Hop], is_live: bool) {
        if !self.are_on() {
            return;
        }
        let (turn, now, group) = (BEGAN.get(), SystemTime::now(), self.group());
        let mut batches: BTreeMap<&str, Vec<Trace>> = BTreeMap::new();
        for hop in hops {
            // It was read after it was written, and after its batch had begun.
            let written = UNIX_EPOCH + Duration::from_millis(hop.time_ms.try_into().unwrap_or(0));
            let began = if is_live && written <= now { written.max(turn) } else { turn };
            self.hop(hop, (began, now), group.as_deref());
            if !hop.is_reported {
                batches.entry(&hop.topic).or_default().push(hop.parent.unwrap_or(hop.own));
            }
        }
        for (topic, links) in batches {
            self.batch(topic, links, (turn, now), group.as_deref());
        }
    }

    fn hop(&self, hop: &Hop, (began, ended): (SystemTime, SystemTime), group: Option<&str>) {
        if !hop.is_reported {
            let mut all = self.messaging(&hop.topic, "process", "process");
            all.text("messaging.destination.partition.id", &hop.partition.to_string());
            all.number("messaging.kafka.offset", hop.offset);
            if let Some(group) = group {
                all.text("messaging.consumer.group.name", group);
            }
            self.end(Span {
                own: hop.own,
                parent: hop.parent.map(|parent| parent.span),
                is_remote: true,
                name: format!("process {}", hop.topic),
                kind: Kind::Consumer,
                began,
                ended,
                attributes: all.0,
                links: Vec::new(),
                error: None,
            });
        }
        for (topic, own, n) in &hop.sends {
            self.send((*own, hop.own), topic, *n, (began, ended));
        }
    }

    /// Records were written.
    fn send(
        &self,
        (own, parent): (Trace, Trace),
        topic: &str,
        records: u64,
        (began, ended): (SystemTime, SystemTime),
    ) {
        let mut all = self.messaging(topic, "send", "send");
        if records > 1 {
            all.number("messaging.batch.message_count", records);
        }
        self.end(Span {
            own,
            parent: Some(parent.span),
            is_remote: false,
            name: format!("send {topic}"),
            kind: Kind::Producer,
            began,
            ended,
            attributes: all.0,
            links: Vec::new(),
            error: None,
        });
    }

    /// The transaction: without a parent, linked to what it goes back to.
    fn batch(
        &self,
        topic: &str,
        links: Vec<Trace>,
        (began, ended): (SystemTime, SystemTime),
        group: Option<&str>,
    ) {
        let Some(first) = links.first() else { return };
        let place = [first.id.to_be_bytes().to_vec(), first.span.to_be_bytes().to_vec()];
        let own = Trace::root(&[b"commit", topic.as_bytes(), &place[0], &place[1]]);
        let mut all = self.messaging(topic, "commit", "settle");
        all.number("messaging.batch.message_count", links.len());
        if let Some(group) = group {
            all.text("messaging.consumer.group.name", group);
        }
        self.end(Span {
            own,
            parent: None,
            is_remote: false,
            name: format!("commit {topic}"),
            kind: Kind::Client,
            began,
            ended,
            attributes: all.0,
            links: links.into_iter().take(LINKS_MAX).collect(),
            error: None,
        });
    }

    /// The trace that the records of a request carry into a topic.
    pub fn written(request: Trace, topic: &str) -> Trace {
        request.child(&[b"send", topic.as_bytes()])
    }

    /// The records of a request are in the log.
    pub fn wrote(&self, request: Trace, topic: &str, records: u64, began: SystemTime) {
        let own = Spans::written(request, topic);
        self.send((own, request), topic, records, (began, SystemTime::now()));
    }

    /// A request was answered.
    pub fn answered(&self, entered: Entered, route: &str, status: u16, began: SystemTime) {
        let mut all = Attributes::default();
        all.text("http.request.method", "POST");
        all.text("http.route", route);
        all.text("url.scheme", "http");
        all.number("http.response.status_code", status);
        self.end(Span {
            own: entered.own,
            parent: entered.parent.map(|parent| parent.span),
            is_remote: true,
            name: format!("POST {route}"),
            kind: Kind::Server,
            began,
            ended: SystemTime::now(),
            attributes: all.0,
            links: Vec::new(),
            error: (status >= 500).then_some("unavailable"),
        });
    }

    /// An attempt of a delivery is over. `failed`: the word for its result, where it did not succeed.
    pub fn attempted(
        &self,
        (own, parent): (Trace, Trace),
        destination: &str,
        number: u32,
        failed: Option<&'static str>,
        began: SystemTime,
    ) {
        let mut all = Attributes::default();
        all.text("buymode.destination", destination);
        all.number("buymode.attempt", number);
        if let Some(failed) = failed {
            all.text("error.type", failed);
        }
        self.end(Span {
            own,
            parent: Some(parent.span),
            is_remote: false,
            name: format!("deliver {destination}"),
            kind: Kind::Client,
            began,
            ended: SystemTime::now(),
            attributes: all.0,
            links: Vec::new(),
            error: failed,
        });
    }
}
