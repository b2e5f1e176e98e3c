//! The settings of what people say back: buttons in Slack, links in Teams and mail.

use super::values::{HostName, Url, Within};
use crate::credentials::SecretConfig;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Where people's words come in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct WordsConfig {
    /// Address and port of `POST /slack/actions`, `/slack/commands`, `/slack/events` and of `/words/…`, the pages
    /// behind links; port 0 takes a free one. It listens where `slack_signing_secret` or `link_secret` is
    /// given. Slack and people reach it through something that speaks TLS.
    pub listen: SocketAddr,
    /// The names by which it is reached, such as `buymode.example.com`, where the proxy before it passes them on.
    /// Addresses, `localhost` and the host of `link_url` need not be listed; a request to any other name is
    /// refused with 403.
    pub hosts: Vec<HostName>,
    /// The signing secret of the Slack app: a text, or `{ file: PATH }`. With it buttons and commands work.
    pub slack_signing_secret: Option<SecretConfig>,
    /// Where people reach the pages, such as `https://buymode.example.com`. With `link_secret`, messages in Teams
    /// and mail end with links to them.
    pub link_url: Option<Url>,
    /// What the links are signed with, at least 32 characters: a text, or `{ file: PATH }`. Another one makes all
    /// links that were sent void.
    pub link_secret: Option<SecretConfig>,
    /// Days for which a link works (1 to 90).
    pub link_days: Within<1, 90, 14>,
}

impl Default for WordsConfig {
    fn default() -> Self {
        WordsConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8091)),
            hosts: Vec::new(),
            slack_signing_secret: None,
            link_url: None,
            link_secret: None,
            link_days: Within::default(),
        }
    }
}

/// A shorter key can be guessed.
const LINK_SECRET_LENGTH_MIN: usize = 32;

impl WordsConfig {
    /// Paths in the file are relative to it.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let secrets = [&mut self.slack_signing_secret, &mut self.link_secret];
        secrets.into_iter().flatten().filter_map(|secret| secret.file_mut())
    }

    /// Whether anyone listens.
    pub fn is_on(&self) -> bool {
        self.slack_signing_secret.is_some() || self.link_secret.is_some()
    }

    /// What no single value shows: where, and what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        match (&self.link_url, &self.link_secret) {
            (Some(_), None) => {
                return Err("deliver.words.link_secret: it is missing, and links would not be signed; give one, \
                            or leave link_url out"
                    .to_owned());
            }
            (None, Some(_)) => {
                return Err("deliver.words.link_url: it is missing, and links would lead nowhere; give the address \
                            by which people reach deliver.words.listen, or leave link_secret out"
                    .to_owned());
            }
            _ => {}
        }
        if let Some(url) = self.link_url.as_ref().filter(|url| !url.is_bare()) {
            return Err(format!(
                "deliver.words.link_url: invalid address {:?}; use one such as https://buymode.example.com",
                url.as_str()
            ));
        }
        Ok(())
    }

    /// The secrets, as they are now. The error begins with the key.
    ///
    /// # Errors
    /// Where one cannot be read, or is too short.
    pub fn read(&self) -> Result<(Option<String>, Option<String>), String> {
        let slack = self.slack_signing_secret.as_ref().map(|secret| {
            let at = |why| format!("deliver.words.slack_signing_secret: {why}");
            let secret = secret.read_strong().map_err(at)?;
            Ok::<_, String>(secret.reveal().to_owned())
        });
        let link = self.link_secret.as_ref().map(|secret| {
            let at = |why| format!("deliver.words.link_secret: {why}");
            let secret = secret.read().map_err(at)?;
            if secret.reveal().len() < LINK_SECRET_LENGTH_MIN {
                return Err(at(format!("it is shorter than {LINK_SECRET_LENGTH_MIN} characters")));
            }
            Ok(secret.reveal().to_owned())
        });
        Ok((slack.transpose()?, link.transpose()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(yaml: &str) -> Result<(), String> {
        crate::config::yaml_from_text::<WordsConfig>(yaml).map_err(|e| format!("{e:?}"))?.check()
    }

    #[test]
    fn half_of_what_links_need_and_odd_addresses_are_named() {
        let secret = "link_secret: 0123456789abcdef0123456789abcdef";
        assert_eq!(said("listen: 127.0.0.1:0"), Ok(()));
        assert_eq!(said(&format!("{secret}\nlink_url: https://b.example.com/x")), Ok(()));
        assert!(said(secret).unwrap_err().starts_with("deliver.words.link_url: it is missing"));
        let alone = said("link_url: https://b.example.com").unwrap_err();
        assert!(alone.starts_with("deliver.words.link_secret: it is missing"), "{alone}");
        for odd in ["https://me:pw@b.example.com", "https://b.example.com?x=1", "http://"] {
            assert!(said(&format!("{secret}\nlink_url: {odd}")).is_err(), "{odd}");
        }
        assert!(said("link_days: 91").is_err() && said("links: 1").is_err());
    }

    #[test]
    fn secrets_that_can_be_guessed_are_refused() {
        let words = WordsConfig {
            slack_signing_secret: Some(crate::config::Secret::new("short").into()),
            ..WordsConfig::default()
        };
        let why = words.read().unwrap_err();
        assert!(why.starts_with("deliver.words.slack_signing_secret: "), "{why}");
    }
}
