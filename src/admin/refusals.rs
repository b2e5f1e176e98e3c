//! What the services would refuse at their start, found by the same builders that they use. Nothing is connected
//! to, listened on or written, but for an empty folder that is removed at once.

use crate::admin::place::registry_settings;
use crate::config::{Config, LogChoice};
use crate::credentials::{OauthConfig, TlsFiles, client_builder};
use std::net::SocketAddr;
use std::path::Path;

/// Of the log and the registry. Each begins with its key.
pub(super) fn of_servers(config: &Config) -> Vec<String> {
    let mut found = Vec::new();
    match config.log() {
        Ok(LogChoice::Kafka(kafka)) => {
            let authorities = kafka.oauth.as_ref().and_then(|oauth| unreadable("kafka", oauth));
            found.extend(kafka.refusal().into_iter().chain(authorities));
        }
        Ok(LogChoice::Embedded(embedded)) => found.extend(unusable(&embedded.folder)),
        Err(_) => {}
    }
    if let Some(settings) = registry_settings(config) {
        let oauth = config.schema_registry.as_ref().and_then(|registry| registry.oauth.as_ref());
        found.extend(refused(&settings.tls).map(|why| format!("schema_registry: {why}")));
        found.extend(oauth.and_then(|oauth| unreadable("schema_registry", oauth)));
    }
    found
}

/// The setting whose file cannot be used, and why.
fn refused(tls: &TlsFiles) -> Option<String> {
    let authorities = TlsFiles { ca: tls.ca.clone(), identity: None };
    let of = |key: &str, tls: &TlsFiles| {
        client_builder(tls).err().map(|why| format!("{key}_location: {why}"))
    };
    of("ca", &authorities).or_else(|| of("key", tls))
}

fn unreadable(of: &str, oauth: &OauthConfig) -> Option<String> {
    let tls = TlsFiles { ca: oauth.ca_location.clone(), identity: None };
    client_builder(&tls).err().map(|why| format!("{of}.oauth.ca_location: {why}"))
}

/// Why an embedded log cannot be in this folder, or be made there.
fn unusable(folder: &Path) -> Option<String> {
    let mut above = folder.ancestors().map(|path| match path.as_os_str().is_empty() {
        true => Path::new("."),
        false => path,
    });
    let there = above.find(|path| path.exists())?;
    if !there.is_dir() {
        let there = there.display();
        return Some(format!(
            "embedded.folder: {there} is a file; choose a folder, or a path below one"
        ));
    }
    if there == folder {
        return None;
    }
    // Rights alone do not say it: some file systems take no folders of anyone.
    let tried = tempfile::Builder::new().prefix(".buymode-check-").tempdir_in(there);
    tried.err().map(|error| {
        let (folder, there) = (folder.display(), there.display());
        // The error names the folder that was tried.
        let why = error.kind();
        format!(
            "embedded.folder: {folder} cannot be made: this user cannot make a folder in {there} ({why}); choose \
             another folder"
        )
    })
}

/// Of what `deliver` reads at its start.
pub(super) fn of_words(config: &Config) -> Option<String> {
    config.deliver.words.read().err()
}

/// Of two addresses that one process listens on.
pub(super) fn of_addresses(config: &Config) -> Vec<String> {
    let words = &config.deliver.words;
    let others = [
        ("ingest.listen", config.ingest.listen, config.ingest.takes_requests()),
        ("deliver.words.listen", words.listen, words.is_on()),
    ];
    let page = config.http.listen;
    let taken = others.into_iter().filter(|(_, listen, is_on)| *is_on && meet(page, *listen));
    let taken = taken.map(|(key, listen, _)| {
        format!("{key}: {listen} is that of http.listen ({page}), which the same process listens on; choose another port")
    });
    taken.collect()
}

fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (any || one.ip() == other.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_find_a_folder_that_no_log_can_be_made_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert_eq!(unusable(path), None);
        assert_eq!(unusable(&path.join("data/log")), None);
        assert_eq!(path.read_dir().unwrap().count(), 0, "it leaves something");
        std::fs::write(path.join("file"), "").unwrap();
        let refused = unusable(&path.join("file/log")).unwrap();
        assert!(refused.ends_with("is a file; choose a folder, or a path below one"), "{refused}");
        // Its rights are those of any folder, and it takes none.
        let refused = unusable(Path::new("/proc/nope")).unwrap();
        assert!(refused.starts_with("embedded.folder: /proc/nope cannot be made: "), "{refused}");
    }

    #[test]
    fn should_find_the_addresses_that_a_process_cannot_listen_on_twice() {
        for (one, other, expected) in [
            ("127.0.0.1:1", "127.0.0.1:1", true),
            ("0.0.0.0:1", "127.0.0.1:1", true),
            ("[::]:1", "127.0.0.1:1", true),
            ("127.0.0.2:1", "127.0.0.1:1", false),
            ("127.0.0.1:2", "127.0.0.1:1", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            assert_eq!(
                meet(one.parse().unwrap(), other.parse().unwrap()),
                expected,
                "{one} {other}"
            );
        }
    }
}
