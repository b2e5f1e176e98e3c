//! The file of a snapshot: frames in gzip, the last of which has the number and the digest of all before
//! it, so that a file that was cut short, or changed, is noticed before anything is done with it.
//!
//! Values are encoded with the schemas in the program: a file needs no registry.

use super::{Head, Part};
use anyhow::{Context, bail};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

/// Of the frames, and of what they hold.
pub(super) const FORMAT: u32 = 1;
/// The same with what a desk remembers.
pub(super) const FORMAT_WITH_DESK: u32 = 2;
/// A record of the log is smaller, and so is every frame of our own.
const BYTES_MAX: usize = 16 << 20;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// JSON: [`Head`].
    Head,
    /// JSON: [`Part`]; its world and its states follow.
    Part,
    World,
    State,
    /// All parts were there.
    States,
    /// A record of one of the topics of one partition; the partition is its number among them.
    Book,
    /// An input that the states do not reflect.
    Input,
    End,
    /// Of what the desk remembers: without a key where its log stood, in JSON; else a part.
    Desk,
}

const KINDS: [Kind; 9] = [
    Kind::Head,
    Kind::Part,
    Kind::World,
    Kind::State,
    Kind::States,
    Kind::Book,
    Kind::Input,
    Kind::End,
    Kind::Desk,
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub kind: Kind,
    pub partition: i32,
    pub time_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
}

impl Frame {
    pub(super) fn json<T: Serialize>(kind: Kind, of: &T) -> anyhow::Result<Frame> {
        let value = Some(serde_json::to_vec(of)?);
        Ok(Frame { kind, partition: 0, time_ms: 0, key: None, value })
    }

    pub(super) fn parse<'a, T: Deserialize<'a>>(&'a self) -> anyhow::Result<T> {
        Ok(serde_json::from_slice(self.value.as_deref().unwrap_or_default())?)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.kind as u8];
        bytes.extend(self.partition.to_be_bytes());
        bytes.extend(self.time_ms.to_be_bytes());
        for part in [&self.key, &self.value] {
            let length = part.as_ref().map_or(u32::MAX, |part| part.len() as u32);
            bytes.extend(length.to_be_bytes());
        }
        for part in [&self.key, &self.value].into_iter().flatten() {
            bytes.extend(part);
        }
        bytes
    }
}

#[derive(Serialize, Deserialize)]
struct End {
    frames: u64,
    sha256: String,
}

pub(super) struct Writer {
    out: GzEncoder<BufWriter<File>>,
    digest: Sha256,
    frames: u64,
}

impl Writer {
    pub(super) fn new(file: File, head: &Head) -> anyhow::Result<Writer> {
        let out = GzEncoder::new(BufWriter::new(file), Compression::fast());
        let mut writer = Writer { out, digest: Sha256::new(), frames: 0 };
        writer.write(&Frame::json(Kind::Head, head)?)?;
        Ok(writer)
    }

    pub(super) fn write(&mut self, frame: &Frame) -> anyhow::Result<()> {
        let bytes = frame.bytes();
        if bytes.len() > BYTES_MAX {
            bail!("a record of {} bytes does not fit into a snapshot", bytes.len());
        }
        self.digest.update(&bytes);
        self.frames += 1;
        Ok(self.out.write_all(&bytes)?)
    }

    /// Makes what was written so far readable on its own: what follows is a gzip member of its own.
    pub(super) fn next_member(self) -> anyhow::Result<Writer> {
        let mut file = self.out.finish()?;
        file.flush()?;
        let out = GzEncoder::new(file, Compression::fast());
        Ok(Writer { out, ..self })
    }

