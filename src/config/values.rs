//! Types of single values. Each holds a checked value; an invalid one is refused with its place in
//! the file.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// A whole number from `MIN` to `MAX`; `DEFAULT` where the key is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within<const MIN: u32, const MAX: u32, const DEFAULT: u32>(u32);

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Within<MIN, MAX, DEFAULT> {
    pub fn new(value: u32) -> Option<Self> {
        (MIN..=MAX).contains(&value).then_some(Within(value))
    }

    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Default for Within<MIN, MAX, DEFAULT> {
    fn default() -> Self {
        const { assert!(MIN <= DEFAULT && DEFAULT <= MAX) };
        Within(DEFAULT)
    }
}

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Serialize for Within<MIN, MAX, DEFAULT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl<'de, const MIN: u32, const MAX: u32, const DEFAULT: u32> Deserialize<'de>
    for Within<MIN, MAX, DEFAULT>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number<const MIN: u32, const MAX: u32>;
        impl<const MIN: u32, const MAX: u32> Visitor<'_> for Number<MIN, MAX> {
            type Value = u32;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {MIN} to {MAX}")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<u32, E> {
                let small = u32::try_from(value).ok().filter(|v| (MIN..=MAX).contains(v));
                small.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<u32, E> {
                match u64::try_from(value) {
                    Ok(value) => self.visit_u64(value),
                    Err(_) => Err(E::invalid_value(Unexpected::Signed(value), &self)),
                }
            }
        }
        // Any: a word in this place is then shown as the word it is.
        deserializer.deserialize_any(Number::<MIN, MAX>).map(Within)
    }
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: &str) -> Option<Self> {
                let check: fn(&str) -> bool = $check;
                check(text).then(|| $name(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $name::new(&text)
                    .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &$expected))
            }
        }
    };
}

/// What Kafka allows in the name of a topic.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

checked_text!(
    /// A name of a group or an instance.
    Name,
    |text| (1..=100).contains(&text.len()) && text.chars().all(is_plain),
    "1 to 100 letters, digits, dots, underscores and hyphens"
);

checked_text!(
    /// The prefix of the names of topics; may be empty.
    #[derive(Default)]
    Prefix,
    |text| text.len() <= 100 && text.chars().all(is_plain),
    "at most 100 letters, digits, dots, underscores and hyphens"
);

checked_text!(
    /// The name of an HTTP header; compared in any case.
    HeaderName,
    |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (1..=100).contains(&text.len()) && text.chars().all(plain)
    },
    "the name of a header: letters, digits, hyphens and underscores"
);

checked_text!(
    /// What names this deployment in the headers of CloudEvents: a URI reference.
    EventSource,
    |text| {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
        (1..=200).contains(&text.len()) && text.chars().all(plain)
    },
    "a URI of 1 to 200 characters without blanks: https://example.com/buymode"
);

checked_text!(
    /// The name of a host; compared in any case.
    HostName,
    |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        (1..=253).contains(&text.len()) && text.chars().all(plain)
    },
    "the name of a host without a port: hooks.example.com"
);

checked_text!(
    /// The address of an HTTP service.
    Url,
    |text| {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    },
    "an address that begins with http:// or https://"
);

impl Url {
    /// Whether paths can be added to it, and nothing in it is secret: no login, query or fragment.
    pub(super) fn is_bare(&self) -> bool {
        url::Url::parse(self.as_str()).is_ok_and(|url| {
            url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        })
    }
}

impl Default for Name {
    /// The consumer group where none is given.
    fn default() -> Self {
        Name("buymode".to_owned())
    }
}
