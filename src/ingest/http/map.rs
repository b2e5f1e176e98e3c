//! The mapper threads: from a request's body to the records that the log is to have. Each thread
//! has compiled mappings of its own; which thread a request meets makes no difference.

use super::answer::{Buried, Refusal, Summary};
use super::limits::Hold;
use super::rows::{self, ROWS_MAX, Unpacked};
use crate::codec::{Codec, RegistryError};
use crate::domain::records::{DeadLetter, DeadLetterReason};
use crate::domain::time::Timestamp;
use crate::engine::tally::Rows;
use crate::ingest::canonical::{Canonical, RowError};
use crate::ingest::mapping::Mapping;
use crate::ingest::raw::{Came, map_row};
use crate::runtime::worker::now_ms;
use crate::telemetry::RequestOutcome;
use hyper::body::Bytes;
use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// What a request waits for.
pub type Answer = oneshot::Sender<Result<Summary, Refusal>>;

/// A request that is believed and has yet to be mapped.
pub struct Request {
    /// Which of the sources.
    pub source: usize,
    pub body: Bytes,
    pub is_gzip: bool,
    pub hold: Hold,
    pub answer: Answer,
}

/// What the log is to have of a request before it is answered.
pub struct Outgoing {
    pub source: usize,
    bytes: Vec<u8>,
    records: Vec<Placed>,
    pub tally: Rows,
    pub summary: Summary,
    pub hold: Hold,
    pub answer: Answer,
}

struct Placed {
    is_dead_letter: bool,
    key: Range<usize>,
    value: Range<usize>,
}

impl Outgoing {
    /// Each record: whether it is a dead letter, its key, its value.
    pub fn records(&self) -> impl Iterator<Item = (bool, Option<&[u8]>, &[u8])> {
        self.records.iter().map(|placed| {
            let key = &self.bytes[placed.key.clone()];
            let key = (!placed.is_dead_letter).then_some(key);
            (placed.is_dead_letter, key, &self.bytes[placed.value.clone()])
        })
    }

    pub fn size(&self) -> (usize, usize) {
        (self.records.len(), self.bytes.len())
    }
}

/// A source as mappers know it.
#[derive(Clone, Debug)]
pub struct Fed {
    pub name: String,
    /// Where its rows came from, for mappings and dead letters.
    pub topic: String,
    pub mapping: PathBuf,
    pub baseline: bool,
}

/// What every mapper thread is told.
#[derive(Clone)]
pub struct Rules {
    pub sources: Vec<Fed>,
    pub codec: Codec,
    pub inputs: String,
    pub dead_letters: String,
    /// Of a body, unpacked.
    pub body_max: usize,
    /// Of a record of the inputs, and of the bytes that a dead letter keeps.
    pub record_max: usize,
}

/// Dead letters that an answer shows.
const SHOWN: usize = 20;
/// Records of one request; a mapping that makes more of a body is not for webhooks.
const OUTGOING_BYTES_MAX: usize = 16 << 20;

pub struct Mapper {
    rules: Rules,
    mappings: Vec<Mapping>,
}

impl Mapper {
    /// Loads every mapping; the error is one line that names the file.
    pub fn new(rules: Rules) -> Result<Mapper, String> {
        let mut mappings = Vec::new();
        for source in &rules.sources {
            let mapping = Mapping::load(&source.mapping).map_err(|error| error.to_string())?;
            if let Some(table) = mapping.tables.first() {
                return Err(format!(
                    "{}: table {} is read from the other files of an import, of which a request \
                     has none: source {} needs a mapping without tables",
                    source.mapping.display(),
                    table.name,
                    source.name
                ));
            }
            mappings.push(mapping);
        }
        Ok(Mapper { rules, mappings })
    }

    /// Maps requests until nobody can send another.
    pub fn run(&mut self, requests: &Mutex<Receiver<Request>>, to: &Sender<Outgoing>) {
        loop {
            let next = requests.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(request) = next else { return };
            // It has been told to come again.
            if request.answer.is_closed() {
                continue;
            }
            let Request { source, body, is_gzip, mut hold, answer } = request;
            match self.map(source, body, is_gzip) {
                Ok(Made { bytes, records, tally, summary }) => {
                    hold.set(bytes.len() + records.len() * size_of::<Placed>());
                    let outgoing =
                        Outgoing { source, bytes, records, tally, summary, hold, answer };
                    if to.send(outgoing).is_err() {
                        return;
                    }
                }
                // Whoever asked may have gone: then there is nobody to tell.
                Err(refusal) => drop(answer.send(Err(refusal))),
            }
        }
    }

