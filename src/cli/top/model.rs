//! What `buymode top` knows: how each instance did at the last two looks, and the latest decisions.

use super::page::Page;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Decisions that are kept.
const LATEST_MAX: usize = 200;

/// An instance, by its address.
#[derive(Debug, Default)]
pub(super) struct Instance {
    /// The last page, and when it came.
    page: Option<(Instant, Page)>,
    /// Of the look before.
    before: Option<(Instant, Page)>,
    /// Why the last look failed, and since when looks fail.
    away: Option<(Instant, String)>,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub instances: BTreeMap<String, Instance>,
    pub latest: VecDeque<Latest>,
    /// Why the log cannot be read, if so; none where no log was named.
    pub log: Option<Result<(), String>>,
}

/// A decision, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub(super) struct Latest {
    /// When it was made, RFC 3339 in UTC.
    pub decided_at: String,
    /// `entered`, `exited` and so on.
    pub kind: String,
    pub priority: String,
    pub route: String,
    pub account: String,
    /// For people.
    pub headline: String,
}

/// An instance, as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub(super) struct Shown {
    /// As it was asked.
    pub address: String,
    /// Why it does not answer; none: it does.
    pub away: Option<String>,
    /// Since when it does not answer, in seconds.
    pub away_seconds: Option<u64>,
    /// It scores.
    pub ready: bool,
    /// Null without Kafka.
    pub kafka_up: Option<bool>,
    /// Partitions that it scores.
    #[serde(rename = "partition_count")]
    pub partitions: u64,
    /// Records scored in a second; null after one look.
    pub inputs_per_second: Option<f64>,
    /// Decisions in a second; null after one look.
    pub decisions_per_second: Option<f64>,
    /// Records that are not scored yet.
    #[serde(rename = "lag_record_count")]
    pub lag_records: u64,
    /// The age of the oldest of them, in seconds.
    pub lag_seconds: f64,
    /// Resident memory, in bytes.
    pub memory_bytes: u64,
}

/// A source, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub(super) struct Source {
    pub source: String,
    /// Rows in a second; null after one look.
    pub rows_per_second: Option<f64>,
    /// Since the last row; none: none since the start.
    pub silent_seconds: Option<f64>,
    /// Since the instances' start.
    #[serde(rename = "dead_letter_count")]
    pub dead_letters: u64,
}

impl Instance {
    pub(super) fn answered(&mut self, at: Instant, page: Page) {
        self.away = None;
        self.before = self.page.replace((at, page));
    }

    pub(super) fn failed(&mut self, at: Instant, why: String) {
        let since = self.away.as_ref().map_or(at, |(since, _)| *since);
        self.away = Some((since, why));
        // Rates over an outage would say nothing.
        self.before = None;
    }

    fn rate(&self, of: &dyn Fn(&Page) -> f64) -> Option<f64> {
        let ((before_at, before), (at, page)) = (self.before.as_ref()?, self.page.as_ref()?);
        let (seconds, n) = (at.duration_since(*before_at), of(page) - of(before));
        // It was started anew in between.
        (!seconds.is_zero() && n >= 0.0).then(|| n / seconds.as_secs_f64())
    }

    pub(super) fn shown(&self, address: &str, now: Instant) -> Shown {
        let empty = Page::default();
        let page = self.page.as_ref().map_or(&empty, |(_, page)| page);
        let is_here = self.away.is_none();
        Shown {
            address: address.to_owned(),
            away: self.away.as_ref().map(|(_, why)| why.clone()),
            away_seconds: self.away.as_ref().map(|(since, _)| now.duration_since(*since).as_secs()),
            ready: is_here && page.max("buymode_ready") == Some(1.0),
            kafka_up: page.max("buymode_kafka_up").map(|up| up > 0.0),
            partitions: page.sum("buymode_partitions") as u64,
            inputs_per_second: self.rate(&|page| page.sum("buymode_inputs_total")),
            decisions_per_second: self.rate(&|page| page.sum("buymode_decisions_total")),
            lag_records: page.sum("buymode_lag_records") as u64,
            lag_seconds: page.max("buymode_lag_seconds").unwrap_or(0.0),
            memory_bytes: page.sum("process_resident_memory_bytes") as u64,
        }
    }
}

impl Model {
    pub(super) fn shown(&self, now: Instant) -> Vec<Shown> {
        self.instances.iter().map(|(address, of)| of.shown(address, now)).collect()
    }

    fn pages(&self) -> impl Iterator<Item = &Page> {
        let here = self.instances.values().filter(|of| of.away.is_none());
        here.filter_map(|of| of.page.as_ref().map(|(_, page)| page))
    }

    /// Accounts by stage, of the instances that answer.
    pub(super) fn stages(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for page in self.pages() {
            for (stage, n) in page.by("buymode_accounts", "stage") {
                *all.entry(stage).or_default() += n as u64;
            }
        }
        all
    }

    /// Of each partition: records and seconds, the furthest behind first.
    pub(super) fn lag(&self) -> Vec<(String, u64, f64)> {
        let mut all = Vec::new();
        for page in self.pages() {
            let seconds = page.by("buymode_lag_seconds", "partition");
            for (partition, records) in page.by("buymode_lag_records", "partition") {
                let seconds = seconds.get(&partition).copied().unwrap_or(0.0);
                all.push((partition, records as u64, seconds));
            }
        }
        all.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        all
    }

    /// `now_s`: Unix seconds.
    pub(super) fn sources(&self, now_s: f64) -> Vec<Source> {
        let mut all: BTreeMap<String, Source> = BTreeMap::new();
        for of in self.instances.values() {
            let Some((_, page)) = of.page.as_ref().filter(|_| of.away.is_none()) else { continue };
            for (source, at) in page.by("buymode_ingest_last_row_timestamp_seconds", "source") {
                let shown = all.entry(source.clone()).or_default();
                shown.source.clone_from(&source);
                let silent = (at > 0.0).then(|| (now_s - at).max(0.0));
                shown.silent_seconds = match (shown.silent_seconds, silent) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                let rows = |page: &Page| {
                    let rows = page.by("buymode_ingest_rows_total", "source");
                    rows.get(&source).copied().unwrap_or(0.0)
                };
                if let Some(rate) = of.rate(&rows) {
                    *shown.rows_per_second.get_or_insert(0.0) += rate;
                }
                let dead = page.by("buymode_dead_letters_total", "source");
                shown.dead_letters += dead.get(&source).copied().unwrap_or(0.0) as u64;
            }
        }
        all.into_values().collect()
    }

    /// Keeps the newest.
    pub(super) fn decided(&mut self, decisions: Vec<Latest>) {
        self.latest.extend(decisions);
        self.latest.make_contiguous().sort_by(|a, b| a.decided_at.cmp(&b.decided_at));
        while self.latest.len() > LATEST_MAX {
            self.latest.pop_front();
        }
    }
}

/// `12 s`, `3 min`, `2.5 h`, `4 d`.
pub(super) fn span(seconds: f64) -> String {
    match seconds {
        s if s < 0.95 => format!("{:.0} ms", s * 1_000.0),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.0} d", s / 86_400.0),
    }
}

/// How often pages are looked at.
pub(super) const EVERY: Duration = Duration::from_secs(1);
