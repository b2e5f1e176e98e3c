//! The result of a call, and when there is another one.

use crate::domain::Text;
use crate::domain::account::outbox::ActionEnd;
use uuid::Uuid;

/// The result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The target has it; how it names the message.
    Confirmed(Option<Text>),
    /// The target took it, and cannot confirm more.
    Accepted,
    /// The message that it was to change or to answer is not there any more.
    Gone,
    /// It was cancelled, and has not reached the target.
    NotSent,
    /// It will never be taken.
    Refused(String),
    /// The target takes nothing more.
    Disabled(String),
    /// It was not done, and may be later.
    Later(Setback),
    /// Whether it was done is not known.
    Unknown(Setback),
}

/// Why an attempt has to be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setback {
    pub why: String,
    /// Not before so many milliseconds, as the target says.
    pub after_ms: Option<i64>,
    /// The target asks for fewer calls: others of the same limit wait too.
    pub is_limit: bool,
    /// The call was given up before it was made.
    pub is_late: bool,
}

impl Setback {
    pub fn of(why: impl Into<String>) -> Setback {
        Setback { why: why.into(), after_ms: None, is_limit: false, is_late: false }
    }
}

impl Answer {
    /// For metrics.
    pub fn result(&self) -> &'static str {
        match self {
            Answer::Confirmed(_) | Answer::Accepted => "done",
            Answer::Gone => "gone",
            Answer::NotSent => "not_sent",
            Answer::Refused(_) => "refused",
            Answer::Disabled(_) => "disabled",
            Answer::Later(_) => "later",
            Answer::Unknown(_) => "unknown",
        }
    }

    /// Whether the target took it, where the answer says anything about the target.
    pub fn is_taken(&self) -> Option<bool> {
        match self {
            Answer::Confirmed(_) | Answer::Accepted | Answer::Gone => Some(true),
            Answer::Later(setback) | Answer::Unknown(setback) if setback.is_late => None,
            Answer::NotSent => None,
            Answer::Refused(_) | Answer::Disabled(_) | Answer::Later(_) | Answer::Unknown(_) => {
                Some(false)
            }
        }
    }

    /// How the action ends with it, if it does.
    pub fn end(&self) -> Option<ActionEnd> {
        match self {
            Answer::Confirmed(_) => Some(ActionEnd::Confirmed),
            Answer::Accepted => Some(ActionEnd::Accepted),
            Answer::Gone => Some(ActionEnd::Gone),
            Answer::NotSent => Some(ActionEnd::NotSent),
            Answer::Refused(_) | Answer::Disabled(_) => Some(ActionEnd::Failed),
            Answer::Later(_) | Answer::Unknown(_) => None,
        }
    }
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Source: Standard Webhooks 1.0, "Deliverability and reliability": ten attempts in some 75 hours.
const OF_PROGRAMS: [i64; 9] = [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];
/// A message that comes a day late helps no one.
const OF_PEOPLE: [i64; 8] =
    [2 * SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];
/// No target is waited for longer, whatever it asks for.
const ASKED_MAX: i64 = 24 * HOUR;

/// Milliseconds between the attempt of this number, from 1, and the next one; none after the last. Up to
/// a tenth longer, by action, so that those that failed together do not come again together.
pub fn pause_ms(service: &str, number: u32, action: Uuid, asked_ms: Option<i64>) -> Option<i64> {
    let pauses: &[i64] =
        if matches!(service, "webhook" | "tool") { &OF_PROGRAMS } else { &OF_PEOPLE };
    let pause = pauses.get(usize::try_from(number.checked_sub(1)?).ok()?)?;
    let share = i64::from(action.as_bytes()[15] ^ number.to_le_bytes()[0]);
    let pause = pause + pause * share / 2_560;
    Some(pause.max(asked_ms.unwrap_or(0).clamp(0, ASKED_MAX)))
}

/// Attempts, with those that only look whether an earlier one had reached its target.
const LOOKS_MAX: u32 = 40;

/// Milliseconds until it is looked again whether an attempt has reached a target that can be asked, after
/// the last one was made.
pub fn look_again_ms(service: &str, number: u32) -> Option<i64> {
    (matches!(service, "slack" | "tool") && number < LOOKS_MAX).then_some(HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_three_days_and_the_target_may_ask_for_more_time() {
        let id = Uuid::nil();
        let pauses: Vec<i64> = (1..).map_while(|n| pause_ms("webhook", n, id, None)).collect();
        assert_eq!(pauses.len(), 9);
        let hours = pauses.iter().sum::<i64>() as f64 / HOUR as f64;
        assert!((75.5..84.0).contains(&hours), "{hours}");
        assert!((1..).map_while(|n| pause_ms("slack", n, id, None)).sum::<i64>() < 12 * HOUR);
        assert_eq!(pause_ms("webhook", 1, id, Some(HOUR)), Some(HOUR));
        assert_eq!(pause_ms("webhook", 1, id, Some(i64::MAX)), Some(ASKED_MAX));
        assert_eq!(pause_ms("webhook", 0, id, None), None);
        let other = pause_ms("webhook", 2, Uuid::max(), None).unwrap();
        assert!(other > 5 * MINUTE && other <= 5 * MINUTE * 11 / 10, "{other}");
    }
}
