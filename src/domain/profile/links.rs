//! `links`: addresses of an account's pages in the team's own systems, made of an id by a pattern.

use crate::domain::Text;
use std::collections::BTreeMap;
use std::fmt::Write;
use url::Url;

const PLACE: &str = "{crm_id}";
/// The pattern for ids of systems without one of their own.
const ANY: &str = "crm";

/// The flaw of a pattern, with an example of the right shape.
pub(super) fn flaw(pattern: &str) -> Option<String> {
    let flaw = |why: &str| {
        Some(format!(
            "invalid pattern {pattern:?}: {why}; use an address such as \
             https://example.my.salesforce.com/{PLACE}"
        ))
    };
    if !pattern.contains(PLACE) {
        return flaw("it lacks {crm_id}, the place of the id");
    }
    let Ok(url) = Url::parse(&pattern.replace(PLACE, "0")) else {
        return flaw("it cannot be read as an address");
    };
    if url.scheme() != "https" {
        return flaw("it does not begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return flaw("it holds a user's name or password");
    }
    // An id must not choose the site.
    let elsewhere = Url::parse(&pattern.replace(PLACE, "1"));
    if elsewhere.is_ok_and(|other| other.authority() == url.authority()) {
        None
    } else {
        flaw("the id stands in the name of the site")
    }
}

/// The page of an id, `system:id`, by the patterns. `None` where no pattern is for its system.
pub fn page(patterns: &BTreeMap<Text, Text>, crm_id: &str) -> Option<(Text, Text)> {
    let (system, id) = crm_id.split_once(':').unwrap_or((ANY, crm_id));
    let (name, pattern) = patterns.get_key_value(system).or_else(|| patterns.get_key_value(ANY))?;
    // Dots alone would be a way up in the path.
    if id.chars().all(|c| c == '.') {
        return None;
    }
    Some((name.clone(), pattern.replace(PLACE, &encoded(id)).into()))
}

/// Percent-encoded: all but the unreserved characters of RFC 3986, section 2.3.
fn encoded(id: &str) -> String {
    id.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A text takes whatever is written to it.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_within_its_place() {
        let patterns: BTreeMap<Text, Text> = [
            ("crm", "https://crm.example.com/a/{crm_id}?tab=1"),
            ("hubspot", "https://hub.example.com/{crm_id}/{crm_id}"),
        ]
        .map(|(name, pattern)| (name.into(), pattern.into()))
        .into();
        for (id, expected) in [
            ("salesforce:001A", Some("https://crm.example.com/a/001A?tab=1")),
            ("001A", Some("https://crm.example.com/a/001A?tab=1")),
            ("hubspot:7", Some("https://hub.example.com/7/7")),
            (
                "x:../a?b=c&d#e f%2f\u{1b}",
                Some("https://crm.example.com/a/..%2Fa%3Fb%3Dc%26d%23e%20f%252f%1B?tab=1"),
            ),
            ("x:ü", Some("https://crm.example.com/a/%C3%BC?tab=1")),
            ("x:..", None),
            ("x:", None),
        ] {
            let got = page(&patterns, id).map(|(_, url)| url);
            assert_eq!(got.as_deref(), expected, "{id}");
        }
        assert_eq!(page(&BTreeMap::new(), "salesforce:1"), None);
    }

    #[test]
    fn a_pattern_is_an_https_address_with_a_place_for_the_id() {
        for fine in [
            "https://example.my.salesforce.com/{crm_id}",
            "https://app.example.com:8443/x?id={crm_id}#top",
        ] {
            assert_eq!(flaw(fine), None, "{fine}");
        }
        for (wrong, why) in [
            ("https://example.com/", "{crm_id}"),
            ("http://example.com/{crm_id}", "https"),
            ("javascript:alert({crm_id})", "https"),
            ("https://{crm_id}.example.com/", "site"),
            ("https://example.com:{crm_id}/", "site"),
            ("https://me:{crm_id}@example.com/", "password"),
            ("example.com/{crm_id}", "address"),
        ] {
            let found = flaw(wrong).unwrap_or_default();
            assert!(found.contains(why), "{wrong}: {found}");
        }
    }
}
