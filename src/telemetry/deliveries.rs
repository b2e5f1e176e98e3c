//! Metrics and log lines of `buymode deliver`. Labels are names of destinations in the roster and closed
//! lists, never contents of a record or an answer.

use super::counters::{counters, registered};
use crate::log::trace::Trace;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
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
        Deliveries {
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
    }

    pub fn ended(&self, destination: &str, end: &str, n: u64) {
        self.ends.with_label_values(&[destination, end]).inc_by(n);
    }

    pub fn attempt(&self, destination: &str, result: &str) {
        self.attempts.with_label_values(&[destination, result]).inc();
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
