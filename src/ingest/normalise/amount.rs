//! Amounts of money as people write them: `$3.5M`, `INR 2,00,00,000`, `100M`, `€1.2bn`,
//! `$5M - $10M`. Decimal arithmetic in integers; cents are dropped.

use iso_currency::Currency;

/// Whole units of a currency. Both ends are equal unless the source gives a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    pub low: u64,
    pub high: u64,
    /// ISO 4217, where the text says it.
    pub currency: Option<&'static str>,
    /// It says it by a sign that several currencies share.
    pub by_shared_sign: bool,
}

impl Amount {
    /// The currency that the text says for certain. "$15M" and CAD (`told`: the source has a word
    /// for it) are Canadian dollars; alone, "$" are US dollars, and "¥" may be yen or yuan.
    pub fn code(&self, told: bool) -> Option<&'static str> {
        let certain = |code: &&str| !self.by_shared_sign || (!told && *code == "USD");
        self.currency.filter(certain)
    }
}

/// What people write for a currency beside its ISO code. Longest first where one begins another.
const SIGNS: &[(&str, &str)] = &[
    ("US$", "USD"),
    ("AU$", "AUD"),
    ("CA$", "CAD"),
    ("HK$", "HKD"),
    ("NZ$", "NZD"),
    ("NT$", "TWD"),
    ("MX$", "MXN"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("R$", "BRL"),
    ("S$", "SGD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("￥", "JPY"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₪", "ILS"),
    ("₺", "TRY"),
    ("₦", "NGN"),
    ("₫", "VND"),
    ("₱", "PHP"),
    ("zł", "PLN"),
    ("Rs.", "INR"),
    ("Rs", "INR"),
    ("RMB", "CNY"),
];

/// A dollar may be Canadian, and a yen a yuan.
const SHARED_SIGNS: &[&str] = &["$", "¥", "￥"];

/// Said in place of an amount by who does not know it.
const UNKNOWN: &[&str] = &[
    "undisclosed",
    "not disclosed",
    "undisclosed amount",
    "unknown",
    "confidential",
    "unspecified",
    "not specified",
    "n/a",
    "na",
    "none",
    "null",
    "tbd",
    "-",
    "–",
    "—",
    "?",
];

/// Hedges before an amount that leave it what it is, or its least.
const HEDGES: &[&str] = &[
    "approximately",
    "approx.",
    "approx",
    "about",
    "around",
    "circa",
    "more than",
    "at least",
    "≥",
    "over",
    "nearly",
    "almost",
    "c.",
    "ca.",
    "~",
    ">",
];

/// Longest first: `mn` must not be read as `m` and a rest.
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
    ("mio", 6),
    ("mln", 6),
    ("mrd", 9),
    ("bn", 9),
    ("mn", 6),
    ("mm", 6),
    ("cr", 7),
    ("k", 3),
    ("m", 6),
    ("b", 9),
    ("t", 12),
];

/// Whether the text says that the amount is not known.
pub fn is_unknown(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    UNKNOWN.contains(&lower.as_str())
}

pub fn parse(text: &str) -> Option<Amount> {
    let text = text.trim();
    let most = ["up to", "less than", "under", "below", "<"];
    if let Some(most) = most.iter().find_map(|word| strip_word(text, word)) {
        return parse(most).map(|amount| Amount { low: 0, ..amount });
    }
    let whole = text;
    let (text, currency) = take_currency(unhedged(text));
    let words = || whole.split(|c: char| !c.is_alphabetic());
    let own_sign = |(sign, _): &(&str, &str)| !SHARED_SIGNS.contains(sign) && whole.contains(sign);
    let by_shared_sign = SHARED_SIGNS.iter().any(|sign| whole.contains(sign))
        && !SIGNS.iter().any(own_sign)
        && !words().any(|word| iso(word).is_some());
    let text = unhedged(text.trim());
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
    (low <= high).then_some(Amount { low, high, currency, by_shared_sign })
}

fn unhedged(text: &str) -> &str {
    HEDGES.iter().find_map(|hedge| strip_word(text, hedge)).unwrap_or(text)
}

/// What follows a word, or a sign, that the text begins with, in any case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    let apart = !word.ends_with(|c: char| c.is_alphanumeric()) || rest.starts_with(' ');
    (head.eq_ignore_ascii_case(word) && apart).then(|| rest.trim_start())
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
    let letter = |c: char| c.is_alphabetic();
    if let Some((head, rest)) = text.split_at_checked(3)
        && !rest.starts_with(letter)
        && let Some(code) = iso(head)
    {
        return (take_currency(rest.trim_start()).0, Some(code));
    }
    if let Some((rest, tail)) = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at))
        && (rest.ends_with(' ') || !rest.ends_with(letter))
        && let Some(code) = iso(tail)
    {
        return (rest.trim_end(), Some(code));
    }
    (text, None)
}

/// A currency's code in any case.
pub fn iso(text: &str) -> Option<&'static str> {
    if let Some((_, code)) = SIGNS.iter().find(|(sign, _)| *sign == text.trim()) {
        return Some(code);
    }
    Currency::from_code(&text.trim().to_ascii_uppercase()).map(|currency| currency.code())
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
            ("3,5 Mio", 3_500_000, None),
            ("1.2B JPY", 1_200_000_000, Some("JPY")),
            ("Rs. 5 crore", 50_000_000, Some("INR")),
            ("Rs 50 lakhs", 5_000_000, Some("INR")),
            ("R$ 3 million", 3_000_000, Some("BRL")),
            ("THB 40M", 40_000_000, Some("THB")),
            ("about $5M", 5_000_000, Some("USD")),
            ("$~5M", 5_000_000, Some("USD")),
            ("more than 2.5 mln EUR", 2_500_000, Some("EUR")),
            ("5 million kr", 0, None),
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
    fn an_upper_bound_says_nothing_of_the_least() {
        let got = parse("up to $5M").unwrap();
        assert_eq!((got.low, got.high, got.currency), (0, 5_000_000, Some("USD")));
        assert!(is_unknown(" Undisclosed ") && is_unknown("n/a") && !is_unknown("5M"));
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(
            text in "\\PC{0,24}|(USD|EUR|Rs\\. ?|\\$|€)?[0-9]{1,9}([.,][0-9]{1,4})?( ?[a-zA-Z]{1,8})?(-[0-9]{1,6}[kMB]?)?"
        ) {
            if let Some(amount) = parse(&text) {
                let code = amount.currency.unwrap_or("USD");
                let again = parse(&format!("{code} {} - {}", amount.low, amount.high)).unwrap();
                proptest::prop_assert_eq!((again.low, again.high), (amount.low, amount.high));
                proptest::prop_assert_eq!(again.currency, Some(code));
            }
        }
    }

    #[test]
    fn rubbish_is_no_amount() {
        for text in ["", "undisclosed", "$", "-5", "M", "1e99", "99999999999999999999", "5M-"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
