//! Mail providers: an address there says nothing about a company.

use std::sync::LazyLock;

/// Sorted: where it comes from stands at its head.
const LIST: &str = include_str!("free_mail.txt");

static PROVIDERS: LazyLock<Vec<&str>> =
    LazyLock::new(|| LIST.lines().filter(|line| !line.starts_with('#')).collect());

/// Well-known providers: also as a website they do not stand for a company. The long list holds for mail
/// addresses only, since some providers on it are companies with customers.
pub(super) const SURE: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "bol.com.br",
    "btinternet.com",
    "charter.net",
    "comcast.net",
    "cox.net",
    "daum.net",
    "duck.com",
    "earthlink.net",
    "email.com",
    "fastmail.com",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "hushmail.com",
    "icloud.com",
    "inbox.com",
    "laposte.net",
    "libero.it",
    "live.co.uk",
    "live.com",
    "live.fr",
    "live.nl",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailinator.com",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "optonline.net",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "pm.me",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "rogers.com",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "shaw.ca",
    "sina.com",
    "sky.com",
    "t-online.de",
    "terra.com.br",
    "tuta.com",
    "tutanota.com",
    "uol.com.br",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.au",
    "yahoo.com.br",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.it",
    "yandex.com",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "zoho.com",
    "zohomail.com",
];

/// Providers with an address in most countries (`yahoo.com.mx`, `hotmail.be`), which no list holds whole.
const BRANDS: &[&str] = &[
    "aol",
    "gmail",
    "gmx",
    "googlemail",
    "hotmail",
    "live",
    "msn",
    "outlook",
    "protonmail",
    "rocketmail",
    "windowslive",
    "yahoo",
    "yandex",
    "ymail",
];

/// Country codes that companies of all countries use for a website.
const WORLDWIDE: &[&str] =
    &["ai", "cc", "co", "fm", "gg", "io", "ly", "me", "sh", "so", "to", "tv", "vc"];

/// Whether the registrable domain of a website belongs to a mail provider only.
pub(super) fn is_website(domain: &str) -> bool {
    SURE.contains(&domain) || is_national_brand(domain)
}

/// Whether an address at the host, whose registrable domain is `domain`, is a private one.
pub(super) fn is_address(host: &str, domain: &str) -> bool {
    let is_listed = |name: &str| PROVIDERS.binary_search(&name).is_ok();
    is_website(domain) || is_listed(domain) || is_listed(host)
}

fn is_national_brand(domain: &str) -> bool {
    let Some((brand, suffix)) = domain.split_once('.') else { return false };
    let country = suffix.rsplit('.').next().unwrap_or_default();
    BRANDS.contains(&brand) && country.len() == 2 && !WORLDWIDE.contains(&suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(PROVIDERS.len() > 14_000);
        assert!(PROVIDERS.is_sorted(), "it is searched by halves");
    }

    #[test]
    fn national_addresses_of_large_providers_are_private() {
        for domain in
            ["yahoo.com.mx", "hotmail.be", "outlook.com.br", "live.com.pt", "gmx.fr", "msn.cn"]
        {
            assert!(is_website(domain), "{domain}");
        }
        for domain in
            ["live.io", "outlook.ai", "yahooligans.com", "gmx-cranes.de", "live-nation.co.uk"]
        {
            assert!(!is_website(domain), "{domain}");
        }
        for (host, domain) in [
            ("bluewin.ch", "bluewin.ch"),
            ("ziggo.nl", "ziggo.nl"),
            ("privaterelay.appleid.com", "appleid.com"),
            ("yopmail.com", "yopmail.com"),
        ] {
            assert!(is_address(host, domain), "{host}");
        }
        for company in ["facebook.com", "easypost.com", "acme.com"] {
            assert!(!is_address(company, company), "{company}");
        }
    }
}
