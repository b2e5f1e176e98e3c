//! Amounts of money as people write them: `$3.5M`, `INR 2,00,00,000`, `100M`, `€1.2bn`,
//! `$5M - $10M`. Decimal arithmetic in integers; cents are dropped.

use super::number;
use super::signs::SIGNS;
pub use super::signs::Said;
use iso_currency::Currency;

/// Whole units of a currency. Both ends are equal unless the source gives a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    pub low: u64,
    pub high: u64,
    pub currency: Said,
}

impl Amount {
    /// The currency if it is certain. `elsewhere`: the source gives the currency in another field, such
    /// as CAD for "$15M", which are Canadian dollars then. Alone, "$" means US dollars, and "¥" is
    /// uncertain: yen or yuan.
    pub fn code(&self, elsewhere: bool) -> Option<&'static str> {
        match self.currency {
            Said::Code(code) => Some(code),
            Said::Shared("USD") if !elsewhere => Some("USD"),
            _ => None,
        }
    }

    /// Whether the text says that the amount is not, or may not be, in US dollars.
    pub fn is_foreign(&self) -> bool {
        !matches!(self.currency, Said::Nothing | Said::Code("USD") | Said::Shared("USD"))
    }
}

/// Texts in place of an unknown amount.
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
    "nan",
    "tbd",
    "-",
    "–",
    "—",
    "?",
];

/// Words before an amount that mean "about" or "at least".
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

/// Whether the text says that the amount is not known.
pub fn is_unknown(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    UNKNOWN.contains(&lower.as_str())
}

pub fn parse(text: &str) -> Option<Amount> {
    // "Rs. 500/-": no paise.
    let text = text.trim().trim_end_matches("/-").trim_end();
    let most = ["up to", "less than", "under", "below", "<"];
    if let Some(most) = most.iter().find_map(|word| strip_word(text, word)) {
        return parse(most).map(|amount| Amount { low: 0, ..amount });
    }
    let mut said = Vec::new();
    let text = unhedged(peel(unhedged(text), &mut said));
    let range = ["–", "—", " to ", "-"]
        .iter()
        .find_map(|dash| text.split_once(dash))
        // "$20-million" is not a range.
        .filter(|(low, high)| !low.trim().is_empty() && !number::is_unit(high));
    let (low, high) = match range {
        None => {
            let (value, _) = number::parse(text.trim_end_matches('+'), 0)?;
            (value, value)
        }
        Some((low, high)) => {
            let (high, unit) = number::parse(peel(high, &mut said), 0)?;
            let low = peel(low, &mut said);
            // "2.5-10M" are millions on both sides; "500,000-1M" are not.
            let fits = |(low, _): &(u64, u32)| *low <= high;
            let own = || number::parse(low, 0).filter(|(low, _)| *low >= 1_000).filter(fits);
            let (low, _) = number::parse(low, unit).filter(fits).or_else(own)?;
            (low, high)
        }
    };
    Some(Amount { low, high, currency: agreed(&said) })
}

/// The one currency of all signs found; a code, or an unambiguous sign, wins over a shared sign.
fn agreed(said: &[Said]) -> Said {
    let mut certain = said.iter().filter(|said| !matches!(said, Said::Shared(_)));
    let Some(first) = certain.next() else {
        let shared = said.first().copied().unwrap_or(Said::Nothing);
        return if said.iter().all(|other| *other == shared) { shared } else { Said::Unclear };
    };
    if certain.all(|other| other == first) { *first } else { Said::Unclear }
}

fn unhedged(text: &str) -> &str {
    HEDGES.iter().find_map(|hedge| strip_word(text, hedge)).unwrap_or(text)
}

/// The text after a word or sign that it starts with, ignoring case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    let apart = !word.ends_with(|c: char| c.is_alphanumeric()) || rest.starts_with(' ');
    (head.eq_ignore_ascii_case(word) && apart).then(|| rest.trim_start())
}

/// The text without the currencies around it, which are added to `said`.
fn peel<'a>(text: &'a str, said: &mut Vec<Said>) -> &'a str {
    let mut text = text.trim();
    while let Some((rest, currency)) = take_currency(text) {
        said.push(currency);
        text = rest.trim();
    }
    text
}

