//! The open folder, shared by everything in this process that uses it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, RoTxn, RwTxn, WithoutTls};

use super::{access, claim, error, length};
use crate::log::LogError;

/// The layout of the folder; raised with every change that an older binary cannot read.
pub(super) const FORMAT: u32 = 1;
const FORMAT_KEY: &[u8] = b"format";
/// How long another process's commit may go unnoticed.
const FOREIGN_COMMIT_CHECK: Duration = Duration::from_millis(10);
const CLOSING_MAX: Duration = Duration::from_secs(5);

pub(super) type Table = Database<'static, Bytes, Bytes>;

pub(super) struct Environment {
    env: Env<WithoutTls>,
    folder: PathBuf,
    map_size: usize,
    pub tables: Tables,
    /// Held only to pair with `committed`; guards nothing.
    commit_gate: Mutex<()>,
    committed: Condvar,
    pub next_trim: Mutex<Instant>,
    /// Why nothing can be written, if so.
    read_only: Option<LogError>,
    /// Whether an operator has said so, whatever the log's last time is.
    pub clock_is_right: AtomicBool,
    pub last_stamp: Mutex<LastStamp>,
}

/// The last time that a clock stamped in any live topic.
#[derive(Default)]
pub(super) struct LastStamp {
    pub looked: Option<Instant>,
    /// In milliseconds since 1970; 0: none.
    pub time_ms: i64,
}

pub(super) struct Tables {
    meta: Table,
    /// Name → id and specification.
    pub topics: Table,
    /// Topic, partition → its ends.
    pub partitions: Table,
    /// Topic, partition, offset → record.
    pub records: Table,
    /// Topic, partition, key → the offset of its latest record; compacted topics only.
    pub latest: Table,
    /// Group → id and epoch.
    pub groups: Table,
    /// Group, topic, partition → the next offset to read.
    pub positions: Table,
    /// Transactional id → epoch.
    pub writers: Table,
}

const TABLE_NAMES: [&str; 8] =
    ["meta", "topics", "partitions", "records", "latest", "groups", "positions", "writers"];

impl Tables {
    fn from_array(tables: [Table; 8]) -> Self {
        let [meta, topics, partitions, records, latest, groups, positions, writers] = tables;
        Tables { meta, topics, partitions, records, latest, groups, positions, writers }
    }
}

