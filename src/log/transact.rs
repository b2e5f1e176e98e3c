//! Writes a transaction, again where that helps: the one loop for writers that are no group member.
//! Each failure says whether the records may be in the log.
//!
//! After a commit whose outcome is not known, or once the client died, only a fresh writer with the
//! same transactional id will do: opening it ends what is in flight, so that what is read then is
//! final. A worker does not come through here: it keeps a transaction open over many polls, and
//! after an abort it has to read again what it wrote from (`runtime/worker.rs`).

use super::{LogError, Store, Writer};
use std::time::Duration;

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often a transaction is tried.
const ATTEMPTS: u32 = 5;

/// Pauses between attempts: 100 ms, then twice the pause before, up to 5 s. Each is up to a quarter
/// longer, by the process: two that failed together do not try again together.
#[derive(Clone, Debug)]
pub struct BackOff(Duration);

impl Default for BackOff {
    fn default() -> BackOff {
        BackOff(PAUSE_MIN)
    }
}

impl BackOff {
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(PAUSE_MAX);
        pause + pause * (std::process::id() % 64) / 256
    }
}

/// A transaction that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}; {}", if *.may_be_written { "whether this transaction was written is not known" } else { "nothing of this transaction was written" })]
pub struct Failure {
    pub error: LogError,
    /// All of it may be in the log; otherwise nothing of it is.
    pub may_be_written: bool,
    /// The transaction was aborted, and the writer can be used again.
    pub is_usable: bool,
}

/// Sends the records of a transaction; called again for each attempt.
pub type Fill<'a> = dyn FnMut(&mut dyn Writer) -> Result<(), LogError> + 'a;

/// Tries a transaction once, and aborts it where it fails.
pub fn attempt(writer: &mut dyn Writer, fill: &mut Fill<'_>) -> Result<(), Failure> {
    let filled = writer.begin().and_then(|()| fill(writer));
    let (error, may_be_written) = match filled {
        Err(error) => (error, false),
        Ok(()) => match writer.commit(&[]) {
            Ok(()) => return Ok(()),
            Err(error @ (LogError::Reopen(_) | LogError::Fenced(_))) => (error, true),
            Err(error) => (error, false),
        },
    };
    let is_alive = !matches!(error, LogError::Reopen(_) | LogError::Fenced(_));
    let is_usable = is_alive && writer.abort().is_ok();
    Err(Failure { error, may_be_written, is_usable })
}

/// What the log holds of a transaction whose outcome was not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Written,
    Absent,
    /// It cannot be seen, and to write it twice does no harm: the fold counts it once.
    Unseen,
}

/// A writer that is opened again where it has to be.
pub struct Transactor<'a> {
    store: &'a dyn Store,
    transactional_id: String,
    writer: Box<dyn Writer>,
}

