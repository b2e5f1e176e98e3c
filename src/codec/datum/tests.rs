//! Numbers, lists and unions as bytes, and bytes that are none.

use super::*;
use proptest::prelude::*;

fn numbers(bytes: &[u8]) -> Taken<Vec<i64>> {
    whole(bytes)
}

#[test]
fn a_list_may_come_in_blocks_with_or_without_their_size() {
    for bytes in [&[6, 2, 4, 6, 0][..], &[2, 2, 4, 4, 6, 0], &[3, 4, 2, 4, 2, 6, 0]] {
        assert_eq!(numbers(bytes), Ok(vec![1, 2, 3]), "{bytes:?}");
    }
}

#[test]
fn a_length_that_cannot_be_is_refused_before_room_is_made() {
    let longest = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    let least = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    for number in [longest, least] {
        let many = [&number[..], &[0]].concat();
        assert_eq!(numbers(&many), Err("a list of more than 65536 elements".to_owned()));
        assert!(whole::<&str>(&number).is_err());
    }
    let in_parts = [&[0xfe, 0xff, 7][..], &[0; 65_535], &[4, 0, 0, 0]].concat();
    assert_eq!(numbers(&in_parts), Err("a list of more than 65536 elements".to_owned()));
    let too_long = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
    assert_eq!(whole::<i64>(&too_long), Err("a number of more than 64 bits".to_owned()));
}

#[test]
fn bytes_that_are_no_value_are_refused() {
    assert_eq!(whole::<bool>(&[2]), Err("2 is neither true nor false".to_owned()));
    assert_eq!(whole::<Option<bool>>(&[4]), Err("choice 2 of 2".to_owned()));
    assert_eq!(whole::<Option<bool>>(&[1]), Err("choice -1 of 2".to_owned()));
    assert!(whole::<&str>(&[2, 0xff]).unwrap_err().contains("not UTF-8"));
    assert!(whole::<i32>(&[0xfe, 0xff, 0xff, 0xff, 0x1f]).is_err());
    assert!(whole::<f64>(&[0; 7]).is_err() && whole::<f64>(&[0; 9]).is_err());
}

proptest! {
    #[test]
    fn numbers_come_back(long in any::<i64>(), bits in 0..64_u32, int in any::<i32>()) {
        let long = long >> bits;
        let mut out = Vec::new();
        long.put(&mut out);
        int.put(&mut out);
        let mut datum = Datum { rest: &out };
        prop_assert_eq!(i64::take(&mut datum), Ok(long));
        prop_assert_eq!(i32::take(&mut datum), Ok(int));
        prop_assert!(datum.rest.is_empty());
    }
}
