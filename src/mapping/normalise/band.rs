//! Headcounts and ranges of headcounts as vendors write them: `250`, `11-50`, `51 to 200 employees`,
//! `c_00011_00050`, `10001+`, `5K-10K`, `1.5K`, `<50`, `up to 50`, `self-employed`; and as spreadsheets
//! leave them, `250.0`, `Nov-50` for `11-50`.

use super::months::any_month;
use super::{date, number};

const ONE: &[&str] = &["self-employed", "self employed", "myself only", "just me"];
const ABOUT: &[&str] = &["~", "about ", "around ", "approximately ", "approx. ", "approx ", "ca. "];
const FEWER: &[&str] = &["<", "fewer than ", "less than ", "under ", "below "];
const MORE: &[&str] = &[">=", "≥", ">", "more than ", "over ", "at least "];
const MORE_AFTER: &[&str] = &["+", " plus", " or more", " and more", " or above", " and above"];
const MOST: &[&str] = &["≤", "<=", "up to ", "at most ", "no more than "];
const MOST_AFTER: &[&str] = &[" or fewer", " or less"];

/// Between thousands.
const GROUPING: &[char] = &[',', '.', ' ', '\'', '’', '\u{a0}', '\u{202f}', '\u{2009}'];

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
    let before = |words: &[&str]| words.iter().find_map(|word| bare.strip_suffix(word));
    if let Some(low) = before(MORE_AFTER).or_else(|| after(MORE)) {
        return ordered(count(low)?, u64::MAX);
    }
    if let Some(high) = after(MOST).or_else(|| before(MOST_AFTER)) {
        return Some((0, count(high)?));
    }
    if let Some(high) = after(FEWER) {
        return Some((0, count(high)?.checked_sub(1)?));
    }
    let bare = after(ABOUT).unwrap_or(bare);
    if let Some(band) = taken_for_a_date(bare) {
        return Some(band);
    }
    let range = ["-", "–", "—", " to ", "_"].iter().find_map(|dash| bare.split_once(dash));
    let Some((low, high)) = range else { return count(bare).map(|n| (n, n)) };
    let most = count(high)?;
    // "5-10K" are thousands on both sides; "500-1K" are not.
    let unit = high.trim_end().chars().next_back().filter(char::is_ascii_alphabetic);
    let scaled = unit.filter(|_| low.trim_end().ends_with(|c: char| c.is_ascii_digit()));
    let scaled = scaled.and_then(|unit| count(&format!("{}{unit}", low.trim_end())));
    let low = scaled.filter(|low| *low <= most).or_else(|| count(low))?;
    ordered(low, most)
}

/// A spreadsheet takes `11-50` for November 1950 and `1-10` for the tenth of January (or the first of
/// October), and writes `Nov-50` and `10-Jan`.
fn taken_for_a_date(text: &str) -> Option<(u64, u64)> {
    let (a, b) = text.split_once(['-', '.', ' '])?;
    let b = b.trim_start();
    let (name, digits) = if a.starts_with(char::is_alphabetic) { (a, b) } else { (b, a) };
    let number = u64::from(date::number(digits, 2)?);
    let month = u64::from(any_month(name).filter(|_| name.chars().count() == 3)?);
    Some((number.min(month), number.max(month)))
}

fn ordered(low: u64, high: u64) -> Option<(u64, u64)> {
    (low <= high).then_some((low, high))
}

/// Digits, perhaps grouped by threes, or thousands or millions with a fraction; a billion or more is
/// refused, since no company has so many employees.
fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    let read = if text.ends_with(['k', 'm']) {
        number::parse(text, 0)?.0
    } else {
        let whole =
            [".0", ".00", ",0", ",00"].iter().find_map(|nothing| text.strip_suffix(nothing));
        let text = whole.unwrap_or(text);
        let digits: String = text.chars().filter(|c| !GROUPING.contains(c)).collect();
        let grouped = digits.len() == text.len()
            || text.split(GROUPING).skip(1).all(|group| group.len() == 3);
        digits.parse().ok().filter(|_| grouped)?
    };
    (read < 1_000_000_000).then_some(read)
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
            ("5-10K", Some((5_000, 10_000))),
            ("2.5-5k", Some((2_500, 5_000))),
            ("2.5k-5k", Some((2_500, 5_000))),
            ("500-1K", Some((500, 1_000))),
            ("500-1.5k", Some((500, 1_500))),
            ("5,000 - 10K", Some((5_000, 10_000))),
            ("1.5K", Some((1_500, 1_500))),
            ("1,5k", Some((1_500, 1_500))),
            ("~1.2K", Some((1_200, 1_200))),
            ("2.1M", Some((2_100_000, 2_100_000))),
            ("10k+", Some((10_000, u64::MAX))),
            ("≥500", Some((500, u64::MAX))),
            (">= 500", Some((500, u64::MAX))),
            ("10,001 or more", Some((10_001, u64::MAX))),
            ("10,001 or more employees", Some((10_001, u64::MAX))),
            ("up to 50", Some((0, 50))),
            ("≤ 50", Some((0, 50))),
            ("50 or fewer", Some((0, 50))),
            ("~200", Some((200, 200))),
            ("<50", Some((0, 49))),
            ("Fewer than 11 employees", Some((0, 10))),
            ("over 500", Some((500, u64::MAX))),
            ("Self-employed", Some((1, 1))),
            ("250.0", Some((250, 250))),
            ("1,200.00", Some((1_200, 1_200))),
            ("1.250", Some((1_250, 1_250))),
            ("1 250", Some((1_250, 1_250))),
            ("2\u{202f}300", Some((2_300, 2_300))),
            ("1\u{a0}001-5\u{a0}000", Some((1_001, 5_000))),
            ("1'250", Some((1_250, 1_250))),
            ("Nov-50", Some((11, 50))),
            ("10-Jan", Some((1, 10))),
            ("1-Oct", Some((1, 10))),
            ("10-Feb", Some((2, 10))),
            ("20-Nov", Some((11, 20))),
            ("01. Okt", Some((1, 10))),
            ("10. Jan", Some((1, 10))),
            ("Nov 50", Some((11, 50))),
            ("Nov-2020", None),
            ("5-Nov-20", None),
            ("1.5.0", None),
            ("<0", None),
            ("1.5", None),
            ("1.5x", None),
            ("10k-5", None),
            ("up to many", None),
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
            text in "\\PC{0,16}|(c_|<|>|~|≥|up to |over )?[0-9]{1,6}[kK]?([,. -][0-9]{1,6}[kK]?)?(\\+| employees| or more|_max)?"
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