impl<'a> Transactor<'a> {
    /// Fences every other writer with this id.
    pub fn open(store: &'a dyn Store, transactional_id: &str) -> Result<Transactor<'a>, LogError> {
        let writer = store.writer(transactional_id)?;
        Ok(Transactor { store, transactional_id: transactional_id.to_owned(), writer })
    }

    /// Writes a transaction. `look` is asked each time that a fresh writer was opened: whether the
    /// outcome of the last attempt was not known, or another writer came in between. Gives up after five attempts; at once where a retry does not
    /// help, and where another instance took the id over: opening it again would fence that one.
    pub fn write<E: From<Failure>>(
        &mut self,
        fill: &mut Fill<'_>,
        look: &mut dyn FnMut() -> Result<Found, E>,
    ) -> Result<(), E> {
        let mut pauses = BackOff::default();
        let mut may_be_written = false;
        for attempts in 1_u32.. {
            let Err(failure) = attempt(&mut *self.writer, fill) else { break };
            may_be_written |= failure.may_be_written;
            let is_final = matches!(failure.error, LogError::Fatal(_) | LogError::Fenced(_));
            if is_final || attempts >= ATTEMPTS {
                return Err(Failure { may_be_written, ..failure }.into());
            }
            std::thread::sleep(pauses.next_pause());
            if failure.is_usable {
                continue;
            }
            let opened = self.store.writer(&self.transactional_id);
            self.writer =
                opened.map_err(|error| Failure { error, may_be_written, is_usable: false })?;
            match look()? {
                Found::Written => break,
                Found::Absent => may_be_written = false,
                Found::Unseen => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Output;
    use crate::log::fake::{FakeStore, Fault};

    fn abort() -> LogError {
        LogError::Abort("aborted".to_owned())
    }

    fn reopen() -> LogError {
        LogError::Reopen("lost".to_owned())
    }

    fn fenced() -> LogError {
        LogError::Fenced("fenced".to_owned())
    }

    fn fill(writer: &mut dyn Writer) -> Result<(), LogError> {
        writer.send(&Output { topic: "t", value: Some(b"once"), ..Output::default() })
    }

    /// What is in the log is seen there.
    fn write(store: &FakeStore) -> Result<(), Failure> {
        let mut look = || match store.written().is_empty() {
            true => Ok(Found::Absent),
            false => Ok(Found::Written),
        };
        Transactor::open(store, "id").unwrap().write(&mut fill, &mut look)
    }

    #[test]
    fn should_write_once_whatever_fails_for_a_while() {
        let table: &[(&[Fault], u32)] = &[
            (&[], 1),
            (&[Fault::Begin(abort()), Fault::Send(abort()), Fault::Commit(abort())], 1),
            (&[Fault::Send(reopen())], 2),
            (&[Fault::Abort(abort(), reopen())], 2),
            (&[Fault::Commit(reopen()), Fault::Commit(reopen())], 3),
            (&[Fault::Answer(reopen())], 2),
            (&[Fault::Commit(reopen()), Fault::Answer(reopen())], 3),
        ];
        for (faults, opened) in table {
            let store = FakeStore::failing(faults);
            assert_eq!(write(&store), Ok(()), "{faults:?}");
            assert_eq!(store.written(), ["once"], "{faults:?}");
            assert_eq!(store.opened(), *opened, "{faults:?}");
        }
    }

    #[test]
    fn should_not_open_again_what_another_took_over_or_what_cannot_be() {
        let fatal = LogError::Fatal("no rights".to_owned());
        for (fault, may_be_written, said) in [
            (Fault::Begin(fenced()), false, "fenced; nothing of this transaction was written"),
            (
                Fault::Commit(fenced()),
                true,
                "fenced; whether this transaction was written is not known",
            ),
            (
                Fault::Send(fatal.clone()),
                false,
                "no rights; nothing of this transaction was written",
            ),
            (Fault::Commit(fatal), false, "no rights; nothing of this transaction was written"),
        ] {
            let store = FakeStore::failing(std::slice::from_ref(&fault));
            let Err(failure) = write(&store) else { panic!("{fault:?}") };
            assert_eq!(failure.may_be_written, may_be_written, "{fault:?}");
            assert_eq!(failure.to_string(), said);
            assert_eq!(store.opened(), 1, "{fault:?}");
        }
    }

    #[test]
    fn should_give_up_and_say_whether_it_may_be_written() {
        let store = FakeStore::failing(&vec![Fault::Send(abort()); ATTEMPTS as usize]);
        let Err(failure) = write(&store) else { panic!("written") };
        assert!(!failure.may_be_written && store.written().is_empty());
        let mut faults = vec![Fault::Answer(reopen())];
        faults.extend(vec![Fault::Send(abort()); ATTEMPTS as usize]);
        let store = FakeStore::failing(&faults);
        let mut blind = || Ok::<Found, Failure>(Found::Unseen);
        let done = Transactor::open(&store, "id").unwrap().write(&mut fill, &mut blind);
        let Err(failure) = done else { panic!("written again") };
        assert!(failure.may_be_written, "its first attempt may be in the log");
    }

    #[test]
    fn should_pause_longer_each_time_up_to_a_bound() {
        let mut pauses = BackOff::default();
        let pauses: Vec<Duration> = (0..10).map(|_| pauses.next_pause()).collect();
        assert!(pauses.is_sorted() && pauses[0] >= PAUSE_MIN && pauses[3] >= 8 * PAUSE_MIN);
        assert!(pauses.iter().all(|pause| *pause <= PAUSE_MAX * 5 / 4), "{pauses:?}");
    }
}
