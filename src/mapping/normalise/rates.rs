//! Exchange rates to US dollars, from the operator's file, since shipped rates would be outdated. An
//! amount without a rate for its day stays unknown.

use crate::domain::terms::time::{Day, Precision};
use crate::mapping::file::{MappingError, Position, from_yaml};
use crate::mapping::normalise::date;
use iso_currency::Currency;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RatesFile {
    rates: Vec<Spanned<RateSpec>>,
}

/// A line of the rates file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateSpec {
    /// ISO 4217: EUR.
    currency: String,
    /// The first day of the rate, which applies until the currency's next line: 2026-01-01.
    from: String,
    /// US dollars for one unit.
    usd: f64,
}

/// Fractions of a dollar in a rate. Integers, so that every machine computes the same.
const SCALE: u64 = 1_000_000_000_000;
/// Upper bound for the dollars for one unit; no currency is worth more, so a larger rate is a mistake.
const USD_MAX: f64 = 1_000.0;

/// By currency and first day.
#[derive(Debug, Default)]
pub struct Rates(BTreeMap<(&'static str, Day), u64>);

impl Rates {
    pub fn parse(name: &str, text: &str) -> Result<Rates, MappingError> {
        let file: RatesFile = from_yaml(name, text)?;
        let mut rates = Rates::default();
        for spec in &file.rates {
            rates.add(&spec.value).map_err(|message| {
                let message = format!("{}: {message}", Position::of(spec));
                MappingError::Shape { file: name.to_owned(), message }
            })?;
        }
        Ok(rates)
    }

    fn add(&mut self, spec: &RateSpec) -> Result<(), String> {
        let RateSpec { currency, from, usd } = spec;
        let code = match Currency::from_code(currency) {
            Some(Currency::USD) => {
                return Err(
                    "invalid currency USD: amounts in US dollars need no rate; remove the line"
                        .to_owned(),
                );
            }
            Some(known) => known.code(),
            None => {
                return Err(format!(
                    "invalid currency {currency:?}: use a code of ISO 4217 in capitals, such as EUR"
                ));
            }
        };
        let day = match date::parse(from) {
            Some((at, Precision::Day)) => at.day(),
            _ => {
                return Err(format!(
                    "invalid from {from:?}: use the first day of the rate, such as 2026-01-31"
                ));
            }
        };
        let scaled = (usd * SCALE as f64).round();
        if !(1.0..=USD_MAX * SCALE as f64).contains(&scaled) {
            return Err(format!(
                "invalid usd {usd}: use the price of one {code} in US dollars, above 0 and at \
                 most {USD_MAX}"
            ));
        }
        match self.0.insert((code, day), scaled as u64) {
            None => Ok(()),
            Some(_) => Err(format!("invalid rates: {code} has two from {day}; remove one")),
        }
    }

    /// The amount in whole US dollars, cents dropped, by the last rate from the day or earlier.
    pub fn usd(&self, currency: &str, amount: u64, on: Day) -> Option<u64> {
        if currency == "USD" {
            return Some(amount);
        }
        let code = Currency::from_code(currency)?.code();
        let (_, rate) = self.0.range((code, Day(i32::MIN))..=(code, on)).next_back()?;
        u64::try_from(u128::from(amount) * u128::from(*rate) / u128::from(SCALE)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "rates:
- {currency: EUR, from: 2024-02-01, usd: 1.08}
- {currency: EUR, from: 2024-01-01, usd: 1.1}
- {currency: INR, from: 2024-01-01, usd: 0.012}
- {currency: JPY, from: 2024-01-01, usd: 0.0067}
";

    fn day(text: &str) -> Day {
        date::parse(text).expect("a date").0.day()
    }

    #[test]
    fn the_last_rate_that_had_begun_counts_and_never_a_later_one() {
        let rates = Rates::parse("rates.yaml", FILE).unwrap();
        for (amount, currency, on, usd) in [
            (1_000_000, "EUR", "2023-12-31", None),
            (1_000_000, "EUR", "2024-01-01", Some(1_100_000)),
            (1_000_000, "EUR", "2024-01-31", Some(1_100_000)),
            (1_000_000, "EUR", "2024-02-01", Some(1_080_000)),
            (1_000_000, "EUR", "2031-01-01", Some(1_080_000)),
            (5_000_000, "INR", "2024-03-01", Some(60_000)),
            (1_200_000_000, "JPY", "2024-03-01", Some(8_040_000)),
            (1, "JPY", "2024-03-01", Some(0)),
            (1_000_000, "GBP", "2024-03-01", None),
            (7, "USD", "1970-01-01", Some(7)),
            (u64::MAX, "EUR", "2024-03-01", None),
        ] {
            assert_eq!(rates.usd(currency, amount, day(on)), usd, "{amount} {currency} {on}");
        }
        assert_eq!(Rates::default().usd("EUR", 1, day("2024-01-01")), None);
    }

    #[test]
    fn the_example_of_the_documentation_reads() {
        let page = include_str!("../../../docs/src/mappings.md");
        let example = page.split("```").find_map(|b| b.strip_prefix("yaml\n")).expect("a block");
        let rates = Rates::parse("mappings.md", example).unwrap();
        assert_eq!(rates.usd("EUR", 100, day("2026-02-15")), Some(112));
    }

    #[test]
    fn a_wrong_line_is_named_with_what_to_do() {
        for (from, to, said) in [
            (
                "EUR, from: 2024-02",
                "EURO, from: 2024-02",
                "rates.yaml:2:3: invalid currency \"EURO\": use a code",
            ),
            ("EUR, from: 2024-02", "USD, from: 2024-02", "rates.yaml:2:3: invalid currency USD"),
            (
                "2024-02-01",
                "2024-02",
                "rates.yaml:2:3: invalid from \"2024-02\": use the first day",
            ),
            ("2024-02-01", "soon", "rates.yaml:2:3: invalid from \"soon\""),
            ("usd: 0.0067", "usd: 0", "rates.yaml:5:3: invalid usd 0: use the price of one JPY"),
            ("usd: 0.0067", "usd: -1", "invalid usd -1"),
            ("usd: 0.0067", "usd: .nan", "invalid usd NaN"),
            ("usd: 0.0067", "usd: 149000", "invalid usd 149000"),
            ("usd: 0.0067", "usd: many", "rates.yaml:5:"),
            ("usd: 0.0067", "dollars: 1", "unknown field `dollars`"),
            (
                "2024-02-01",
                "2024-01-01",
                "rates.yaml:3:3: invalid rates: EUR has two from 2024-01-01; remove one",
            ),
        ] {
            assert!(FILE.contains(from), "{from}");
            let error = Rates::parse("rates.yaml", &FILE.replacen(from, to, 1)).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(said) && !message.contains('\n'), "{to}: {message}");
        }
    }
}
