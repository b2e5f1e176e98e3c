//! Secrets: given as a text, or as the file that holds them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// A password. It shows in no log, no debug output and no list of settings.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// For the client's settings alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A secret, or the file that holds it (blanks at its ends left out).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "write a secret in quotes, or { file: PATH }")]
pub enum SecretConfig {
    Text(Secret),
    File(SecretFile),
}

/// An enum, since a struct would take a list for its fields in order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretFile {
    File(PathBuf),
}

impl From<Secret> for SecretConfig {
    fn from(secret: Secret) -> SecretConfig {
        SecretConfig::Text(secret)
    }
}

/// A shorter secret can be guessed.
const STRONG_LENGTH_MIN: usize = 16;
const SECRET_FILE_BYTES_MAX: u64 = 4 << 10;

impl SecretConfig {
    pub fn file(&self) -> Option<&Path> {
        match self {
            SecretConfig::Text(_) => None,
            SecretConfig::File(SecretFile::File(file)) => Some(file),
        }
    }

    pub fn file_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            SecretConfig::Text(_) => None,
            SecretConfig::File(SecretFile::File(file)) => Some(file),
        }
    }

    /// The secret itself, of a file as it is now. The error does not show it.
    pub fn read(&self) -> Result<Secret, String> {
        let file = match self {
            SecretConfig::Text(secret) => return Ok(secret.clone()),
            SecretConfig::File(SecretFile::File(file)) => file,
        };
        let place = file.display();
        let size = std::fs::metadata(file).map_err(|e| format!("cannot read {place}: {e}"))?.len();
        if size > SECRET_FILE_BYTES_MAX {
            return Err(format!(
                "cannot read {place}: it has {size} bytes; a secret has fewer than 4096"
            ));
        }
        let text =
            std::fs::read_to_string(file).map_err(|e| format!("cannot read {place}: {e}"))?;
        match text.trim() {
            "" => Err(format!("{place} is empty; write the secret into it")),
            secret => Ok(Secret::new(secret)),
        }
    }

    /// The same for a secret that we choose together with those who send to us: it must be long.
    pub fn read_strong(&self) -> Result<Secret, String> {
        let secret = self.read()?;
        if secret.reveal().len() < STRONG_LENGTH_MIN {
            let place =
                self.file().map_or("a secret".to_owned(), |file| file.display().to_string());
            return Err(format!("{place} is shorter than {STRONG_LENGTH_MIN} characters"));
        }
        Ok(secret)
    }
}
