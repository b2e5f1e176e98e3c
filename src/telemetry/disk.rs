//! The file system that a log in a folder lies on: how large it is, and what is left of it.

use super::counters::registered;
use prometheus::{IntGaugeVec, Opts, Registry};
use std::path::PathBuf;
use std::sync::OnceLock;

/// No series where the log lies on brokers.
pub(super) struct Disk {
    folder: OnceLock<PathBuf>,
    free: IntGaugeVec,
    size: IntGaugeVec,
}

impl Disk {
    pub(super) fn new(registry: &Registry) -> Disk {
        let gauge = |name, help| registered(registry, IntGaugeVec::new(Opts::new(name, help), &[]));
        Disk {
            folder: OnceLock::new(),
            free: gauge(
                "buymode_disk_free_bytes",
                "Bytes that may still be written on the file system of the log's folder. Absent with Kafka.",
            ),
            size: gauge(
                "buymode_disk_size_bytes",
                "Bytes of the file system of the log's folder. Absent with Kafka.",
            ),
        }
    }

    pub(super) fn lies_in(&self, folder: PathBuf) {
        // Once for each instance.
        let _ = self.folder.set(folder);
    }

    /// Looks again; where the system does not say, the last figures stay.
    pub(super) fn look(&self) {
        let Some(found) = self.folder.get().and_then(|at| rustix::fs::statvfs(at).ok()) else {
            return;
        };
        let bytes =
            |blocks: u64| i64::try_from(blocks.saturating_mul(found.f_frsize)).unwrap_or(i64::MAX);
        self.free.with_label_values::<&str>(&[]).set(bytes(found.f_bavail));
        self.size.with_label_values::<&str>(&[]).set(bytes(found.f_blocks));
    }
}
