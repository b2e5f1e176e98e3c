//! A read-only copy of the desk that every instance keeps: whichever of them has the desk, each can say how a case stands,
//! and what became of a word.

use super::fold::Fold;
use super::remembered::Remembered;
use crate::codec::{Codec, DecodeFailure};
use crate::desk::action::Refusal;
use crate::desk::ids::WordId;
use crate::domain::terms::account::AccountKey;
use crate::engine::topics::Topics;
use crate::log::scan::{Scan, ScanError};
use crate::log::{LogError, Reader, RecordRef, Store};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often the log is looked at while someone waits for an answer, and else.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOK_IDLY: Duration = Duration::from_millis(500);
/// Longer ago a look at the end of the log says nothing about now.
const CURRENT: Duration = Duration::from_secs(5);
/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Words whose answers are remembered.
const ANSWERS_MAX: usize = 4_096;

/// A handle to it; cheap to clone.
#[derive(Clone)]
pub struct DeskCopy {
    shared: Arc<Shared>,
}

struct Shared {
    held: Mutex<Held>,
    /// Counts the records that were read.
    changed: watch::Sender<u64>,
    /// How many wait for an answer.
    waiting: AtomicUsize,
    wake: mpsc::Sender<Wake>,
}

enum Wake {
    Look,
    Stop,
}

/// One who waits for an answer.
struct Waits<'a>(&'a Shared);

