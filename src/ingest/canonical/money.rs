//! Fields of money: in US dollars, or in what they were worth on the day.

use super::RowError;
use super::fields::{Fields, Taken, whole_number, wrong};
use crate::domain::time::Day;
use crate::ingest::mapping::rates::Rates;
use crate::ingest::normalise::amount::{self, Said};
use serde_json::Value;

impl Fields {
    /// A band of US dollars; of another currency by the rate of the day, if one is known.
    pub fn money(&mut self, name: &str, rates: &Rates, on: Day) -> Taken<(u64, u64)> {
        let said = self.map.get(name).and_then(Value::as_str).and_then(amount::parse);
        let Some(foreign) = said.filter(amount::Amount::is_foreign) else {
            return self.band(name, money_band);
        };
        self.take(name);
        let usd = |amount| match amount {
            u64::MAX => Some(amount),
            _ => rates.usd(foreign.code(false)?, amount, on),
        };
        Ok(usd(foreign.low).zip(usd(foreign.high)))
    }

    /// Whole US dollars: `amount_usd`, or `amount` in the currency that it or `currency` says, by
    /// the rate of the day; unknown without one. Of a range the lower end: at least that much.
    pub fn usd(&mut self, rates: &Rates, on: Day) -> Taken<u64> {
        let given = self.whole("amount_usd")?;
        let currency = self.text("currency")?;
        let Some(raw) = self.take("amount") else { return Ok(given) };
        if let Some(text) = currency.as_deref().filter(|text| !amount::is_currency(text)) {
            return Err(RowError::value(format!(
                "currency {text:?} is no currency: say its ISO code (EUR), or leave it out"
            )));
        }
        let read = match &raw {
            Value::Number(number) => whole_number(number).map(|n| (Some(n), Err(Said::Nothing))),
            Value::String(text) if text.trim().is_empty() || amount::is_unknown(text) => {
                return Ok(given);
            }
            // Of "up to $5M" no least is known.
            Value::String(text) => amount::parse(text).map(|a| {
                let least = Some(a.low).filter(|low| *low > 0 || a.high == 0);
                (least, a.code(currency.is_some()).ok_or(a.currency))
            }),
            _ => None,
        };
        let (value, said) = read.ok_or_else(|| wrong("amount", "an amount of money", &raw))?;
        let code = match said {
            Ok(code) => Some(code),
            Err(Said::Unclear) => None,
            Err(_) => currency.as_deref().and_then(amount::iso),
        };
        let converted = || rates.usd(code?, value?, on);
        Ok(given.or_else(converted))
    }
}

/// Money as a band.
fn money_band(text: &str) -> Option<(u64, u64)> {
    amount::parse(text).map(|a| (a.low, a.high))
}
