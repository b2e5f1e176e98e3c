//! Spans as a sink gets them.

use super::*;
use crate::engine::hops::Hop;
use std::sync::Mutex;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Span>>>);

impl Sink for Kept {
    fn take(&self, span: Span) {
        self.0.lock().unwrap().push(span);
    }
}

fn spans() -> (Spans, Kept) {
    let kept = Kept::default();
    let system = "kafka".to_owned();
    let client_id = Some("buymode".to_owned());
    let collector = Collector { one_in: 1, system, client_id, ..Collector::default() };
    (Spans::to(kept.clone(), collector), kept)
}

fn hop(offset: i64) -> Hop {
    let parent = Trace::root(&[&offset.to_be_bytes()]);
    let own = parent.child(&[b"process"]);
    let sends = vec![("sequencer.sales".into(), own.child(&[b"send"]), 1)];
    let (topic, parent) = ("buymode.inputs".into(), Some(parent));
    let (partition, time_ms, is_reported) = (3, 0, false);
    Hop { own, parent, topic, partition, offset, time_ms, sends, is_reported }
}

#[test]
fn a_batch_links_to_its_causes_and_is_the_parent_of_none() {
    let (spans, kept) = spans();
    let hops: Vec<Hop> = (0..200).map(hop).collect();
    spans.traced(&hops, true);
    let kept = kept.0.lock().unwrap();
    let batch = kept.iter().find(|span| span.name == "commit buymode.inputs").unwrap();
    assert_eq!((batch.links.len(), batch.parent, batch.kind), (LINKS_MAX, None, Kind::Client));
    assert_eq!(batch.links[0], hops[0].parent.unwrap());
    assert!(kept.iter().all(|span| span.parent != Some(batch.own.span)));
    assert_eq!(kept.len(), 401);
    let process = kept.iter().find(|span| span.own == hops[5].own).unwrap();
    assert_eq!(process.parent, hops[5].parent.map(|parent| parent.span));
    let names: Vec<&str> = process.attributes.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "messaging.system",
            "messaging.operation.name",
            "messaging.operation.type",
            "messaging.destination.name",
            "messaging.client.id",
            "messaging.destination.partition.id",
            "messaging.kafka.offset",
        ]
    );
}

#[test]
fn a_request_goes_on_with_the_trace_of_its_client() {
    let (spans, _) = spans();
    let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let entered = spans.of_request(Some(given)).unwrap();
    assert_eq!(Some(entered.own.id), Trace::parse(given).map(|trace| trace.id));
    assert!(entered.own.span != entered.parent.unwrap().span);
    let quiet = spans.of_request(Some(&given.replace("-01", "-00"))).unwrap();
    assert!(!quiet.own.is_sampled);
    assert!(spans.of_request(Some("rubbish")).is_some_and(|entered| entered.parent.is_none()));
    assert!(Spans::default().of_request(Some(given)).is_none());
}
