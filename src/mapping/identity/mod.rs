//! The account of a row: a website, domain or e-mail address becomes its registrable domain; a typed
//! key (`crunchbase:waywire`) stays as it is. A host that many companies share does not identify one
//! of them and is refused, as is a free mail provider.

mod free_mail;
mod legal_forms;
mod lists;
mod name;
mod salesforce;

pub use name::by_name;

use crate::domain::terms::account::AccountKey;
use lists::{LANDLORDS, SHARED};
use url::{Host, Url};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("{0:?} is neither a website, a domain nor a typed key (crunchbase:acme)")]
    Unreadable(String),
    #[error("{0:?} is a number or an IP address, not a domain")]
    Address(String),
    #[error("{0:?} has no registrable domain")]
    NoDomain(String),
    #[error(
        "{0:?} ends with a reserved name (.{1}), which no company can have; for a trial use a typed key, such as \
         trial:acme"
    )]
    Reserved(String, &'static str),
    #[error("{0:?} is a host that many companies share")]
    Shared(String),
    #[error("{0:?} is a free mail provider")]
    FreeMail(String),
    #[error("{0:?} names several companies; use one record for each")]
    Several(String),
    #[error("the name {0:?} needs a country to stand for an account")]
    NoCountry(String),
    #[error("the name {0:?} is too short or too general to stand for an account")]
    Vague(String),
}

/// The account of a website, domain, e-mail address or typed key.
///
/// # Errors
/// Where the text does not name one company: see [`IdentityError`].
pub fn resolve(raw: &str) -> Result<AccountKey, IdentityError> {
    let text = unquoted(raw.trim());
    if text.is_empty() || text.len() > 4_096 {
        return Err(IdentityError::Unreadable(raw.to_owned()));
    }
    if let Some(key) = typed(text) {
        let key = AccountKey::parse(&key);
        return key.map_err(|_| IdentityError::Unreadable(raw.to_owned()));
    }
    let parts = || text.split([',', ';', '|']).flat_map(str::split_whitespace);
    let mut named = parts().filter_map(|part| single(part, raw).ok());
    if let Some(first) = named.next() {
        if named.any(|other| other != first) {
            return Err(IdentityError::Several(raw.to_owned()));
        }
        // Several spellings of one website are one company, but a word beside it may be another name.
        if parts().count() > 1 && parts().all(|part| single(part, raw).is_ok()) {
            return Ok(first);
        }
    }
    single(address(text), raw)
}

/// `"acme.com"`, and as spreadsheets write it, `'acme.com`.
fn unquoted(text: &str) -> &str {
    let quotes = ['"', '\'', '“', '”', '‘', '’', '`'];
    text.trim_matches(|c| quotes.contains(&c) || c.is_whitespace())
}

/// The address in `Jane Doe <jane@acme.com>`; else the text.
fn address(text: &str) -> &str {
    let inner = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    inner.map(|(_, inner)| inner).filter(|inner| inner.contains('@')).unwrap_or(text)
}

/// `text` is one website, domain or address; `raw`, which errors show, is what it was read from.
fn single(text: &str, raw: &str) -> Result<AccountKey, IdentityError> {
    let unreadable = || IdentityError::Unreadable(raw.to_owned());
    // The URL parser removes line ends and tabs, which would join two domains to a third.
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(unreadable());
    }
    let (text, is_mail) = match mail_domain(text) {
        Some(domain) => (domain, true),
        None => (text, false),
    };
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&with_scheme).map_err(|_| unreadable())?;
    // The URL parser does not validate the host of other schemes.
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unreadable());
    }
    let host = match url.host() {
        Some(Host::Domain(host)) => host.trim_end_matches('.').to_owned(),
        Some(_) => return Err(IdentityError::Address(raw.to_owned())),
        None => return Err(unreadable()),
    };
    let domain = psl::domain(host.as_bytes())
        .filter(|domain| domain.suffix().is_known())
        .and_then(|domain| str::from_utf8(domain.as_bytes()).ok())
        .filter(|domain| is_registrable(domain))
        .ok_or_else(|| match reserved(&host) {
            Some(name) => IdentityError::Reserved(raw.to_owned(), name),
            None => IdentityError::NoDomain(raw.to_owned()),
        })?;
    if free_mail::is_website(domain) || (is_mail && free_mail::is_address(&host, domain)) {
        return Err(IdentityError::FreeMail(raw.to_owned()));
    }
    let front_door =
        matches!(url.path(), "" | "/") && host.strip_prefix("www.").unwrap_or(&host) == domain;
    if SHARED.contains(&domain) || (LANDLORDS.contains(&domain) && !front_door) {
        return Err(IdentityError::Shared(raw.to_owned()));
    }
    AccountKey::parse(domain).map_err(|_| unreadable())
}

