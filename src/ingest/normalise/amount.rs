//! Amounts of money as people write them: `$3.5M`, `INR 2,00,00,000`, `100M`, `€1.2bn`,
//! `$5M - $10M`. Decimal arithmetic in integers; cents are dropped.

/// Whole units of a currency. Both ends are equal unless the source gives a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    pub low: u64,
    pub high: u64,
    /// ISO 4217, where the text says it.
    pub currency: Option<&'static str>,
}

const SIGNS: &[(&str, &str)] = &[
    ("US$", "USD"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("CA$", "CAD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
];

const CODES: &[&str] = &[
    "USD", "EUR", "GBP", "JPY", "INR", "CAD", "AUD", "CHF", "CNY", "SEK", "NOK", "DKK", "ILS",
    "BRL", "MXN", "SGD", "HKD", "KRW", "PLN", "NZD", "ZAR", "AED",
];

/// Longest first: `mn` must not be read as `m` and a rest.
const UNITS: &[(&str, u32)] = &[
    ("thousand", 3),
    ("billion", 9),
    ("million", 6),
    ("trillion", 12),
    ("crore", 7),
    ("lakh", 5),
    ("bn", 9),
    ("mn", 6),
    ("mm", 6),
    ("cr", 7),
    ("k", 3),
    ("m", 6),
    ("b", 9),
    ("t", 12),
];

pub fn parse(text: &str) -> Option<Amount> {
    let (text, currency) = take_currency(text.trim());
    let text = text.trim().trim_start_matches('~').trim();
    let range = ["–", "—", " to ", "-"]
        .iter()
        .find_map(|dash| text.split_once(dash))
        .filter(|(low, _)| !low.trim().is_empty());
    let (low, high) = match range {
        None => {
            let (value, _) = number(text.trim_end_matches('+'))?;
            (value, value)
        }
        Some((low, high)) => {
            let (high, unit) = number(take_currency(high.trim()).0)?;
            let (mut low, own_unit) = number(take_currency(low.trim()).0)?;
            // "5-10M" are millions on both sides.
            if own_unit == 0 && low < high {
                low = low.checked_mul(10u64.checked_pow(unit)?).filter(|low| *low <= high)?;
            }
            (low, high)
        }
    };
    (low <= high).then_some(Amount { low, high, currency })
}

fn take_currency(text: &str) -> (&str, Option<&'static str>) {
    for (sign, code) in SIGNS {
        if let Some(rest) = text.strip_prefix(sign) {
            return (take_currency(rest.trim_start()).0, Some(code));
        }
        if let Some(rest) = text.strip_suffix(sign) {
            return (rest.trim_end(), Some(code));
        }
    }
    for code in CODES {
        let cut = |at: usize| text.get(..at).zip(text.get(at..));
        if let Some((head, rest)) = cut(3).filter(|(head, _)| head.eq_ignore_ascii_case(code))
            && !head.is_empty()
        {
            return (take_currency(rest.trim_start()).0, Some(code));
        }
        let tail = text.len().checked_sub(3).and_then(cut);
        if let Some((rest, _)) = tail.filter(|(_, tail)| tail.eq_ignore_ascii_case(code)) {
            return (rest.trim_end(), Some(code));
        }
    }
    (text, None)
}

/// The value and the power of ten its unit stands for.
fn number(text: &str) -> Option<(u64, u32)> {
    let lower = text.trim().to_lowercase();
    let unit = UNITS.iter().find_map(|(name, power)| {
        let rest = lower.strip_suffix(name)?.trim_end();
        rest.ends_with(|c: char| c.is_ascii_digit()).then_some((rest, *power))
    });
    // A spreadsheet's `2.6E+12`.
    let scientific = || {
        let (mantissa, exponent) = lower.split_once('e')?;
        Some((mantissa, exponent.trim_start_matches('+').parse().ok()?))
    };
    let (digits, power) = unit.or_else(scientific).unwrap_or((&lower, 0));
    let (whole, fraction) = split_decimals(digits);
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

/// The last separator is a decimal point if it stands alone of its kind and three digits do not
/// follow it: `3.5`, `3,5`, `1.234,50`; but `3,500` and `3.500.000` are whole.
fn split_decimals(text: &str) -> (&str, &str) {
    let Some(at) = text.rfind(['.', ',']) else {
        return (text, "");
    };
    let (whole, rest) = (&text[..at], &text[at + 1..]);
    let mark = &text[at..=at];
    let other = if mark == "." { "," } else { "." };
    let alone = !whole.contains(mark);
    let decimal =
        alone && (rest.len() != 3 || (mark == "." && (whole == "0" || whole.contains(other))));
    if decimal { (whole, rest) } else { (text, "") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_mean_them() {
        for (text, value, currency) in [
            ("$3.5M", 3_500_000, Some("USD")),
            ("100M", 100_000_000, None),
            ("INR 2,00,00,000", 20_000_000, Some("INR")),
            ("€1.2bn", 1_200_000_000, Some("EUR")),
            ("3,5 Mio", 0, None),
            ("3,5 million EUR", 3_500_000, Some("EUR")),
            ("1.234,50", 1_234, None),
            ("US$ 750k", 750_000, Some("USD")),
            ("3.500.000", 3_500_000, None),
            ("1750000", 1_750_000, None),
            ("12.345678M", 12_345_678, None),
            ("2 crore", 20_000_000, None),
            ("500000.00", 500_000, None),
            ("2.6E+12", 2_600_000_000_000, None),
        ] {
            let got = parse(text);
            if value == 0 {
                assert_eq!(got, None, "{text}");
            } else {
                let got = got.unwrap_or_else(|| panic!("{text}"));
                assert_eq!((got.low, got.high, got.currency), (value, value, currency), "{text}");
            }
        }
    }

    #[test]
    fn ranges_keep_both_ends() {
        for text in ["$5M - $10M", "$5-10M", "$5M–$10M", "5M to 10M"] {
            let got = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((got.low, got.high), (5_000_000, 10_000_000), "{text}");
        }
    }

    #[test]
    fn rubbish_is_no_amount() {
        for text in ["", "undisclosed", "$", "-5", "M", "1e99", "99999999999999999999", "5M-"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
