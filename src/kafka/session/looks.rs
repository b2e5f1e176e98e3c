//! What a session looks at now and then: its credentials, partitions that have been quiet, and the
//! topics of a patient one.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;

use super::{Lane, Session};
use crate::kafka::errors;
use crate::kafka::restore::Restorer;
use crate::kafka::watch::Watch;
use crate::kafka::{native, waits};
use crate::log::{LogError, TopicPartition};

/// How often a member that sees no change of its group asks whether it still is one. Only its health
/// goes by that: each commit takes fresh metadata of its own.
const MEMBERSHIP_EVERY: Duration = Duration::from_secs(1);

/// Whether the group counts a member, as it was seen last: each look is a round trip to a thread of the
/// client.
#[derive(Default)]
pub(super) struct MembershipLook(Cell<Option<(Instant, u64, bool)>>);

impl MembershipLook {
    /// `answered`: how often the group has changed.
    pub(super) fn look(&self, now: Instant, answered: u64, ask: impl FnOnce() -> bool) -> bool {
        let is_fresh = |(at, of, _): &(Instant, u64, bool)| {
            *of == answered && now.saturating_duration_since(*at) < MEMBERSHIP_EVERY
        };
        let seen = self.0.get().filter(is_fresh).unwrap_or_else(|| (now, answered, ask()));
        self.0.set(Some(seen));
        seen.2
    }
}

impl Session {
    pub(super) fn looks_like_a_member(&self) -> bool {
        let group = self.consumer.context();
        // The client keeps its generation while it joins again.
        let ask = || group.has_part() && native::generation(&self.consumer).is_some();
        self.membership.look(Instant::now(), group.answered(), ask)
    }

    /// Made when first needed.
    pub(super) fn restorer(&mut self) -> Result<&mut Restorer, LogError> {
        let restorer = match self.restorer.take() {
            Some(restorer) => restorer,
            None => Restorer::open(&self.config, &self.group).map_err(errors::later)?,
        };
        Ok(self.restorer.insert(restorer))
    }

    /// New tokens for all clients of this session; an error where the clients must be made anew.
    pub(super) fn tend(&mut self) -> Result<(), LogError> {
        self.login.keep(self.consumer.client());
        self.transactions.keep();
        if let Some(restorer) = &mut self.restorer {
            restorer.keep();
        }
        if self.transactions.is_open() {
            return Ok(());
        }
        self.held.changed(&self.config).map_or(Ok(()), |why| Err(LogError::Reopen(why)))
    }

    pub(super) fn watch_anew_if_the_group_changed(&mut self) {
        let answered = self.consumer.context().answered();
        if std::mem::replace(&mut self.watched_since, answered) != answered {
            let now = Instant::now();
            self.lanes.iter_mut().for_each(|lane| lane.watch = Some(Watch::new(now)));
        }
    }

    /// Looks at one partition that has been quiet, if it is time to.
    pub(super) fn look(&mut self) -> Result<(), LogError> {
        let now = Instant::now();
        let due = |lane: &Lane| lane.watch.as_ref().is_some_and(|watch| watch.is_due(now));
        let Some(index) = self.lanes.iter().position(due) else { return Ok(()) };
        let Lane { topic, partition, next, .. } = &self.lanes[index];
        let (of, next) = (TopicPartition { topic: topic.clone(), partition: *partition }, *next);
        let end = self.restorer()?.stable_end(&of);
        let Some(watch) = self.lanes[index].watch.as_mut() else { return Ok(()) };
        let missed = match end {
            Some(end) => watch.look(now, next, end),
            None => {
                watch.again(now);
                None
            }
        };
        match missed {
            Some(to) if self.restorer()?.has_record(&of, next, to) => {
                let TopicPartition { topic, partition } = of;
                Err(LogError::Reopen(format!(
                    "{topic}[{partition}]: the client stopped fetching at offset {next}, but the log \
                     continues to {to}"
                )))
            }
            _ => Ok(()),
        }
    }

    /// A patient session opens again, without the topic that is missing: what one topic lacks ends
    /// no other.
    pub(super) fn patiently(&self, error: LogError) -> LogError {
        match error {
            LogError::Fatal(why) if self.absences.is_some() => LogError::Reopen(why),
            error => error,
        }
    }

    /// Looks which topics are there, if it is time to.
    pub(super) fn look_for_topics(&mut self) {
        let Some(mut absences) = self.absences.take_if(|absences| absences.is_due()) else {
            return;
        };
        let topics = std::mem::take(&mut self.topics);
        match self.restorer().ok().and_then(|restorer| Some((restorer.metadata()?, restorer))) {
            Some((metadata, restorer)) => {
                let began = Instant::now();
                absences.note(&metadata, &topics, |topic| {
                    // Those that are not looked at now are looked at the next time.
                    let of = TopicPartition { topic: topic.to_owned(), partition: 0 };
                    began.elapsed() > waits::LOOK || restorer.may_read(&of)
                });
            }
            None => absences.later(),
        }
        (self.topics, self.absences) = (topics, Some(absences));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_ask_for_the_membership_once_a_second_and_when_the_group_changes() {
        let (look, start, asked) = (MembershipLook::default(), Instant::now(), Cell::new(0));
        let at = |ms: u64, answered: u64, is: bool| {
            let ask = || {
                asked.set(asked.get() + 1);
                is
            };
            look.look(start + Duration::from_millis(ms), answered, ask)
        };
        assert!(!at(0, 0, false) && !at(999, 0, true));
        assert!(at(1_000, 0, true) && at(1_001, 0, false));
        assert!(!at(1_002, 1, false), "the group has changed");
        assert_eq!(asked.get(), 3);
        for turn in 0..10_000 {
            at(1_002 + turn, 1, true);
        }
        assert_eq!(asked.get(), 3 + 9);
    }
}
