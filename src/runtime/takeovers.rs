//! Two instances with one name: each that opens the transactional id displaces the other, so that
//! neither gets on. The first time it may be a restarted instance that takes over from a predecessor
//! that hung; the second time soon after, both are alive.

use crate::log::holder::Holder;
use std::time::{Duration, Instant};

/// Two takeovers within this time are a fight.
const WITHIN: Duration = Duration::from_secs(600);

/// When the id was taken over last.
#[derive(Debug, Default)]
pub struct Takeovers(Option<Instant>);

impl Takeovers {
    /// Notes a takeover. Returns whether it is the second within ten minutes.
    pub fn note(&mut self, now: Instant) -> bool {
        let last = self.0.replace(now);
        last.is_some_and(|last| now.saturating_duration_since(last) < WITHIN)
    }
}

/// The message to stop with: which process has the name, and what to do.
pub fn name_taken(transactional_id: &str, holder: Option<&Holder>, now_ms: i64) -> String {
    let who = holder.map_or("another process".to_owned(), |holder| {
        let seconds = (now_ms - holder.seen_ms).max(0) / 1_000;
        format!("{holder} (seen {seconds} s ago)")
    });
    format!(
        "{who} runs under the name of this instance: it took over the transactional id \
         `{transactional_id}` twice within ten minutes; give each instance its own `instance`, \
         then start this one again"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_call_it_a_fight_at_the_second_takeover_within_ten_minutes() {
        let (mut takeovers, start) = (Takeovers::default(), Instant::now());
        assert!(!takeovers.note(start), "a predecessor hung");
        assert!(!takeovers.note(start + WITHIN), "so long ago that it is another story");
        assert!(takeovers.note(start + WITHIN + Duration::from_secs(599)));
    }

    #[test]
    fn should_say_who_has_the_name() {
        let holder = Holder { seen_ms: 5_000, host: "b".to_owned(), process: Some(4_711) };
        let said = name_taken("buymode-a-score", Some(&holder), 8_000);
        assert!(
            said.starts_with("process 4711 on host b (seen 3 s ago) runs under the name of this")
        );
        assert!(
            said.contains("`buymode-a-score`") && said.contains("its own `instance`"),
            "{said}"
        );
        assert!(name_taken("x", None, 0).starts_with("another process runs under the name"));
    }
}
