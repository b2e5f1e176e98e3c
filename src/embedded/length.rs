//! The length of the data file. LMDB maps the file and trusts its own count of pages: a read of a page
//! beyond the end, in a file that was cut short or copied in part, ends the process with a signal.

use std::path::Path;
use std::time::{Duration, Instant};

use heed::{Env, WithoutTls};

use super::error;
use crate::log::LogError;

pub(super) const DATA: &str = "data.mdb";

/// How long another process may take from making the file to writing its first page.
const BEGINNING_MAX: Duration = Duration::from_secs(2);

/// Refuses an empty file: LMDB would begin a new log in it.
pub(super) fn check_begun(folder: &Path) -> Result<(), LogError> {
    let file = folder.join(DATA);
    let began = Instant::now();
    while file.metadata().map_err(|e| error::from_io(folder, &e))?.len() == 0 {
        if began.elapsed() > BEGINNING_MAX {
            return Err(LogError::Fatal(format!(
                "{DATA} in {} is empty: restore the folder from a copy, or delete the file to begin \
                 with an empty log",
                folder.display()
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Refuses a file that lacks pages.
pub(super) fn check(env: &Env<WithoutTls>, folder: &Path) -> Result<(), heed::Result<LogError>> {
    // In this order: another process may let the file grow in between.
    let needed = needed(env);
    let found = env.real_disk_size().map_err(Err)?;
    if found >= needed {
        return Ok(());
    }
    Err(Ok(LogError::Fatal(format!(
        "{DATA} in {} is cut short: it has {found} bytes of {needed}; restore the folder from a whole \
         copy, made while nothing writes to it",
        folder.display()
    ))))
}

/// Lengthens the file where its last pages are free and were never written, so that a file that is
/// shorter than its pages is always one that was cut.
pub(super) fn complete(env: &Env<WithoutTls>) -> heed::Result<()> {
    if env.real_disk_size()? >= needed(env) {
        return Ok(());
    }
    // Holds the writer's lock: no other process changes the length meanwhile.
    let lock = env.write_txn()?;
    let needed = needed(env);
    if env.real_disk_size()? < needed {
        env.try_clone_inner_file()?.set_len(needed)?;
    }
    lock.abort();
    Ok(())
}

/// The bytes of all pages in use.
fn needed(env: &Env<WithoutTls>) -> u64 {
    let pages = env.info().last_page_number as u64 + 1;
    pages * u64::from(env.unnamed_database_stat().page_size)
}
