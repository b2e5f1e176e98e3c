//! Ids of Salesforce records, which come in two lengths.

use std::borrow::Cow;

/// The alphabet of the check characters.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The 18-character form of a 15-character id; any other text as it is.
///
/// Ids of 15 characters differ by case alone. The three characters that make them 18 say which letters
/// are capitals, five a character, the first letter in the lowest bit (Salesforce help, "Convert 15
/// Character IDs to 18 Character IDs"). In lower case 18 characters are still unique, 15 are not.
pub(super) fn long_id(id: &str) -> Cow<'_, str> {
    if id.len() != 15 || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    let check = id.as_bytes().chunks(5).map(|five| {
        let bit = |(at, b): (usize, &u8)| usize::from(b.is_ascii_uppercase()) << at;
        char::from(ALPHABET[five.iter().enumerate().map(bit).sum::<usize>()])
    });
    Cow::Owned(id.chars().chain(check).collect())
}

#[cfg(test)]
mod tests {
    use super::long_id;

    #[test]
    fn ids_are_completed_with_the_case_of_their_letters() {
        for (short, long) in [
            ("001A0000006Vm9u", "001A0000006Vm9uIAC"),
            ("0015000000Gv7qJ", "0015000000Gv7qJAAR"),
            ("000000000000000", "000000000000000AAA"),
        ] {
            assert_eq!(long_id(short), long);
            assert_eq!(long_id(long), long);
        }
        assert_ne!(long_id("0015000000Gv7qj"), long_id("0015000000gv7qJ"));
        for other in ["", "0015000000Gv7q", "0015000000Gv7q-", "0015000000Gv7qJAARx"] {
            assert_eq!(long_id(other), other);
        }
    }
}
