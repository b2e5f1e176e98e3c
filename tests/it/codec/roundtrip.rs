//! What is written comes back, exactly.

use crate::arbitrary::{decisions, inputs, states, worlds};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::Broadcast;
use buymode::domain::account::records::{SourceRow, Tick, TickReason};
use buymode::domain::account::state::AccountState;
use buymode::domain::account::world::World;
use buymode::domain::evidence::company::Company;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::Timestamp;
use proptest::prelude::*;
use strum::IntoEnumIterator;

const TOPIC: &str = "t";

proptest! {
    #[test]
    fn should_give_inputs_back((account, input) in inputs::addressed()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_input(TOPIC, &account, &input, &mut bytes).unwrap();
        let decoded = codec.decode_input(Some(account.as_str().as_bytes()), Some(&bytes)).unwrap();
        let Decoded::Account { account: whose, input: back } = decoded else {
            panic!("no input of an account: {decoded:?}");
        };
        prop_assert_eq!(whose, account);
        prop_assert_eq!(format!("{back:?}"), format!("{input:?}"));
    }

    #[test]
    fn should_give_broadcasts_back(broadcast in worlds::broadcast()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_broadcast(TOPIC, &broadcast, &mut bytes).unwrap();
        let decoded = codec.decode_input(None, Some(&bytes)).unwrap();
        let Decoded::Partition(back) = decoded else {
            panic!("no broadcast: {decoded:?}");
        };
        same(&back, &broadcast)?;
    }

    #[test]
    fn should_give_states_back(state in states::state()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_state(TOPIC, &state, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_state(&bytes).unwrap(), state);
    }

    #[test]
    fn should_read_past_the_company_of_a_still_state_alone(state in states::state()) {
        let mut codec = Codec::local();
        let mut still = |state: &AccountState| {
            let mut bytes = Vec::new();
            codec.encode_state(TOPIC, state, &mut bytes).unwrap();
            codec.decode_still(&bytes).unwrap()
        };
        let quiet = AccountState {
            offset: state.offset,
            company: state.company.clone(),
            products: state.products.clone(),
            ..AccountState::new(state.applied, state.through)
        };
        let expected = AccountState { company: Company::default(), ..quiet.clone() };
        prop_assert_eq!(still(&quiet), Some(expected.clone()));
        let says_more = state != quiet;
        prop_assert_eq!(still(&state), (!says_more).then_some(expected));
    }

    #[test]
    fn should_give_decisions_back(decision in decisions::decision()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_decision(TOPIC, &decision, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_decision(&bytes).unwrap(), decision);
    }

    #[test]
    fn should_give_task_records_back(task in worlds::task()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_task(TOPIC, &task, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_task(&bytes).unwrap(), task);
    }

    #[test]
    fn should_give_worlds_back(world in worlds::world()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_world(TOPIC, &world, &mut bytes).unwrap();
        same_world(&codec.decode_world(&bytes).unwrap(), &world)?;
    }

    #[test]
    fn should_give_resolutions_back(resolution in worlds::resolution()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_resolution(TOPIC, &resolution, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_resolution(&bytes).unwrap(), resolution);
    }

    #[test]
    fn should_give_dead_letters_back(letter in worlds::dead_letter()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_dead_letter(TOPIC, &letter, &mut bytes).unwrap();
        prop_assert_eq!(codec.decode_dead_letter(&bytes).unwrap(), letter);
    }
}

#[test]
fn should_give_rows_of_sources_back() {
    let key = |raw: &str| Some(AccountKey::parse(raw).unwrap());
    let full = SourceRow {
        snapshot_at: Timestamp(1_790_000_000_000),
        file: "posts-2026-10-01.csv".to_owned(),
        row: 7,
        content: Some("{\"title\":\"Leitung Vertrieb – Süd\"}".to_owned()),
        account: key("new-name.com"),
        former: key("old-name.com"),
    };
    let bare = SourceRow { row: 0, content: None, account: None, former: None, ..full.clone() };
    for row in [full, bare] {
        let mut bytes = Vec::new();
        Codec::local().encode_source_row(TOPIC, &row, &mut bytes).unwrap();
        assert_eq!(Codec::local().decode_source_row(&bytes).unwrap(), row);
        assert!(Codec::local().decode_alias(&bytes).is_err());
    }
}

#[test]
fn should_give_ticks_back() {
    let mut codec = Codec::local();
    for reason in TickReason::iter() {
        let mut bytes = Vec::new();
        codec.encode_tick(TOPIC, Tick { reason }, &mut bytes).unwrap();
        let decoded = codec.decode_input(None, Some(&bytes)).unwrap();
        assert!(matches!(decoded, Decoded::Tick(tick) if tick.reason == reason), "{decoded:?}");
    }
}

fn same_world(back: &World, world: &World) -> Result<(), TestCaseError> {
    prop_assert_eq!(back.last_offset(), world.last_offset());
    prop_assert_eq!(back.broadcasts().len(), world.broadcasts().len());
    for (a, b) in back.broadcasts().iter().zip(world.broadcasts()) {
        prop_assert_eq!((a.offset, a.time), (b.offset, b.time));
        same(&a.broadcast, &b.broadcast)?;
    }
    Ok(())
}

fn same(back: &Broadcast, broadcast: &Broadcast) -> Result<(), TestCaseError> {
    match (back, broadcast) {
        (Broadcast::Activation(a), Broadcast::Activation(b)) => {
            prop_assert_eq!(a.number, b.number);
            prop_assert_eq!(a.rules_version, b.rules_version);
            prop_assert_eq!(&a.published_by, &b.published_by);
            prop_assert_eq!(&a.note, &b.note);
            prop_assert_eq!(&a.profile, &b.profile);
        }
        (Broadcast::Market(a), Broadcast::Market(b)) => prop_assert_eq!(a, b),
        (Broadcast::MarketRetraction(a), Broadcast::MarketRetraction(b)) => prop_assert_eq!(a, b),
        _ => prop_assert!(false, "{back:?} is not {broadcast:?}"),
    }
    Ok(())
}
