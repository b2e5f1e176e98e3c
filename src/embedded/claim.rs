//! Claims: work on a folder that one process alone may do at a time, such as scoring. A claim is a lock
//! on a file in the folder; the operating system ends it with its process, however that ends.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

use super::error;
use crate::log::LogError;

/// Ends the name of each file of a claim.
pub(super) const SUFFIX: &str = ".lock";
/// More than a claim's text has.
const TEXT_BYTES_MAX: u64 = 300;

/// Takes the claim `name`, or says which process has it. It lasts as long as the file is open.
pub(super) fn take(folder: &Path, name: &str, doing: &str) -> Result<File, LogError> {
    let path = folder.join(format!("{name}{SUFFIX}"));
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&path).map_err(|e| error::from_io(folder, &e))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(LogError::Fatal(format!(
                "the log in {} is in use by {}: end that process first, or choose another folder",
                folder.display(),
                holder(&mut file)
            )));
        }
        // A file system without locks: then no other process holds one either.
        Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {}
        Err(TryLockError::Error(e)) => return Err(error::from_io(folder, &e)),
    }
    let text = format!("process {} ({doing})", std::process::id());
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(text.as_bytes()))
        .map_err(|e| error::from_io(folder, &e))?;
    Ok(file)
}

/// The process that holds a claim on the folder, if one does.
pub(super) fn held(folder: &Path) -> Option<String> {
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let claims = files.filter(|file| {
        let name = file.file_name();
        name.to_string_lossy().ends_with(SUFFIX)
    });
    claims.into_iter().find_map(|file| {
        let mut file = File::open(file.path()).ok()?;
        let is_held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        is_held.then(|| holder(&mut file))
    })
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(TEXT_BYTES_MAX).read_to_string(&mut text);
    match read {
        Ok(bytes) if bytes > 0 && !text.contains(char::is_control) => text,
        // It has the lock, and is about to write.
        _ => "another process".to_owned(),
    }
}
