//! How often and how many calls a target takes. One sender has all calls of a limit, since they lie in one partition.

use crate::deliver::tool::file::every_ms;
use crate::domain::Text;
use crate::domain::account::outbox::{ActionKind, OutboxAction};
use std::collections::BTreeMap;

/// Calls that are under way at once, over all targets.
pub const CALLS_MAX: usize = 64;
/// Of one limit.
const CALLS_OF_DOMAIN_MAX: usize = 8;
/// Clocks further ahead are those of a machine whose clock was set back.
const AHEAD_MAX_MS: i64 = 25 * 3_600_000;

/// Milliseconds between two calls.
///
/// Source: docs.slack.dev, "Rate limits" (a message a second and channel; `chat.update` is in tier 3, 50 a
/// minute and workspace), and learn.microsoft.com, "Rate limiting for incoming webhooks" (4 a second).
const SLACK_POST_MS: i64 = 1_000;
const SLACK_EDIT_MS: i64 = 1_200;
const TEAMS_MS: i64 = 250;

#[derive(Debug, Default)]
pub struct Limits {
    /// From when on each limit takes the next call.
    free: BTreeMap<Text, i64>,
    running: BTreeMap<Text, usize>,
    /// What the field maps of tools say, by destination and roster.
    paces: BTreeMap<(Text, u64), i64>,
}

impl Limits {
    /// Whether there is a place for a call now.
    pub fn allow(&mut self, action: &OutboxAction, now_ms: i64) -> bool {
        let (key, _) = self.pace(action);
        let all: usize = self.running.values().sum();
        let running = self.running.get(&action.domain).copied().unwrap_or(0);
        all < CALLS_MAX
            && running < CALLS_OF_DOMAIN_MAX
            && self.is_free(&action.domain, now_ms)
            && self.is_free(&key, now_ms)
    }

    /// Takes a place for a call.
    pub fn take(&mut self, action: &OutboxAction, now_ms: i64) {
        let (key, every) = self.pace(action);
        if every > 0 {
            self.free.insert(key, now_ms + every);
        }
        *self.running.entry(action.domain.clone()).or_default() += 1;
    }

    /// A call has ended.
    pub fn give_back(&mut self, action: &OutboxAction) {
        if let Some(running) = self.running.get_mut(&action.domain) {
            *running = running.saturating_sub(1);
            if *running == 0 {
                self.running.remove(&action.domain);
            }
        }
    }

    /// The target asks for a pause.
    pub fn pause(&mut self, action: &OutboxAction, until_ms: i64) {
        let (key, _) = self.pace(action);
        let free = self.free.entry(key).or_insert(until_ms);
        *free = until_ms.max(*free);
    }

    /// Forgets what is over.
    pub fn tidy(&mut self, now_ms: i64) {
        self.free.retain(|_, free| *free > now_ms && *free - now_ms < AHEAD_MAX_MS);
    }

    fn pace(&mut self, action: &OutboxAction) -> (Text, i64) {
        if !action.domain.starts_with("tool ") {
            return pace(action);
        }
        let key = (action.destination.clone(), action.roster);
        let every = *self.paces.entry(key).or_insert_with(|| every_ms(&action.target));
        (action.domain.clone(), every)
    }

    fn is_free(&self, key: &Text, now_ms: i64) -> bool {
        let free = self.free.get(key).copied().unwrap_or(i64::MIN);
        free <= now_ms || free - now_ms >= AHEAD_MAX_MS
    }
}

/// What shares a pace, and its milliseconds between two calls.
fn pace(action: &OutboxAction) -> (Text, i64) {
    let service = action.domain.split(' ').next().unwrap_or_default();
    match (service, action.kind) {
        ("slack", ActionKind::Edit) => (format!("{} edit", action.domain).into(), SLACK_EDIT_MS),
        ("slack", _) => {
            let channel = action.of.as_deref().and_then(|of| of.split(' ').next());
            let place = channel.or(action.to.as_deref()).unwrap_or(&action.destination);
            (format!("{} {place}", action.domain).into(), SLACK_POST_MS)
        }
        ("slack_webhook", _) => (action.domain.clone(), SLACK_POST_MS),
        ("teams", _) => (action.domain.clone(), TEAMS_MS),
        _ => (action.domain.clone(), 0),
    }
}
