//! Numbers with a unit as people write them: `3.5M`, `2,00,00,000`, `1.125 crore`, `2.6E+12`.
//! Decimal arithmetic in integers; fractions of one are dropped.

/// Longest first: `mn` must not be read as `m` and `n`.
const UNITS: &[(&str, u32)] = &[
    ("thousands", 3),
    ("thousand", 3),
    ("billions", 9),
    ("billion", 9),
    ("millions", 6),
    ("million", 6),
    ("trillion", 12),
    ("crores", 7),
    ("crore", 7),
    ("lakhs", 5),
    ("lakh", 5),
    ("lacs", 5),
    ("lac", 5),
    ("milliarden", 9),
    ("milliarde", 9),
    ("milliards", 9),
    ("milliard", 9),
    ("miliardi", 9),
    ("miljard", 9),
    ("millionen", 6),
    ("millones", 6),
    ("millón", 6),
    ("milhões", 6),
    ("milhão", 6),
    ("milioni", 6),
    ("milione", 6),
    ("miljoen", 6),
    ("tausend", 3),
    ("tsd.", 3),
    ("tsd", 3),
    ("mio.", 6),
    ("mio", 6),
    ("mln", 6),
    ("mrd.", 9),
    ("mrd", 9),
    ("mld.", 9),
    ("mld", 9),
    ("bln", 9),
    ("bn", 9),
    ("tn", 12),
    ("mn", 6),
    ("mm", 6),
    ("cr", 7),
    ("k", 3),
    ("m", 6),
    ("b", 9),
    ("t", 12),
];

/// Whether a text is a unit and nothing else.
pub fn is_unit(text: &str) -> bool {
    UNITS.iter().any(|(name, _)| name.eq_ignore_ascii_case(text.trim()))
}

