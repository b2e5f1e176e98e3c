//! Where a secret is. A roster names secrets and never holds one.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// Where a secret is: `{ file: PATH }`, relative to the roster's file, or `{ env: NAME }`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    File(PathBuf),
    Env(String),
}

/// One key of two; which one is missing is said where the file is read.
impl JsonSchema for SecretRef {
    fn schema_name() -> Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": { "file": { "type": "string" }, "env": { "type": "string" } },
            "additionalProperties": false,
        })
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SecretRef, D::Error> {
        const REMEDY: &str = "write a secret as { file: PATH } or { env: NAME }; a roster is published, and \
                              never holds one";
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = SecretRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(REMEDY)
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<SecretRef, E> {
                Err(E::custom(REMEDY))
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<SecretRef, M::Error> {
                let refused = || M::Error::custom(REMEDY);
                let key: String = map.next_key()?.ok_or_else(refused)?;
                let value: String = map.next_value()?;
                if map.next_key::<String>()?.is_some() {
                    return Err(refused());
                }
                match key.as_str() {
                    "file" => Ok(SecretRef::File(value.into())),
                    "env" => Ok(SecretRef::Env(value)),
                    _ => Err(refused()),
                }
            }
        }
        from.deserialize_any(Seen)
    }
}
