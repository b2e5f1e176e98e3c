//! The mapper threads: from a request's body to its records. Each thread has its own compiled mappings;
//! any thread can map any request.

use super::answer::{Answer, DoubtfulRow, Refusal, RejectedRow, busy, form_encoded, larger};
use super::limits::{Full, Hold};
use super::outgoing::{Made, Outgoing, Placed};
use super::queue::Queue;
use super::rows::{self, ROWS_MAX, Text, Unpacked};
use crate::codec::{Codec, RegistryError};
use crate::domain::account::origin::DeadLetterOrigin;
use crate::domain::account::records::{DeadLetter, DeadLetterReason};
use crate::domain::terms::time::Timestamp;
use crate::ingest::raw::{Came, each_row, map_row};
use crate::log::trace::Trace;
use crate::mapping::Mapping;
use crate::mapping::canonical::{Canonical, RowError};
use crate::runtime::worker::now_ms;
use crate::telemetry::RequestOutcome;
use hyper::body::Bytes;
use jaq_json::Val;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// An authenticated request that is to be mapped.
pub(super) struct Request {
    /// Index of the source.
    pub source: usize,
    pub body: Bytes,
    pub form: Form,
    pub hold: Hold,
    pub answer: Answer,
    pub trace: Option<Trace>,
}

/// What the head says of the body.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form {
    pub is_gzip: bool,
    /// The content type is that of an HTML form.
    pub is_form: bool,
}

/// A source with its mapping.
#[derive(Clone, Debug)]
pub(super) struct Fed {
    pub name: String,
    /// What mappings see as `$file`.
    pub file: String,
    pub mapping: PathBuf,
    pub baseline: bool,
}

/// Settings of every mapper thread.
#[derive(Clone)]
pub(super) struct Rules {
    pub sources: Vec<Fed>,
    pub codec: Codec,
    pub inputs: String,
    pub dead_letters: String,
    /// Maximum size of an unpacked body in bytes.
    pub body_max: usize,
    /// Maximum size in bytes of an input, and of the row that a dead letter keeps.
    pub record_max: usize,
}

/// Maximum number of dead letters in an answer.
const SHOWN: usize = 20;
pub(super) struct Mapper {
    rules: Rules,
    mappings: Vec<Rc<Mapping>>,
}

impl Mapper {
    /// Loads every mapping; the error is one line that names the file.
    pub(super) fn new(rules: Rules) -> Result<Mapper, String> {
        let mut mappings = Vec::new();
        for source in &rules.sources {
            let mapping = Mapping::load(&source.mapping).map_err(|error| error.to_string())?;
            let at = |why| format!("source {}: {}: {why}", source.name, source.mapping.display());
            mapping.takes_one_by_one("a request").map_err(at)?;
            mappings.push(Rc::new(mapping));
        }
        Ok(Mapper { rules, mappings })
    }

    /// Maps requests until the queue is closed and empty.
    pub(super) fn run(&mut self, requests: &Queue<Request>, to: &Sender<Outgoing>) {
        while let Some((came, request)) = requests.pop() {
            // The request timed out and was answered with 503.
            if request.answer.is_closed() {
                continue;
            }
            let Request { source, body, form, mut hold, answer, trace } = request;
            match self.map(source, body, form) {
                Ok(made) => {
                    let size = made.bytes.len() + made.records.len() * size_of::<Placed>();
                    if let Err(refusal) = hold.try_set(size).map_err(no_room) {
                        drop(answer.send(Err(refusal)));
                        continue;
                    }
                    let outgoing = Outgoing::of(made, came, source, (hold, answer, trace));
                    if to.send(outgoing).is_err() {
                        return;
                    }
                }
                // An error means that the client closed the connection.
                Err(refusal) => drop(answer.send(Err(refusal))),
            }
        }
    }

    fn map(&mut self, source: usize, body: Bytes, form: Form) -> Result<Made, Refusal> {
        let max = self.rules.body_max;
        let body = if form.is_gzip {
            Bytes::from(rows::unpack(&body, max).map_err(|why| unpacked(&why, max))?)
        } else {
            body
        };
        if body.trim_ascii().is_empty() {
            return Err(Refusal::new(RequestOutcome::Malformed, "the body is empty"));
        }
        // curl calls any body a form.
        if form.is_form && !matches!(body.trim_ascii().first(), Some(b'{' | b'[')) {
            return Err(form_encoded());
        }
        let mut made = Made::default();
        let rows = match rows::split(&body) {
            Ok(rows) => rows,
            Err(error) => {
                // The same body would fail again, so it is kept as a dead letter for an operator.
                self.dead_letter(&mut made, source, 1, Text::Sent(&body), error)?;
                return Ok(made);
            }
        };
        if rows.len() > ROWS_MAX {
            return Err(many(&rows.len().to_string()));
        }
        let takes_apart = self.mappings[source].takes_apart();
        let mut taken = 0;
        for (number, row) in (1..).zip(rows) {
            let text = Text::Sent(row.as_bytes());
            match rows::parse(row) {
                Ok(page) if takes_apart => {
                    self.page(&mut made, source, (number, page), text, &mut taken)?;
                }
                Ok(value) => self.row(&mut made, source, number, &value, text)?,
                Err(error) => self.dead_letter(&mut made, source, number, text, error)?,
            }
            made.check(number)?;
        }
        Ok(made)
    }

