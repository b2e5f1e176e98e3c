//! The proof of a source whose secrets are read again when their files change.

use super::Proof;
use crate::config::{AuthenticationConfig, SecretConfig};
use crate::credentials::Files;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

pub struct KeptProof {
    source: String,
    config: AuthenticationConfig,
    kept: Mutex<(Files, Arc<Proof>)>,
}

impl KeptProof {
    /// The error names the setting, never the secret.
    pub fn new(source: &str, config: &AuthenticationConfig) -> Result<KeptProof, String> {
        let files = config.secrets().iter().filter_map(SecretConfig::file);
        let files = Files::new(files.map(Path::to_owned).collect(), Instant::now());
        let proof = Proof::new(config)
            .map_err(|why| format!("ingest.sources.{source}.authentication: {why}"))?;
        let kept = Mutex::new((files, Arc::new(proof)));
        Ok(KeptProof { source: source.to_owned(), config: config.clone(), kept })
    }

    /// With the secrets as they are in their files now. Of files that hold no usable secret, the log has
    /// the cause, and the former secrets count.
    pub fn now(&self) -> Arc<Proof> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (files, proof) = &mut *kept;
        if let Some(files) = files.differ() {
            let source = &self.source;
            match Proof::new(&self.config) {
                Ok(new) => {
                    *proof = Arc::new(new);
                    tracing::info!(source, files, "using the changed secrets");
                }
                Err(why) => tracing::warn!(
                    source,
                    files,
                    why,
                    "changed secrets cannot be used; the former ones count"
                ),
            }
        }
        proof.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{AUTHORIZATION, HeaderMap};

    #[test]
    fn should_take_a_secret_from_its_file_as_soon_as_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "the-first-secret").unwrap();
        let config = format!("bearer: {{ secrets: {{ file: {} }} }}", file.display());
        let kept = KeptProof::new("crm", &serde_saphyr::from_str(&config).unwrap()).unwrap();
        let takes = |token: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
            kept.now().claim(&headers, 0).is_ok()
        };
        assert!(takes("the-first-secret") && !takes("the-second-secret"));
        std::fs::write(&file, "the-second-secret\n").unwrap();
        assert!(takes("the-second-secret") && !takes("the-first-secret"));
        // Too short, and missing: the former secret counts.
        std::fs::write(&file, "short").unwrap();
        assert!(takes("the-second-secret") && !takes("short"));
        std::fs::remove_file(&file).unwrap();
        assert!(takes("the-second-secret"));
        std::fs::write(&file, "the-third-secret!").unwrap();
        assert!(takes("the-third-secret!") && !takes("the-second-secret"));
    }
}
