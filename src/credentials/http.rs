//! HTTP clients that trust and show what the settings name.

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Identity};
use std::path::{Path, PathBuf};

/// PEM files of a TLS connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// The authorities to trust; without it, those of the system.
    pub ca: Option<PathBuf>,
    /// The client's certificate and its private key (PKCS#8).
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl TlsFiles {
    pub fn all(&self) -> Vec<PathBuf> {
        let (certificate, key) = self.identity.clone().unzip();
        [self.ca.clone(), certificate, key].into_iter().flatten().collect()
    }
}

/// A client that goes straight to the server, not through a proxy, and follows no redirection: what
/// it carries is for that server alone. The files are read now; the error names the one that is
/// invalid.
pub fn client_builder(tls: &TlsFiles) -> Result<ClientBuilder, String> {
    let mut builder = Client::builder().no_proxy().redirect(Policy::none());
    if let Some(ca) = &tls.ca {
        let invalid = || format!("{} holds no certificate in PEM form", ca.display());
        let found = Certificate::from_pem_bundle(&read(ca)?).map_err(|_| invalid())?;
        if found.is_empty() {
            return Err(invalid());
        }
        builder = builder.tls_certs_only(found);
    }
    if let Some((certificate, key)) = &tls.identity {
        let identity = Identity::from_pkcs8_pem(&read(certificate)?, &read(key)?);
        // The crate's message could quote the key.
        let identity = identity.map_err(|_| {
            format!(
                "{} and {} are not a certificate and its key in PEM form; the key must begin with \
                 `-----BEGIN PRIVATE KEY-----` (convert it with `openssl pkcs8 -topk8 -nocrypt`)",
                certificate.display(),
                key.display()
            )
        })?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}
