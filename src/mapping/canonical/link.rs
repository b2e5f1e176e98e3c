//! The link to the evidence, which people click on: of the web, or without a scheme. Anything else is
//! left out with a warning, and never costs the row.

use super::fields::{Fields, shown};
use crate::domain::Text;
use crate::domain::evidence::signal::bounded;
use serde_json::Value;
use url::Url;

const FIELD: &str = "evidence_urls";

/// The first link of the field. Warns once of those that are not links.
pub(super) fn take(fields: &mut Fields) -> Option<Text> {
    let given = match fields.take(FIELD)? {
        Value::Array(list) => list,
        one => vec![one],
    };
    let blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
    let mut left_out = Vec::new();
    let mut found = None;
    for value in given.iter().filter(|value| !value.is_null() && !blank(value)) {
        match value.as_str().and_then(link) {
            Some(link) => found = found.or_else(|| bounded(link)),
            None => left_out.push(shown(value)),
        }
    }
    if let Some(first) = left_out.first() {
        let more = match left_out.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        fields.warn(format!("{FIELD}: {first}{more} is not a link of the web and is left out"));
    }
    found
}

/// The text if it is a link, or the first link in it. A link without `https://` is a whole text.
fn link(text: &str) -> Option<&str> {
    let text = text.trim();
    let has_scheme = |word: &&str| {
        let head = word.get(..8).unwrap_or(word).to_ascii_lowercase();
        head.starts_with("http://") || head.starts_with("https://")
    };
    let first = text.split(|c: char| c.is_whitespace() || c.is_control()).find(has_scheme);
    match first {
        Some(link) => is_of_the_web(link, true).then_some(link),
        None => is_of_the_web(&format!("https://{text}"), false).then_some(text),
    }
}

/// Whether it leads to a host with a domain name, or with an address where `may_be_address`: without a
/// scheme, `1.5` is a number.
fn is_of_the_web(link: &str, may_be_address: bool) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>');
    if link.contains(odd) {
        return false;
    }
    let Ok(url) = Url::parse(link) else { return false };
    // "user@host" without a scheme is a mail address.
    let is_plain = url.username().is_empty() && url.password().is_none();
    is_plain
        && match url.host() {
            Some(url::Host::Domain(name)) => name
                .trim_end_matches('.')
                .rsplit_once('.')
                .is_some_and(|(_, end)| end.len() > 1 && end.contains(|c: char| c.is_alphabetic())),
            Some(_) => may_be_address,
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::tests::context;
    use crate::domain::account::input::Input;
    use serde_json::{Value, json};

    #[test]
    fn what_is_no_link_is_left_out_with_a_warning_and_costs_no_row() {
        for (given, link, warnings) in [
            (json!("https://acme.com/news"), Some("https://acme.com/news"), 0),
            (json!(["HTTPS://a.com/?at=1:2"]), Some("HTTPS://a.com/?at=1:2"), 0),
            (json!("a.com/news/1:2"), Some("a.com/news/1:2"), 0),
            (json!("https://münchen.example/a"), Some("https://münchen.example/a"), 0),
            (json!("http://192.0.2.7/x"), Some("http://192.0.2.7/x"), 0),
            (json!(null), None, 0),
            (json!("  "), None, 0),
            (json!([]), None, 0),
            (json!("see CRM"), None, 1),
            (json!("n/a"), None, 1),
            (json!("-"), None, 1),
            (json!("TechPress, 4 May"), None, 1),
            (json!("javascript:alert(1)"), None, 1),
            (json!("mailto:kim@acme.com"), None, 1),
            (json!("kim@acme.com"), None, 1),
            (json!("ftp://acme.com/x"), None, 1),
            (json!("https://"), None, 1),
            (json!("https://localhost/x"), None, 1),
            (json!("file:///etc/passwd"), None, 1),
            (json!("1.5"), None, 1),
            (json!(42), None, 1),
            (json!({"href": "https://acme.com"}), None, 1),
            (json!(["none", true, {}]), None, 1),
            (json!(["see below", "https://acme.com/a"]), Some("https://acme.com/a"), 1),
            (json!("Press: https://acme.com/a"), Some("https://acme.com/a"), 0),
            (json!("https://acme.com/a\nhttps://acme.com/b"), Some("https://acme.com/a"), 0),
            (json!("x".repeat(100_000)), None, 1),
        ] {
            let record = json!({"record": "news", "account": "acme.com", "kind": "other",
                "occurred_at": "2026-05-01", "evidence_urls": given});
            let got = read(record, &context()).unwrap_or_else(|e| panic!("{given}: {e}"));
            let Input::Signal(signal) = got.input else { panic!("no signal") };
            assert_eq!(signal.evidence_url.as_deref(), link, "{given}");
            assert_eq!(got.warnings.len(), warnings, "{given}: {:?}", got.warnings);
            let short = |text: &String| text.len() < 200 && text.contains("left out");
            assert!(got.warnings.iter().all(short), "{:?}", got.warnings);
        }
        let lost: Value = json!({"record": "news", "account": "acme.com", "kind": "other",
            "occurred_at": "2026-05-01", "evidence_urls": ["a", "b", "c"]});
        let got = read(lost, &context()).unwrap();
        let said = "evidence_urls: \"a\" (and 2 more) is not a link of the web and is left out";
        assert_eq!(got.warnings, [said]);
    }
}