    /// Maps the rows of a value that the mapping splits, one at a time, so that rows with large shared
    /// parts are never in memory all at once. If splitting fails, none of the rows is accepted.
    /// `taken`: number of rows of the request so far.
    fn page(
        &mut self,
        made: &mut Made,
        source: usize,
        (number, page): (u64, Val),
        text: Text<'_>,
        taken: &mut u64,
    ) -> Result<(), Refusal> {
        let mapping = self.mappings[source].clone();
        let file = self.rules.sources[source].file.clone();
        let before = (made.mark(), made.tally.clone(), made.summary.clone());
        let mut refused = None;
        let ended = each_row(&mapping, page, came(&file, number), &mut |row| {
            *taken += 1;
            let done = match usize::try_from(*taken) {
                Ok(rows) if rows <= ROWS_MAX => self
                    .row(made, source, *taken, &row, Text::Made(&row))
                    .and_then(|()| made.check(*taken)),
                _ => Err(many(&format!("more than {ROWS_MAX}"))),
            };
            done.map_err(|refusal| {
                refused = Some(refusal);
                RowError::mapping("")
            })
        });
        match (refused, ended) {
            (Some(refusal), _) => Err(refusal),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => {
                let (mark, tally, summary) = before;
                made.back_to(mark);
                (made.tally, made.summary) = (tally, summary);
                self.dead_letter(made, source, number, text, error)
            }
        }
    }

    /// Maps a row and encodes what it becomes.
    fn row(
        &mut self,
        made: &mut Made,
        source: usize,
        number: u64,
        row: &Val,
        text: Text<'_>,
    ) -> Result<(), Refusal> {
        let Fed { file, baseline, .. } = &self.rules.sources[source];
        let records = match map_row(&self.mappings[source], row, came(file, number), *baseline) {
            Ok(records) if records.is_empty() => {
                made.tally.skipped += 1;
                made.summary.skipped += 1;
                return Ok(());
            }
            Ok(records) => records,
            Err(error) => return self.dead_letter(made, source, number, text, error),
        };
        let from = made.mark();
        match self.encode(made, &records) {
            Ok(()) => {
                for record in &records {
                    *made.tally.records.entry(record.input.record_type()).or_default() += 1;
                }
                made.tally.mapped += 1;
                made.summary.accepted += 1;
                made.summary.records += records.len() as u64;
                made.tally.warnings.add(records.iter().flat_map(|record| &record.warnings));
                for message in records.into_iter().flat_map(|record| record.warnings) {
                    if made.summary.warnings.len() < SHOWN {
                        made.summary.warnings.push(DoubtfulRow { row: number, message });
                    }
                }
                Ok(())
            }
            Err(Unwritten::Row(error)) => {
                made.back_to(from);
                self.dead_letter(made, source, number, text, error)
            }
            Err(Unwritten::Registry(error)) => Err(registry(&error)),
        }
    }

    fn encode(&mut self, made: &mut Made, records: &[Canonical]) -> Result<(), Unwritten> {
        let Rules { codec, inputs, record_max, .. } = &mut self.rules;
        for record in records {
            let key = made.append(record.account.as_str().as_bytes());
            let from = made.bytes.len();
            codec.encode_input(inputs, &record.account, &record.input, &mut made.bytes)?;
            let value = from..made.bytes.len();
            if value.len() > *record_max {
                let message = format!(
                    "record too large: {} bytes, at most {record_max} are accepted",
                    value.len()
                );
                let reason = DeadLetterReason::TooLarge;
                return Err(Unwritten::Row(RowError { reason, message }));
            }
            made.records.push(Placed { is_dead_letter: false, key, value });
        }
        Ok(())
    }

