//! Tests of words, as people write them: one word, a list, or operators.

use crate::domain::Text;
use crate::domain::terms::account::CompanyRef;
use crate::domain::terms::term::Term;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A test of words, and of parts of words. Written as one word, a list (any of them), or with
/// operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Test<W, P = W> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<W>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<W>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub none_of: Vec<W>,
    /// Any of these within any word.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<P>,
}

/// Of words whose spelling does not matter.
pub type TermTest = Test<Term>;
/// Of companies: by account key, or by name.
pub type KeyTest = Test<CompanyRef, KeyPart>;

/// A part of an account key, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyPart(Text);

impl<'de> Deserialize<'de> for KeyPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<KeyPart, D::Error> {
        let part = Text::deserialize(deserializer)?.trim().to_lowercase();
        match part.as_str() {
            "" => Err(serde::de::Error::custom(
                "invalid part of an account key: it is empty; use one such as \".gov\"",
            )),
            part => Ok(KeyPart(part.into())),
        }
    }
}

impl AsRef<str> for KeyPart {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<W: PartialEq, P: AsRef<str>> Test<W, P> {
    /// Whether it holds of all the words that are known.
    pub(super) fn holds(&self, known: &[W]) -> bool
    where
        W: AsRef<str>,
    {
        let within = |part: &P| known.iter().any(|word| word.as_ref().contains(part.as_ref()));
        (self.any_of.is_empty() || self.any_of.iter().any(|word| known.contains(word)))
            && self.all_of.iter().all(|word| known.contains(word))
            && !self.none_of.iter().any(|word| known.contains(word))
            && (self.contains.is_empty() || self.contains.iter().any(within))
    }

    /// Every word that is asked for or forbidden.
    pub fn words(&self) -> impl Iterator<Item = &W> {
        self.any_of.iter().chain(&self.all_of).chain(&self.none_of)
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.words().next().is_none() && self.contains.is_empty()
    }
}

impl<'de, W: Deserialize<'de>, P: Deserialize<'de>> Deserialize<'de> for Test<W, P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "W: Deserialize<'de>, P: Deserialize<'de>")]
struct Operators<W, P> {
    #[serde(default = "Vec::new")]
    any_of: Vec<W>,
    #[serde(default = "Vec::new")]
    all_of: Vec<W>,
    #[serde(default = "Vec::new")]
    none_of: Vec<W>,
    #[serde(default = "Vec::new")]
    contains: Vec<P>,
}

struct Visitor<W, P>(PhantomData<(W, P)>);

impl<'de, W: Deserialize<'de>, P: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<W, P> {
    type Value = Test<W, P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, a list of words, or any_of, all_of, none_of, contains")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Test<W, P>, E> {
        let word = W::deserialize(serde::de::value::StrDeserializer::new(word))?;
        Ok(any_of(vec![word]))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Test<W, P>, A::Error> {
        Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(any_of)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Test<W, P>, A::Error> {
        let by: Operators<W, P> =
            Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        let Operators { any_of, all_of, none_of, contains } = by;
        Ok(Test { any_of, all_of, none_of, contains })
    }
}

fn any_of<W, P>(any_of: Vec<W>) -> Test<W, P> {
    Test { any_of, all_of: Vec::new(), none_of: Vec::new(), contains: Vec::new() }
}

impl JsonSchema for TermTest {
    fn schema_name() -> Cow<'static, str> {
        "TermTest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(
            "A test of words: one word, a list (any of them), or operators. Upper and lower case, accents, spaces and hyphens do not matter.",
            "Any of these within any word: `soft` finds `software`.",
        )
    }
}

impl JsonSchema for KeyTest {
    fn schema_name() -> Cow<'static, str> {
        "KeyTest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(
            "A test of companies: one account key (`acme.com`, `crunchbase:acme`), a list (any of them), or operators. Upper and lower case do not matter.",
            "Any of these within the key: `.gov` finds `acme.gov`.",
        )
    }
}

fn schema(description: &str, contains: &str) -> Schema {
    let words = |says: &str| {
        serde_json::json!({
            "description": says, "type": "array", "items": {"type": "string"}, "minItems": 1
        })
    };
    json_schema!({
        "description": description,
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
                    "contains": words(contains),
                }
            }
        ]
    })
}
