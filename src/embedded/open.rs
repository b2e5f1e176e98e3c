//! The crate's one `unsafe` block about memory maps.
#![allow(unsafe_code)]

use std::path::Path;

use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};

/// Maps the environment in `folder` into memory.
pub(super) fn open(
    folder: &Path,
    map_size: usize,
    flags: EnvFlags,
) -> heed::Result<Env<WithoutTls>> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(map_size).max_dbs(16).max_readers(1_024);
    // SAFETY: a memory map is undefined behaviour if its file changes under it by other means than
    // LMDB's own. We rely on three things. (1) Every writer, in this process or another, goes
    // through LMDB, whose lock file serialises them and whose pages in use by a reader are never
    // reused; we pass no flag that weakens this (NO_SYNC, WRITE_MAP), and NO_LOCK only together with
    // READ_ONLY where this user may not write: such a folder is a copy, see `access`. (2) The folder
    // belongs to the log: we refuse one with foreign files in it, files are made with mode 0600,
    // and the documentation says not to put it on a network file system. (3) `heed` refuses to open an
    // environment twice in one process, which would drop its file locks; `environment` shares the
    // open one instead.
    unsafe { options.flags(flags).open(folder) }
}
