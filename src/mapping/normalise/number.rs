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
    ("tausend", 3),
    ("tsd.", 3),
    ("tsd", 3),
    ("mio.", 6),
    ("mio", 6),
    ("mln", 6),
    ("mrd.", 9),
    ("mrd", 9),
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
    let (whole, fraction) = split_decimals(digits, power > 0);
    let mut value: u64 = 0;
    let mut seen = false;
    for c in whole.chars() {
        match c {
            '0'..='9' => {
                value = value.checked_mul(10)?.checked_add(u64::from(c as u32 - '0' as u32))?;
                seen = true;
            }
            ',' | '.' | '\'' | '_' | ' ' | '\u{a0}' if seen => {}
            _ => return None,
        }
    }
    if !seen || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
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
/// decimals where a thousands separator makes no sense: `1.125 million`, `0.125`, `1,234.567`.
fn split_decimals(text: &str, has_unit: bool) -> (&str, &str) {
    let Some(at) = text.rfind(['.', ',']) else {
        return (text, "");
    };
    let (whole, rest) = (&text[..at], &text[at + 1..]);
    let mark = &text[at..=at];
    let other = if mark == "." { "," } else { "." };
    let fraction = |point: bool| point && (has_unit || whole == "0" || whole.contains(other));
    let alone = !whole.contains(mark);
    if alone && (rest.len() != 3 || fraction(mark == ".")) { (whole, rest) } else { (text, "") }
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
            ("1,500", Some(1_500)),
            ("1,5", Some(1)),
            ("1.5 gazillion", None),
            ("million", None),
            ("-5M", None),
        ] {
            assert_eq!(parse(text, 0).map(|(value, _)| value), value, "{text}");
        }
        assert_eq!(parse("2.5", 6), Some((2_500_000, 6)), "the unit of the other end");
        assert_eq!(parse("2.5k", 6), Some((2_500, 3)), "its own unit");
    }
}
