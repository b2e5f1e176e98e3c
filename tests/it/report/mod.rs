//! What is told of a profile: how many companies it takes, and its page for people.

mod document;
mod independent;
mod matching;
mod searches;

use buymode::config::read_yaml;
use buymode::domain::RULES_VERSION;
use buymode::domain::account::input::Activation;
use buymode::domain::profile::Profile;
use buymode::domain::profile::variant::CompiledProfile;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Every profile that ships with buymode, by file name.
fn shipped() -> Vec<(String, CompiledProfile)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/profiles");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().unwrap() == "yaml").collect();
    files.sort();
    let name = |file: &Path| file.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), profile(file))).collect()
}

fn profile(file: &Path) -> CompiledProfile {
    let profile: Profile = read_yaml(file).unwrap();
    CompiledProfile::new(profile).unwrap_or_else(|e| panic!("{}: {e:?}", file.display()))
}

/// A profile of these tests.
fn own(name: &str) -> CompiledProfile {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/report/profiles");
    profile(&folder.join(format!("{name}.yaml")))
}

fn activation(profile: CompiledProfile) -> Activation {
    Activation {
        number: 1,
        profile: Arc::new(profile),
        rules_version: RULES_VERSION,
        published_by: None,
        note: None,
    }
}
