//! Texts of vendors that may stand in a sentence: on one line, without markup, and without
//! anything that a reader's program would turn into a link.

use super::plain::plain;

/// A longer text would not read as part of a sentence.
const CHARS_MAX: usize = 120;
/// What HTML, Markdown, Slack's markup or a template read as more than a letter.
const MARKUP: &[char] =
    &['<', '>', '[', ']', '{', '}', '|', '*', '~', '`', '\\', '^', '_', '@', '"', '\u{ff20}'];
const SCHEMES: &[&str] = &["mailto:", "tel:", "javascript:", "data:", "slack:", "msteams:"];

/// The text as it may be quoted. `None` where that would be silly: it is blank, too long, or names an
/// address. `own`: a host that may be named.
pub fn quotable(text: &str, own: Option<&str>) -> Option<String> {
    let text = plain(text).replace(MARKUP, " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_own = |word: &str| own.is_some_and(|own| own.eq_ignore_ascii_case(word));
    if words.iter().any(|word| !is_own(word) && (is_address(word) || is_host(word))) {
        return None;
    }
    let text = words.join(" ");
    let says_something = text.chars().any(char::is_alphanumeric);
    (says_something && text.chars().count() <= CHARS_MAX).then_some(text)
}

/// `https://…`, `www.…`, `evil.example/path`, `mailto:…`, `a@evil.example`.
pub fn is_address(word: &str) -> bool {
    let low = word.to_lowercase();
    low.contains("://")
        || low.contains("www.")
        || SCHEMES.iter().any(|scheme| low.contains(scheme))
        || low.split_once(['/', '?', '#', ':']).is_some_and(|(host, _)| is_host(host))
        || low.split_once('@').is_some_and(|(_, host)| is_host(host))
}

/// `evil.example`: many programs turn that into a link too. A name such as `Booking.com` looks alike.
fn is_host(word: &str) -> bool {
    let word = word.to_lowercase();
    let parts = word.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
    let mut hosts = parts.map(|part| part.trim_matches('.'));
    hosts.any(|host| psl::domain(host.as_bytes()).is_some_and(|domain| domain.suffix().is_known()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_as_it_is_unless_it_is_more_than_text() {
        for (text, quoted) in [
            ("VP of Sales (Austin, TX)", Some("VP of Sales (Austin, TX)")),
            ("Head of R&D / C# tools", Some("Head of R&D / C# tools")),
            ("U.S. Sales, Inc.", Some("U.S. Sales, Inc.")),
            ("<!channel> *now*", Some("!channel now")),
            ("[Series B](x)", Some("Series B (x)")),
            ("a\r\nSubject: b\u{1b}[31m", Some("a Subject: b 31m")),
            ("pay\u{202e}gnp", Some("paygnp")),
            ("@channel", Some("channel")),
            ("Acme acme.com", Some("Acme acme.com")),
            ("see evil-site.com", None),
            ("(evil-site.com)", None),
            ("x,evil-site.com,y", None),
            ("a@evil-site.com", None),
            ("https://x", None),
            ("javascript:alert(1)", None),
            ("ev*il-site.com", None),
            ("{{}} <>", None),
            ("", None),
        ] {
            assert_eq!(quotable(text, Some("acme.com")).as_deref(), quoted, "{text:?}");
        }
        assert_eq!(quotable(&"a ".repeat(200), None), None);
    }
}
