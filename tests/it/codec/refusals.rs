//! Whatever the bytes are, the answer is a value or a reason: never a panic, never a huge
//! allocation.

use crate::arbitrary::{account, inputs, states};
use buymode::codec::{Codec, DecodeFailure, INPUT_BYTES_MAX};
use buymode::domain::account::records::DeadLetterReason as Reason;
use proptest::prelude::*;

fn refused(key: Option<&[u8]>, value: Option<&[u8]>) -> (Reason, String) {
    match Codec::local().decode_input(key, value) {
        Err(DecodeFailure::Record(error)) => (error.reason, error.message),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn should_name_what_is_wrong_with_the_frame() {
    let large = vec![0; INPUT_BYTES_MAX + 1];
    let cases: &[(Option<&[u8]>, Reason, &str)] = &[
        (None, Reason::Empty, "no value"),
        (Some(b""), Reason::Framing, "0 bytes"),
        (Some(&[0, 0, 0, 0]), Reason::Framing, "4 bytes"),
        (Some(b"{\"a\": 1}"), Reason::Framing, "first byte is 123"),
        (Some(&[0, 0, 0, 0, 99, 2]), Reason::UnknownSchema, "id 99"),
        (Some(&[0, 0, 0, 0, 31, 0]), Reason::UnexpectedType, "buymode.AccountState"),
        (Some(&[0, 0, 0, 0, 1, 2]), Reason::Malformed, "buymode.Funding"),
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
    let long = [0, 0, 0, 0, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert_eq!(refused(None, Some(&long)).0, Reason::Malformed);
    let mut many = vec![0, 0, 0, 0, 13];
    many.extend([0; 16]);
    many.extend([2, b'a', 2, b'b']);
    many.extend([0; 16]);
    many.extend([0, 2, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    assert_eq!(refused(None, Some(&many)).0, Reason::Malformed);
}

/// The first version of a dead letter: it ends with two nullable fields.
#[test]
fn should_refuse_a_record_of_an_earlier_version_that_is_cut_off() {
    let whole = [0, 0, 0, 0, 17, 2, b'a', 0, 0, 0, 2, 2, b'm', 0, 0];
    assert_eq!(Codec::local().decode_dead_letter(&whole).unwrap().message, "m");
    for end in 5..whole.len() {
        let cut = Codec::local().decode_dead_letter(&whole[..end]);
        assert!(cut.is_err(), "{end} bytes: {cut:?}");
    }
}

proptest! {
    #[test]
    fn should_survive_any_bytes(id in 0..30_u8, datum in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut value = vec![0, 0, 0, 0, id];
        value.extend(datum);
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
