//! The requests that wait for a mapper thread, in the order in which they came. Its length is bounded in
//! time: while the oldest has waited for longer than the limit, further ones are refused at once, and
//! come again later, instead of waiting for an answer that comes too late.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A queue with one end for connections and one for mapper threads.
#[derive(Debug)]
pub(super) struct Queue<T> {
    waiting: Mutex<Waiting<T>>,
    changed: Condvar,
    wait_max: Duration,
    /// Milliseconds that the oldest request of a full transaction had waited; 0: none was left behind.
    behind_ms: AtomicU64,
}

#[derive(Debug)]
struct Waiting<T> {
    entries: VecDeque<(Instant, T)>,
    is_closed: bool,
}

/// Why a request cannot join the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unqueued {
    /// The oldest has waited for longer than the limit.
    Overloaded,
    /// The service is stopping.
    Closed,
}

impl<T> Queue<T> {
    pub(super) fn new(wait_max: Duration) -> Queue<T> {
        let waiting = Waiting { entries: VecDeque::new(), is_closed: false };
        Queue {
            waiting: Mutex::new(waiting),
            changed: Condvar::new(),
            wait_max,
            behind_ms: AtomicU64::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request that came at `now`.
    pub(super) fn push(&self, entry: T, now: Instant) -> Result<(), Unqueued> {
        let behind = Duration::from_millis(self.behind_ms.load(Ordering::Relaxed));
        let mut waiting = self.lock();
        if waiting.is_closed {
            return Err(Unqueued::Closed);
        }
        let oldest = waiting.entries.front();
        let waited = oldest.map(|(came, _)| now.saturating_duration_since(*came));
        if waited.unwrap_or_default().max(behind) > self.wait_max {
            return Err(Unqueued::Overloaded);
        }
        waiting.entries.push_back((now, entry));
        drop(waiting);
        self.changed.notify_one();
        Ok(())
    }

    /// The oldest request with the time at which it came, as soon as there is one. `None`: the queue is
    /// closed and empty.
    pub(super) fn pop(&self) -> Option<(Instant, T)> {
        let mut waiting = self.lock();
        loop {
            if let Some(entry) = waiting.entries.pop_front() {
                return Some(entry);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes note of the requests that are mapped and wait for a transaction. `oldest`: when the oldest one
    /// of this transaction came, where it had room for no more.
    pub(super) fn written(&self, oldest: Option<Instant>, now: Instant) {
        let waited = oldest.map_or(0, |came| now.saturating_duration_since(came).as_millis());
        self.behind_ms.store(u64::try_from(waited).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Takes no more; what waits is still handed out.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }
}

/// The connections' end. The queue is closed once it is dropped.
#[derive(Debug)]
pub(super) struct Entrance<T>(pub std::sync::Arc<Queue<T>>);

impl<T> Drop for Entrance<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const LIMIT: Duration = Duration::from_millis(100);
    const OVER: Duration = Duration::from_millis(101);

    #[test]
    fn refuses_while_the_oldest_has_waited_for_too_long() {
        let (queue, start) = (Queue::new(LIMIT), Instant::now());
        assert_eq!(queue.push(1, start), Ok(()));
        assert_eq!(queue.push(2, start + LIMIT), Ok(()));
        assert_eq!(queue.push(3, start + OVER), Err(Unqueued::Overloaded));
        assert_eq!(queue.pop(), Some((start, 1)));
        assert_eq!(queue.push(4, start + OVER), Ok(()));
        assert_eq!(queue.pop(), Some((start + LIMIT, 2)));
        assert_eq!(queue.pop(), Some((start + OVER, 4)));
        // One that comes to an empty queue waits for nobody.
        assert_eq!(queue.push(5, start + 100 * LIMIT), Ok(()));
    }

    #[test]
    fn refuses_while_full_transactions_leave_requests_behind() {
        let (queue, start) = (Queue::new(LIMIT), Instant::now());
        queue.written(Some(start), start + OVER);
        assert_eq!(queue.push(1, start + OVER), Err(Unqueued::Overloaded));
        queue.written(Some(start), start + LIMIT);
        assert_eq!(queue.push(1, start + OVER), Ok(()));
        queue.written(Some(start), start + OVER);
        queue.written(None, start + 2 * OVER);
        assert_eq!(queue.push(2, start + OVER), Ok(()));
    }

    #[test]
    fn hands_out_what_waits_after_it_was_closed_and_wakes_all_that_wait() {
        let queue = Arc::new(Queue::new(LIMIT));
        let entrance = Entrance(queue.clone());
        let mappers: Vec<_> = (0..3)
            .map(|_| {
                let queue = queue.clone();
                std::thread::spawn(move || std::iter::from_fn(|| queue.pop()).count())
            })
            .collect();
        for number in 0..10 {
            entrance.0.push(number, Instant::now()).unwrap();
        }
        drop(entrance);
        assert_eq!(queue.push(10, Instant::now()), Err(Unqueued::Closed));
        let handed: usize = mappers.into_iter().map(|mapper| mapper.join().unwrap()).sum();
        assert_eq!(handed, 10);
    }
}
