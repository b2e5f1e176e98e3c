//! What ingest promises at the crate's edge: shipped mappings mean what they say, an import writes
//! each row once, in the order of a history, and every row is accounted for.

mod answered;
mod cases;
mod deletes;
mod doors;
mod duplicates;
pub(crate) mod http;
mod known;
mod mappings;
mod raw;
pub(crate) mod real;
mod scored;
mod snapshots;
mod suppression;
mod topics;
mod undated;
mod vendors;
mod warn;
mod written;
mod xml_topic;

use buymode::aliases::Aliases;
use buymode::domain::terms::time::Timestamp;
use buymode::ingest::import::ImportOptions;
use buymode::mapping::Mapping;
use buymode::mapping::rows::Reading;
use std::path::{Path, PathBuf};

/// A mapping that ships with buymode.
fn shipped(name: &str) -> Mapping {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings");
    Mapping::load(&folder.join(name)).unwrap_or_else(|e| panic!("{e}"))
}

fn options(inputs: Vec<PathBuf>) -> ImportOptions {
    ImportOptions {
        inputs,
        topic: "buymode.inputs".to_owned(),
        dead_letters_topic: "buymode.dead-letters".to_owned(),
        sources_topic: None,
        reading: Reading::default(),
        snapshot_at: None,
        by_file_day: false,
        file_name: None,
        baseline: false,
        strict: false,
        partial: false,
        accept_gone: false,
        accept_late: false,
        aliases: Aliases::default(),
        // Little: sorting goes through files.
        sort_bytes_max: 1 << 10,
        spill: std::env::temp_dir(),
        now: Timestamp(1_800_000_000_000),
    }
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
