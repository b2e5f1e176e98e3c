//! Whether destinations take what they are sent. One that has failed for days is disabled, so that what is
//! meant for it fails at once and people learn of it.
//!
//! Source: docs.svix.com, "Retry schedule" (disabled after five days of failing; the clock begins with a
//! failure a day after the first one), and Standard Webhooks 1.0 (410 disables).

use super::answer::Answer;
use crate::desk::kept::Kept;
use crate::domain::Text;
use crate::domain::account::outbox::{DisabledTarget, OutboxAction};
use crate::domain::terms::time::{DAY_MS, Timestamp};

/// The clock begins with a failure so long after the first one.
const CLOCK_AFTER_MS: i64 = DAY_MS;
/// One that has failed for so long was away, and not busy.
const AWAY_AFTER_MS: i64 = 10 * 60_000;
const DISABLED_AFTER_MS: i64 = 5 * DAY_MS;

/// Destinations of a partition that fail, or are disabled.
#[derive(Default)]
pub struct Health {
    pub targets: Kept<Text, DisabledTarget>,
    /// Disabled by answers of this batch.
    news: Vec<DisabledTarget>,
}

impl Health {
    /// Why nothing is sent to an action's destination. A roster that was published later enables it again.
    pub fn disabled(&self, action: &OutboxAction) -> Option<&DisabledTarget> {
        let found = self.targets.get(&action.destination)?;
        (found.is_disabled && found.roster >= action.roster).then_some(found)
    }

    /// Whether attempts have failed for a while, and none has not.
    pub(super) fn was_away(&self, destination: &Text, now_ms: i64) -> bool {
        let first = self.targets.get(destination).and_then(|target| target.failed_first);
        first.is_some_and(|first| now_ms - first.0 >= AWAY_AFTER_MS)
    }

    /// What an answer says about its destination.
    pub(super) fn hear(&mut self, action: &OutboxAction, answer: &Answer, now_ms: i64) {
        // Answers to what was begun before it was disabled change nothing.
        if self.disabled(action).is_some() {
            return;
        }
        let name = &action.destination;
        match answer {
            Answer::Confirmed(_) | Answer::Accepted | Answer::Gone => {
                self.targets.remove(name);
            }
            Answer::Disabled(why) => self.disable(action, why.as_str().into(), None, None),
            Answer::Later(setback) | Answer::Unknown(setback) if !setback.is_late => {
                self.fails(action, &setback.why, now_ms);
            }
            Answer::Later(_) | Answer::Unknown(_) | Answer::NotSent | Answer::Refused(_) => {}
        }
    }

    fn fails(&mut self, action: &OutboxAction, why: &str, now_ms: i64) {
        let before = self.targets.get(&action.destination).filter(|target| !target.is_disabled);
        let first = before.and_then(|target| target.failed_first).map_or(now_ms, |at| at.0);
        let since = before.and_then(|target| target.failing_since).map(|at| at.0);
        let since = since.or_else(|| (now_ms - first >= CLOCK_AFTER_MS).then_some(now_ms));
        let (first, stamp) = (Some(Timestamp(first)), since.map(Timestamp));
        if since.is_some_and(|since| now_ms - since >= DISABLED_AFTER_MS) {
            let days = DISABLED_AFTER_MS / DAY_MS;
            let why = format!("every attempt of {days} days failed, the last one: {why}");
            return self.disable(action, why.into(), first, stamp);
        }
        // Further failures within the day change nothing that has to be remembered.
        if before.is_none() || before.is_some_and(|target| target.failing_since != stamp) {
            let target =
                DisabledTarget { is_disabled: false, ..target(action, why.into(), first, stamp) };
            self.targets.insert(action.destination.clone(), target);
        }
    }

    fn disable(
        &mut self,
        action: &OutboxAction,
        why: Text,
        first: Option<Timestamp>,
        since: Option<Timestamp>,
    ) {
        let target = target(action, why, first, since);
        self.targets.insert(action.destination.clone(), target.clone());
        self.news.push(target);
    }

    /// A person has it tried again.
    pub(super) fn resume(&mut self, destination: &Text) {
        self.targets.remove(destination);
    }

    /// Those that were disabled since this was asked last.
    pub(super) fn news(&mut self) -> Vec<DisabledTarget> {
        std::mem::take(&mut self.news)
    }

    pub(super) fn revert(&mut self) {
        self.targets.revert();
        self.news.clear();
    }
}

fn target(
    action: &OutboxAction,
    why: Text,
    failed_first: Option<Timestamp>,
    failing_since: Option<Timestamp>,
) -> DisabledTarget {
    let (destination, roster) = (action.destination.clone(), action.roster);
    DisabledTarget { destination, roster, why, is_disabled: true, failed_first, failing_since }
}
