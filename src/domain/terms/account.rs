//! The account key: which company a record is about.

use super::limits::ACCOUNT_BYTES_MAX;
use crate::domain::Text;
use serde::{Deserialize, Serialize};
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

    pub fn as_str(&self) -> &str {
        &self.0
    }
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
