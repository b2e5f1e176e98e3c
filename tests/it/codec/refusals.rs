//! Whatever the bytes are, the answer is a value or a reason: never a panic, never a huge
//! allocation.

use crate::arbitrary::{account, inputs, states};
use buymode::codec::schemas::Record;
use buymode::codec::{Codec, DecodeFailure, INPUT_BYTES_MAX, local};
use buymode::domain::account::records::DeadLetterReason as Reason;
use buymode::domain::account::state::AccountState;
use proptest::prelude::*;
use proptest::sample::select;
use strum::IntoEnumIterator;

/// A datum in the frame of a record's present schema.
fn framed(record: Record, datum: &[u8]) -> Vec<u8> {
    [&[0], &local::id(record).to_be_bytes()[..], datum].concat()
}

fn refused(key: Option<&[u8]>, value: Option<&[u8]>) -> (Reason, String) {
    match Codec::local().decode_input(key, value) {
        Err(DecodeFailure::Record(error)) => (error.reason, error.message),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn should_name_what_is_wrong_with_the_frame() {
    let large = vec![0; INPUT_BYTES_MAX + 1];
    let state = framed(Record::AccountState, &[0]);
    let funding = framed(Record::Funding, &[2]);
    let cases: &[(Option<&[u8]>, Reason, &str)] = &[
        (None, Reason::Empty, "no value"),
        (Some(b""), Reason::Framing, "0 bytes"),
        (Some(&[0, 0, 0, 0]), Reason::Framing, "4 bytes"),
        (Some(b"{\"a\": 1}"), Reason::Framing, "first byte is 123"),
        (Some(&[0, 0, 0, 0, 99, 2]), Reason::UnknownSchema, "id 99"),
        (Some(&state), Reason::UnexpectedType, "buymode.AccountState"),
        (Some(&funding), Reason::Malformed, "buymode.Funding"),
        (Some(&large), Reason::TooLarge, "1048577 bytes"),
    ];
    for (value, reason, part) in cases {
        let (found, message) = refused(Some(b"acme.com"), *value);
        assert_eq!(found, *reason, "{message}");
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

#[test]
fn should_refuse_a_length_that_cannot_be() {
    // A text of 2^62 bytes; an array of 2^62 elements.
    let long = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let long = framed(Record::Funding, &long);
    assert_eq!(refused(None, Some(&long)).0, Reason::Malformed);
    let mut many = framed(Record::Transfer, &[0; 16]);
    many.extend([2, b'a', 2, b'b']);
    many.extend([0; 16]);
    many.extend([0, 2, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    assert_eq!(refused(None, Some(&many)).0, Reason::Malformed);
}

proptest! {
    #[test]
    fn should_survive_any_bytes(
        record in select(Record::iter().collect::<Vec<_>>()),
        datum in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let value = framed(record, &datum);
        let mut codec = Codec::local();
        // Any answer will do: what matters is that there is one.
        let _ = codec.decode_input(Some(b"acme.com"), Some(&value));
        let _ = codec.decode_unkeyed(Some(&value));
        let _ = codec.decode_state(&value);
        let _ = codec.decode_decision(&value);
        let _ = codec.decode_world(&value);
        let _ = codec.decode_task(&value);
        let _ = codec.decode_dead_letter(&value);
    }

    #[test]
    fn should_refuse_what_is_cut_off_and_survive_what_is_changed(
        (account, input) in inputs::addressed(),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_input("t", &account, &input, &mut bytes).unwrap();
        let key = Some(account.as_str().as_bytes());
        let at = at.index(bytes.len());
        prop_assert!(codec.decode_input(key, Some(&bytes[..at])).is_err());
        let longer = [&bytes[..], &[byte]].concat();
        prop_assert!(codec.decode_input(key, Some(&longer)).is_err());
        bytes[at] = byte;
        let _ = codec.decode_input(key, Some(&bytes));
    }

    #[test]
    fn should_refuse_a_state_that_is_cut_off(
        state in states::state(),
        at in any::<proptest::sample::Index>(),
    ) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_state("t", &state, &mut bytes).unwrap();
        prop_assert!(codec.decode_state(&bytes[..at.index(bytes.len())]).is_err());
    }

    /// A restore refuses a state that a later build wrote, although it reads past the company.
    #[test]
    fn should_read_past_no_company_that_cannot_be_read(
        state in states::state(),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut codec = Codec::local();
        let (company, mut bytes) = (state.company, Vec::new());
        let still = AccountState { company, ..AccountState::new(0, state.through) };
        codec.encode_state("t", &still, &mut bytes).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(Some(_)) = codec.decode_still(&bytes) {
            let whole = codec.decode_state(&bytes).map_err(|why| why.to_string());
            let is_of_form = |why: &String| why.contains("invalid word");
            prop_assert!(whole.as_ref().err().is_none_or(is_of_form), "{:?}", whole.err());
        }
    }

    #[test]
    fn should_refuse_a_key_that_is_not_the_account(
        (account, input) in inputs::addressed(),
        other in account(),
    ) {
        prop_assume!(account != other);
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_input("t", &account, &input, &mut bytes).unwrap();
        for key in [None, Some(other.as_str().as_bytes()), Some(&b"\xff"[..])] {
            prop_assert_eq!(refused(key, Some(&bytes)).0, Reason::Account);
        }
        prop_assert!(codec.decode_unkeyed(Some(&bytes)).is_ok());
    }
}
