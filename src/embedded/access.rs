//! Opens the folder to write, or, where this user or the mount allows no more, to read.

use std::io::ErrorKind;
use std::path::Path;

use heed::{Env, EnvFlags, WithoutTls};

use super::length::DATA;
use super::{claim, error, mounts, open};
use crate::log::LogError;

/// The environment, and why nothing can be written to it, if so.
pub(super) fn open(
    folder: &Path,
    map_size: usize,
) -> Result<(Env<WithoutTls>, Option<LogError>), LogError> {
    let fail = |e| error::from_heed(folder, map_size, e);
    let denied = match mounts::network(folder) {
        Some(system) => error::on_network(folder, &system),
        None => match open::open(folder, map_size, EnvFlags::empty()) {
            Ok(env) => return Ok((env, None)),
            Err(e) if is_denied(&e) => fail(e),
            Err(e) => return Err(fail(e)),
        },
    };
    if !folder.join(DATA).exists() {
        return Err(denied);
    }
    match open::open(folder, map_size, EnvFlags::READ_ONLY) {
        Ok(env) => return Ok((env, Some(denied))),
        Err(e) if is_denied(&e) => {}
        Err(e) => return Err(fail(e)),
    }
    // Without a lock file a reader is not seen by a writer, which would reuse the pages that it reads.
    if let Some(holder) = claim::held(folder) {
        return Err(LogError::Fatal(format!(
            "the log in {} is written by {holder}, and this user may not write in the folder, as readers \
             of such a log must: give it write access, or read a copy of the folder",
            folder.display()
        )));
    }
    let env = open::open(folder, map_size, EnvFlags::READ_ONLY | EnvFlags::NO_LOCK);
    Ok((env.map_err(fail)?, Some(denied)))
}

fn is_denied(error: &heed::Error) -> bool {
    let kinds = [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem];
    matches!(error, heed::Error::Io(e) if kinds.contains(&e.kind()))
}
