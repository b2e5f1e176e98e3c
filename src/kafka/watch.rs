//! Notices a partition that the client has stopped fetching without an error.
//!
//! While the group changes, librdkafka pauses what is fetched, and resumes it when we have answered.
//! A resume that comes before its pause was carried out is skipped (2.12.1,
//! `rd_kafka_toppar_op_pause_resume`; confluentinc/librdkafka issue 5591 is related): the partition
//! then stays paused until the group changes again, without an error. Seen in one of
//! some sixty rebalances in the middle of restores on a machine with too much to do.
//!
//! So a partition without a record since the last rebalance is checked now and then. If the log has
//! had records for it since the last check, the session is opened again.

use std::time::{Duration, Instant};

const PAUSE_MIN: Duration = Duration::from_secs(5);
/// A quiet partition costs a question as often as this.
const PAUSE_MAX: Duration = Duration::from_secs(40);

/// When to look at a partition next, and what was seen last.
#[derive(Debug)]
pub(super) struct Watch {
    due: Instant,
    pause: Duration,
    end: i64,
}

impl Watch {
    pub(super) fn new(now: Instant) -> Watch {
        Watch { due: now + PAUSE_MIN, pause: PAUSE_MIN, end: 0 }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due <= now
    }

    /// The log ends at `end`, we go on at `next`. The offset below which there may be records that
    /// should have come: they have been there since the last look.
    pub(super) fn look(&mut self, now: Instant, next: i64, end: i64) -> Option<i64> {
        let before = std::mem::replace(&mut self.end, end);
        self.again(now);
        (before > next).then_some(before)
    }

    /// There was no answer, or what was missed is nothing that is ever delivered.
    pub(super) fn again(&mut self, now: Instant) {
        self.due = now + self.pause;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn should_miss_only_what_has_been_there_for_a_whole_pause() {
        let start = Instant::now();
        let mut watch = Watch::new(start);
        assert!(!watch.is_due(start + 4 * SECOND));
        assert!(watch.is_due(start + 5 * SECOND));
        assert_eq!(watch.look(start + 5 * SECOND, 77, 77), None, "nothing is there");
        assert!(!watch.is_due(start + 9 * SECOND));
        assert_eq!(watch.look(start + 10 * SECOND, 77, 146), None, "it may have come just now");
        assert_eq!(watch.look(start + 20 * SECOND, 77, 150), Some(146));
    }

    #[test]
    fn should_look_at_a_quiet_partition_ever_less_often() {
        let start = Instant::now();
        let (mut watch, mut now, mut looks) = (Watch::new(start), start, 0);
        while now < start + 3_600 * SECOND {
            now += SECOND;
            if watch.is_due(now) {
                assert_eq!(watch.look(now, 5, 5), None);
                looks += 1;
            }
        }
        assert!((90..100).contains(&looks), "{looks}");
    }
}
