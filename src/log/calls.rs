//! The calls that the clients of a log are in, so that one that stands still can be named from
//! outside. A client library may ignore the time limit that it was given; the thread that waits for
//! it cannot notice that, another one can.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two looks no call counts for longer than this: a process that was paused, or a machine
/// that slept, has not stood still.
const STEP_MAX: Duration = Duration::from_secs(2);

static UNDER_WAY: Mutex<Calls> = Mutex::new(Calls { next: 0, calls: BTreeMap::new() });

struct Calls {
    next: u64,
    /// By number, so that the inner one of two calls of a thread is the later one.
    calls: BTreeMap<u64, Open>,
}

struct Open {
    name: &'static str,
    whose: Arc<str>,
    limit: Duration,
}

fn under_way() -> MutexGuard<'static, Calls> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who makes calls, and how long each of them may take.
#[derive(Clone, Debug)]
pub struct Caller {
    whose: Arc<str>,
    limit: Duration,
}

impl Caller {
    /// `whose`: words for a message, such as "transactional id `x`". `limit`: longer than any call
    /// takes that will still return.
    pub fn new(whose: &str, limit: Duration) -> Caller {
        Caller { whose: whose.into(), limit }
    }

    /// How long a call may stand still.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// The call is under way until the guard is dropped.
    pub fn enter(&self, name: &'static str) -> Call {
        let mut calls = under_way();
        let number = calls.next;
        calls.next += 1;
        calls.calls.insert(number, Open { name, whose: self.whose.clone(), limit: self.limit });
        Call(number)
    }

    /// Makes the call.
    pub fn during<T>(&self, name: &'static str, call: impl FnOnce() -> T) -> T {
        let _under_way = self.enter(name);
        call()
    }
}

/// A call that is under way.
#[must_use = "the call ends when this is dropped"]
#[derive(Debug)]
pub struct Call(u64);

impl Drop for Call {
    fn drop(&mut self) {
        under_way().calls.remove(&self.0);
    }
}

/// A call that has taken longer than it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub call: &'static str,
    pub whose: Arc<str>,
    pub limit: Duration,
}

impl std::fmt::Display for Stuck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Stuck { call, whose, limit } = self;
        write!(f, "{whose}: the call {call} has stood still for {} s", limit.as_secs())
    }
}

/// A call that has taken half of the time that it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow(Stuck);

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Stuck { call, whose, limit } = &self.0;
        let (half, limit) = (limit.as_secs_f64() / 2.0, limit.as_secs());
        write!(f, "{whose}: the call {call} takes long: {half} s of the {limit} s that it may take")
    }
}

/// Looks at all calls again and again.
#[derive(Debug, Default)]
pub struct Watch {
    last: Option<Instant>,
    stood: BTreeMap<u64, Duration>,
    slow: Vec<Slow>,
}

impl Watch {
    /// The call that has stood still for longer than it may: of several the innermost.
    pub fn look(&mut self, now: Instant) -> Option<Stuck> {
        let passed = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.last = Some(now);
        let calls = under_way();
        self.stood.retain(|number, _| calls.calls.contains_key(number));
        let mut stuck = None;
        for (number, open) in &calls.calls {
            // A call that is seen for the first time began after the last look.
            let before = self.stood.get(number).copied();
            let stood = before.map_or(Duration::ZERO, |before| before + passed.min(STEP_MAX));
            self.stood.insert(*number, stood);
            let Open { name, whose, limit } = open;
            let found = || Stuck { call: name, whose: whose.clone(), limit: *limit };
            if stood >= *limit / 2 && before.is_some_and(|before| before < *limit / 2) {
                self.slow.push(Slow(found()));
            }
            if stood > *limit {
                stuck = Some(found());
            }
        }
        stuck
    }

    /// The calls that were found to take long since this was asked last.
    pub fn slow(&mut self) -> impl Iterator<Item = Slow> + '_ {
        self.slow.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn should_name_the_innermost_call_that_stands_still_and_nothing_else() {
        let (outer, inner) =
            (Caller::new("worker", 10 * SECOND), Caller::new("id `x`", 4 * SECOND));
        let (mut watch, mut now) = (Watch::default(), Instant::now());
        // Other tests of this process may be in calls of their own.
        let mut look = |seconds: u32| {
            now += seconds * SECOND;
            watch.look(now).filter(|s| ["worker", "id `x`"].contains(&&*s.whose)).map(|s| s.call)
        };
        let turn = outer.enter("turn");
        assert_eq!(look(0), None);
        inner.during("commit", || (0..4).for_each(|_| assert_eq!(look(1), None)));
        inner.during("commit", || {
            (0..4).for_each(|_| assert_eq!(look(1), None, "another call than the one before"));
            assert_eq!(look(1), None);
            assert_eq!(look(1), Some("commit"));
        });
        drop(turn);
        assert_eq!(look(1), None);
    }

    #[test]
    fn should_say_once_that_a_call_takes_long() {
        let caller = Caller::new("slow", 4 * SECOND);
        let (mut watch, now) = (Watch::default(), Instant::now());
        let call = caller.enter("commit");
        let mut said = Vec::new();
        for second in 0..=4 {
            watch.look(now + second * SECOND);
            let found = watch.slow().map(|slow| slow.to_string());
            said.extend(found.filter(|slow| slow.starts_with("slow")).map(|slow| (second, slow)));
        }
        let slow = "slow: the call commit takes long: 2 s of the 4 s that it may take";
        assert_eq!(said, [(2, slow.to_owned())]);
        drop(call);
    }

    #[test]
    fn should_not_count_the_time_for_which_the_process_was_paused() {
        let caller = Caller::new("paused", 4 * SECOND);
        let (mut watch, now) = (Watch::default(), Instant::now());
        let is_stuck = |found: Option<Stuck>| found.is_some_and(|s| &*s.whose == "paused");
        let call = caller.enter("commit");
        assert!(!is_stuck(watch.look(now)));
        assert!(!is_stuck(watch.look(now + 3_600 * SECOND)));
        assert!(!is_stuck(watch.look(now + 3_602 * SECOND)));
        let found = watch.look(now + 3_603 * SECOND).filter(|s| &*s.whose == "paused");
        assert_eq!(found.unwrap().to_string(), "paused: the call commit has stood still for 4 s");
        drop(call);
    }
}
