//! Fields of money: in US dollars, or in what they were worth on the day.

use super::RowError;
use super::fields::{Fields, Taken, whole_number, wrong};
use crate::domain::terms::time::Day;
use crate::mapping::normalise::amount;
use crate::mapping::normalise::amount::Said;
use crate::mapping::normalise::rates::Rates;
use serde_json::Value;

impl Fields {
    /// A band of US dollars; of another currency by the rate of the day, if one is known.
    pub(super) fn money(&mut self, name: &str, rates: &Rates, on: Day) -> Taken<(u64, u64)> {
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
    pub(super) fn usd(&mut self, rates: &Rates, on: Day) -> Taken<u64> {
        let given = self.whole("amount_usd")?;
        let currency = self.text("currency")?;
        let Some(raw) = self.take("amount") else { return Ok(given) };
        if let Some(text) = currency.as_deref().filter(|text| !amount::is_currency(text)) {
            return Err(RowError::value(format!(
                "invalid currency: {text:?}; use an ISO code (EUR), or leave it out"
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

#[cfg(test)]
mod tests {
    use super::super::tests::context;
    use super::super::{Canonical, Context, Norms, read};
    use super::*;
    use crate::domain::account::input::Input;
    use crate::domain::evidence::signal::{Event, Signal};
    use serde_json::json;

    /// Rates of our own making.
    fn with_rates(record: Value) -> Canonical {
        let file = "rates:
- {currency: EUR, from: 2024-03-10, usd: 1.1}
- {currency: INR, from: 2024-03-01, usd: 0.012}
- {currency: JPY, from: 2024-01-01, usd: 0.0067}
- {currency: CAD, from: 2024-01-01, usd: 0.75}
- {currency: PLN, from: 2024-01-01, usd: 0.25}
";
        let norms = Norms { rates: Rates::parse("rates.yaml", file).unwrap(), ..Norms::default() };
        let context = Context { norms: &norms, ..context() };
        read(record, &context).unwrap()
    }

    #[test]
    fn other_currencies_are_dollars_by_the_rate_of_the_first_day_it_may_have_been() {
        for (amount, currency, on, usd) in [
            ("€2M", None, "2024-03-10", Some(2_200_000)),
            ("€2M", None, "2024-03-09", None),
            // Perhaps before the rate began.
            ("€2M", None, "2024-03", None),
            ("€2M", None, "2024-04", Some(2_200_000)),
            ("₹50 lakh", None, "2024-03", Some(60_000)),
            ("Rs. 5 crore", None, "2024-03", Some(600_000)),
            ("JPY 1.2bn", None, "2024-06-01", Some(8_040_000)),
            ("1.2bn", Some("jpy"), "2024-06-01", Some(8_040_000)),
            ("¥1.2bn", Some("JPY"), "2024-06-01", Some(8_040_000)),
            ("¥1.2bn", None, "2024-06-01", None),
            ("1.2bn", Some("¥"), "2024-06-01", None),
            ("¥1.2bn", Some("￥"), "2024-06-01", None),
            ("1.2bn", Some("rs."), "2024-06-01", Some(14_400_000)),
            ("10M", Some("zł"), "2024-06-01", Some(2_500_000)),
            ("10M zł", None, "2024-06-01", Some(2_500_000)),
            ("$4M CAD", None, "2024-06-01", Some(3_000_000)),
            ("$4M", Some("CAD"), "2024-06-01", Some(3_000_000)),
            ("$4M", None, "2024-06-01", Some(4_000_000)),
            ("€1M - €2M", None, "2024-06-01", Some(1_100_000)),
            ("up to €2M", None, "2024-06-01", None),
            ("£2M", None, "2024-06-01", None),
        ] {
            let got = with_rates(json!({"record": "funding", "account": "acme.com",
                "occurred_at": on, "amount": amount, "currency": currency}));
            let Input::Signal(Signal { event: Event::Funding(funding), .. }) = got.input else {
                panic!("no funding")
            };
            assert_eq!(funding.amount_usd, usd, "{amount} {currency:?} {on}");
        }
        let got = with_rates(json!({"record": "funding", "account": "acme.com",
            "occurred_at": "2024-06-01", "amount": "€2M", "amount_usd": 2_150_000}));
        let Input::Signal(Signal { event: Event::Funding(funding), .. }) = got.input else {
            panic!("no funding")
        };
        assert_eq!(funding.amount_usd, Some(2_150_000), "the source knows its own rate");
        let got =
            with_rates(json!({"record": "company", "account": "acme.com", "as_of": "2024-06-01",
            "revenue_usd": "€10M - €50M"}));
        let Input::Company(update) = got.input else { panic!("no company") };
        let band = update.facts.iter().map(|(_, value)| format!("{value:?}")).collect::<String>();
        assert_eq!(band, "Number { low: 11000000, high: 55000000 }");
        let got = with_rates(json!({"record": "sales_outcome", "account": "acme.com",
            "occurred_at": "2024-06-01", "outcome": "won", "amount": 4000, "currency": "CAD"}));
        let Input::Outcome(outcome) = got.input else { panic!("no outcome") };
        assert_eq!(outcome.amount_usd, Some(3_000));
    }
}
