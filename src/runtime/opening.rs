//! Opens assigned partitions: restores the state, asks for the group's position, sets the reader.
//! Each turn of the loop does a slice of that; between slices it polls, reads the partitions that are
//! open, and sees a stop.

use super::role::Start;
use super::worker::Worker;
use crate::log::{LogError, Position, TopicPartition};
use crate::runtime::exit::Exit;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How much of a turn goes to partitions that are being opened.
const SLICE: Duration = Duration::from_millis(200);
/// An answer of the group's coordinator takes milliseconds.
const LATE: Duration = Duration::from_millis(200);
/// How often a disagreement between state and group position is looked at again.
const DISAGREEMENTS_MAX: u32 = 5;

/// The partitions that are being opened, the next one first.
#[derive(Default)]
pub(super) struct Openings(VecDeque<Opening>);

struct Opening {
    partition: TopicPartition,
    /// The state still to be restored; `None`: nothing, or nothing any more.
    restore: Option<Restore>,
    attempts: u32,
    /// Since when the group's position is asked for.
    asked: Option<Instant>,
    /// The position came late once.
    came_late: bool,
    not_before: Instant,
}

struct Restore {
    changelog: String,
    restart: bool,
    position: i64,
    progressed: Instant,
}

impl Restore {
    fn new(changelog: String) -> Restore {
        Restore { changelog, restart: true, position: -1, progressed: Instant::now() }
    }
}

/// What remains to be done for an opening.
enum Left {
    Nothing,
    /// Go on with it at once.
    More(Opening),
    /// Others first: it waits for something.
    Wait(Opening, Duration),
}

impl Openings {
    /// When one of them can go on; `None` where all is open.
    pub(super) fn due_in(&self) -> Option<Duration> {
        let now = Instant::now();
        self.0.iter().map(|opening| opening.not_before.saturating_duration_since(now)).min()
    }

    fn take_due(&mut self) -> Option<Opening> {
        let now = Instant::now();
        let due = self.0.iter().position(|opening| opening.not_before <= now)?;
        self.0.remove(due)
    }
}