    fn map(&mut self, source: usize, body: Bytes, is_gzip: bool) -> Result<Made, Refusal> {
        let max = self.rules.body_max;
        let body = if is_gzip {
            Bytes::from(rows::unpack(&body, max).map_err(|why| unpacked(&why, max))?)
        } else {
            body
        };
        if body.trim_ascii().is_empty() {
            return Err(Refusal::new(RequestOutcome::Malformed, "the body is empty"));
        }
        let mut made = Made::default();
        let rows = match rows::split(&body) {
            Ok(rows) => rows,
            Err(error) => {
                // Sent again it would be the same: it is kept, and a person can see it.
                self.bury(&mut made, source, 1, &body, error)?;
                return Ok(made);
            }
        };
        if rows.len() > ROWS_MAX {
            let error = format!("the body has {} rows, at most {ROWS_MAX} are taken", rows.len());
            return Err(Refusal::new(RequestOutcome::TooLarge, error));
        }
        for (number, (row, whole)) in (1..).zip(self.apart(source, rows)) {
            let row = &*row;
            match whole.and_then(|()| self.row(source, number, row)) {
                Ok(records) if records.is_empty() => {
                    made.tally.skipped += 1;
                    made.summary.skipped += 1;
                }
                Ok(records) => {
                    let from = made.mark();
                    match self.encode(&mut made, &records) {
                        Ok(()) => {
                            for record in &records {
                                let kind = record.input.record_type();
                                *made.tally.records.entry(kind).or_default() += 1;
                            }
                            made.tally.mapped += 1;
                            made.summary.accepted += 1;
                            made.summary.records += records.len() as u64;
                        }
                        Err(Unwritten::Row(error)) => {
                            made.back_to(from);
                            self.bury(&mut made, source, number, row.as_bytes(), error)?;
                        }
                        Err(Unwritten::Registry(error)) => return Err(registry(&error)),
                    }
                }
                Err(error) => self.bury(&mut made, source, number, row.as_bytes(), error)?,
            }
            if made.bytes.len() > OUTGOING_BYTES_MAX {
                let error = format!(
                    "{number} rows become more than {} MiB of records; send fewer in one request",
                    OUTGOING_BYTES_MAX >> 20
                );
                return Err(Refusal::new(RequestOutcome::TooLarge, error));
            }
        }
        Ok(made)
    }

