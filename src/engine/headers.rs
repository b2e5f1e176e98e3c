//! Headers of a decision's record, for those who subscribe. Nothing reads them here, nothing is decided by them,
//! and an audit does not compare them: what they say is in the record, too.

use super::topics::Topics;
use crate::domain::account::decision::{Decision, Origin};

/// Names with their values.
pub type Headers = Vec<(&'static str, Box<str>)>;

/// With the value `true` on a decision that is made up ([`Origin::Test`]), and on no other.
pub const TEST: &str = "buymode-test";

/// The headers of CloudEvents, which are written where `topics.event_source` is set, with what each holds.
///
/// Source: CloudEvents 1.0.2, "Kafka Protocol Binding", 3.2 "Binary Content Mode".
pub const CLOUD_EVENT: [(&str, &str); 5] = [
    ("ce_specversion", "1.0"),
    ("ce_id", "the decision's id"),
    ("ce_source", "the setting topics.event_source"),
    ("ce_type", "buymode.decision. and the decision's kind, such as buymode.decision.entered"),
    ("ce_time", "when it was decided, RFC 3339 in UTC"),
];

/// Of a decision that goes to a route's topic.
pub fn of(topics: &Topics, decision: &Decision) -> Headers {
    let mut headers = Headers::new();
    if decision.origin == Origin::Test {
        headers.push((TEST, "true".into()));
    }
    if let Some(source) = &topics.event_source {
        let values = [
            "1.0".to_owned(),
            decision.id.to_string(),
            source.clone(),
            format!("buymode.decision.{}", decision.kind),
            decision.decided_at.to_rfc3339(),
        ];
        let names = CLOUD_EVENT.iter().map(|(name, _)| *name);
        headers.extend(names.zip(values.map(String::into_boxed_str)));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;
    use crate::engine::staged::{Destination, Staged};
    use crate::log::LogError;

    #[test]
    fn headers_go_with_the_record_that_they_are_of_and_only_where_asked_for() {
        let topics = Topics::with_prefix("");
        let asked = Topics { event_source: Some("urn:buymode:prod".to_owned()), ..topics.clone() };
        let mut decision = include_bytes!("../../schemas/examples/decision/entered.avro").to_vec();
        let id = crate::codec::local::id(crate::codec::schemas::Record::Decision).to_be_bytes();
        decision.splice(0..0, [0].into_iter().chain(id));
        let decision = Codec::local().decode_decision(&decision).unwrap();
        assert_eq!(of(&topics, &decision), Headers::new());
        let test = Decision { origin: Origin::Test, ..decision.clone() };
        assert_eq!(of(&topics, &test), [(TEST, "true".into())]);
        let names: Vec<&str> = CLOUD_EVENT.iter().map(|(name, _)| *name).collect();
        let made = of(&asked, &decision);
        assert_eq!(made.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
        assert_eq!(&*made[3].1, "buymode.decision.entered");
        assert_eq!(&*made[4].1, "2026-11-24T15:00:00.000Z");

        let topic = "t".into();
        let to = Destination { topic: &topic, partition: None, key: None, timestamp_ms: None };
        let mut staged = Staged::default();
        for headers in [made.clone(), Headers::new()] {
            staged.push(to.clone(), |_| Ok::<_, ()>(())).unwrap();
            staged.head(headers);
        }
        let mut sent = Vec::new();
        let mut note = |output: &crate::log::Output<'_>| -> Result<(), LogError> {
            sent.push(output.headers.len());
            Ok(())
        };
        staged.send_all(&mut note).unwrap();
        assert_eq!(sent, [5, 0]);
    }
}
