//! The connection to the schema registry.

use super::values::Url;
use crate::credentials::{OauthConfig, SecretConfig};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A schema registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryConfig {
    /// Where its interface begins, such as `http://localhost:8081`.
    pub url: Url,
    /// Login, where it asks for one; with `password`.
    #[serde(default)]
    pub username: Option<String>,
    /// A text, better given by environment than in a file, or `{ file: PATH }`.
    #[serde(default)]
    pub password: Option<SecretConfig>,
    /// Where access tokens come from, instead of a login.
    #[serde(default)]
    pub oauth: Option<OauthConfig>,
    /// PEM file of the authorities to trust; without it, those of the system.
    #[serde(default)]
    pub ca_location: Option<PathBuf>,
    /// PEM file of the client's certificate, where the registry asks for one; with `key_location`.
    #[serde(default)]
    pub certificate_location: Option<PathBuf>,
    /// PEM file of the client's private key (PKCS#8, without a password).
    #[serde(default)]
    pub key_location: Option<PathBuf>,
}

impl RegistryConfig {
    /// Without credentials.
    pub fn new(url: Url) -> RegistryConfig {
        RegistryConfig {
            url,
            username: None,
            password: None,
            oauth: None,
            ca_location: None,
            certificate_location: None,
            key_location: None,
        }
    }

    /// The files that the settings name.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let files = [&mut self.ca_location, &mut self.certificate_location, &mut self.key_location];
        let secret = self.password.as_mut().and_then(SecretConfig::file_mut);
        let oauth = self.oauth.iter_mut().flat_map(OauthConfig::paths);
        files.into_iter().flatten().chain(secret).chain(oauth)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.username.is_some() != self.password.is_some() {
            return Err("username and password go together".to_owned());
        }
        if self.certificate_location.is_some() != self.key_location.is_some() {
            return Err("certificate_location and key_location go together".to_owned());
        }
        if let Some(password) = &self.password {
            password.read().map_err(|why| format!("password: {why}"))?;
        }
        if let Some(oauth) = &self.oauth {
            if self.username.is_some() {
                return Err("oauth and username are two logins: remove one".to_owned());
            }
            oauth.check().map_err(|why| format!("oauth: {why}"))?;
        }
        for (key, file) in [
            ("ca_location", &self.ca_location),
            ("certificate_location", &self.certificate_location),
            ("key_location", &self.key_location),
        ] {
            let Some(file) = file else { continue };
            if !self.url.as_str().starts_with("https://") {
                return Err(format!(
                    "{key}: it is not used with an address that begins with http://"
                ));
            }
            std::fs::File::open(file)
                .map_err(|error| format!("{key}: cannot read {}: {error}", file.display()))?;
        }
        Ok(())
    }
}