impl<'a> Waits<'a> {
    fn new(shared: &'a Shared) -> Waits<'a> {
        shared.waiting.fetch_add(1, Ordering::Relaxed);
        // Without a follower there is no answer either, and the time is limited.
        let _ = shared.wake.send(Wake::Look);
        Waits(shared)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Held {
    fold: Fold,
    /// None: nothing was read so far.
    next_offset: Option<i64>,
    /// When a look was begun that has read up to the end of the log.
    looked: Option<Instant>,
    answers: BTreeMap<WordId, Option<Refusal>>,
    order: VecDeque<WordId>,
}

/// Keeps it up to date until it is dropped.
pub struct Following {
    copy: DeskCopy,
    thread: Option<JoinHandle<()>>,
}

impl DeskCopy {
    /// Follows the desk on a thread of its own.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn follow(
        store: Arc<dyn Store>,
        topics: &Topics,
        codec: Codec,
    ) -> std::io::Result<(DeskCopy, Following)> {
        let (changed, _) = watch::channel(0);
        let (wake, woken) = mpsc::channel();
        let (held, waiting) = (Mutex::default(), AtomicUsize::new(0));
        let copy = DeskCopy { shared: Arc::new(Shared { held, changed, waiting, wake }) };
        let (desk, desk_state) = (topics.desk.clone(), topics.desk_state.clone());
        let mut follower = Follower { store, desk, desk_state, codec, copy: copy.clone() };
        let run = move || {
            let mut reader: Option<Box<dyn Reader>> = None;
            let mut is_failing = false;
            loop {
                let turned = follower.turn(&mut reader);
                if let Err(why) = &turned
                    && !is_failing
                {
                    tracing::warn!(%why, "the copy of the desk falls behind; questions are answered from what it has");
                }
                is_failing = turned.is_err();
                if is_failing {
                    reader = None;
                }
                let pause = match follower.copy.shared.waiting.load(Ordering::Relaxed) {
                    _ if is_failing => PAUSE,
                    0 => LOOK_IDLY,
                    _ => LOOK_EVERY,
                };
                match woken.recv_timeout(pause) {
                    Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    Ok(Wake::Look) | Err(RecvTimeoutError::Timeout) => {}
                }
            }
        };
        let thread = std::thread::Builder::new().name("desk-copy".to_owned()).spawn(run)?;
        Ok((copy.clone(), Following { copy, thread: Some(thread) }))
    }

    /// Looks at the desk as it is known; none where nothing was read so far.
    pub fn with<T>(&self, look: impl FnOnce(&Fold) -> T) -> Option<T> {
        let held = self.held();
        held.next_offset.is_some().then(|| look(&held.fold))
    }

    /// Whether a decision of an account may have been read at the desk: in doubt, as while this copy is behind, yes.
    pub fn may_know(&self, account: &AccountKey) -> bool {
        let held = self.held();
        let is_current = held.looked.is_some_and(|looked| looked.elapsed() < CURRENT);
        !is_current || held.fold.state.knows(account)
    }

    /// What became of a word, once the copy has read it; `Ok` where it holds, or was heard before.
    pub async fn answer(&self, word: WordId, within: Duration) -> Option<Result<(), Refusal>> {
        let mut changed = self.shared.changed.subscribe();
        let _waits = Waits::new(&self.shared);
        let answered = async {
            loop {
                drop(changed.borrow_and_update());
                let known = self.held().answers.get(&word).cloned();
                if let Some(answer) = known {
                    return answer.map_or(Ok(()), Err);
                }
                if changed.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(within, answered).await.ok()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.shared.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.copy.shared.wake.send(Wake::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there was written to stderr.
            let _ = thread.join();
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("{0}")]
    Unreadable(String),
}

struct Follower {
    store: Arc<dyn Store>,
    desk: String,
    desk_state: String,
    codec: Codec,
    copy: DeskCopy,
}

impl Follower {
    /// Reads what has been written since the last turn.
    fn turn(&mut self, reader: &mut Option<Box<dyn Reader>>) -> Result<(), Failure> {
        if reader.is_none() {
            *reader = Some(self.store.reader()?);
        }
        let Some(reader) = reader else { return Ok(()) };
        let began = Instant::now();
        let marks = reader.watermarks(&self.desk, 0)?;
        let known = self.copy.held().next_offset;
        let next = match known.filter(|next| (marks.low..=marks.high).contains(next)) {
            Some(next) => next,
            // Nothing was read, or what follows was trimmed.
            None => self.restore(&mut **reader, marks.low)?,
        };
        if next >= marks.stable {
            self.copy.held().looked = Some(began);
            return Ok(());
        }
        let (codec, copy) = (&mut self.codec, &self.copy);
        let mut failed = None;
        let scan = Scan::range(&self.desk, 0, next..marks.stable);
        let reached = scan.each(&mut **reader, &mut |record| {
            if failed.is_none() {
                failed = copy.read(codec, &record).err();
            }
        })?;
        if let Some(why) = failed {
            return Err(Failure::Unreadable(why));
        }
        let mut held = self.copy.held();
        (held.next_offset, held.looked) = (Some(reached), Some(began));
        Ok(())
    }

    fn restore(&mut self, reader: &mut dyn Reader, low: i64) -> Result<i64, Failure> {
        let mut remembered = Remembered::default();
        let mut failed: Result<(), DecodeFailure> = Ok(());
        let codec = &mut self.codec;
        Scan::whole(reader, &self.desk_state, 0)?.each(reader, &mut |record| {
            if failed.is_ok() {
                failed = remembered.take(codec, record.key, record.value, None);
            }
        })?;
        failed.map_err(|error| Failure::Unreadable(error.to_string()))?;
        let next = remembered.record.as_ref().map_or(low, |record| record.next_offset);
        let (fold, _) = remembered.finish().map_err(Failure::Unreadable)?;
        let mut held = self.copy.held();
        (held.fold, held.next_offset) = (fold, Some(next));
        Ok(next)
    }
}

impl DeskCopy {
    fn read(&self, codec: &mut Codec, record: &RecordRef<'_>) -> Result<(), String> {
        let mut held = self.held();
        // After a failure in the middle of a scan some are read again.
        if held.next_offset.is_some_and(|next| record.offset < next) {
            return Ok(());
        }
        let followed = held.fold.read(codec, record).map_err(|error| error.to_string())?;
        held.fold.state.settle();
        held.next_offset = Some(record.offset + 1);
        if let Some((word, refusal)) = followed.answer {
            // The same click again: the first answer is the word's.
            if let std::collections::btree_map::Entry::Vacant(entry) = held.answers.entry(word) {
                entry.insert(refusal);
                held.order.push_back(word);
            }
            if held.order.len() > ANSWERS_MAX
                && let Some(oldest) = held.order.pop_front()
            {
                held.answers.remove(&oldest);
            }
        }
        drop(held);
        self.shared.changed.send_modify(|read| *read += 1);
        Ok(())
    }
}
