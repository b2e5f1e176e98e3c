//! Where bytes hold a name as a word of its own: `p-8` is not in `p-88`, `ana` not in `manager`, and `4f1c` in no id that
//! goes on behind a hyphen. Whether its letters (of ASCII) are capitals does not matter.
//!
//! The bytes are Avro's, or those of a file. Avro writes a text's length before it and the next field
//! behind it, and both may look like letters. Where that can be, a name counts: one more is better than
//! one that is overlooked.

use aho_corasick::AhoCorasick;

/// A text whose end is behind the name is looked for in so many bytes before it.
const BACK_MAX: usize = 4 << 10;

/// Finds a name.
pub(super) struct Named(AhoCorasick);

impl Named {
    pub(super) fn new(name: &str) -> anyhow::Result<Named> {
        Ok(Named(AhoCorasick::builder().ascii_case_insensitive(true).build([name])?))
    }

    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        let mut found = self.0.find_overlapping_iter(bytes);
        found
            .any(|one| begins(bytes, one.start(), one.end()) && ends(bytes, one.start(), one.end()))
    }
}

/// Of a word in any language.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Parts of ids such as UUIDs are joined by it; between other signs it is one of them.
fn is_joint(byte: u8) -> bool {
    matches!(byte, b'-' | b'_')
}

fn begins(bytes: &[u8], from: usize, to: usize) -> bool {
    let before = bytes[..from].iter().rev().take(BACK_MAX);
    let joints = before.take_while(|byte| is_joint(**byte)).count();
    (from - joints..=from).rev().any(|at| starts(bytes, at, to))
}

fn starts(bytes: &[u8], from: usize, to: usize) -> bool {
    let Some(before) = from.checked_sub(1).map(|at| bytes[at]) else { return true };
    if !is_letter(before) && !is_joint(before) {
        return true;
    }
    // The second half of an escape such as `\n`, or the last byte of a text's length.
    if from.checked_sub(2).is_some_and(|at| bytes[at] == b'\\' || !bytes[at].is_ascii()) {
        return true;
    }
    if is_joint(before) {
        return false;
    }
    let length = usize::from(before / 2);
    let end = from + length;
    before.is_ascii() && before % 2 == 0 && end >= to && bytes.get(from..end).is_some_and(is_text)
}

fn ends(bytes: &[u8], from: usize, to: usize) -> bool {
    let behind = &bytes[to..];
    let joints = behind.iter().take_while(|byte| is_joint(**byte)).count();
    if behind.get(joints).is_none_or(|after| !is_letter(*after)) {
        return true;
    }
    (from.saturating_sub(BACK_MAX)..=from)
        .rev()
        .any(|at| has_length(&bytes[..at], to - at) && is_text(&bytes[at..to]))
}

/// Whether the last of these bytes say that a text of this length follows.
fn has_length(bytes: &[u8], length: usize) -> bool {
    let coded = length * 2;
    match (coded < 128, bytes) {
        (true, [.., last]) => usize::from(*last) == coded,
        (false, [.., first, last]) => {
            usize::from(*first) == coded % 128 + 128 && usize::from(*last) == coded / 128
        }
        _ => false,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes);
    text.is_ok_and(|text| text.chars().all(|c| !c.is_control() || c.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::Named;

    /// As Avro writes it.
    fn avro(texts: &[&str]) -> Vec<u8> {
        let mut bytes = vec![0, 2];
        for text in texts {
            match u8::try_from(text.len() * 2) {
                Ok(coded @ ..128) => bytes.push(coded),
                _ => bytes.extend([(text.len() * 2 % 128 + 128) as u8, (text.len() / 64) as u8]),
            }
            bytes.extend(text.as_bytes());
        }
        bytes
    }

    #[test]
    fn should_find_a_word_and_no_part_of_one() {
        let is_in = |name: &str, text: &str| Named::new(name).unwrap().is_in(text.as_bytes());
        assert!(is_in("p-8", r#"{"contact":"p-8","a":1}"#) && is_in("p-8", "p-8"));
        assert!(is_in("p-8", "p-88,p-8\n") && is_in("ana", r"said\nana"));
        assert!(is_in("acme.com", "https://WWW.Acme.COM/a") && is_in("C-18", "c-18"));
        for text in [r#"{"contact":"p-88"}"#, "xp-8,", "p-8x", "p-8ü"] {
            assert!(!is_in("p-8", text), "{text}");
        }
        for id in ["4f1c8e02-7a3b-4d51-9c66-0b1e2d3f4a5b", "crm-4f1c", "4f1c_8", "x--7a3b", "9c66-"]
        {
            for part in ["4f1c8e02", "7a3b", "4d51", "9c66", "0b1e2d3f4a5b", "4f1c", "8"] {
                let json = format!("{{\"id\":\"{id}\"}}");
                assert_eq!(is_in(part, &json), part == "9c66" && id == "9c66-", "{part} {id}");
                assert_eq!(
                    Named::new(part).unwrap().is_in(&avro(&[id])),
                    is_in(part, id),
                    "{part} {id}"
                );
            }
        }
        assert!(is_in("ana", "- ana -") && is_in("ana", "-ana-, _ana_"));
        assert!(!is_in("ana", "a manager has bananas") && !is_in("ben", "übenf"));
    }

    #[test]
    fn should_find_a_text_of_avro_whatever_stands_around_it() {
        // Of these lengths the code is a letter or a digit; of the others it has one byte, or two.
        let others = [1, 24, 30, 33, 48, 50, 61, 63, 64, 100, 3_000];
        for length in others {
            let other = "m".repeat(length);
            for text in [
                "ana".to_owned(),
                format!("ana {other}"),
                format!("{other} ana"),
                format!("{other} ana {other}"),
            ] {
                let bytes = avro(&[&other, &text, &other]);
                assert!(Named::new("ana").unwrap().is_in(&bytes), "{length}: {text}");
            }
            let bytes = avro(&[&other, "manager", "p-88", &other]);
            assert!(!Named::new("ana").unwrap().is_in(&bytes), "{length}");
            assert!(!Named::new("p-8").unwrap().is_in(&bytes), "{length}");
        }
    }
}