/// The value, and the power of ten of its unit; without a unit, `power` is used (0: none).
pub fn parse(text: &str, power: u32) -> Option<(u64, u32)> {
    let lower = text.trim().to_lowercase();
    let unit = UNITS.iter().find_map(|(name, power)| {
        let rest = lower.strip_suffix(name)?.trim_end().trim_end_matches('-');
        rest.ends_with(|c: char| c.is_ascii_digit()).then_some((rest, *power))
    });
    // A spreadsheet's `2.6E+12`.
    let scientific = || {
        let (mantissa, exponent) = lower.split_once('e')?;
        Some((mantissa, exponent.trim_start_matches('+').parse().ok()?))
    };
    let (digits, power) = unit.or_else(scientific).unwrap_or((&lower, power));
    let (whole, fraction) = split_decimals(digits, power > 0)?;
    if !is_grouped(whole) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: u64 = 0;
    for digit in whole.chars().filter_map(|c| c.to_digit(10)) {
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    value = value.checked_mul(10u64.checked_pow(power)?)?;
    let kept = &fraction[..fraction.len().min(power as usize)];
    if !kept.is_empty() {
        let scale = 10u64.checked_pow(power - kept.len() as u32)?;
        value = value.checked_add(kept.parse::<u64>().ok()?.checked_mul(scale)?)?;
    }
    Some((value, power))
}

/// The last separator is a decimal point if it is the only one of its kind and not followed by three
/// digits: `3.5`, `3,5`, `1.234,50`; but `3,500` and `3.500.000` are whole numbers. Three digits are
/// decimals where a thousands separator makes no sense: `1.125 million`, `0.125`, `1,234.567`,
/// `1234.567`. `None` for a comma before four digits or more, which may be either: `42,00000`.
fn split_decimals(text: &str, has_unit: bool) -> Option<(&str, &str)> {
    let Some(at) = text.rfind(['.', ',']) else {
        return Some((text, ""));
    };
    let (whole, rest, mark) = (&text[..at], &text[at + 1..], &text[at..=at]);
    if whole.contains(mark) {
        return Some((text, ""));
    }
    let is_marked = whole.contains(|c: char| !c.is_ascii_digit());
    let no_group = is_marked || whole == "0" || whole.len() > 3;
    match rest.len() {
        3 if no_group || (has_unit && mark == ".") => Some((whole, rest)),
        3 => Some((text, "")),
        4.. if mark == "," && !has_unit && !is_marked => None,
        _ => Some((whole, rest)),
    }
}

/// Whether the digits stand in groups as people write them, if in groups: of three, or (in India) of
/// two before the last of three. Groups of other sizes are a slip: the value of `1.5.0` is unknown.
fn is_grouped(whole: &str) -> bool {
    const MARKS: &[char] = &[',', '.', '\'', '’', '_', ' ', '\u{a0}', '\u{202f}', '\u{2009}'];
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else { return !whole.is_empty() };
    let mut groups = whole.split(mark);
    let is_all_digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    if !MARKS.contains(&mark) || !groups.clone().all(is_all_digits) {
        return false;
    }
    let first = groups.next().map_or(0, str::len);
    let last = groups.next_back().map_or(0, str::len);
    let is_indian = || mark == ',' && first <= 2 && groups.clone().all(|group| group.len() == 2);
    matches!(first, 1..=3)
        && last == 3
        && (groups.clone().all(|group| group.len() == 3) || is_indian())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_after_a_point_are_decimals_of_a_unit() {
        for (text, value) in [
            ("1.125M", Some(1_125_000)),
            ("2.875 million", Some(2_875_000)),
            ("1.234B", Some(1_234_000_000)),
            ("1.125 crore", Some(11_250_000)),
            ("1,125M", Some(1_125_000_000)),
            ("1,125.500M", Some(1_125_500_000)),
            ("1.234.567k", Some(1_234_567_000)),
            ("2.125E+6", Some(2_125_000)),
            ("1.5-million", Some(1_500_000)),
            ("20 lacs", Some(2_000_000)),
            ("2 bln", Some(2_000_000_000)),
            ("1.500", Some(1_500)),
            ("0.125", Some(0)),
            ("0,500", Some(0)),
            ("1234.567", Some(1_234)),
            ("1.234,567", Some(1_234)),
            ("1,500", Some(1_500)),
            ("1,5", Some(1)),
            ("12,5 Millionen", Some(12_500_000)),
            ("1,2 milliards", Some(1_200_000_000)),
            ("3 Mld.", Some(3_000_000_000)),
            ("1.5 gazillion", None),
            ("million", None),
            ("-5M", None),
        ] {
            assert_eq!(parse(text, 0).map(|(value, _)| value), value, "{text}");
        }
        assert_eq!(parse("2.5", 6), Some((2_500_000, 6)), "the unit of the other end");
        assert_eq!(parse("2.5k", 6), Some((2_500, 3)), "its own unit");
    }

    #[test]
    fn digits_in_odd_groups_are_refused_and_not_guessed() {
        for text in [
            "42,00000",
            "42,0000",
            "1234,5678",
            "1.5.0",
            "1.5.0M",
            "1.2.3",
            "1..5",
            "3,500,00",
            "1,2345,678",
            "1234,567,890",
            "12.34.567",
            "1,234.567.890",
            "1 23 456",
            ",500",
            "500,,000",
            "1, 500",
        ] {
            assert_eq!(parse(text, 0), None, "{text}");
        }
        for (text, value) in [
            ("42.00000", 42),
            ("42,00", 42),
            ("42,0", 42),
            ("42,000", 42_000),
            ("42,000.00000", 42_000),
            ("1.234,00000", 1_234),
            ("42,00000M", 42_000_000),
            ("4,200,000", 4_200_000),
            ("42,00,000", 4_200_000),
            ("3.500.000", 3_500_000),
            ("1 250 000,50", 1_250_000),
            ("1\u{202f}250\u{202f}000", 1_250_000),
            ("1'250'000", 1_250_000),
            ("1’250’000.50", 1_250_000),
            ("1_000_000", 1_000_000),
            ("5.", 5),
        ] {
            assert_eq!(parse(text, 0).map(|(value, _)| value), Some(value), "{text}");
        }
    }
}
