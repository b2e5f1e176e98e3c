//! How long anything may wait: all of it follows from three settings, so that no wait is longer than
//! what watches it.
//!
//! The watchdog ends the process once one call of the client has lasted longer than `call_limit_ms`.
//! So each call is given less than that ([`Waits::call`]). A worker makes several calls in one turn of its
//! loop: the limit of a turn is their sum ([`Waits::turn`]), and `/livez` waits longer than a turn
//! ([`Waits::alive`]).

use std::time::Duration;

use super::config::KafkaConfig;
use crate::log::calls::Caller;

/// How long the client is given to open anything: to answer, and to end what a predecessor left.
pub(super) const OPENING: Duration = Duration::from_secs(9);
/// How long brokers are given to say where a partition begins and ends: longer than a cluster needs
/// to choose new leaders after one of its brokers died.
pub(super) const ANSWER: Duration = Duration::from_secs(40);
/// One attempt at that: who the leader is, is asked again each time.
pub(super) const ATTEMPT: Duration = Duration::from_millis(2_500);
/// How long a partition may be unknown before it counts as missing: a broker that has just started
/// does not know every topic yet.
pub(super) const UNKNOWN: Duration = Duration::from_secs(10);
/// A small question that another one can follow.
pub(super) const QUESTION: Duration = Duration::from_secs(2);
/// Offsets of the group, a seek, an abort, a change of topics.
const LONG_CALL: Duration = Duration::from_secs(10);
/// For topics that may be absent, in one look.
pub(super) const LOOK: Duration = Duration::from_secs(5);
/// How often a broker looks for transactions that have outlived their time
/// (`transaction.abort.timed.out.transaction.cleanup.interval.ms`), by default.
const BROKER_LOOKS: Duration = Duration::from_secs(10);
/// How often the watchdog looks, and how long a process needs to start itself anew.
const ANEW: Duration = Duration::from_secs(2);
/// The pause before a worker starts again is no longer.
const PAUSE: Duration = Duration::from_secs(7);

/// The permitted waits of one set of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    pub(super) transaction: Duration,
    pub(super) session: Duration,
    pub(super) call_limit: Duration,
}

impl Waits {
    /// What a call that wants `most` is given: less than the watchdog gives it, so that it returns.
    pub(super) fn call(&self, most: Duration) -> Duration {
        most.min(self.commit())
    }

    /// The longest that any call is given. The client asks again for as long as the coordinator is
    /// away; after this the outcome of a commit counts as unknown.
    pub(super) fn commit(&self) -> Duration {
        self.call_limit * 4 / 5
    }

    /// For `init_transactions`, of an opening that has lasted for `began` already.
    pub(super) fn opening(&self, began: Duration) -> Duration {
        self.call(OPENING.saturating_sub(began).max(Duration::from_secs(1)))
    }

    pub(super) fn long_call(&self) -> Duration {
        self.call(LONG_CALL)
    }

    /// How long a worker asks where a partition begins or ends: it serves others, too.
    pub(super) fn answer(&self) -> Duration {
        ANSWER.min(self.commit())
    }

    /// How long records may take to be acknowledged.
    pub(super) fn deliveries(&self) -> Duration {
        self.transaction
    }

    /// How long a worker asks for the group's position of a partition. A predecessor's transaction may
    /// take its whole time-out to end, the broker a while to notice, and the coordinator as long again.
    pub fn position(&self) -> Duration {
        self.transaction * 2 + BROKER_LOOKS
    }

    /// How long one turn of a worker's loop may last: the sum of what it may wait for.
    pub fn turn(&self) -> Duration {
        // A batch is gathered for half of a transaction at most (`batch.time_max_ms`).
        let gather = self.transaction / 2 + self.call(Duration::from_secs(5));
        let commit = self.deliveries() + 2 * self.call(QUESTION) + self.long_call() + self.commit();
        let abort = 2 * self.long_call();
        let seek = 2 * self.long_call();
        // Where a partition begins and ends, as readers of each kind see it; then a piece of it is read.
        let open = 2 * self.answer() + 6 * self.call(ATTEMPT) + UNKNOWN;
        gather + commit + abort + seek + open + LOOK + 2 * self.call(QUESTION)
    }

