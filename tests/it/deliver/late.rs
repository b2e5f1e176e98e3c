//! A sender that has lost its partition still reports what came of its calls; and one whose destination is
//! crowded leaves it to the digest.

use buymode::codec::Codec;
use buymode::deliver::send::answer::Answer;
use buymode::deliver::send::part::{Part, WAITING_MAX};
use buymode::deliver::send::{Call, Calls, Heard, Reports, SenderRole};
use buymode::domain::account::outbox::{ActionEnd, ActionKind, DeskRecord, OutboxAction};
use buymode::domain::profile::Priority;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::Timestamp;
use buymode::engine::topics::Topics;
use buymode::log::{Output, RecordRef, TopicPartition, Watermarks};
use buymode::runtime::role::{Role, Start};
use buymode::telemetry::Telemetry;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

const NOW: i64 = 1_780_000_000_000;

#[derive(Clone, Default)]
struct Line {
    begun: Arc<Mutex<Vec<Call>>>,
    heard: Arc<Mutex<Vec<Heard>>>,
    reported: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Calls for Line {
    fn begin(&mut self, call: Call) {
        self.begun.lock().unwrap().push(call);
    }

    fn heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

impl Reports for Line {
    fn report(&mut self, value: Vec<u8>) {
        self.reported.lock().unwrap().push(value);
    }
}

fn action(number: u128, kind: ActionKind) -> OutboxAction {
    OutboxAction {
        id: Uuid::from_u128(number),
        at: Timestamp(NOW),
        kind,
        destination: "leads".into(),
        domain: "slack env:S".into(),
        account: Some(AccountKey::parse("acme.com").unwrap()),
        priority: Priority::Normal,
        roster: 1,
        target: "{}".to_owned(),
        to: None,
        of: None,
        cancels: None,
        awaited: true,
        decided: Some(Timestamp(NOW)),
        body: "{}".to_owned(),
    }
}

fn commit(role: &mut SenderRole) -> usize {
    let mut sent = 0;
    if role.staged_bytes() > 0 {
        role.drain(&mut |_: &Output<'_>| {
            sent += 1;
            Ok(())
        })
        .unwrap();
        role.committed();
    }
    sent
}

#[test]
fn an_answer_that_comes_after_the_partition_was_taken_away_is_reported_from_outside() {
    let (line, topics, mut codec) = (Line::default(), Topics::with_prefix(""), Codec::local());
    let telemetry = Arc::new(Telemetry::of_deliver(&[], Duration::from_secs(60)));
    let (calls, reports) = (Box::new(line.clone()), Box::new(line.clone()));
    let mut role = SenderRole::new(&topics, codec.clone(), 2, calls, reports, telemetry);
    let partition = TopicPartition { topic: topics.outbox.clone(), partition: 1 };
    role.assigned(&partition);
    let marks = Watermarks { low: 0, stable: 0, high: 0 };
    assert_eq!(role.restored(&partition, None, marks), Ok(Start::At(0)));
    let mut value = Vec::new();
    codec.encode_action(&topics.outbox, &action(7, ActionKind::Post), &mut value).unwrap();
    let record = RecordRef {
        topic: &topics.outbox,
        partition: 1,
        offset: 0,
        timestamp_ms: NOW,
        key: None,
        value: Some(&value),
        trace: None,
    };
    role.process(record).unwrap();
    role.idle(NOW).unwrap();
    commit(&mut role);
    let call = line.begun.lock().unwrap().pop().expect("it has begun");
    role.revoked(&partition);
    let answer = Answer::Confirmed(Some("C1 2".into()));
    let heard = Heard { partition: 1, number: call.number, action: call.action, answer };
    line.heard.lock().unwrap().push(heard);
    role.idle(NOW + 1_000).unwrap();
    assert!(line.reported.lock().unwrap().is_empty(), "it may be ours again in a moment");
    role.idle(NOW + 7_000).unwrap();
    role.idle(NOW + 8_000).unwrap();
    assert_eq!(commit(&mut role), 0, "its own session writes nothing");
    let reported = line.reported.lock().unwrap();
    let [value] = &reported[..] else { panic!("{} reports", reported.len()) };
    let DeskRecord::Result(result) = codec.decode_desk(value).unwrap() else { panic!() };
    assert_eq!((result.action, result.end), (Uuid::from_u128(7), ActionEnd::Confirmed));
    assert_eq!((result.reference.as_deref(), result.attempts), (Some("C1 2"), 1));
    assert!(result.is_late);
}

#[test]
fn a_destination_takes_so_many_waiting_actions_and_a_digest_beyond_them() {
    let mut part = Part::default();
    let last = WAITING_MAX as u128;
    let mut take = |number: u128, kind| {
        part.take(i64::try_from(number).unwrap(), action(number, kind), NOW).map(|ended| ended.end)
    };
    let ends: Vec<_> = (0..last + 2).map(|number| take(number, ActionKind::Post)).collect();
    assert!(ends[..WAITING_MAX].iter().all(Option::is_none));
    assert_eq!(ends[WAITING_MAX..], [Some(ActionEnd::Crowded); 2]);
    assert_eq!(take(last + 5, ActionKind::Digest), None);
    assert_eq!(take(last + 6, ActionKind::Edit), Some(ActionEnd::Crowded));
    // What ends at a tool is never left to the digest.
    let end = OutboxAction { domain: "tool TOOL".into(), ..action(last + 7, ActionKind::Edit) };
    assert!(part.take(i64::MAX, end, NOW).is_none());
}
