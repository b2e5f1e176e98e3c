//! Limits that protect the service from any client: bytes held, requests per second, and replays of
//! accepted requests.

use super::proof::Fingerprint;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Budget for the bytes of requests in progress.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicUsize,
    max: usize,
}

impl Budget {
    pub(super) fn new(max: usize) -> Arc<Budget> {
        Arc::new(Budget { used: AtomicUsize::new(0), max })
    }

    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

/// A request's share of the budget, returned when it is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Hold {
    pub(super) fn new(budget: &Arc<Budget>) -> Hold {
        Hold { budget: budget.clone(), bytes: 0 }
    }

    /// Takes more of the budget. Returns whether there was room.
    pub(super) fn try_grow(&mut self, bytes: usize) -> bool {
        let max = self.budget.max;
        let grown = self.budget.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|used| *used <= max)
        });
        self.bytes += if grown.is_ok() { bytes } else { 0 };
        grown.is_ok()
    }

    /// Changes the share to `bytes` if there is room. A smaller share always fits.
    pub(super) fn try_set(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes <= self.bytes {
            self.budget.used.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
            self.bytes = bytes;
            return Ok(());
        }
        if bytes > self.budget.max {
            return Err(Full::Ever);
        }
        if self.try_grow(bytes - self.bytes) { Ok(()) } else { Err(Full::Now) }
    }
}

/// Why there is no room in a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// Other requests hold it.
    Now,
    /// The whole budget would not be enough.
    Ever,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A token bucket: `per_second` requests per second, after a burst of as many.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn new(per_second: u32, now: Instant) -> Bucket {
        let per_second = f64::from(per_second);
        Bucket { per_second, tokens: per_second, filled: now }
    }

    /// Takes a token. The error is the time until one is available.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * self.per_second).min(self.per_second);
        self.filled = now;
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.per_second));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

/// Requests that are in the log, kept for as long as they would be accepted again. The number is
/// limited and the older half is evicted first. An early eviction only causes duplicates, which the
/// fold detects.
#[derive(Debug)]
pub(super) struct Replays {
    window: Duration,
    current: HashMap<Fingerprint, Instant>,
    earlier: HashMap<Fingerprint, Instant>,
}

/// Maximum number of requests in each of two generations.
const REPLAYS_MAX: usize = 100_000;

impl Replays {
    pub(super) fn new(window: Duration) -> Replays {
        let (current, earlier) = Default::default();
        Replays { window, current, earlier }
    }

    pub(super) fn contains(&self, fingerprint: &Fingerprint, now: Instant) -> bool {
        let since = self.current.get(fingerprint).or_else(|| self.earlier.get(fingerprint));
        since.is_some_and(|since| now.saturating_duration_since(*since) <= self.window)
    }

    pub(super) fn insert(&mut self, fingerprint: Fingerprint, now: Instant) {
        if self.current.len() >= REPLAYS_MAX {
            self.earlier = std::mem::take(&mut self.current);
        }
        self.current.insert(fingerprint, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_never_exceeds_the_budget_and_is_given_back() {
        let budget = Budget::new(100);
        let mut first = Hold::new(&budget);
        assert!(first.try_grow(60));
        let mut second = Hold::new(&budget);
        assert!(!second.try_grow(41));
        assert!(second.try_grow(40));
        assert_eq!(first.try_set(10), Ok(()));
        assert_eq!(budget.used(), 50);
        assert_eq!((first.try_set(61), first.try_set(101)), (Err(Full::Now), Err(Full::Ever)));
        assert_eq!((first.try_set(60), budget.used()), (Ok(()), 100));
        drop((first, second));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_bucket_gives_a_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, start);
        let taken = (0..30).filter(|_| bucket.take(start).is_ok()).count();
        assert_eq!(taken, 10);
        assert_eq!(bucket.take(start), Err(Duration::from_millis(100)));
        let later = start + Duration::from_millis(500);
        assert_eq!((0..30).filter(|_| bucket.take(later).is_ok()).count(), 5);
        let much_later = start + Duration::from_secs(3600);
        assert_eq!((0..30).filter(|_| bucket.take(much_later).is_ok()).count(), 10);
    }

    #[test]
    fn a_request_is_known_again_for_its_window_and_memory_is_bounded() {
        let (start, window) = (Instant::now(), Duration::from_secs(600));
        let mut replays = Replays::new(window);
        replays.insert([1; 16], start);
        let known = |replays: &Replays, n: u8, at| replays.contains(&[n; 16], at);
        assert!(known(&replays, 1, start + window) && !known(&replays, 2, start));
        // It ages without another request.
        assert!(!known(&replays, 1, start + window + Duration::from_millis(1)));
        let later = start + window * 4;
        replays.insert([4; 16], later);
        assert!(known(&replays, 4, later) && !known(&replays, 1, later));
        for n in 0..3 * REPLAYS_MAX as u128 {
            replays.insert(n.to_le_bytes(), later);
        }
        assert!(replays.current.len() + replays.earlier.len() <= 2 * REPLAYS_MAX);
    }
}