    /// Keeps a row that cannot be mapped as a dead letter.
    fn dead_letter(
        &mut self,
        made: &mut Made,
        source: usize,
        row: u64,
        text: Text<'_>,
        error: RowError,
    ) -> Result<(), Refusal> {
        let max = self.rules.record_max;
        let Some(raw) = text.within(max) else {
            // The row is too large for a dead letter, so the request is refused.
            let error = format!(
                "row {row} is too large for a dead letter, with more than {max} bytes; {}",
                error.message
            );
            return Err(Refusal::new(RequestOutcome::TooLarge, error));
        };
        let name = &self.rules.sources[source].name;
        let dead = DeadLetter {
            origin: DeadLetterOrigin::Webhook { source: name.clone(), row },
            timestamp: Timestamp(now_ms()),
            reason: error.reason,
            message: error.message,
            key: None,
            value: Some(raw.into_owned()),
            feed: Some(self.mappings[source].feed(name)),
        };
        let from = made.bytes.len();
        let Rules { codec, dead_letters, .. } = &mut self.rules;
        codec
            .encode_dead_letter(dead_letters, &dead, &mut made.bytes)
            .map_err(|error| registry(&error))?;
        let value = from..made.bytes.len();
        made.records.push(Placed { is_dead_letter: true, key: 0..0, value });
        made.summary.dead_lettered += 1;
        *made.tally.dead_letters.entry(dead.reason).or_default() += 1;
        let DeadLetter { reason, message, .. } = dead;
        let shown = &mut made.summary.dead_letters;
        if reason == DeadLetterReason::UnresolvedSuppression {
            let first = |rejected: &RejectedRow| rejected.reason == reason;
            let at = shown.iter().take_while(|rejected| first(rejected)).count();
            shown.insert(at, RejectedRow { row, reason, message });
            shown.truncate(SHOWN);
        } else if shown.len() < SHOWN {
            shown.push(RejectedRow { row, reason, message });
        }
        Ok(())
    }
}

enum Unwritten {
    Row(RowError),
    Registry(RegistryError),
}

impl From<RegistryError> for Unwritten {
    fn from(error: RegistryError) -> Unwritten {
        Unwritten::Registry(error)
    }
}

fn came(file: &str, number: u64) -> Came<'_> {
    let offset = i64::try_from(number).unwrap_or(i64::MAX);
    Came { file, offset, timestamp_ms: now_ms(), key: None, snapshot_at: None, live: true }
}

fn many(rows: &str) -> Refusal {
    let error = format!(
        "request too large: the body has {rows} rows, at most {ROWS_MAX} are accepted; use several requests"
    );
    Refusal::new(RequestOutcome::TooLarge, error)
}

/// The records are larger than the rest of the budget, or than all of it.
fn no_room(full: Full) -> Refusal {
    match full {
        Full::Now => busy(),
        Full::Ever => Refusal::new(
            RequestOutcome::TooLarge,
            "request too large: its records exceed ingest.queue_mib_max; send fewer rows in one request",
        ),
    }
}

fn registry(error: &RegistryError) -> Refusal {
    let error = format!("cannot encode records: {error}; retry later");
    Refusal::later(RequestOutcome::Unavailable, error, super::RETRY_AFTER)
}

fn unpacked(why: &Unpacked, max: usize) -> Refusal {
    match why {
        Unpacked::TooLarge => {
            Refusal::new(RequestOutcome::TooLarge, larger(max, " after decompression"))
        }
        Unpacked::Broken => Refusal::new(
            RequestOutcome::Malformed,
            "invalid body: content-encoding is gzip, but the body is not complete gzip data",
        ),
    }
}

/// Starts mapper threads. Returns when each has loaded its mappings, or with the first error.
pub(super) fn start(
    threads: usize,
    rules: &Rules,
    requests: &Arc<Queue<Request>>,
    to: &Sender<Outgoing>,
) -> Result<Vec<std::thread::JoinHandle<()>>, String> {
    let (report, loaded) = std::sync::mpsc::channel();
    let mut started = Vec::new();
    for _ in 0..threads {
        let (rules, requests, to) = (rules.clone(), requests.clone(), to.clone());
        let report = report.clone();
        let run = move || match Mapper::new(rules) {
            Ok(mut mapper) => {
                // The receiver waits for all threads, unless one has failed.
                let _ = report.send(Ok(()));
                drop(report);
                mapper.run(&requests, &to);
            }
            Err(why) => drop(report.send(Err(why))),
        };
        let thread = std::thread::Builder::new().name("mapper".to_owned()).spawn(run);
        started.push(thread.map_err(|error| format!("cannot start a thread: {error}"))?);
    }
    drop(report);
    loaded.into_iter().collect::<Result<(), String>>()?;
    Ok(started)
}

#[cfg(test)]
mod tests;
