//! Notices that files of certificates and secrets have been replaced.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often the files are looked at. A change must be there at two looks: a certificate and its key
/// are often written one after the other.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Time of the last change in nanoseconds, length in bytes, and number on the disk.
type Stamp = Option<(i64, i64, u64, u64)>;

/// Files and how they were when they were last read.
#[derive(Clone, Debug)]
pub struct Files {
    files: Vec<PathBuf>,
    read: Vec<Stamp>,
    last: Vec<Stamp>,
    due: Instant,
}

impl Files {
    /// As they are now; to be called before they are read.
    pub fn new(files: Vec<PathBuf>, now: Instant) -> Files {
        let read: Vec<Stamp> = files.iter().map(stamp).collect();
        Files { last: read.clone(), read, files, due: now + LOOK_EVERY }
    }

    /// The files that have changed since, as a text. From then on they count as read.
    pub fn changed(&mut self, now: Instant) -> Option<String> {
        if self.files.is_empty() || now < self.due {
            return None;
        }
        self.due = now + LOOK_EVERY;
        let found: Vec<Stamp> = self.files.iter().map(stamp).collect();
        let is_stable = found == self.last;
        self.last = found;
        // A file that is missing is about to be replaced.
        if !is_stable || self.last == self.read || self.last.contains(&None) {
            return None;
        }
        Some(self.name_changes())
    }

    /// The same without waiting: for files that are read one by one, each whole by itself.
    pub fn differ(&mut self) -> Option<String> {
        let found: Vec<Stamp> = self.files.iter().map(stamp).collect();
        if found == self.read || found.contains(&None) {
            return None;
        }
        self.last = found;
        Some(self.name_changes())
    }

    fn name_changes(&mut self) -> String {
        let pairs = self.files.iter().zip(self.read.iter().zip(&self.last));
        let names = pairs.filter(|(_, (before, after))| before != after);
        let names: Vec<_> = names.map(|(file, _)| file.display().to_string()).collect();
        self.read.clone_from(&self.last);
        names.join(", ")
    }
}

/// Of the file behind a link, which is how secrets are replaced in containers.
fn stamp(file: &PathBuf) -> Stamp {
    let found = std::fs::metadata(file).ok()?;
    Some((found.mtime(), found.mtime_nsec(), found.len(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_report_each_change_once_and_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        std::fs::write(&cert, "1").unwrap();
        std::fs::write(&key, "1").unwrap();
        let start = Instant::now();
        let mut files = Files::new(vec![cert.clone(), key.clone()], start);
        let mut looks = 0;
        let mut look = || {
            looks += 1;
            files.changed(start + LOOK_EVERY * looks)
        };
        assert_eq!(look(), None);
        std::fs::write(&cert, "22").unwrap();
        assert_eq!(look(), None, "the key may follow");
        std::fs::remove_file(&key).unwrap();
        assert_eq!((look(), look()), (None, None), "the key is missing");
        std::fs::write(&key, "22").unwrap();
        assert_eq!(look(), None);
        let both = format!("{}, {}", cert.display(), key.display());
        assert_eq!((look(), look()), (Some(both), None));
        // A link that leads elsewhere, to a file of the same length.
        let other = folder.path().join("other.pem");
        std::fs::write(&other, "33").unwrap();
        std::fs::remove_file(&cert).unwrap();
        std::os::unix::fs::symlink(&other, &cert).unwrap();
        assert_eq!((look(), look(), look()), (None, Some(cert.display().to_string()), None));
    }
}