fn take_currency(text: &str) -> Option<(&str, Said)> {
    let letter = |c: char| c.is_alphabetic();
    if let Some((head, rest)) = text.split_at_checked(3)
        && !rest.starts_with(letter)
        && let Some(code) = by_code(head)
    {
        return Some((rest, Said::Code(code)));
    }
    if let Some((rest, tail)) = split_end(text, 3)
        && !rest.ends_with(letter)
        && let Some(code) = by_code(tail)
    {
        return Some((rest, Said::Code(code)));
    }
    for (sign, said) in SIGNS {
        if let Some((head, rest)) = text.split_at_checked(sign.len())
            && head.eq_ignore_ascii_case(sign)
            && !(sign.ends_with(letter) && rest.starts_with(letter))
        {
            return Some((rest, *said));
        }
        if let Some((rest, tail)) = split_end(text, sign.len())
            && tail.eq_ignore_ascii_case(sign)
        {
            return Some((rest, *said));
        }
    }
    // An unknown dollar ("Z$"), or an unknown sign.
    let sign = |c: char| matches!(c, '$' | '¢' | '¤' | '€' | '£' | '¥' | '\u{20a0}'..='\u{20cf}');
    let (of, rest) = text.split_once(sign)?;
    (of.chars().count() <= 3 && of.chars().all(letter)).then_some((rest, Said::Unclear))
}

fn split_end(text: &str, len: usize) -> Option<(&str, &str)> {
    text.len().checked_sub(len).and_then(|at| text.split_at_checked(at))
}

/// The currency in a separate field: its code in any case, or its sign. "$" means US dollars; "¥" is
/// uncertain: yen or yuan.
pub fn iso(text: &str) -> Option<&'static str> {
    let text = text.trim();
    match SIGNS.iter().find(|(sign, _)| sign.eq_ignore_ascii_case(text)) {
        Some((_, Said::Code(code) | Said::Shared(code @ "USD"))) => Some(code),
        Some(_) => None,
        None => by_code(text),
    }
}

/// Whether a separate field holds a currency, even an ambiguous one, or says that it is unknown.
pub fn is_currency(text: &str) -> bool {
    let text = text.trim();
    let is_sign = || SIGNS.iter().any(|(sign, _)| sign.eq_ignore_ascii_case(text));
    is_sign() || by_code(text).is_some() || is_unknown(text)
}