static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<Environment>>>> = LazyLock::new(Mutex::default);

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Environment {
    /// The environment in `folder`, made if there is none; the one already open in this process,
    /// if there is one.
    pub(super) fn open(folder: &Path, map_size: usize) -> Result<Arc<Environment>, LogError> {
        std::fs::create_dir_all(folder).map_err(|e| error::from_io(folder, &e))?;
        let folder = folder.canonicalize().map_err(|e| error::from_io(folder, &e))?;
        let mut open_ones = lock(&OPEN);
        if let Some(shared) = open_ones.get(&folder).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        // Its last user may be closing it on another thread this very moment.
        if let Some(closing) = heed::env_closing_event(&folder) {
            closing.wait_timeout(CLOSING_MAX);
        }
        refuse_foreign_files(&folder)?;
        let (env, read_only) = access::open(&folder, map_size)?;
        length::check(&env, &folder)
            .map_err(|cut| cut.unwrap_or_else(|e| error::from_heed(&folder, map_size, e)))?;
        let tables = open_tables(&env, &folder, map_size)?;
        let environment = Arc::new(Environment {
            env,
            folder: folder.clone(),
            map_size,
            tables,
            commit_gate: Mutex::default(),
            committed: Condvar::new(),
            next_trim: Mutex::new(Instant::now()),
            read_only,
            clock_is_right: AtomicBool::new(false),
            last_stamp: Mutex::default(),
        });
        open_ones.retain(|_, weak| weak.strong_count() > 0);
        open_ones.insert(folder, Arc::downgrade(&environment));
        Ok(environment)
    }

    /// The clock stamps from now on, whatever the log's last time is.
    pub(super) fn trust_clock(&self) {
        self.clock_is_right.store(true, Ordering::Relaxed);
    }

    /// A reader that was killed would keep the pages of its time from being reused.
    pub(super) fn forget_dead_readers(&self) -> Result<(), LogError> {
        let forgotten = self.env.clear_stale_readers();
        forgotten.map(|_| ()).map_err(|e| self.fail(e))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn fail(&self, error: heed::Error) -> LogError {
        error::from_heed(&self.folder, self.map_size, error)
    }

    pub(super) fn damaged(&self, what: &str) -> LogError {
        error::damaged(&self.folder, what)
    }

    /// A snapshot. Keep it short: pages freed after it cannot be reused while it lives.
    pub(super) fn read(&self) -> Result<RoTxn<'_, WithoutTls>, LogError> {
        self.env.read_txn().map_err(|e| self.fail(e))
    }

    /// Runs `change` in the folder's one write transaction. It is on disk when this returns `Ok`,
    /// and nothing of it is when this returns an error.
    pub(super) fn write<R>(
        &self,
        change: impl FnOnce(&mut RwTxn<'_>) -> Result<R, LogError>,
    ) -> Result<R, LogError> {
        if let Some(why) = &self.read_only {
            return Err(why.clone());
        }
        let mut txn = self.env.write_txn().map_err(|e| self.fail(e))?;
        let result = change(&mut txn)?;
        txn.commit().map_err(|e| self.fail(e))?;
        length::complete(&self.env).map_err(|e| self.fail(e))?;
        let _gate = lock(&self.commit_gate);
        self.committed.notify_all();
        Ok(result)
    }

    /// Sleeps until there is a commit after snapshot `seen`, by this process or another, or until
    /// the deadline.
    pub(super) fn wait_for_commit(&self, seen: usize, deadline: Instant) -> Result<(), LogError> {
        let mut gate = lock(&self.commit_gate);
        // Asks what a new snapshot would be, not `EnvInfo::last_txn_id`: after a writer was killed
        // between its last two steps, that one is ahead of all snapshots until the next writer
        // comes, and we would spin.
        while self.read()?.id() <= seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (gate, _) = self
                .committed
                .wait_timeout(gate, left.min(FOREIGN_COMMIT_CHECK))
                .unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }
}

/// Milliseconds since 1970; at least 1, which is the floor of record times.
pub(super) fn now_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX).max(1)
}

/// The home directory, given by mistake, should not become a log.
fn refuse_foreign_files(folder: &Path) -> Result<(), LogError> {
    if folder.join(length::DATA).exists() {
        return length::check_begun(folder);
    }
    let mut entries = std::fs::read_dir(folder).map_err(|e| error::from_io(folder, &e))?;
    let foreign = entries.find_map(|entry| {
        let name = entry.ok()?.file_name();
        let is_lock = name == "lock.mdb" || name.to_string_lossy().ends_with(claim::SUFFIX);
        (!is_lock).then_some(name)
    });
    match foreign {
        None => Ok(()),
        Some(name) => Err(LogError::Fatal(format!(
            "the folder {} holds other files ({}) and no log: choose an empty or a new folder",
            folder.display(),
            name.display()
        ))),
    }
}

fn open_tables(env: &Env<WithoutTls>, folder: &Path, map_size: usize) -> Result<Tables, LogError> {
    let fail = |e| error::from_heed(folder, map_size, e);
    let txn = env.read_txn().map_err(fail)?;
    let existing = env
        .open_databases_and_commit(txn, |opener, txn| {
            let mut found = [None; 8];
            for (slot, name) in found.iter_mut().zip(TABLE_NAMES) {
                *slot = opener.open_database::<Bytes, Bytes>(txn, Some(name))?;
            }
            Ok(CommitOrAbort::<_, ()>::Commit(found))
        })
        .map_err(fail)?
        .commit()
        .unwrap_or_default();
    let tables = match existing {
        [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f), Some(g), Some(h)] => {
            Tables::from_array([a, b, c, d, e, f, g, h])
        }
        _ => create_tables(env, folder).map_err(fail)?.ok_or_else(|| foreign(folder))?,
    };
    check_format(env, &tables, folder).map_err(fail)??;
    Ok(tables)
}

