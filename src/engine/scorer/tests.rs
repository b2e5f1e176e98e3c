//! When states are handed over: a scorer driven by hand, on one partition.

use super::*;
use crate::domain::account::input::Input;
use crate::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use crate::domain::evidence::signal::SignalId;
use crate::engine::tally::NoLedger;

/// A scorer of one empty partition, and what it has handed over.
struct Driven {
    scorer: Scorer,
    inputs: TopicPartition,
    next_offset: i64,
    written: Vec<String>,
}

impl Driven {
    fn new(held_back: usize) -> Driven {
        let topics = Topics::with_prefix("");
        let inputs = TopicPartition { topic: topics.inputs.clone(), partition: 0 };
        let (codec, views) = (Codec::local(), Views::default());
        let scorer = Scorer::new(topics, codec, Clock::History, 1, views, Arc::new(NoLedger));
        let mut scorer = scorer.holding_back(held_back);
        scorer.assigned(&inputs);
        let marks = Watermarks { low: 0, stable: 0, high: 0 };
        assert_eq!(scorer.restored(&inputs, None, marks), Ok(Start::At(0)));
        Driven { scorer, inputs, next_offset: 0, written: Vec::new() }
    }

    /// A record about the company.
    fn reads(&mut self, account: &str) {
        let offset = self.next_offset;
        let update = CompanyUpdate {
            id: SignalId::from_u128(offset as u128),
            source: "crm".into(),
            as_of: Timestamp(offset),
            baseline: false,
            facts: vec![(Attribute::Employees, Value::number(offset.cast_unsigned() + 1))],
            tools: Vec::new(),
            tools_complete: false,
            departments: Vec::new(),
            departments_complete: false,
        };
        let key = AccountKey::parse(account).unwrap();
        let (mut codec, mut value) = (Codec::local(), Vec::new());
        codec.encode_input("inputs", &key, &Input::Company(update), &mut value).unwrap();
        let record = RecordRef {
            topic: &self.inputs.topic,
            partition: 0,
            offset,
            timestamp_ms: 1_790_000_000_000 + offset,
            key: Some(account.as_bytes()),
            value: Some(&value),
            trace: None,
        };
        self.scorer.process(record).unwrap();
        self.next_offset += 1;
    }

    /// Whose states were handed over since the last call, in their order; `-` is the task's record.
    fn written(&mut self) -> String {
        std::mem::take(&mut self.written).join(" ")
    }

    fn hands_over(&mut self) -> String {
        let written = &mut self.written;
        self.scorer.hand_over(&mut |output| note(written, output)).unwrap();
        self.written()
    }

    fn drains(&mut self) -> String {
        let written = &mut self.written;
        self.scorer.drain(&mut |output| note(written, output)).unwrap();
        self.written()
    }
}

fn note(written: &mut Vec<String>, output: &Output<'_>) -> Result<(), LogError> {
    let key = output.key.unwrap_or_default();
    written.push(if key == TASK_KEY { "-".into() } else { String::from_utf8_lossy(key).into() });
    Ok(())
}

#[test]
fn an_account_that_many_records_of_a_batch_are_about_is_written_once() {
    let mut driven = Driven::new(1 << 20);
    for account in ["b.com", "a.com", "b.com"] {
        driven.reads(account);
        assert_eq!(driven.hands_over(), "");
    }
    assert!(driven.scorer.staged_bytes() > 100, "what waits counts as part of the batch");
    assert_eq!(driven.drains(), "a.com b.com -");
    driven.scorer.committed();
    assert_eq!(driven.scorer.staged_bytes(), 0);
    driven.reads("a.com");
    assert_eq!(driven.drains(), "a.com -");
}

#[test]
fn beyond_the_bound_those_touched_longest_ago_are_handed_over() {
    let mut driven = Driven::new(400);
    for account in ["a.com", "b.com", "c.com", "d.com"] {
        driven.reads(account);
        assert_eq!(driven.hands_over(), "", "{account}");
    }
    driven.reads("a.com");
    let early = driven.hands_over();
    assert!(early.starts_with("b.com") && !early.contains("a.com"), "{early}");
    assert!(driven.scorer.waiting_bytes() <= 400);
    // Touched again after it was written: written again.
    driven.reads("b.com");
    let rest = driven.drains();
    assert!(rest.ends_with("a.com b.com -"), "{rest}");
}

#[test]
fn an_aborted_batch_leaves_nothing_to_write() {
    let mut driven = Driven::new(100);
    for account in ["a.com", "b.com", "c.com"] {
        driven.reads(account);
        driven.hands_over();
    }
    let positions = driven.scorer.aborted();
    assert_eq!((positions[0].next_offset, driven.scorer.staged_bytes()), (0, 0));
    driven.next_offset = 0;
    driven.reads("a.com");
    assert_eq!(driven.drains(), "a.com -");
}