    /// The rows where a body's values are pages that the mapping takes apart.
    fn apart<'r>(
        &self,
        source: usize,
        rows: Vec<&'r str>,
    ) -> Vec<(Cow<'r, str>, Result<(), RowError>)> {
        let mapping = &self.mappings[source];
        if !mapping.takes_apart() {
            return rows.into_iter().map(|row| (Cow::Borrowed(row), Ok(()))).collect();
        }
        let mut apart = Vec::new();
        for (number, page) in (1..).zip(rows) {
            let came = self.came(source, number);
            match rows::parse(page).and_then(|page| crate::ingest::raw::rows(mapping, page, came)) {
                Ok(rows) => apart.extend(rows.iter().map(|r| (Cow::Owned(r.to_string()), Ok(())))),
                Err(error) => apart.push((Cow::Borrowed(page), Err(error))),
            }
        }
        apart
    }

    fn came(&self, source: usize, number: u64) -> Came<'_> {
        Came {
            topic: &self.rules.sources[source].topic,
            offset: i64::try_from(number).unwrap_or(i64::MAX),
            timestamp_ms: now_ms(),
            key: None,
        }
    }

    fn row(&self, source: usize, number: u64, row: &str) -> Result<Vec<Canonical>, RowError> {
        let value = rows::parse(row)?;
        let baseline = self.rules.sources[source].baseline;
        map_row(&self.mappings[source], &value, self.came(source, number), baseline)
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
                    "it becomes a record of {} bytes, at most {record_max} are taken",
                    value.len()
                );
                let reason = DeadLetterReason::TooLarge;
                return Err(Unwritten::Row(RowError { reason, message }));
            }
            made.records.push(Placed { is_dead_letter: false, key, value });
        }
        Ok(())
    }

    fn bury(
        &mut self,
        made: &mut Made,
        source: usize,
        row: u64,
        raw: &[u8],
        error: RowError,
    ) -> Result<(), Refusal> {
        if raw.len() > self.rules.record_max {
            // It could not be kept, and so is not taken.
            let (size, max) = (raw.len(), self.rules.record_max);
            let error =
                format!("row {row} has {size} bytes, at most {max} are taken; {}", error.message);
            return Err(Refusal::new(RequestOutcome::TooLarge, error));
        }
        let Fed { name, topic, .. } = &self.rules.sources[source];
        let letter = DeadLetter {
            topic: topic.clone(),
            partition: 0,
            offset: i64::try_from(row).unwrap_or(i64::MAX),
            timestamp: Timestamp(now_ms()),
            reason: error.reason,
            message: error.message,
            key: None,
            value: Some(raw.to_vec()),
            feed: Some(self.mappings[source].feed(name)),
        };
        let from = made.bytes.len();
        let Rules { codec, dead_letters, .. } = &mut self.rules;
        codec
            .encode_dead_letter(dead_letters, &letter, &mut made.bytes)
            .map_err(|error| registry(&error))?;
        let value = from..made.bytes.len();
        made.records.push(Placed { is_dead_letter: true, key: 0..0, value });
        made.summary.dead_lettered += 1;
        *made.tally.dead_letters.entry(letter.reason).or_default() += 1;
        if made.summary.dead_letters.len() < SHOWN {
            let DeadLetter { reason, message, .. } = letter;
            made.summary.dead_letters.push(Buried { row, reason, message });
        }
        Ok(())
    }
}

/// What a request has become so far.
#[derive(Default)]
struct Made {
    bytes: Vec<u8>,
    records: Vec<Placed>,
    tally: Rows,
    summary: Summary,
}

impl Made {
    fn append(&mut self, part: &[u8]) -> Range<usize> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(part);
        from..self.bytes.len()
    }

    fn mark(&self) -> (usize, usize) {
        (self.bytes.len(), self.records.len())
    }

    /// All records of a row are written, or none.
    fn back_to(&mut self, (bytes, records): (usize, usize)) {
        self.bytes.truncate(bytes);
        self.records.truncate(records);
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

fn registry(error: &RegistryError) -> Refusal {
    let error = format!("records cannot be encoded just now: {error}");
    Refusal::later(RequestOutcome::Unavailable, error, super::RETRY_AFTER)
}

fn unpacked(why: &Unpacked, max: usize) -> Refusal {
    match why {
        Unpacked::TooLarge => Refusal::new(
            RequestOutcome::TooLarge,
            format!("the body is larger than {max} bytes once it is unpacked"),
        ),
        Unpacked::Broken => Refusal::new(
            RequestOutcome::Malformed,
            "the body is not whole gzip, though content-encoding says gzip",
        ),
    }
}

/// Starts mapper threads; returns once each has its mappings, or the first reason why not.
pub fn start(
    threads: usize,
    rules: &Rules,
    requests: Receiver<Request>,
    to: &Sender<Outgoing>,
) -> Result<Vec<std::thread::JoinHandle<()>>, String> {
    let requests = Arc::new(Mutex::new(requests));
    let (tell, told) = std::sync::mpsc::channel();
    let mut started = Vec::new();
    for _ in 0..threads {
        let (rules, requests, to) = (rules.clone(), requests.clone(), to.clone());
        let tell = tell.clone();
        let run = move || match Mapper::new(rules) {
            Ok(mut mapper) => {
                // Who listens waits for all of us, unless another has failed.
                let _ = tell.send(Ok(()));
                drop(tell);
                mapper.run(&requests, &to);
            }
            Err(why) => drop(tell.send(Err(why))),
        };
        let thread = std::thread::Builder::new().name("mapper".to_owned()).spawn(run);
        started.push(thread.map_err(|error| format!("cannot start a thread: {error}"))?);
    }
    drop(tell);
    told.into_iter().collect::<Result<(), String>>()?;
    Ok(started)
}
