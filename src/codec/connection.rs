//! The connection to the schema registry: its address, and a client with what proves who we are, made
//! anew when the access token or a file changes.

use super::error::{RegistryError, reason};
use crate::credentials::{Files, OauthConfig, SecretConfig, TlsFiles, Tokens, client_builder};
use schema_registry_converter::blocking::schema_registry::SrSettings;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time limit of a call, so that a command fails within ten seconds if the registry does not answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Extensions of OAuth that a registry wants, and the header that it wants them in: those of Confluent
/// Cloud.
const HEADERS: [(&str, &str); 2] =
    [("logicalCluster", "target-sr-cluster"), ("identityPoolId", "Confluent-Identity-Pool-Id")];

/// How we prove who we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RegistryLogin {
    #[default]
    None,
    Password {
        username: String,
        password: Option<SecretConfig>,
    },
    /// `Authorization: Bearer TOKEN`.
    Tokens(OauthConfig),
}

/// Address and credentials of the registry.
#[derive(Clone, Default)]
pub struct RegistrySettings {
    /// Base URL of the Confluent API, path included.
    pub url: String,
    pub login: RegistryLogin,
    pub tls: TlsFiles,
}

impl fmt::Debug for RegistrySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegistrySettings({})", shown(&self.url))
    }
}

#[derive(Clone)]
pub(super) struct Connection {
    settings: RegistrySettings,
    /// The URL without credentials, for messages.
    pub(super) shown: String,
    files: Files,
    tokens: Option<Arc<Tokens>>,
    /// The client, and the number of the token in it.
    made: Option<(SrSettings, u64)>,
}

impl Connection {
    pub(super) fn new(settings: &RegistrySettings) -> Result<Connection, RegistryError> {
        let mut files = settings.tls.all();
        let tokens = match &settings.login {
            RegistryLogin::None => None,
            RegistryLogin::Password { password, .. } => {
                let file = password.as_ref().and_then(SecretConfig::file);
                files.extend(file.map(ToOwned::to_owned));
                None
            }
            RegistryLogin::Tokens(oauth) => Some(Tokens::of(oauth)),
        };
        let mut connection = Connection {
            settings: settings.clone(),
            shown: shown(&settings.url),
            files: Files::new(files, Instant::now()),
            tokens,
            made: None,
        };
        // Now: a file that cannot be used is a wrong setting and not an outage.
        if connection.tokens.is_none() {
            let client = connection.make(None).map_err(|why| connection.refused(&why))?;
            connection.made = Some((client, 0));
        }
        Ok(connection)
    }

    fn refused(&self, why: &str) -> RegistryError {
        RegistryError::Refused(format!("schema registry {}: {why}", self.shown))
    }

    /// The client for the next call. May wait a few seconds for an access token.
    pub(super) fn client(&mut self) -> Result<SrSettings, RegistryError> {
        let token = self.tokens.as_ref().map(Tokens::current).transpose();
        let token = token.map_err(|why| {
            RegistryError::Away(format!("schema registry {}: oauth: {why}", self.shown))
        })?;
        let number = token.as_ref().map_or(0, |token| token.number);
        let files = self.files.changed(Instant::now());
        let former = match self.made.take() {
            Some((client, has)) if has == number && files.is_none() => {
                self.made = Some((client.clone(), has));
                return Ok(client);
            }
            former => former,
        };
        match (self.make(token.as_ref().map(|token| token.value.reveal())), former) {
            (Ok(client), _) => {
                if let Some(files) = files {
                    tracing::info!(files, "using the changed files for the schema registry");
                }
                self.made = Some((client.clone(), number));
                Ok(client)
            }
            (Err(why), Some((client, has))) if has == number => {
                tracing::warn!(why, "changed files cannot be used; going on with the former");
                self.made = Some((client.clone(), has));
                Ok(client)
            }
            (Err(why), _) => Err(self.refused(&why)),
        }
    }

    fn make(&self, token: Option<&str>) -> Result<SrSettings, String> {
        let url = self.settings.url.trim_end_matches('/').to_owned();
        let mut builder = SrSettings::new_builder(url);
        builder.set_timeout(CALL_TIMEOUT).no_proxy();
        match &self.settings.login {
            RegistryLogin::None => {}
            RegistryLogin::Password { username, password } => {
                let read = password.as_ref().map(SecretConfig::read).transpose();
                let password = read.map_err(|why| format!("password: {why}"))?;
                builder.set_basic_authorization(username, password.as_ref().map(|p| p.reveal()));
            }
            RegistryLogin::Tokens(oauth) => {
                builder.set_token_authorization(token.unwrap_or_default());
                for (extension, header) in HEADERS {
                    if let Some(value) = oauth.extensions.get(extension) {
                        builder.add_header(header, value);
                    }
                }
            }
        }
        let client = builder.build_with(client_builder(&self.settings.tls)?);
        client.map_err(|error| reason(&error))
    }
}

/// The URL without user name and password.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}
