//! Terms as people write them: one word, a list, or operators.

use super::TermTest;
use crate::domain::Text;
use crate::domain::evidence::signal::slug;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

impl<'de> Deserialize<'de> for TermTest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Operators {
            any_of: Vec<Text>,
            all_of: Vec<Text>,
            none_of: Vec<Text>,
            contains: Vec<Text>,
        }
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = TermTest;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a word, a list of words, or any_of, all_of, none_of, contains")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<TermTest, E> {
                Ok(TermTest { any_of: vec![slug_of(word)], ..TermTest::default() })
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<TermTest, A::Error> {
                let words: Vec<Text> =
                    Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))?;
                Ok(TermTest { any_of: slugs(words), ..TermTest::default() })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<TermTest, A::Error> {
                let by: Operators =
                    Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(TermTest {
                    any_of: slugs(by.any_of),
                    all_of: slugs(by.all_of),
                    none_of: slugs(by.none_of),
                    contains: slugs(by.contains),
                })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for TermTest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TermTest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = |says: &str| {
            serde_json::json!({
                "description": says, "type": "array", "items": {"type": "string"}, "minItems": 1
            })
        };
        json_schema!({
            "description": "A test of words: one word, a list (any of them), or operators. Upper and lower case, spaces and hyphens do not matter.",
            "anyOf": [
                {"type": "string"},
                words("Any of these."),
                {
                    "type": "object",
                    "additionalProperties": false,
                    "minProperties": 1,
                    "properties": {
                        "any_of": words("At least one of these."),
                        "all_of": words("Every one of these."),
                        "none_of": words("None of these."),
                        "contains": words("Any of these within any word: `soft` finds `software`."),
                    }
                }
            ]
        })
    }
}

/// Words compare as slugs; an account key or a mail address keeps its dots.
fn slug_of(word: &str) -> Text {
    if word.contains(['.', ':', '@']) { Text::new(word.trim().to_lowercase()) } else { slug(word) }
}

fn slugs(words: Vec<Text>) -> Vec<Text> {
    words.iter().map(|w| slug_of(w)).collect()
}
