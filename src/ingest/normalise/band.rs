//! Numbers and bands of people as vendors give them: `250`, `11-50`, `51 to 200 employees`,
//! `c_00011_00050`, `10001+`, `5K-10K`, `<50`, `self-employed`.

const ONE: &[&str] = &["self-employed", "self employed", "myself only", "just me"];
const ABOUT: &[&str] = &["~", "about ", "around ", "approximately ", "approx. ", "ca. "];
const FEWER: &[&str] = &["<", "fewer than ", "less than ", "under "];
const MORE: &[&str] = &[">", "more than ", "over ", "at least "];

/// Both ends included; `u64::MAX` is an open end.
pub fn parse(text: &str) -> Option<(u64, u64)> {
    let lower = text.trim().to_lowercase();
    let bare = ["employees", "people", "fte"].iter().find_map(|w| lower.strip_suffix(w));
    let bare = bare.unwrap_or(&lower).trim();
    if let Some(coded) = bare.strip_prefix("c_") {
        let (low, high) = coded.split_once('_')?;
        let high = if high == "max" { u64::MAX } else { count(high)? };
        return ordered(count(low)?, high);
    }
    if ONE.contains(&bare) {
        return Some((1, 1));
    }
    let after = |words: &[&str]| words.iter().find_map(|word| bare.strip_prefix(word));
    if let Some(low) = bare.strip_suffix('+').or_else(|| after(MORE)) {
        return ordered(count(low)?, u64::MAX);
    }
    if let Some(high) = after(FEWER) {
        return Some((0, count(high)?.checked_sub(1)?));
    }
    let bare = after(ABOUT).unwrap_or(bare);
    let range = ["-", "–", "—", " to ", "_"].iter().find_map(|dash| bare.split_once(dash));
    match range {
        Some((low, high)) => ordered(count(low)?, count(high)?),
        None => count(bare).map(|n| (n, n)),
    }
}

fn ordered(low: u64, high: u64) -> Option<(u64, u64)> {
    (low <= high).then_some((low, high))
}

/// Digits, perhaps grouped by threes, or thousands; no company has a billion employees.
fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(thousands) = text.strip_suffix('k') {
        let thousands: u64 = thousands.trim_end().parse().ok().filter(|n| *n < 1_000_000)?;
        return Some(thousands * 1_000);
    }
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '.' | ' ')).collect();
    let grouped = digits.len() == text.len()
        || text.split([',', '.', ' ']).skip(1).all(|group| group.len() == 3);
    digits.parse().ok().filter(|n| grouped && *n < 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_have_two_ends() {
        for (text, band) in [
            ("250", Some((250, 250))),
            ("11-50", Some((11, 50))),
            ("1,001 - 5,000 employees", Some((1_001, 5_000))),
            ("c_00011_00050", Some((11, 50))),
            ("c_10001_max", Some((10_001, u64::MAX))),
            ("10001+", Some((10_001, u64::MAX))),
            ("5K-10K", Some((5_000, 10_000))),
            ("~200", Some((200, 200))),
            ("<50", Some((0, 49))),
            ("Fewer than 11 employees", Some((0, 10))),
            ("over 500", Some((500, u64::MAX))),
            ("Self-employed", Some((1, 1))),
            ("<0", None),
            ("1.5", None),
            ("50-11", None),
            ("", None),
            ("-", None),
            ("many", None),
        ] {
            assert_eq!(parse(text), band, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(
            text in "\\PC{0,16}|(c_|<|>|~|over )?[0-9]{1,6}[kK]?([,. -][0-9]{1,6}[kK]?)?(\\+| employees|_max)?"
        ) {
            if let Some((low, high)) = parse(&text) {
                proptest::prop_assert!(low <= high, "{text}");
                let shown = match high {
                    u64::MAX => format!("{low}+"),
                    high => format!("{low}-{high} employees"),
                };
                proptest::prop_assert_eq!(parse(&shown), Some((low, high)), "{}", text);
                let (text, blanks) = (text.to_uppercase(), format!("  {text} "));
                proptest::prop_assert_eq!(parse(&text), Some((low, high)), "{}", text);
                proptest::prop_assert_eq!(parse(&blanks), Some((low, high)), "{}", text);
            }
        }
    }
}
