//! Distinguishes two instances that fight over one transactional id from a single takeover. Each
//! that opens the id fences the other, so that neither gets on: after some rounds it is better to
//! stop with the cause.

use std::time::Duration;

/// Takeovers in a row after which two instances are taken to be fighting over one id.
const TAKEOVERS_MAX: u32 = 8;
/// A transaction that times out is fenced too, by the broker. That takes its whole time-out (ten
/// seconds by default), whereas a rival is back after a pause.
const RIVAL_MAX: Duration = Duration::from_secs(10);
/// After a run this long the count begins again.
const HEALTHY: Duration = Duration::from_secs(60);

/// Takeovers in a row.
#[derive(Debug, Default)]
pub struct Takeovers(u32);

impl Takeovers {
    /// Notes a takeover after a run of `ran`. `Some`, the message to stop with, once it is a fight.
    pub fn note(&mut self, why: &str, ran: Duration) -> Option<String> {
        if ran > HEALTHY {
            self.0 = 0;
        }
        self.0 += u32::from(ran < RIVAL_MAX);
        (self.0 >= TAKEOVERS_MAX).then(|| {
            format!(
                "{why}; this happened {} times in a row, so that two instances seem to have one \
                 name: give each its own `instance`",
                self.0
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_call_it_a_fight_after_eight_quick_takeovers_and_never_after_time_outs() {
        let (mut quick, mut slow) = (Takeovers::default(), Takeovers::default());
        for round in 1..=20 {
            let fight = quick.note("fenced", Duration::from_secs(6));
            assert_eq!(fight.is_some(), round >= TAKEOVERS_MAX, "round {round}");
            assert_eq!(slow.note("fenced", Duration::from_secs(10)), None);
        }
        let said = quick.note("fenced", Duration::ZERO).unwrap();
        assert_eq!(quick.note("fenced", Duration::from_secs(61)), None, "it ran well for long");
        assert_eq!(quick.note("fenced", Duration::ZERO), None);
        assert!(said.starts_with("fenced; ") && said.contains("its own `instance`"), "{said}");
    }
}