fn by_code(text: &str) -> Option<&'static str> {
    Currency::from_code(&text.to_ascii_uppercase()).map(|currency| currency.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(amount: &Amount) -> Option<&'static str> {
        match amount.currency {
            Said::Code(code) | Said::Shared(code) => Some(code),
            Said::Nothing | Said::Unclear => None,
        }
    }

    #[test]
    fn a_code_says_which_dollars_they_are_and_a_contradiction_says_nothing() {
        use Said::*;
        for (text, currency) in [
            ("5M", Nothing),
            ("$5M", Shared("USD")),
            ("¥5M", Shared("JPY")),
            ("$5M CAD", Code("CAD")),
            ("$5M AUD", Code("AUD")),
            ("$5M - $10M CAD", Code("CAD")),
            ("US$5M - US$10M", Code("USD")),
            ("CAD $5M", Code("CAD")),
            ("CAD$5M", Code("CAD")),
            ("¥5M RMB", Code("CNY")),
            ("US$5M", Code("USD")),
            ("us$5M", Code("USD")),
            ("A$5M", Code("AUD")),
            ("AU$5M", Code("AUD")),
            ("C$5M", Code("CAD")),
            ("CA$5M", Code("CAD")),
            ("HK$5M", Code("HKD")),
            ("NT$5M", Code("TWD")),
            ("NZ$5M", Code("NZD")),
            ("S$5M", Code("SGD")),
            ("R$ 5M", Code("BRL")),
            ("MX$5M", Code("MXN")),
            ("Z$5M", Unclear),
            ("TT$ 5M", Unclear),
            ("₿5M", Unclear),
            ("kr 5M", Unclear),
            ("5 Mkr", Unclear),
            ("€5M USD", Unclear),
            ("US$5M CAD", Unclear),
            ("$5M - ¥6M", Unclear),
        ] {
            let got = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((got.low, got.currency), (5_000_000, currency), "{text}");
            let in_dollars = matches!(currency, Nothing | Code("USD") | Shared("USD"));
            assert_eq!(got.is_foreign(), !in_dollars, "{text}");
        }
    }

    #[test]
    fn amounts_read_as_people_mean_them() {
        for (text, value, currency) in [
            ("$3.5M", 3_500_000, Some("USD")),
            ("100M", 100_000_000, None),
            ("INR 2,00,00,000", 20_000_000, Some("INR")),
            ("€1.2bn", 1_200_000_000, Some("EUR")),
            ("3,5 Mio", 3_500_000, None),
            ("5 Mio. EUR", 5_000_000, Some("EUR")),
            ("1,5 Mrd. EUR", 1_500_000_000, Some("EUR")),
            ("€500 Tsd", 500_000, Some("EUR")),
            ("500 Tsd. €", 500_000, Some("EUR")),
            ("1.2B JPY", 1_200_000_000, Some("JPY")),
            ("Rs. 5 crore", 50_000_000, Some("INR")),
            ("Rs 50 lakhs", 5_000_000, Some("INR")),
            ("Rs. 1,25,000/-", 125_000, Some("INR")),
            ("9 lakh rupees", 900_000, Some("INR")),
            ("2 million pounds", 2_000_000, Some("GBP")),
            ("1.5 million US dollars", 1_500_000, Some("USD")),
            ("4 million Dollars", 4_000_000, Some("USD")),
            ("750,000 euros", 750_000, Some("EUR")),
            ("EUR 3 million euro", 3_000_000, Some("EUR")),
            ("R$ 3 million", 3_000_000, Some("BRL")),
            ("THB 40M", 40_000_000, Some("THB")),
            ("about $5M", 5_000_000, Some("USD")),
            ("$~5M", 5_000_000, Some("USD")),
            ("more than 2.5 mln EUR", 2_500_000, Some("EUR")),
            ("3,5 million EUR", 3_500_000, Some("EUR")),
            ("1.234,50", 1_234, None),
            ("US$ 750k", 750_000, Some("USD")),
            ("3.500.000", 3_500_000, None),
            ("1750000", 1_750_000, None),
            ("12.345678M", 12_345_678, None),
            ("2 crore", 20_000_000, None),
            ("500000.00", 500_000, None),
            ("2.6E+12", 2_600_000_000_000, None),
            ("$1.125M", 1_125_000, Some("USD")),
            ("$2.875 million", 2_875_000, Some("USD")),
            ("INR 1.125 crore", 11_250_000, Some("INR")),
            ("$1,125M", 1_125_000_000, Some("USD")),
            ("$20-million", 20_000_000, Some("USD")),
            ("US $20mm", 20_000_000, Some("USD")),
            ("5M PKR", 5_000_000, Some("PKR")),
            ("KRW 5bn", 5_000_000_000, Some("KRW")),
            ("₽5M", 5_000_000, Some("RUB")),
            ("20 mln zł", 20_000_000, Some("PLN")),
        ] {
            let got = parse(text);
            let got = got.unwrap_or_else(|| panic!("{text}"));
            assert_eq!((got.low, got.high, code(&got)), (value, value, currency), "{text}");
        }
    }

    #[test]
    fn ranges_keep_both_ends() {
        for text in ["$5M - $10M", "$5-10M", "$5M–$10M", "5M to 10M"] {
            let got = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((got.low, got.high), (5_000_000, 10_000_000), "{text}");
        }
        for (text, ends) in [
            ("$2.5-3 million", Some((2_500_000, 3_000_000))),
            ("$1.5 to 2M", Some((1_500_000, 2_000_000))),
            ("$12.5-15.5M", Some((12_500_000, 15_500_000))),
            ("1.125-1.5M", Some((1_125_000, 1_500_000))),
            ("$500k - 1M", Some((500_000, 1_000_000))),
            ("$500,000 - $1M", Some((500_000, 1_000_000))),
            ("500-1M", None),
            ("10M-5M", None),
        ] {
            assert_eq!(parse(text).map(|a| (a.low, a.high)), ends, "{text}");
        }
    }

    #[test]
    fn an_upper_bound_says_nothing_of_the_least() {
        let got = parse("up to $5M").unwrap();
        assert_eq!((got.low, got.high, code(&got)), (0, 5_000_000, Some("USD")));
        assert!(is_unknown(" Undisclosed ") && is_unknown("n/a") && !is_unknown("5M"));
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(
            text in "\\PC{0,24}|(USD|EUR|Rs\\. ?|\\$|€)?[0-9]{1,9}([.,][0-9]{1,4})?( ?[a-zA-Z]{1,8})?(-[0-9]{1,6}[kMB]?)?"
        ) {
            if let Some(amount) = parse(&text) {
                let code = code(&amount).unwrap_or("USD");
                let again = parse(&format!("{code} {} - {}", amount.low, amount.high)).unwrap();
                proptest::prop_assert_eq!((again.low, again.high), (amount.low, amount.high));
                proptest::prop_assert_eq!(again.currency, Said::Code(code));
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