    /// Gives the digest of the whole.
    pub(super) fn finish(mut self) -> anyhow::Result<String> {
        let sha256 = hex(&self.digest.clone().finalize());
        let end = End { frames: self.frames, sha256: sha256.clone() };
        self.write(&Frame::json(Kind::End, &end)?)?;
        let file = self.out.finish()?.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        Ok(sha256)
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

pub(super) struct Frames {
    source: MultiGzDecoder<BufReader<File>>,
    digest: Sha256,
    frames: u64,
    shown: String,
    pub head: Head,
    pub sha256: Option<String>,
}

impl Frames {
    pub(super) fn open(path: &Path) -> anyhow::Result<Frames> {
        let shown = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
        let source = MultiGzDecoder::new(BufReader::new(file));
        let (digest, head) = (Sha256::new(), Head::default());
        let mut frames = Frames { source, digest, frames: 0, shown, head, sha256: None };
        let shown = frames.shown.clone();
        let other = || {
            format!(
                "invalid snapshot {shown}: it is another kind of file; use one of `buymode snapshot save`"
            )
        };
        let first = frames.frame().with_context(other)?;
        if first.kind != Kind::Head {
            bail!(other());
        }
        frames.head = first.parse().with_context(other)?;
        if !(FORMAT..=FORMAT_WITH_DESK).contains(&frames.head.format) {
            bail!(
                "invalid snapshot {shown}: its format is {}, and this build reads up to {FORMAT_WITH_DESK}; use the build \
                 that wrote it ({})",
                frames.head.format,
                frames.head.build
            );
        }
        Ok(frames)
    }

    /// The next frame; `None` behind the last one, once the whole is as it was written.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Frame>> {
        let before = self.digest.clone();
        let torn = |frames: u64, shown: &str| {
            format!(
                "invalid snapshot {shown}: it is torn behind {frames} records; use a whole copy of it"
            )
        };
        let frame = self.frame();
        let frame = frame.with_context(|| torn(self.frames, &self.shown))?;
        if frame.kind != Kind::End {
            return Ok(Some(frame));
        }
        let end: End = frame.parse().with_context(|| torn(self.frames, &self.shown))?;
        let sha256 = hex(&before.finalize());
        if end.sha256 != sha256 || end.frames + 1 != self.frames {
            bail!(
                "invalid snapshot {}: its digest is not that of its records; use a whole copy of it",
                self.shown
            );
        }
        let behind = self.source.read(&mut [0]);
        if behind.with_context(|| torn(self.frames, &self.shown))? > 0 {
            bail!(
                "invalid snapshot {}: more follows behind its end; use a whole copy of it",
                self.shown
            );
        }
        self.sha256 = Some(sha256);
        Ok(None)
    }

    fn frame(&mut self) -> anyhow::Result<Frame> {
        let mut start = [0; 21];
        self.source.read_exact(&mut start)?;
        let mut rest = &start[..];
        let kind = usize::from(number::<1>(&mut rest)[0]);
        let kind = *KINDS.get(kind).context("no such kind of record")?;
        let partition = i32::from_be_bytes(number(&mut rest));
        let time_ms = i64::from_be_bytes(number(&mut rest));
        let lengths =
            [u32::from_be_bytes(number(&mut rest)), u32::from_be_bytes(number(&mut rest))];
        self.digest.update(start);
        self.frames += 1;
        let [key, value] = lengths;
        let (key, value) = (self.part(key)?, self.part(value)?);
        Ok(Frame { kind, partition, time_ms, key, value })
    }

    fn part(&mut self, length: u32) -> anyhow::Result<Option<Vec<u8>>> {
        if length == u32::MAX {
            return Ok(None);
        }
        let length = length as usize;
        if length > BYTES_MAX {
            bail!("a record of {length} bytes");
        }
        // Grows with what is there: a length alone proves nothing.
        let mut bytes = Vec::new();
        let read = (&mut self.source).take(length as u64).read_to_end(&mut bytes)?;
        if read < length {
            return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        self.digest.update(&bytes);
        Ok(Some(bytes))
    }
}

fn number<const N: usize>(from: &mut &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    let (start, rest) = from.split_at(N);
    bytes.copy_from_slice(start);
    *from = rest;
    bytes
}

/// The parts of a file, one after the other: first its head, then its world and its states.
pub(super) struct Parts {
    frames: Frames,
    next: Option<Frame>,
}

impl Parts {
    pub(super) fn open(path: &Path) -> anyhow::Result<Parts> {
        let mut frames = Frames::open(path)?;
        let next = frames.next()?;
        Ok(Parts { frames, next })
    }

    pub(super) fn partitions(&self) -> i32 {
        self.frames.head.partitions
    }

    /// The head of the next part; `None` behind the last one.
    pub(super) fn head(&mut self) -> anyhow::Result<Option<Part>> {
        let head = self.next.take().filter(|frame| frame.kind == Kind::Part);
        head.map(|frame| frame.parse()).transpose()
    }

    /// The world and the states of the part whose head was read last.
    pub(super) fn each(
        &mut self,
        visit: &mut dyn FnMut(Frame) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            match self.frames.next()? {
                Some(frame) if matches!(frame.kind, Kind::World | Kind::State) => visit(frame)?,
                next => {
                    self.next = next;
                    return Ok(());
                }
            }
        }
    }
}