/// `None`: the environment holds something, and it is not ours.
fn create_tables(env: &Env<WithoutTls>, folder: &Path) -> heed::Result<Option<Tables>> {
    tracing::debug!(folder = %folder.display(), "making a new log");
    let txn = env.write_txn()?;
    let created = env.create_databases_and_commit(txn, |opener, txn| {
        // Another process may have made them since we looked.
        let known = opener.open_database::<Bytes, Bytes>(txn, Some(TABLE_NAMES[0]))?;
        let unnamed = opener.open_database::<Bytes, Bytes>(txn, None)?;
        let is_empty = unnamed.map_or(Ok(true), |table| table.is_empty(txn))?;
        if known.is_none() && !is_empty {
            return Ok::<_, heed::Error>(CommitOrAbort::Abort(()));
        }
        let meta = opener.create_database::<Bytes, Bytes>(txn, Some(TABLE_NAMES[0]))?;
        let mut tables = [meta; 8];
        for (slot, name) in tables.iter_mut().zip(TABLE_NAMES).skip(1) {
            *slot = opener.create_database(txn, Some(name))?;
        }
        if meta.get(txn, FORMAT_KEY)?.is_none() {
            meta.put(txn, FORMAT_KEY, &FORMAT.to_be_bytes())?;
        }
        Ok(CommitOrAbort::Commit(tables))
    })?;
    Ok(created.commit().map(Tables::from_array))
}

fn foreign(folder: &Path) -> LogError {
    LogError::Fatal(format!(
        "data.mdb in {} was not made by buymode: choose another folder",
        folder.display()
    ))
}

fn check_format(
    env: &Env<WithoutTls>,
    tables: &Tables,
    folder: &Path,
) -> heed::Result<Result<(), LogError>> {
    let txn = env.read_txn()?;
    let found = tables.meta.get(&txn, FORMAT_KEY)?;
    let Some(found) = found.and_then(|bytes| bytes.try_into().ok().map(u32::from_be_bytes)) else {
        return Ok(Err(foreign(folder)));
    };
    Ok(if found == FORMAT {
        Ok(())
    } else {
        Err(LogError::Fatal(format!(
            "the log in {} has format {found} and this buymode knows format {FORMAT}: use the \
             version that made it, or another folder",
            folder.display()
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP_SIZE: usize = 1 << 20;

    #[test]
    fn a_folder_of_a_newer_format_is_refused_by_both_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::open(folder.path(), MAP_SIZE).unwrap();
        let newer = (FORMAT + 1).to_be_bytes();
        environment
            .write(|txn| environment.put(txn, environment.tables.meta, FORMAT_KEY, &newer))
            .unwrap();
        drop(environment);
        let error = Environment::open(folder.path(), MAP_SIZE).err().unwrap();
        assert!(error.message().contains("format 2 and this buymode knows format 1"), "{error}");
    }

    #[test]
    fn another_programs_environment_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (env, _) = access::open(folder.path(), MAP_SIZE).unwrap();
        let txn = env.write_txn().unwrap();
        env.create_databases_and_commit(txn, |opener, txn| {
            let table = opener.create_database::<Bytes, Bytes>(txn, Some("theirs"))?;
            table.put(txn, b"k", b"v")?;
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit(table))
        })
        .unwrap();
        env.prepare_for_closing().wait();
        let error = Environment::open(folder.path(), MAP_SIZE).err().unwrap();
        assert!(error.message().contains("not made by buymode"), "{error}");
    }
}
