//! The settings of OAuth: client credentials, which a token server changes for access tokens.

use super::secret::SecretConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Access tokens by the grant "client credentials" of OAuth 2 (RFC 6749, section 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OauthConfig {
    /// Where the token server gives tokens: `https://idp.example.com/oauth2/token`.
    pub token_url: String,
    pub client_id: String,
    /// A text, or `{ file: PATH }`, which is read again for each token.
    pub client_secret: SecretConfig,
    /// The scope to ask for, where the token server wants one; several are separated by blanks.
    #[serde(default)]
    pub scope: Option<String>,
    /// The audience to ask for, where the token server wants one.
    #[serde(default)]
    pub audience: Option<String>,
    /// Sent to the server together with the token; Confluent Cloud wants `logicalCluster` and
    /// `identityPoolId`.
    #[serde(default)]
    pub extensions: BTreeMap<String, String>,
    /// PEM file of the authorities to trust for the token server; without it, those of the system.
    #[serde(default)]
    pub ca_location: Option<PathBuf>,
}

impl OauthConfig {
    /// The files that the settings name.
    pub fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.client_secret.file_mut().into_iter().chain(self.ca_location.as_mut())
    }

    /// Checks what a type cannot; the error begins with the key.
    pub fn check(&self) -> Result<(), String> {
        let url = url::Url::parse(&self.token_url).ok();
        if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            // Not quoted: a password could stand in it.
            return Err("token_url: invalid address; write for example \
                        https://idp.example.com/oauth2/token"
                .to_owned());
        }
        if self.token_url.contains('@') {
            return Err("token_url: a login in the address is not used; give client_id and \
                        client_secret"
                .to_owned());
        }
        if self.client_id.trim().is_empty() {
            return Err("client_id: it is empty".to_owned());
        }
        let secret = self.client_secret.read().map_err(|why| format!("client_secret: {why}"))?;
        if secret.reveal().is_empty() {
            return Err("client_secret: it is empty".to_owned());
        }
        if let Some(file) = &self.ca_location
            && let Err(error) = std::fs::File::open(file)
        {
            return Err(format!("ca_location: cannot read {}: {error}", file.display()));
        }
        // RFC 7628, section 3.1; `auth` is the token itself.
        let is_name = |key: &str| {
            key != "auth" && !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic())
        };
        match self.extensions.iter().find(|(key, value)| {
            !is_name(key) || !value.bytes().all(|b| (b' '..=b'~').contains(&b))
        }) {
            Some((key, _)) => Err(format!(
                "extensions: invalid {key:?}: a name has letters only and is not `auth`, a value has \
                 visible ASCII characters only"
            )),
            None => Ok(()),
        }
    }
}