impl Worker<'_> {
    pub(super) fn take(&mut self, partitions: Vec<TopicPartition>) {
        self.observer.assigned(&partitions);
        for partition in partitions {
            self.held.insert(partition.clone());
            self.role.assigned(&partition);
            let restore = self.role.changelog(&partition.topic).map(Restore::new);
            if restore.is_some() {
                self.observer.restoring(&partition, None);
            }
            let not_before = Instant::now();
            let opening = Opening {
                partition,
                restore,
                attempts: 0,
                asked: None,
                came_late: false,
                not_before,
            };
            self.openings.0.push_back(opening);
        }
    }

    pub(super) fn give_up(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.held.remove(partition);
            self.role.revoked(partition);
            self.openings.0.retain(|opening| opening.partition != *partition);
            self.observer.revoked(partition);
        }
    }

    /// Goes on with what is being opened, for about a slice.
    pub(super) fn open_some(&mut self, stop: &AtomicBool) -> Result<(), Exit> {
        let began = Instant::now();
        while began.elapsed() < SLICE && !stop.load(Ordering::Relaxed) {
            let Some(opening) = self.openings.take_due() else { break };
            match self.open(opening)? {
                Left::Nothing => {}
                Left::More(opening) => self.openings.0.push_front(opening),
                Left::Wait(mut opening, pause) => {
                    opening.not_before = Instant::now() + pause;
                    self.openings.0.push_back(opening);
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, mut opening: Opening) -> Result<Left, Exit> {
        if let Some(restore) = &mut opening.restore {
            if !self.restore(&opening.partition, restore)? {
                return Ok(Left::More(opening));
            }
            opening.restore = None;
            // A turn that has waited for one answer does not wait for the next, too.
            return Ok(Left::More(opening));
        }
        let asked = *opening.asked.get_or_insert_with(Instant::now);
        let began = Instant::now();
        let committed = match self.committed(&opening.partition, asked) {
            Err(LogError::NotYet(_)) => return Ok(Left::Wait(opening, Duration::from_millis(20))),
            other => other.map_err(Exit::of)?,
        };
        // So late an answer has waited for a rebalance, which the next poll reports.
        if began.elapsed() > LATE && !std::mem::replace(&mut opening.came_late, true) {
            return Ok(Left::Wait(opening, Duration::from_millis(20)));
        }
        let partition = &opening.partition;
        let changelog = self.role.changelog(&partition.topic);
        match (self.start(partition, committed)?, changelog) {
            (Start::At(_), Some(_)) => self.observer.restored(partition),
            (Start::At(_), None) => {}
            (Start::Disagrees(_), Some(changelog)) if opening.attempts < DISAGREEMENTS_MAX => {
                let pause = Duration::from_millis(200 << opening.attempts);
                self.role.assigned(partition);
                opening.restore = Some(Restore::new(changelog));
                opening.asked = None;
                opening.attempts += 1;
                return Ok(Left::Wait(opening, pause));
            }
            (Start::Disagrees(why), _) => return Err(Exit::Fatal(why)),
        }
        Ok(Left::Nothing)
    }

    /// Reads a piece of the changelog; whether that was all of it.
    fn restore(&mut self, partition: &TopicPartition, of: &mut Restore) -> Result<bool, Exit> {
        let role = &mut *self.role;
        let mut stopped = None;
        let restart = std::mem::take(&mut of.restart);
        let number = partition.partition;
        let progress = self.log.restore(&of.changelog, number, restart, SLICE, &mut |record| {
            if stopped.is_none() {
                stopped = role.restore(partition, record).err();
            }
        });
        if let Some(stop) = stopped {
            return Err(stop.into());
        }
        let progress = progress.map_err(Exit::of)?;
        self.observer.restoring(partition, Some(progress));
        if progress.done {
            return Ok(true);
        }
        if progress.position > of.position {
            of.position = progress.position;
            of.progressed = Instant::now();
        } else if of.progressed.elapsed() > self.limits.restore_stall_max {
            return Err(Exit::Blocked(format!(
                "restoring partition {number} from {} made no progress at offset {} of {} for {:?}; an open \
                 transaction of another producer may hold it up (`kafka-transactions.sh find-hanging` \
                 shows one that the brokers have lost track of)",
                of.changelog, progress.position, progress.end, self.limits.restore_stall_max,
            )));
        }
        Ok(false)
    }

    /// The group's position. The log may not know it for long (a coordinator that lost a marker in a
    /// crash). The restored state holds the position, too: the owner before us wrote its state ahead
    /// of its positions, and those only while it was a member, so that all of it is before the end
    /// that the restore waited for. The group's position only shows whether an operator moved it.
    fn committed(
        &mut self,
        partition: &TopicPartition,
        asked: Instant,
    ) -> Result<Option<i64>, LogError> {
        let has_state = self.role.changelog(&partition.topic).is_some();
        match self.log.committed(&partition.topic, partition.partition) {
            Err(LogError::NotYet(why)) if asked.elapsed() > self.limits.position_wait_max => {
                if !has_state {
                    return Err(LogError::Reopen(why));
                }
                self.observer.position_unknown(partition, &why);
                Ok(None)
            }
            Err(LogError::Reopen(why)) if has_state => {
                self.observer.position_unknown(partition, &why);
                Ok(None)
            }
            other => other,
        }
    }

    fn start(&mut self, partition: &TopicPartition, committed: Option<i64>) -> Result<Start, Exit> {
        let TopicPartition { topic, partition: number } = partition;
        let watermarks = self.log.watermarks(topic, *number).map_err(Exit::of)?;
        let start = self.role.restored(partition, committed, watermarks)?;
        if let Start::At(next_offset) = start {
            let position = Position { topic: topic.clone(), partition: *number, next_offset };
            self.log.seek(&[position]).map_err(Exit::of)?;
        }
        Ok(start)
    }
}
