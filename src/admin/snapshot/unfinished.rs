//! The file in which a snapshot is written before it has its name. It is removed where the save fails or is
//! stopped; a save that was killed leaves it, and the next save beside it removes it.

use anyhow::Context;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use tempfile::{Builder, NamedTempFile};

const PREFIX: &str = ".buymode-";
const SUFFIX: &str = ".unfinished";

/// Those of this process.
static BEGUN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The file of a save that is under way.
pub(super) struct Unfinished(NamedTempFile);

impl Unfinished {
    /// Beside the file that is to be made.
    pub(super) fn beside(path: &Path) -> anyhow::Result<Unfinished> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let begun = Self::begin(folder);
        begun.with_context(|| format!("cannot write beside {}", path.display()))
    }

    fn begin(folder: &Path) -> io::Result<Unfinished> {
        // Where the folder cannot be read, the file can be made all the same.
        let _ = sweep(folder);
        let mut begun = begun();
        let file = Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
        begun.push(file.path().to_owned());
        drop(begun);
        // Where the file system has no locks, no sweep gets one either.
        let _ = file.as_file().lock();
        Ok(Unfinished(file))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self) -> &File {
        self.0.as_file()
    }

    pub(super) fn reopen(&self) -> io::Result<File> {
        self.0.reopen()
    }

    /// Gives the file its name, which no other file has.
    pub(super) fn finish(self, path: &Path) -> anyhow::Result<()> {
        let mut begun = begun();
        begun.retain(|one| one != self.0.path());
        let named = self.0.persist_noclobber(path);
        named.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(())
    }
}

fn begun() -> MutexGuard<'static, Vec<PathBuf>> {
    BEGUN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Removes the unfinished files of this process, which ends now.
pub fn remove_unfinished() {
    for path in begun().drain(..) {
        let _ = std::fs::remove_file(path);
    }
}

/// Removes the files of saves that were killed: no process holds a lock on them.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_one = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !is_one || !entry.file_type()?.is_file() {
            continue;
        }
        let Ok(file) = File::open(entry.path()) else { continue };
        match file.try_lock() {
            Ok(()) => drop(std::fs::remove_file(entry.path())),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn should_remove_what_a_killed_save_left_and_nothing_that_is_under_way() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".buymode-killed.unfinished", "monday.snapshot", ".tmp"] {
            std::fs::write(folder.path().join(name), "bytes").unwrap();
        }
        let tuesday = folder.path().join("tuesday.snapshot");
        let first = Unfinished::beside(&tuesday).unwrap();
        let second = Unfinished::beside(&folder.path().join("other.snapshot")).unwrap();
        assert!(first.path().exists() && second.path().exists());
        assert_eq!(names(folder.path()).len(), 4, "{:?}", names(folder.path()));
        drop(second);
        first.finish(&tuesday).unwrap();
        assert_eq!(names(folder.path()), [".tmp", "monday.snapshot", "tuesday.snapshot"]);
        let third = Unfinished::beside(&folder.path().join("other.snapshot")).unwrap();
        // As at a signal.
        remove_unfinished();
        assert!(!third.path().exists() && tuesday.exists());
    }
}
