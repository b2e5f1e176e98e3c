//! The account key: which company a record is about.

use super::limits::ACCOUNT_BYTES_MAX;
use super::term::{Term, TermError};
use crate::domain::Text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A registrable domain in lower case (`acme.co.uk`), or a typed key (`crunchbase:acme`,
/// `cik:320193`). Made only by [`AccountKey::parse`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountKey(Text);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountKeyError {
    #[error("the account key is empty")]
    Empty,
    #[error("the account key is longer than {ACCOUNT_BYTES_MAX} bytes")]
    TooLong,
    #[error("the account key {0:?} holds a space, an upper-case letter or a control character")]
    Character(String),
    #[error(
        "the account key {0:?} is neither a domain (acme.com) nor a typed key (crunchbase:acme)"
    )]
    Shape(String),
}

impl AccountKey {
    /// Checks the shape only; resolving a website to its registrable domain is ingest's work.
    pub fn parse(raw: &str) -> Result<AccountKey, AccountKeyError> {
        if raw.is_empty() {
            return Err(AccountKeyError::Empty);
        }
        if raw.len() > ACCOUNT_BYTES_MAX {
            return Err(AccountKeyError::TooLong);
        }
        if is_plain_domain(raw.as_bytes()) {
            return Ok(AccountKey(raw.into()));
        }
        if raw.chars().any(|c| c.is_whitespace() || c.is_uppercase() || c.is_control()) {
            return Err(AccountKeyError::Character(raw.to_owned()));
        }
        let typed = raw.split_once(':').is_some_and(|(kind, id)| {
            !id.is_empty()
                && !id.starts_with('/')
                && !kind.is_empty()
                && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        });
        let domain = !raw.contains([':', '/', '@'])
            && raw.split('.').count() >= 2
            && raw.split('.').all(|label| !label.is_empty());
        if !typed && !domain {
            return Err(AccountKeyError::Shape(raw.to_owned()));
        }
        Ok(AccountKey(raw.into()))
    }

    /// A key as people write it: upper case and spaces around it do not matter. `None` for what is
    /// none, such as a name.
    pub fn read(text: &str) -> Option<AccountKey> {
        AccountKey::parse(&text.trim().to_lowercase()).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `hubspot` of `hubspot:1-2`; none of a domain.
    pub fn kind(&self) -> Option<&str> {
        self.0.split_once(':').map(|(kind, _)| kind)
    }
}

/// As nearly every key is: letters and digits in lower case and hyphens, in labels with dots between.
fn is_plain_domain(raw: &[u8]) -> bool {
    let mut before = b'.';
    let mut dots = 0;
    let plain = raw.iter().all(|byte| {
        let fits = match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => true,
            b'.' => before != b'.',
            _ => false,
        };
        dots += usize::from(*byte == b'.');
        before = *byte;
        fits
    });
    plain && dots > 0 && before != b'.'
}

impl TryFrom<String> for AccountKey {
    type Error = AccountKeyError;
    fn try_from(raw: String) -> Result<Self, Self::Error> {
        AccountKey::parse(&raw)
    }
}

impl From<AccountKey> for String {
    fn from(key: AccountKey) -> String {
        key.0.into()
    }
}

impl std::borrow::Borrow<str> for AccountKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A company as a condition names it: by its account key, else by a name, which is compared as a term.
#[derive(Clone, PartialEq, Eq)]
pub enum CompanyRef {
    Key(AccountKey),
    Name(Term),
}

impl CompanyRef {
    /// # Errors
    /// Where the text is not a key and has neither letter nor digit.
    pub fn parse(text: &str) -> Result<CompanyRef, TermError> {
        match AccountKey::read(text) {
            Some(key) => Ok(CompanyRef::Key(key)),
            None => Term::parse(text).map(CompanyRef::Name),
        }
    }
}

impl AsRef<str> for CompanyRef {
    fn as_ref(&self) -> &str {
        match self {
            CompanyRef::Key(key) => key.as_str(),
            CompanyRef::Name(name) => name.as_str(),
        }
    }
}

impl fmt::Debug for CompanyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_ref(), f)
    }
}

impl Serialize for CompanyRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_ref())
    }
}

impl<'de> Deserialize<'de> for CompanyRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CompanyRef, D::Error> {
        CompanyRef::parse(&Text::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_domains_or_typed() {
        for good in ["acme.com", "acme.co.uk", "crunchbase:acme", "cik:320193", "yc:1-2", "名.jp"]
        {
            assert!(AccountKey::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", "acme", "Acme.com", "a b.com", "http://acme.com", "x@acme.com", ":a", "a:", "a..b"]
        {
            assert!(AccountKey::parse(bad).is_err(), "{bad}");
        }
    }
}
