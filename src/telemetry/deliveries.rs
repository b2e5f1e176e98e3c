//! Metrics and log lines of `buymode deliver`. Labels are names of destinations in the roster and closed
//! lists, never contents of a record or an answer.

use super::counters::{counters, registered};
use crate::log::trace::Trace;
use crate::runtime::worker::now_ms;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tracing::{info, warn};

/// What a mark can wait for.
const MARK_WAITS: &[&str] = &["scorers", "forwarders", "log"];
/// How often it is said that messages are held back.
const SAY_EVERY_S: i64 = 60;

/// What the desk and its senders do.
pub struct Deliveries {
    records: IntCounterVec,
    ends: IntCounterVec,
    attempts: IntCounterVec,
    failing_since: IntGaugeVec,
    taken_at: IntGaugeVec,
    targets: Mutex<Targets>,
    actions: IntCounterVec,
    waiting: IntGaugeVec,
    seconds: HistogramVec,
    late: IntCounterVec,
    mark: IntGaugeVec,
    said: Mutex<i64>,
    words: IntCounterVec,
    announced: IntCounterVec,
    acted: IntCounterVec,
    rules_announced: IntCounterVec,
    rules_acted: IntCounterVec,
}

/// Destinations by name, for the two gauges.
#[derive(Default)]
struct Targets {
    known: BTreeMap<String, Target>,
    /// Where the desk is at work in this process: no other destination is shown.
    roster: Option<BTreeSet<String>>,
}

/// A destination since the start, by Unix seconds, or 0.
#[derive(Clone, Copy, Default)]
struct Target {
    failing_since: i64,
    taken_at: i64,
}

impl Deliveries {
    pub(super) fn new(registry: &Registry) -> Deliveries {
        let waiting = Opts::new(
            "buymode_deliver_waiting_actions",
            "Actions that senders of this instance have taken up and not ended, by destination.",
        );
        let seconds = HistogramOpts::new(
            "buymode_deliver_duration_seconds",
            "Seconds from a decision's time in its input's log to the target's answer, by destination; of \
             messages that did not wait for working hours or a digest.",
        );
        let seconds =
            seconds.buckets(vec![0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0]);
        let mark = Opts::new(
            "buymode_deliver_mark_wait_seconds",
            "Seconds for which messages that have waited are held back, by what is waited for (scorers, \
             forwarders, log).",
        );
        let failing_since = Opts::new(
            "buymode_deliver_failing_since_timestamp_seconds",
            "Since when every attempt at a destination has failed, Unix seconds; 0: the last one did not, or there \
             was none.",
        );
        let taken_at = Opts::new(
            "buymode_deliver_taken_timestamp_seconds",
            "When a destination last took a message, Unix seconds; 0: none since the start.",
        );
        Deliveries {
            failing_since: registered(registry, IntGaugeVec::new(failing_since, &["destination"])),
            taken_at: registered(registry, IntGaugeVec::new(taken_at, &["destination"])),
            targets: Mutex::default(),
            mark: registered(registry, IntGaugeVec::new(mark, &["for"])),
            said: Mutex::new(0),
            records: counters(
                registry,
                "buymode_deliver_records_total",
                "Records of the desk's log, by type and verdict (read, unreadable).",
                &["type", "verdict"],
            ),
            ends: counters(
                registry,
                "buymode_deliver_ends_total",
                "Deliveries (a decision at a destination) that have ended, by destination and end.",
                &["destination", "end"],
            ),
            attempts: counters(
                registry,
                "buymode_deliver_attempts_total",
                "Attempts of senders, by destination and result (done, gone, refused, later, unknown, disabled).",
                &["destination", "result"],
            ),
            actions: counters(
                registry,
                "buymode_deliver_actions_total",
                "Actions that senders have ended, by destination and end.",
                &["destination", "end"],
            ),
            waiting: registered(registry, IntGaugeVec::new(waiting, &["destination"])),
            seconds: registered(registry, HistogramVec::new(seconds, &["destination"])),
            late: counters(
                registry,
                "buymode_deliver_late_calls_total",
                "Attempts given up before the call, by destination: the process had stood still for most of \
                 their lease.",
                &["destination"],
            ),
            words: counters(
                registry,
                "buymode_deliver_words_total",
                "Clicks of people on buttons and pages, by what they say and result (holds, refused, unknown, \
                 not_written).",
                &["said", "result"],
            ),
            announced: counters(
                registry,
                "buymode_deliver_announced_total",
                "Accounts that were announced, by profile and the person whom they were given to.",
                &["profile", "person"],
            ),
            acted: counters(
                registry,
                "buymode_deliver_acted_total",
                "Words about accounts that hold, by profile, the person who said them, and what they say.",
                &["profile", "person", "said"],
            ),
            rules_announced: counters(
                registry,
                "buymode_deliver_rule_announced_total",
                "Accounts that were announced, by profile and each rule that counted.",
                &["profile", "rule"],
            ),
            rules_acted: counters(
                registry,
                "buymode_deliver_rule_acted_total",
                "Words about accounts that hold, by profile and each rule that counted.",
                &["profile", "rule"],
            ),
        }
    }

