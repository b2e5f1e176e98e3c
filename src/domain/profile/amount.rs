//! Numbers as people write them in a profile: `250`, `10M`, `1.5B`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// A whole number; in YAML also with the suffix k, M or B.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub u64);

impl Amount {
    pub fn parse(text: &str) -> Option<Amount> {
        let text = text.trim().trim_start_matches('$').replace(['_', ','], "");
        let (digits, unit) = match text.char_indices().last()? {
            (at, 'k' | 'K') => (&text[..at], 1_000),
            (at, 'm' | 'M') => (&text[..at], 1_000_000),
            (at, 'b' | 'B') => (&text[..at], 1_000_000_000),
            _ => (text.as_str(), 1_u64),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let whole: u64 = whole.parse().ok()?;
        if part.len() > 9 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let scale = 10_u64.pow(part.len() as u32);
        let part: u64 = if part.is_empty() { 0 } else { part.parse().ok()? };
        let fraction = part.checked_mul(unit)?;
        if fraction % scale != 0 {
            return None;
        }
        Some(Amount(whole.checked_mul(unit)?.checked_add(fraction / scale)?))
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A whole number; also as 500k, 10M or 1.5B.",
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\s*\$?[0-9][0-9_,]*(\.[0-9]{1,9})?[kKmMbB]?\s*$"}
            ]
        })
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, such as 250, 10M or 1.5B")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Amount, E> {
        Ok(Amount(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Amount, E> {
        u64::try_from(value)
            .map(Amount)
            .map_err(|_| E::custom(format!("{value} is negative; a number here is 0 or more")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
        Amount::parse(text)
            .ok_or_else(|| E::custom(format!("invalid number {text:?}; use 250, 10M or 1.5B")))
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn amounts_read_as_people_write_them() {
        let of = |text| Amount::parse(text).map(|a| a.0);
        assert_eq!(of("250"), Some(250));
        assert_eq!(of("10M"), Some(10_000_000));
        assert_eq!(of("$1.5B"), Some(1_500_000_000));
        assert_eq!(of("500k"), Some(500_000));
        assert_eq!(of("1.5"), None);
        assert_eq!(of("ten"), None);
        assert_eq!(of(""), None);
        assert_eq!(of("99999999999999B"), None);
    }
}
