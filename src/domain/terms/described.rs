//! What JSON Schemas say of values that have a form of their own in JSON.

use super::account::AccountKey;
use super::time::{Day, Timestamp};
use super::units::MilliPoints;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

macro_rules! described {
    ($of:ident, $schema:tt) => {
        impl JsonSchema for $of {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($of).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

described!(AccountKey, {
    "type": "string",
    "description": "An account: a registrable domain in lower case, or a typed key (`crunchbase:acme`).",
});
described!(Timestamp, {
    "type": "string", "format": "date-time", "description": "A time, RFC 3339 in UTC.",
});
described!(Day, {
    "type": "string", "format": "date", "description": "A calendar day, UTC.",
});
described!(MilliPoints, { "type": "integer", "description": "Thousandths of a point." });
