//! The requests that wait for a mapper thread: a line for each source, in the order in which they came, and the
//! lines are served in turn, so that one source's crowd holds up no other. A line's length is bounded in time:
//! while its oldest has waited for longer than the limit, further ones of that source are refused at once, and
//! come again later, instead of waiting for an answer that comes too late. The bytes of all are bounded by the
//! budget that each request holds a part of.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A queue with one end for connections and one for mapper threads.
#[derive(Debug)]
pub(super) struct Queue<T> {
    waiting: Mutex<Waiting<T>>,
    changed: Condvar,
    wait_max: Duration,
}

#[derive(Debug)]
struct Waiting<T> {
    /// By source; none is empty.
    lines: BTreeMap<usize, VecDeque<(Instant, T)>>,
    /// The sources that have a line, the next one first.
    turns: VecDeque<usize>,
    /// By source: how long the oldest request of a full transaction had waited.
    behind: BTreeMap<usize, Duration>,
    is_closed: bool,
}

/// Why a request cannot join the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unqueued {
    /// The oldest of its source has waited for longer than the limit.
    Overloaded,
    /// The service is stopping.
    Closed,
}

impl<T> Queue<T> {
    pub(super) fn new(wait_max: Duration) -> Queue<T> {
        let waiting = Waiting {
            lines: BTreeMap::new(),
            turns: VecDeque::new(),
            behind: BTreeMap::new(),
            is_closed: false,
        };
        Queue { waiting: Mutex::new(waiting), changed: Condvar::new(), wait_max }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request of a source that came at `now`.
    pub(super) fn push(&self, source: usize, entry: T, now: Instant) -> Result<(), Unqueued> {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return Err(Unqueued::Closed);
        }
        let oldest = waiting.lines.get(&source).and_then(VecDeque::front);
        let waited = oldest.map(|(came, _)| now.saturating_duration_since(*came));
        let behind = waiting.behind.get(&source).copied();
        if waited.max(behind).is_some_and(|longest| longest > self.wait_max) {
            return Err(Unqueued::Overloaded);
        }
        if oldest.is_none() {
            waiting.turns.push_back(source);
        }
        waiting.lines.entry(source).or_default().push_back((now, entry));
        drop(waiting);
        self.changed.notify_one();
        Ok(())
    }

    /// The oldest request of the source whose turn it is, with the time at which it came, as soon as there is one.
    /// `None`: the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<(Instant, T)> {
        let mut waiting = self.lock();
        loop {
            if let Some(entry) = waiting.take() {
                return Some(entry);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes note of the requests that are mapped and wait for a transaction. `came`: the sources of this
    /// transaction and when each of its requests came, where it had room for no more.
    pub(super) fn written(&self, came: impl Iterator<Item = (usize, Instant)>, now: Instant) {
        let mut behind = BTreeMap::new();
        for (source, came) in came {
            let waited = now.saturating_duration_since(came);
            let longest = behind.entry(source).or_insert(waited);
            *longest = waited.max(*longest);
        }
        self.lock().behind = behind;
    }

    /// Takes no more; what waits is still handed out.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }
}

impl<T> Waiting<T> {
    fn take(&mut self) -> Option<(Instant, T)> {
        let source = self.turns.pop_front()?;
        let line = self.lines.get_mut(&source)?;
        let entry = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&source);
        } else {
            self.turns.push_back(source);
        }
        entry
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
        assert_eq!(queue.push(0, 1, start), Ok(()));
        assert_eq!(queue.push(0, 2, start + LIMIT), Ok(()));
        assert_eq!(queue.push(0, 3, start + OVER), Err(Unqueued::Overloaded));
        assert_eq!(queue.pop(), Some((start, 1)));
        assert_eq!(queue.push(0, 4, start + OVER), Ok(()));
        assert_eq!(queue.pop(), Some((start + LIMIT, 2)));
        assert_eq!(queue.pop(), Some((start + OVER, 4)));
        // One that comes to an empty queue waits for nobody.
        assert_eq!(queue.push(0, 5, start + 100 * LIMIT), Ok(()));
    }

    #[test]
    fn refuses_while_full_transactions_leave_requests_behind() {
        let (queue, start) = (Queue::new(LIMIT), Instant::now());
        queue.written([(0, start)].into_iter(), start + OVER);
        assert_eq!(queue.push(0, 1, start + OVER), Err(Unqueued::Overloaded));
        queue.written([(0, start)].into_iter(), start + LIMIT);
        assert_eq!(queue.push(0, 1, start + OVER), Ok(()));
        queue.written([(0, start)].into_iter(), start + OVER);
        queue.written(std::iter::empty(), start + 2 * OVER);
        assert_eq!(queue.push(0, 2, start + OVER), Ok(()));
    }

    #[test]
    fn a_crowd_at_one_source_holds_up_no_other() {
        let (queue, start) = (Queue::new(LIMIT), Instant::now());
        for number in 0..100 {
            queue.push(0, (0, number), start).unwrap();
        }
        assert_eq!(queue.push(0, (0, 100), start + OVER), Err(Unqueued::Overloaded));
        for source in [1, 2] {
            assert_eq!(queue.push(source, (source, 0), start + OVER), Ok(()));
        }
        let served: Vec<_> = (0..5).filter_map(|_| Some(queue.pop()?.1)).collect();
        assert_eq!(served, [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2)]);
        // A source whose line ended comes in turn again, and no sooner.
        queue.push(2, (2, 1), start + OVER).unwrap();
        let served: Vec<_> = (0..3).filter_map(|_| Some(queue.pop()?.1)).collect();
        assert_eq!(served, [(0, 3), (2, 1), (0, 4)]);
    }

    #[test]
    fn a_full_transaction_refuses_the_source_that_waited_alone() {
        let (queue, start) = (Queue::new(LIMIT), Instant::now());
        let came = [(0, start + LIMIT), (1, start + LIMIT), (0, start)];
        queue.written(came.into_iter(), start + OVER);
        assert_eq!(queue.push(0, 1, start + OVER), Err(Unqueued::Overloaded));
        assert_eq!(queue.push(1, 1, start + OVER), Ok(()));
        assert_eq!(queue.push(2, 1, start + OVER), Ok(()));
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
            entrance.0.push(number % 3, number, Instant::now()).unwrap();
        }
        drop(entrance);
        assert_eq!(queue.push(0, 10, Instant::now()), Err(Unqueued::Closed));
        let handed: usize = mappers.into_iter().map(|mapper| mapper.join().unwrap()).sum();
        assert_eq!(handed, 10);
    }
}