/// The domain of a mail address, `mailto:` links included.
fn mail_domain(text: &str) -> Option<&str> {
    let address = match text.strip_prefix("mailto:") {
        Some(link) => link.split('?').next().unwrap_or(link),
        None => text,
    };
    let (_, domain) = address.rsplit_once('@')?;
    (!address.contains('/')).then_some(domain)
}

/// Top-level names that no registry gives out (RFC 6761 and 6762; `internal` by ICANN).
const RESERVED: &[&str] = &["example", "internal", "invalid", "local", "localhost", "test"];

fn reserved(host: &str) -> Option<&'static str> {
    let last = host.rsplit('.').next()?;
    RESERVED.iter().copied().find(|name| *name == last)
}

/// Letters, digits and inner hyphens, as registries require (RFC 5891, after IDNA).
fn is_registrable(domain: &str) -> bool {
    let label = domain.split('.').next().unwrap_or_default();
    label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
        // "www.bmw" is the top-level domain of a brand without a name below it.
        && label != "www"
}

/// Schemes of links, which are not kinds of account keys.
const SCHEMES: &[&str] = &[
    "about",
    "blob",
    "data",
    "file",
    "ftp",
    "http",
    "https",
    "javascript",
    "localhost",
    "mailto",
    "sip",
    "skype",
    "sms",
    "tel",
    "urn",
    "ws",
    "wss",
];

