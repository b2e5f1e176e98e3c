//! `console_url`: the address of an account's page.

use super::Roster;
use crate::domain::terms::account::AccountKey;
use url::Url;

const PLACE: &str = "{account}";

/// The flaw of a pattern.
pub(super) fn flaw(pattern: &str) -> Option<String> {
    let flaw = |why: &str| {
        Some(format!(
            "invalid address {pattern:?}: {why}; use one such as \
             https://buymode.example.com/v1/accounts/{PLACE}"
        ))
    };
    if !pattern.contains(PLACE) {
        return flaw("it lacks {account}, the place of the account's key");
    }
    let with = |key: &str| Url::parse(&pattern.replace(PLACE, key));
    let (Ok(one), Ok(other)) = (with("a"), with("b")) else {
        return flaw("it cannot be read as an address");
    };
    if !matches!(one.scheme(), "https" | "http") {
        return flaw("it does not begin with https://");
    }
    if !one.username().is_empty() || one.password().is_some() {
        return flaw("it holds a user's name or password");
    }
    if one.authority() != other.authority() {
        return flaw("the account stands in the name of the site");
    }
    None
}

impl Roster {
    /// The address of an account's page.
    pub fn page(&self, account: &AccountKey) -> Option<String> {
        let key: String =
            url::form_urlencoded::byte_serialize(account.as_str().as_bytes()).collect();
        self.console.as_ref().map(|pattern| pattern.replace(PLACE, &key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_leads_to_one_site() {
        for (pattern, why) in [
            ("https://b.example/v1/accounts/{account}", ""),
            ("http://localhost:9000/?a={account}", ""),
            ("https://b.example/", "lacks"),
            ("https://{account}.example/", "name of the site"),
            ("ftp://b.example/{account}", "https://"),
            ("https://me:x@b.example/{account}", "password"),
            ("b.example/{account}", "cannot be read"),
        ] {
            let found = flaw(pattern).unwrap_or_default();
            assert!(
                found.contains(why) && found.is_empty() == why.is_empty(),
                "{pattern}: {found}"
            );
        }
    }
}
