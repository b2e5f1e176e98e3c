//! Logs for unit tests: a reader that stalls or leaves gaps, a store whose writers fail by a list.

use super::{
    Log, LogError, Output, Position, Reader, RecordRef, SessionSpec, Store, TopicSpec, Watermarks,
    Writer,
};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a [`FakeReader`] reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    All,
    OneEach,
    /// Every other read brings nothing.
    EmptyBetween,
    /// Nothing at or beyond this offset ever comes.
    StallAt(i64),
    /// From this offset on, a read says to go on one offset before where it began.
    BackAt(i64),
}

/// One partition with records at some of its offsets.
pub(crate) struct FakeReader {
    range: Range<i64>,
    records: Vec<i64>,
    reads: Reads,
    pub stall_max: Duration,
    calls: u32,
}

impl FakeReader {
    pub(crate) fn new(range: Range<i64>, records: &[i64], reads: Reads) -> FakeReader {
        let stall_max = Duration::from_millis(100);
        FakeReader { range, records: records.to_vec(), reads, stall_max, calls: 0 }
    }
}

impl Reader for FakeReader {
    fn watermarks(&mut self, _: &str, _: i32) -> Result<Watermarks, LogError> {
        let Range { start: low, end } = self.range;
        Ok(Watermarks { low, stable: end, high: end })
    }

    fn read(
        &mut self,
        topic: &str,
        partition: i32,
        from: i64,
        to: i64,
        _: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<i64, LogError> {
        self.calls += 1;
        let end = match self.reads {
            Reads::EmptyBetween if self.calls.is_multiple_of(2) => return Ok(from),
            Reads::BackAt(at) if from >= at => return Ok(from - 1),
            Reads::StallAt(at) | Reads::BackAt(at) => at.min(to),
            _ => to,
        };
        let one = matches!(self.reads, Reads::OneEach | Reads::EmptyBetween);
        let within = self.records.iter().filter(|offset| (from..end).contains(*offset));
        for offset in within {
            let timestamp_ms = 1;
            let (offset, value) = (*offset, Some(&b"value"[..]));
            let (key, trace) = (None, None);
            visit(RecordRef { topic, partition, offset, timestamp_ms, key, value, trace });
            if one {
                return Ok(offset + 1);
            }
        }
        Ok(end)
    }

    fn stall_max(&self) -> Duration {
        self.stall_max
    }
}

/// A call of a writer that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Begin(LogError),
    Send(LogError),
    /// Before the commit.
    Commit(LogError),
    /// After it: the transaction is in the log.
    Answer(LogError),
    /// The call before the abort, then the abort itself.
    Abort(LogError, LogError),
    None,
}

/// Its writers fail by the list, one entry a transaction; beyond the list all is well.
#[derive(Default)]
pub(super) struct FakeStore {
    pub faults: Arc<Mutex<VecDeque<Fault>>>,
    /// Records of committed transactions.
    pub written: Arc<Mutex<Vec<String>>>,
    pub opened: Arc<Mutex<u32>>,
}

impl FakeStore {
    pub(super) fn failing(faults: &[Fault]) -> FakeStore {
        let store = FakeStore::default();
        store.faults.lock().unwrap().extend(faults.iter().cloned());
        store
    }

    pub(super) fn written(&self) -> Vec<String> {
        self.written.lock().unwrap().clone()
    }

    pub(super) fn opened(&self) -> u32 {
        *self.opened.lock().unwrap()
    }
}

struct FakeWriter {
    faults: Arc<Mutex<VecDeque<Fault>>>,
    written: Arc<Mutex<Vec<String>>>,
    staged: Vec<String>,
    fault: Fault,
    open: bool,
}

impl Writer for FakeWriter {
    fn begin(&mut self) -> Result<(), LogError> {
        assert!(!self.open, "a transaction is open already");
        self.fault = self.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
        match &self.fault {
            Fault::Begin(error) => Err(error.clone()),
            _ => {
                self.open = true;
                Ok(())
            }
        }
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        match &self.fault {
            Fault::Send(error) | Fault::Abort(error, _) => Err(error.clone()),
            _ => {
                let value = output.value.unwrap_or_default();
                self.staged.push(String::from_utf8(value.to_vec()).unwrap());
                Ok(())
            }
        }
    }

    fn commit(&mut self, _: &[Position]) -> Result<(), LogError> {
        if let Fault::Commit(error) = &self.fault {
            return Err(error.clone());
        }
        self.open = false;
        self.written.lock().unwrap().append(&mut self.staged);
        match &self.fault {
            Fault::Answer(error) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn abort(&mut self) -> Result<(), LogError> {
        (self.open, self.staged) = (false, Vec::new());
        match &self.fault {
            Fault::Abort(_, error) => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

impl Store for FakeStore {
    fn session(&self, _: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        Err(LogError::Fatal("no sessions here".to_owned()))
    }

    fn writer(&self, _: &str) -> Result<Box<dyn Writer>, LogError> {
        *self.opened.lock().unwrap() += 1;
        Ok(Box::new(FakeWriter {
            faults: self.faults.clone(),
            written: self.written.clone(),
            staged: Vec::new(),
            fault: Fault::None,
            open: false,
        }))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        Err(LogError::Fatal("no readers here".to_owned()))
    }

    fn create_topics(&self, _: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        Ok(Vec::new())
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        Ok(names.iter().map(|_| None).collect())
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        Ok(Vec::new())
    }

    fn location(&self) -> String {
        "fake".to_owned()
    }
}