/// `kind:id` in lower case, spaces as hyphens; a CIK without leading zeros. URLs and `host:port` are
/// not typed keys.
fn typed(text: &str) -> Option<String> {
    let (kind, id) = text.split_once(':')?;
    let kind_fits = !kind.is_empty()
        && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !SCHEMES.contains(&kind.to_ascii_lowercase().as_str());
    if !kind_fits || id.trim().is_empty() || id.starts_with("//") || id.contains('@') {
        return None;
    }
    let id: Vec<&str> = id.split_whitespace().collect();
    let id = id.join("-");
    let id =
        if kind.eq_ignore_ascii_case("salesforce") { salesforce::long_id(&id) } else { id.into() };
    let key = format!("{kind}:{id}").to_lowercase();
    // EDGAR pads some of them with zeros to ten digits.
    match key.strip_prefix("cik:").map(|number| number.trim_start_matches('0')) {
        Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => {
            Some(format!("cik:{number}"))
        }
        _ => Some(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn websites_become_registrable_domains() {
        for (raw, key) in [
            ("http://www.Acme.co.uk/about?x=1", "acme.co.uk"),
            ("acme.com", "acme.com"),
            ("https://app.acme.com:8443", "acme.com"),
            ("HTTPS://user:secret@acme.io/", "acme.io"),
            ("jane@sales.acme.com", "acme.com"),
            ("https://bücher.de", "xn--bcher-kva.de"),
            ("acme.github.io", "acme.github.io"),
            ("https://acme.herokuapp.com/x", "acme.herokuapp.com"),
            ("google.com", "google.com"),
            ("https://www.github.com/", "github.com"),
            ("https://www.ashbyhq.com", "ashbyhq.com"),
            ("http://reddit.com/?utm_source=yc", "reddit.com"),
            ("jane@etsy.com", "etsy.com"),
            ("crunchbase:waywire", "crunchbase:waywire"),
            ("ashby:Rose  Rocket", "ashby:rose-rocket"),
            ("cik:320193", "cik:320193"),
            ("CIK:0000320193", "cik:320193"),
            ("salesforce:0015000000Gv7qJ", "salesforce:0015000000gv7qjaar"),
            ("salesforce:0015000000Gv7qJAAR", "salesforce:0015000000gv7qjaar"),
            ("Jane Doe <jane@acme.com>", "acme.com"),
            ("mailto:jane@acme.com?subject=Hi", "acme.com"),
            ("\"acme.com\"", "acme.com"),
            ("acme.com; www.acme.com", "acme.com"),
            ("https://acme.com/a,b;c", "acme.com"),
            ("https://www.salesforce.com", "salesforce.com"),
            ("https://easypost.com", "easypost.com"),
            ("crunchbase:007", "crunchbase:007"),
        ] {
            assert_eq!(resolve(raw).map(String::from), Ok(key.to_owned()), "{raw}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_account_resolves_to_itself(
            text in "\\PC{0,30}|[a-z]{1,6}:\\PC{1,12}|(https?://)?(www\\.)?[a-zA-Z0-9.-]{1,20}\\.(com|co\\.uk|io)(/\\PC{0,6})?"
        ) {
            if let Ok(account) = resolve(&text) {
                proptest::prop_assert_eq!(resolve(account.as_str()), Ok(account.clone()));
            }
            if let Ok(account) = by_name(&text, Some("us")) {
                proptest::prop_assert_eq!(resolve(account.as_str()), Ok(account));
            }
        }
    }

    #[test]
    fn every_listed_host_can_be_met() {
        let mut hosts = [free_mail::SURE, SHARED, LANDLORDS].concat();
        hosts.retain(|host| psl::domain_str(host) != Some(*host));
        assert_eq!(hosts, [""; 0], "public suffixes, or below a domain of their own");
    }

    #[test]
    fn what_names_no_company_is_refused() {
        let refused = |raw: &str| resolve(raw).unwrap_err();
        for raw in [
            "https://linkedin.com/company/acme",
            "linkedin.com",
            "https://sites.google.com/a",
            "https://web.archive.org/web/2016/http://acme.com",
            "producthunt.com/posts/acme",
            "https://jobs.ashbyhq.com/acme",
            "https://ashbyhq.com/acme",
            "http://www.etsy.com/shop/acme",
            "https://boards.greenhouse.io/acme",
            "acme.tumblr.com",
            "https://acme.jobs.personio.com",
            "acme@reply.breezy.hr",
        ] {
            assert!(matches!(refused(raw), IdentityError::Shared(_)), "{raw}");
        }
        assert!(matches!(refused("joe@gmail.com"), IdentityError::FreeMail(_)));
        assert!(matches!(refused("http://10.0.0.1/x"), IdentityError::Address(_)));
        assert!(matches!(refused("http://[::1]/"), IdentityError::Address(_)));
        for raw in [
            "acme.com\nacme.io",
            "acme.com, acme.io",
            "www.acme.com | www.acme.io",
            "ann@acme.com;bo@other.com",
        ] {
            assert!(matches!(refused(raw), IdentityError::Several(_)), "{raw}");
        }
        for raw in
            ["ann@bluewin.ch", "ann@hotmail.com.br", "www.yahoo.com.mx", "Ann Lee <ann@GMX.fr>"]
        {
            assert!(matches!(refused(raw), IdentityError::FreeMail(_)), "{raw}");
        }
        for raw in [
            "ann@acme.onmicrosoft.com",
            "https://acme.my.salesforce.com",
            "acme.lightning.force.com",
        ] {
            assert!(matches!(refused(raw), IdentityError::Shared(_)), "{raw}");
        }
        for (raw, name) in [
            ("https://acme.example/about", "example"),
            ("ann@acme.TEST", "test"),
            ("acme.invalid", "invalid"),
            ("http://localhost:8080", "localhost"),
            ("example", "example"),
        ] {
            assert_eq!(refused(raw), IdentityError::Reserved(raw.to_owned(), name), "{raw}");
            assert!(refused(raw).to_string().contains("trial:acme"), "{raw}");
        }
        for raw in ["acme.com is ours", "acme\tinc.com", "https://acme.com/\nx"] {
            assert!(matches!(refused(raw), IdentityError::Unreadable(_)), "{raw}");
        }
        for raw in [
            "www.bmw",
            "co.uk",
            "github.io",
            "acme",
            "acme.notatld",
            "acme_inc.com",
            "-acme.com",
            "acme-.com",
        ] {
            assert!(matches!(refused(raw), IdentityError::NoDomain(_)), "{raw}");
        }
        for raw in [
            "",
            "  ",
            "http://",
            "a b",
            "https://exa mple.com",
            "ftpx://%00acme.com",
            "about:blank",
            "javascript:void(0)",
        ] {
            assert!(matches!(refused(raw), IdentityError::Unreadable(_)), "{raw}");
        }
    }
}
