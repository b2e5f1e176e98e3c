//! Records of the desk come back as they were written, and no other record passes for one.

use crate::arbitrary::decisions;
use buymode::codec::{Codec, DeskValue, SenderRecord};
use buymode::domain::Text;
use buymode::domain::account::outbox::{
    ActionEnd, ActionKind, ActionResult, Ask, Attempt, DeskRecord, DisabledTarget, Health,
    OutboxAction, PublishedRoster, Replay,
};
use buymode::domain::profile::Priority;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;
use strum::IntoEnumIterator;
use uuid::Uuid;

const TOPIC: &str = "t";

fn text() -> impl Strategy<Value = Text> {
    ".{0,40}".prop_map(Text::from)
}

fn maybe() -> impl Strategy<Value = Option<Text>> {
    prop::option::of(text())
}

fn id() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn action() -> impl Strategy<Value = OutboxAction> {
    let names = (text(), text(), any::<String>(), any::<String>());
    let kinds = (
        select(ActionKind::iter().collect::<Vec<_>>()),
        select(vec![Priority::Normal, Priority::High, Priority::Urgent]),
    );
    let places = (maybe(), maybe(), prop::option::of(id()));
    let rest = (any::<bool>(), prop::option::of(time()), any::<u32>(), any::<bool>());
    (id(), time(), names, kinds, places, rest).prop_map(|(id, at, names, kinds, places, rest)| {
        OutboxAction {
            id,
            at,
            kind: kinds.0,
            destination: names.0,
            domain: names.1,
            account: rest.3.then(|| AccountKey::parse("acme.com").unwrap()),
            priority: kinds.1,
            roster: u64::from(rest.2),
            target: names.2,
            to: places.0,
            of: places.1,
            cancels: places.2,
            awaited: rest.0,
            decided: rest.1,
            body: names.3,
        }
    })
}

proptest! {
    #[test]
    fn should_give_actions_and_attempts_back(
        action in action(),
        numbers in (any::<i64>(), any::<u32>(), any::<[bool; 3]>()),
        times in (prop::option::of(time()), prop::option::of(time())),
        disabled in (text(), any::<u32>(), text(), any::<bool>()),
    ) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_action(TOPIC, &action, &mut bytes).unwrap();
        prop_assert_eq!(&codec.decode_action(&bytes).unwrap(), &action);
        prop_assert!(codec.decode_sender(&bytes).is_err() && codec.decode_desk(&bytes).is_err());
        let attempt = SenderRecord::Attempt(Box::new(Attempt {
            offset: numbers.0,
            number: numbers.1,
            began: times.0,
            is_open: numbers.2[0],
            is_doubtful: numbers.2[1],
            not_before: times.1,
            is_cancelled: numbers.2[2],
            action: Arc::new(action),
        }));
        let (destination, roster, why, is_disabled) = disabled;
        let disabled = SenderRecord::Disabled(DisabledTarget {
            destination,
            roster: u64::from(roster),
            why,
            is_disabled,
            failed_first: times.0,
            failing_since: times.1,
        });
        for record in [attempt, disabled] {
            let mut bytes = Vec::new();
            codec.encode_sender(TOPIC, &record, &mut bytes).unwrap();
            prop_assert_eq!(codec.decode_sender(&bytes).unwrap(), record);
            prop_assert!(codec.decode_action(&bytes).is_err());
        }
    }

    #[test]
    fn should_give_records_of_the_desk_back(
        decision in decisions::decision(),
        place in (any::<i32>(), any::<i64>()),
        roster in (any::<u64>(), any::<String>(), maybe(), maybe()),
        result in (id(), select(ActionEnd::iter().collect::<Vec<_>>()), maybe(), maybe(), any::<(u32, bool)>()),
        ask in (text(), text(), time()),
        health in (text(), any::<bool>(), maybe(), maybe()),
        content in any::<String>(),
    ) {
        let (destination, is_disabled, cause, who) = health;
        let mut codec = Codec::local();
        let mut value = Vec::new();
        codec.encode_decision(TOPIC, &decision, &mut value).unwrap();
        let mut bytes = Vec::new();
        codec.encode_forwarded(TOPIC, ("sequencer.ae", place.0, place.1), &value, &mut bytes).unwrap();
        let DeskRecord::Decision(forwarded) = codec.decode_desk(&bytes).unwrap() else {
            panic!("no decision");
        };
        prop_assert_eq!((&*forwarded.topic, forwarded.partition, forwarded.offset), ("sequencer.ae", place.0, place.1));
        prop_assert_eq!(codec.decode_decision(&forwarded.decision).unwrap(), decision);
        let (number, text, by, note) = roster;
        let roster = PublishedRoster { number, text, digest: "0123".into(), by, note };
        let mut bytes = Vec::new();
        codec.encode_roster(TOPIC, &roster, &mut bytes).unwrap();
        let published = roster.clone();
        prop_assert_eq!(codec.decode_desk(&bytes).unwrap(), DeskRecord::Roster(roster));
        let (action, end, reference, why, (attempts, is_late)) = result;
        let result = ActionResult { action, end, reference, why, attempts, is_late };
        let mut bytes = Vec::new();
        codec.encode_result(TOPIC, &result, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_desk(&bytes).unwrap(), DeskRecord::Result(result));
        let mut bytes = Vec::new();
        codec.encode_desk_tick(TOPIC, Timestamp(7), &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_desk(&bytes).unwrap(), DeskRecord::Tick);
        let (domain, token, of) = ask;
        let ask = Ask { domain, token };
        let mut bytes = Vec::new();
        codec.encode_ask(TOPIC, &ask, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_desk(&bytes).unwrap(), DeskRecord::Ask(ask));
        let replay = Replay {
            destination: destination.clone(),
            forwarded,
            request: action,
            number: attempts,
            by: who.clone(),
        };
        let mut bytes = Vec::new();
        codec.encode_replay(TOPIC, &replay, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_desk(&bytes).unwrap(), DeskRecord::Replay(replay));
        let health = Health { destination, is_disabled, why: cause, by: who };
        let mut bytes = Vec::new();
        codec.encode_health(TOPIC, &health, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_desk(&bytes).unwrap(), DeskRecord::Health(health));
        let mut bytes = Vec::new();
        codec.encode_mark(TOPIC, of, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_desk(&bytes).unwrap(), DeskRecord::Mark { of });
        let mut bytes = Vec::new();
        codec.encode_entry(TOPIC, &content, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_entry(&bytes).unwrap(), content.as_str());
        for remembered in [DeskValue::Entry(content), DeskValue::Record(DeskRecord::Roster(published))] {
            let mut bytes = Vec::new();
            codec.encode_remembered(TOPIC, &remembered, &mut bytes).unwrap();
            prop_assert_eq!(codec.decode_remembered(&bytes).unwrap(), remembered);
        }
    }

    #[test]
    fn should_refuse_any_other_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut codec = Codec::local();
        prop_assert!(codec.decode_desk(&bytes).is_err());
        prop_assert!(codec.decode_action(&bytes).is_err());
        prop_assert!(codec.decode_sender(&bytes).is_err());
        prop_assert!(codec.decode_entry(&bytes).is_err());
    }
}
