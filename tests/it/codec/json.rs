//! A record as JSON says what any Avro library reads of it, under the same names.

use crate::arbitrary::decisions;
use buymode::codec::{Codec, Vendors, json};
use chrono::DateTime;
use proptest::prelude::*;
use serde_json::Value;

/// Where ours differs from what Avro gives: in the form of a value, never in a name.
fn same(key: &str, ours: &Value, avro: &Value) -> Result<(), TestCaseError> {
    match (ours, avro) {
        (Value::Object(ours), Value::Object(avro)) => {
            let names =
                |of: &serde_json::Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            prop_assert_eq!(names(ours), names(avro));
            for (name, value) in ours {
                same(name, value, &avro[name])?;
            }
        }
        (Value::Array(ours), Value::Array(avro)) => {
            prop_assert_eq!(ours.len(), avro.len());
            for (ours, avro) in ours.iter().zip(avro) {
                same(key, ours, avro)?;
            }
        }
        // Hundredths of a percent.
        (Value::Number(ours), Value::Number(avro)) if key == "confidence" => {
            prop_assert_eq!(ours.as_f64().unwrap(), avro.as_f64().unwrap() / 10_000.0);
        }
        (Value::String(ours), Value::String(avro)) if ours != avro => {
            let time = |text: &str| DateTime::parse_from_rfc3339(text).ok();
            prop_assert!(
                time(ours).is_some() && time(ours) == time(avro),
                "{}: {} {}",
                key,
                ours,
                avro
            );
        }
        (ours, avro) => prop_assert_eq!(ours, avro, "{}", key),
    }
    Ok(())
}

fn read(codec: &mut Codec, bytes: &[u8]) -> Value {
    match codec.decode_foreign(bytes).unwrap() {
        Vendors::Value(value) => value,
        Vendors::Json(text) => panic!("{text:?}"),
    }
}

proptest! {
    #[test]
    fn should_say_of_a_decision_what_its_bytes_say(decision in decisions::decision()) {
        let mut codec = Codec::local();
        let mut bytes = Vec::new();
        codec.encode_decision("t", &decision, &mut bytes).unwrap();
        same("", &json::decision(&decision), &read(&mut codec, &bytes))?;
    }
}
