//! Links in messages: addresses that a person may follow, shown with the host that they lead to.

use url::Url;

/// Slack takes 3,000 characters; longer addresses are rarely meant for people.
const ADDRESS_MAX: usize = 2_000;

/// An address of the web, with the words that stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    label: String,
    url: String,
}

impl Link {
    /// None for what is not `https` or `http`, names no host or hides a login. Shown as its host, so that
    /// no one is led to another place than the one they read.
    pub fn to(address: &str) -> Option<Link> {
        let url = address_of(address)?;
        let label = url.host_str()?.trim_start_matches("www.").to_owned();
        Some(Link { label, url: url.into() })
    }

    /// A page of the team's own systems, shown by the name that the profile gives it.
    pub fn named(name: &str, address: &str) -> Option<Link> {
        Some(Link { label: super::own(name), url: address_of(address)?.into() })
    }

    /// People of that title at that company, in LinkedIn's search.
    pub fn search(title: &str, company: &str) -> Option<Link> {
        let mut url = Url::parse("https://www.linkedin.com/search/results/people/").ok()?;
        url.query_pairs_mut().append_pair("keywords", &format!("{title} {company}"));
        Some(Link { label: "search".to_owned(), url: url.into() })
    }

    pub fn label(&self) -> &str {
        &self.label
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

fn address_of(address: &str) -> Option<Url> {
    if address.len() > ADDRESS_MAX {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let is_web = matches!(url.scheme(), "https" | "http");
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_web && is_plain && url.host_str().is_some()).then_some(url)
}