    pub fn read(&self, record: &str, is_readable: bool, n: u64) {
        let verdict = if is_readable { "read" } else { "unreadable" };
        self.records.with_label_values(&[record, verdict]).inc_by(n);
    }

    pub fn unreadable(&self, offset: i64, why: &str) {
        warn!(offset, why, "a record of the desk cannot be read; it changes nothing");
    }

    pub fn roster(&self, number: u64, digest: &str, by: Option<&str>) {
        info!(number, digest, by = by.unwrap_or("unknown"), "a roster is in force");
    }

    /// Alerts need every series from the start, so that the first event is an increase.
    pub fn begin_at_zero(&self, destination: &str, ends: &[String]) {
        for end in ends {
            self.ends.with_label_values(&[destination, end]);
        }
        self.target(&mut self.targets(), destination, |_| {});
    }

    fn targets(&self) -> MutexGuard<'_, Targets> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn target(&self, targets: &mut Targets, destination: &str, change: impl FnOnce(&mut Target)) {
        if targets.roster.as_ref().is_some_and(|roster| !roster.contains(destination)) {
            return;
        }
        let target = targets.known.entry(destination.to_owned()).or_default();
        change(target);
        self.failing_since.with_label_values(&[destination]).set(target.failing_since);
        self.taken_at.with_label_values(&[destination]).set(target.taken_at);
    }

    /// The roster in force has these alone.
    pub fn destinations(&self, names: &BTreeSet<&str>) {
        let mut targets = self.targets();
        targets.roster = Some(names.iter().map(|name| (*name).to_owned()).collect());
        targets.known.retain(|name, _| {
            let stays = names.contains(name.as_str());
            if !stays {
                // An error means that the series did not exist.
                let _ = self.failing_since.remove_label_values(&[name]);
                let _ = self.taken_at.remove_label_values(&[name]);
            }
            stays
        });
    }

    /// Another instance has the desk, and knows of new rosters.
    pub fn desk_left(&self) {
        self.targets().roster = None;
    }

    /// As an earlier process, or another instance, has left it.
    pub fn was_failing(&self, destination: &str, since_s: Option<i64>) {
        let since_s = since_s.unwrap_or_else(|| now_ms() / 1_000);
        self.target(&mut self.targets(), destination, |target| {
            if target.failing_since == 0 && target.taken_at < since_s {
                target.failing_since = since_s;
            }
        });
    }

    /// Another instance sends to it, or a person has it tried again.
    pub fn not_failing(&self, is_meant: impl Fn(&str) -> bool) {
        let mut targets = self.targets();
        let names: Vec<String> =
            targets.known.keys().filter(|name| is_meant(name.as_str())).cloned().collect();
        for name in names {
            self.target(&mut targets, &name, |target| target.failing_since = 0);
        }
    }

    pub fn ended(&self, destination: &str, end: &str, n: u64) {
        self.ends.with_label_values(&[destination, end]).inc_by(n);
    }

    /// `has_taken`: whether the target took the message, where the attempt says anything about it.
    pub fn attempt(&self, destination: &str, result: &str, has_taken: Option<bool>) {
        self.attempts.with_label_values(&[destination, result]).inc();
        let now_s = now_ms() / 1_000;
        self.target(&mut self.targets(), destination, |target| match has_taken {
            Some(true) => *target = Target { failing_since: 0, taken_at: now_s },
            Some(false) if target.failing_since == 0 => target.failing_since = now_s,
            Some(false) | None => {}
        });
    }

    /// `seconds`: since the decision, of a message that did not wait.
    pub fn action(&self, destination: &str, end: &str, seconds: Option<f64>) {
        self.actions.with_label_values(&[destination, end]).inc();
        if let Some(seconds) = seconds {
            self.seconds.with_label_values(&[destination]).observe(seconds);
        }
    }

    /// An attempt did not succeed; `why` names no secret.
    pub fn failed(
        &self,
        destination: &str,
        attempt: u32,
        again_s: Option<i64>,
        why: &str,
        trace: Option<Trace>,
    ) {
        let trace_id = trace.map(Trace::id_text);
        match again_s {
            Some(again_s) => {
                warn!(
                    destination,
                    attempt, again_s, why, trace_id, "an attempt failed; it is tried again"
                );
            }
            None => warn!(destination, attempt, why, trace_id, "a message cannot be delivered"),
        }
    }

    pub fn disabled(&self, destination: &str, why: &str) {
        warn!(
            destination,
            why,
            "a destination takes no more; use `buymode deliver resume`, or publish the roster again"
        );
    }

    /// A click, and what became of it.
    pub fn word(&self, said: &str, result: &str) {
        self.words.with_label_values(&[said, result]).inc();
    }

    pub fn announced<'a>(&self, profile: &str, person: &str, rules: impl Iterator<Item = &'a str>) {
        self.announced.with_label_values(&[profile, person]).inc();
        for rule in rules {
            self.rules_announced.with_label_values(&[profile, rule]).inc();
        }
    }

    pub fn acted<'a>(
        &self,
        profile: &str,
        person: &str,
        said: &str,
        rules: impl Iterator<Item = &'a str>,
    ) {
        self.acted.with_label_values(&[profile, person, said]).inc();
        for rule in rules {
            self.rules_acted.with_label_values(&[profile, rule]).inc();
        }
    }

    pub fn late(&self, destination: &str) {
        self.late.with_label_values(&[destination]).inc();
    }

    /// What messages that have waited are held back for, why, and for how many seconds; none: they are not.
    pub fn mark_waits(&self, waits: Option<(&str, &str, i64)>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        for what in MARK_WAITS {
            let seconds = waits.filter(|(of, ..)| of == what).map_or(0, |(.., seconds)| seconds);
            self.mark.with_label_values(&[*what]).set(seconds);
        }
        let Some((_, why, seconds)) = waits else {
            *said = 0;
            return;
        };
        if seconds >= *said + SAY_EVERY_S {
            *said = seconds;
            warn!(
                seconds,
                why, "messages that have waited are held back until all inputs are scored"
            );
        }
    }

    pub fn waiting(&self, by_destination: &BTreeMap<String, i64>) {
        self.waiting.reset();
        for (destination, n) in by_destination {
            self.waiting.with_label_values(&[destination]).set(*n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_show_since_when_a_destination_takes_nothing() {
        let registry = Registry::new();
        let deliveries = Deliveries::new(&registry);
        let value = |gauge: &IntGaugeVec| gauge.with_label_values(&["hook"]).get();
        let since = || value(&deliveries.failing_since);
        deliveries.begin_at_zero("hook", &["failed".to_owned()]);
        assert_eq!((since(), value(&deliveries.taken_at)), (0, 0));
        deliveries.attempt("hook", "not_sent", None);
        assert_eq!(since(), 0, "it says nothing about the target");
        deliveries.attempt("hook", "later", Some(false));
        let first = since();
        assert!(first > 0);
        deliveries.was_failing("hook", Some(5));
        deliveries.attempt("hook", "refused", Some(false));
        assert_eq!(since(), first, "it goes on");
        deliveries.attempt("hook", "done", Some(true));
        assert!(since() == 0 && value(&deliveries.taken_at) >= first);
        deliveries.was_failing("hook", Some(5));
        assert_eq!(since(), 0, "that was before it took one");
    }

    #[test]
    fn should_forget_destinations_that_the_roster_has_no_more() {
        let registry = Registry::new();
        let deliveries = Deliveries::new(&registry);
        deliveries.was_failing("old", Some(5));
        deliveries.was_failing("new", Some(7));
        deliveries.destinations(&["new"].into());
        deliveries.begin_at_zero("new", &[]);
        deliveries.was_failing("old", Some(5));
        let page = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        assert!(page.contains("since_timestamp_seconds{destination=\"new\"} 7"), "{page}");
        assert!(!page.contains("old"), "{page}");
        deliveries.not_failing(|name| name == "new");
        let page = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        assert!(page.contains("since_timestamp_seconds{destination=\"new\"} 0"), "{page}");
    }
}