    /// How long a worker may show no progress before the process counts as stalled (`/livez`): a turn, a
    /// pause, and the opening of a session.
    pub fn alive(&self) -> Duration {
        self.turn() + PAUSE + 2 * OPENING
    }

    /// How long a partition may stand still once the brokers answer again: a call that stands still
    /// until the watchdog ends it, the new start, the group that waits for the members that are gone,
    /// and the position that waits for a transaction's end. Reading the state comes on top.
    pub fn standstill(&self) -> Duration {
        self.call_limit + ANEW + OPENING.max(self.session) + self.position()
    }
}

impl KafkaConfig {
    /// How long anything may wait with these settings.
    pub fn waits(&self) -> Waits {
        let ms = |ms: u32| Duration::from_millis(u64::from(ms));
        let transaction = ms(self.transaction_timeout_ms);
        let call_limit = transaction * 2 + Duration::from_secs(10);
        Waits {
            transaction,
            session: ms(self.session_timeout_ms),
            call_limit: self.call_limit_ms.map_or(call_limit, ms),
        }
    }

    /// The calls of a client, in the words `whose`.
    pub(super) fn caller(&self, whose: &str) -> Caller {
        Caller::new(whose, self.waits().call_limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Settings at the ends of what is accepted, and between.
    fn settings() -> Vec<KafkaConfig> {
        let mut all = Vec::new();
        for transaction_timeout_ms in [1_000, 2_000, 6_000, 10_000, 60_000, 900_000] {
            let limits = [
                None,
                Some(transaction_timeout_ms + 1).map(|ms| ms.max(3_000)),
                Some(20_000),
                Some(3_600_000),
            ];
            for call_limit_ms in limits {
                let session_timeout_ms = transaction_timeout_ms + 5_000;
                let of = KafkaConfig {
                    transaction_timeout_ms,
                    session_timeout_ms,
                    call_limit_ms,
                    ..KafkaConfig::default()
                };
                all.extend(of.validate().is_ok().then_some(of));
            }
        }
        assert!(all.len() > 18);
        all
    }

    #[test]
    fn no_call_is_given_as_long_as_the_watchdog_gives_it() {
        for config in settings() {
            let (waits, limit) = (config.waits(), config.caller("test").limit());
            let calls = [
                waits.commit(),
                waits.opening(Duration::ZERO),
                waits.opening(60 * SECOND),
                waits.long_call(),
                waits.call(ATTEMPT),
                waits.call(QUESTION),
                waits.call(ANSWER),
            ];
            for given in calls {
                // The watchdog looks twice a second.
                assert!(given + SECOND / 2 < limit, "{given:?} of {limit:?}: {config:?}");
                assert!(given >= SECOND, "{given:?}: {config:?}");
            }
        }
    }

    #[test]
    fn a_turn_is_longer_than_all_that_it_waits_for_and_livez_longer_than_a_turn() {
        for config in settings() {
            let waits = config.waits();
            let commit = waits.deliveries() + waits.long_call() + waits.commit();
            let rewind = 2 * waits.long_call() + 2 * waits.long_call();
            let open = 2 * waits.answer() + UNKNOWN + SECOND;
            assert!(waits.turn() > commit + rewind + open, "{config:?}");
            // The watchdog names the call first, then the turn, then /livez fails.
            assert!(waits.turn() > waits.call_limit || config.call_limit_ms.is_some());
            assert!(waits.alive() > waits.turn() + OPENING);
            assert!(waits.position() > waits.transaction + BROKER_LOOKS);
            assert!(waits.standstill() > waits.call_limit + waits.session + waits.position());
        }
    }

    #[test]
    fn the_limits_that_the_documents_name() {
        let seconds = |wait: Duration| wait.as_secs();
        let waits = KafkaConfig::default().waits();
        assert_eq!(seconds(waits.commit()), 24);
        assert_eq!(seconds(waits.position()), 30);
        assert_eq!(seconds(waits.turn()), 180);
        assert_eq!(seconds(waits.alive()), 205);
        assert_eq!(seconds(waits.standstill()), 77);
        let said = include_str!("../../docs/src/running.md");
        for wait in [waits.commit(), waits.turn(), waits.alive(), waits.standstill()] {
            assert!(said.contains(&format!("{} s", wait.as_secs())), "{wait:?}");
        }
    }
}
