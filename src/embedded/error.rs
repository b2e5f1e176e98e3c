//! What went wrong with the folder, in one line that names it and the remedy.

use std::io::ErrorKind;
use std::path::Path;

use heed::MdbError;

use crate::log::LogError;

/// A full disk is waited for ([`LogError::Reopen`]). A retry heals none of the others: they are
/// [`LogError::Fatal`].
pub(super) fn from_heed(folder: &Path, map_size: usize, error: heed::Error) -> LogError {
    if let heed::Error::Io(error) = &error {
        return from_io(folder, error);
    }
    let folder = folder.display();
    LogError::Fatal(match error {
        heed::Error::Mdb(MdbError::MapFull) => format!(
            "the log in {folder} has reached its map size of {map_size} bytes: raise the map size, \
             shorten the retention, or start with an empty folder"
        ),
        heed::Error::Mdb(MdbError::MapResized) => format!(
            "another process let the log in {folder} grow beyond this process's map size of \
             {map_size} bytes: use the same, larger map size everywhere"
        ),
        heed::Error::Mdb(MdbError::ReadersFull) => format!(
            "too many readers of the log in {folder}: stop some of the processes that read it"
        ),
        heed::Error::Mdb(MdbError::Invalid | MdbError::VersionMismatch) => format!(
            "data.mdb in {folder} is not a buymode log, or is damaged: choose another folder"
        ),
        heed::Error::Mdb(
            error @ (MdbError::Corrupted | MdbError::PageNotFound | MdbError::Panic),
        ) => {
            format!(
                "the log in {folder} is damaged ({error}): restore the folder from a copy, or \
                 start with an empty one"
            )
        }
        other => format!("the log in {folder} failed: {other}"),
    })
}

/// Nothing can be written there; a reader may be right with it.
pub(super) fn on_network(folder: &Path, system: &str) -> LogError {
    LogError::Fatal(format!(
        "cannot write in {}: it lies on a network file system ({system}), where two machines could write \
         at once; choose a folder on a disk of this machine",
        folder.display()
    ))
}

pub(super) fn from_io(folder: &Path, error: &std::io::Error) -> LogError {
    let message = io_message(&folder.display().to_string(), error);
    if lacks_space(folder, error) { LogError::Reopen(message) } else { LogError::Fatal(message) }
}

/// With less than this free a write that failed has failed for the lack of it.
const FREE_MIN: u64 = 1 << 20;

fn lacks_space(folder: &Path, error: &std::io::Error) -> bool {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => true,
        _ if error.raw_os_error() == EIO => rustix::fs::statvfs(folder)
            .is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) < FREE_MIN),
        _ => false,
    }
}

/// What the storage engine makes of a write that the disk took only in part.
const EIO: Option<i32> = Some(5);

fn io_message(folder: &str, error: &std::io::Error) -> String {
    if error.raw_os_error() == EIO {
        return format!(
            "cannot write in {folder} ({error}): its disk is full or fails; free some space or \
             choose another folder, nothing of the last transaction was kept"
        );
    }
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => format!(
            "no space left for {folder} ({error}): free some, nothing of the last transaction was \
             kept"
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => format!(
            "cannot write in {folder} ({error}): give this user write access, or choose another \
             folder"
        ),
        ErrorKind::OutOfMemory => format!(
            "cannot map the log in {folder} into memory ({error}): lower the map size or raise \
             the limit on virtual memory"
        ),
        _ => format!("cannot use the folder {folder} ({error}): choose another one"),
    }
}

pub(super) fn damaged(folder: &Path, what: &str) -> LogError {
    LogError::Fatal(format!(
        "the log in {} is damaged ({what}): restore the folder from a copy, or start with an empty one",
        folder.display()
    ))
}

pub(super) fn fenced(what: &str, folder: &Path) -> LogError {
    LogError::Fenced(format!(
        "{what} on {} was fenced by another instance that opened it later",
        folder.display()
    ))
}
