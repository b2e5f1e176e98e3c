//! Records in order of time, more of them than memory holds: sorted runs go to unnamed temporary
//! files and are merged at the end. Of equal times the one that came first stays first.
//!
//! Bound: `memory_bytes` while reading; while merging one record and a read buffer of
//! [`RUN_BUFFER_BYTES`] a run. A million records of 200 bytes are four runs of 64 MiB.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Error, ErrorKind, Read, Seek, Write};
use std::path::PathBuf;

const RUN_BUFFER_BYTES: usize = 64 << 10;

/// A record to be written: encoded, with where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted {
    pub time_ms: i64,
    pub to: To,
    pub key: Box<[u8]>,
    /// Empty: a tombstone.
    pub value: Box<[u8]>,
}

/// Which topic a record goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Inputs,
    DeadLetters,
    Sources,
}

impl Sorted {
    fn bytes(&self) -> usize {
        self.key.len() + self.value.len() + size_of::<Sorted>()
    }
}

pub struct Sorter {
    memory_bytes: usize,
    folder: PathBuf,
    held: Vec<Sorted>,
    held_bytes: usize,
    runs: Vec<File>,
    pub records: u64,
}

impl Sorter {
    pub fn new(memory_bytes: usize, folder: PathBuf) -> Sorter {
        Sorter {
            memory_bytes,
            folder,
            held: Vec::new(),
            held_bytes: 0,
            runs: Vec::new(),
            records: 0,
        }
    }

    pub fn push(&mut self, record: Sorted) -> std::io::Result<()> {
        self.records += 1;
        self.held_bytes += record.bytes();
        self.held.push(record);
        if self.held_bytes >= self.memory_bytes { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> std::io::Result<()> {
        self.held.sort_by_key(|r| r.time_ms);
        let mut out =
            BufWriter::with_capacity(RUN_BUFFER_BYTES, tempfile::tempfile_in(&self.folder)?);
        for record in self.held.drain(..) {
            out.write_all(&record.time_ms.to_le_bytes())?;
            out.write_all(&[record.to as u8])?;
            for part in [&record.key, &record.value] {
                let length = u32::try_from(part.len())
                    .map_err(|_| Error::new(ErrorKind::InvalidData, "a record of 4 GiB"))?;
                out.write_all(&length.to_le_bytes())?;
                out.write_all(part)?;
            }
        }
        let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        self.held_bytes = 0;
        Ok(())
    }

    /// Everything in order.
    pub fn merge(mut self) -> std::io::Result<Merge> {
        self.held.sort_by_key(|r| r.time_ms);
        let mut sources: Vec<Run> = self
            .runs
            .into_iter()
            .map(|file| Run::File(BufReader::with_capacity(RUN_BUFFER_BYTES, file)))
            .collect();
        // The rows still in memory came last.
        sources.push(Run::Memory(self.held.into_iter()));
        let mut merge = Merge { heads: BinaryHeap::new(), waiting: Vec::new(), sources };
        for source in 0..merge.sources.len() {
            merge.waiting.push(None);
            merge.advance(source)?;
        }
        Ok(merge)
    }
}

enum Run {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Sorted>),
}

impl Run {
    fn next(&mut self) -> std::io::Result<Option<Sorted>> {
        let file = match self {
            Run::Memory(rest) => return Ok(rest.next()),
            Run::File(file) => file,
        };
        let mut time = [0; 8];
        match file.read_exact(&mut time) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let mut to = [0; 1];
        file.read_exact(&mut to)?;
        let to = match to {
            [0] => To::Inputs,
            [1] => To::DeadLetters,
            _ => To::Sources,
        };
        let mut part = || -> std::io::Result<Box<[u8]>> {
            let mut length = [0; 4];
            file.read_exact(&mut length)?;
            let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
            file.read_exact(&mut bytes)?;
            Ok(bytes.into_boxed_slice())
        };
        let (key, value) = (part()?, part()?);
        let time_ms = i64::from_le_bytes(time);
        Ok(Some(Sorted { time_ms, to, key, value }))
    }
}

pub struct Merge {
    sources: Vec<Run>,
    /// By source: the record at its head.
    waiting: Vec<Option<Sorted>>,
    /// Times of the heads; of equal times the earlier source first.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
}

impl Merge {
    fn advance(&mut self, source: usize) -> std::io::Result<()> {
        if let Some(record) = self.sources[source].next()? {
            self.heads.push(Reverse((record.time_ms, source)));
            self.waiting[source] = Some(record);
        }
        Ok(())
    }

    pub fn pop(&mut self) -> std::io::Result<Option<Sorted>> {
        let Some(Reverse((_, source))) = self.heads.pop() else { return Ok(None) };
        let record = self.waiting[source].take();
        self.advance(source)?;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_time_and_then_by_arrival_however_little_memory_there_is() {
        for memory_bytes in [1, 500, 1 << 20] {
            let mut sorter = Sorter::new(memory_bytes, std::env::temp_dir());
            let mut want = Vec::new();
            let mut seed: u64 = 7;
            for number in 0..300u32 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let record = Sorted {
                    time_ms: (seed >> 60) as i64,
                    to: [To::Inputs, To::DeadLetters, To::Sources][(number % 3) as usize],
                    key: number.to_string().into_bytes().into(),
                    value: vec![0; (number % 50) as usize].into(),
                };
                want.push(record.clone());
                sorter.push(record).unwrap();
            }
            want.sort_by_key(|r| r.time_ms);
            let mut merge = sorter.merge().unwrap();
            let mut got = Vec::new();
            while let Some(record) = merge.pop().unwrap() {
                got.push(record);
            }
            assert_eq!(got, want, "{memory_bytes}");
        }
    }
}
