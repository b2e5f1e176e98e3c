//! From the bytes of a file to its text: gzip is unpacked, UTF-16 and named encodings become UTF-8.

use super::BUFFER_BYTES;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A packed file may unpack to this many bytes, however small it is.
const UNPACKED_FREE: u64 = 1 << 30;
/// Beyond that, to so many times its size. Tables pack to a tenth, very repetitive ones to a hundredth.
const UNPACKED_RATIO: u64 = 250;

/// A file's text in UTF-8 without a byte order mark. `packed_read`: the bytes read of the file so far.
pub(super) fn text(
    source: impl Read + 'static,
    encoding: Option<&'static Encoding>,
    packed_read: Arc<AtomicU64>,
) -> std::io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::with_capacity(BUFFER_BYTES, source);
    let reader: Box<dyn BufRead> = if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let unpacked = Gzip(Bounded::new(MultiGzDecoder::new(file), packed_read));
        Box::new(BufReader::with_capacity(BUFFER_BYTES, Full::new(unpacked)))
    } else {
        Box::new(file)
    };
    decoded(reader, encoding)
}

fn decoded(
    mut reader: Box<dyn BufRead>,
    named: Option<&'static Encoding>,
) -> std::io::Result<Box<dyn BufRead>> {
    let head = reader.fill_buf()?;
    if head.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
        return Ok(reader);
    }
    let encoding = match Encoding::for_bom(head) {
        Some((encoding, _)) => Some(encoding),
        None => named.or_else(|| wide(head)),
    };
    let Some(encoding) = encoding.filter(|encoding| *encoding != UTF_8) else { return Ok(reader) };
    let text = DecodeReaderBytesBuilder::new()
        .encoding(Some(encoding))
        .bom_override(true)
        .strip_bom(true)
        .build(reader);
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, Full::new(text))))
}

/// UTF-16 without a mark: every second byte of the first characters is zero.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = || head.chunks_exact(2).take(16);
    let count = |is: fn(&[u8]) -> bool| pairs().filter(|pair| is(pair)).count();
    let (little, big) = (count(|p| p[0] != 0 && p[1] == 0), count(|p| p[0] == 0 && p[1] != 0));
    let most = pairs().count() * 3 / 4;
    match (little, big) {
        (0, 0) => None,
        (little, _) if little > most => Some(UTF_16LE),
        (_, big) if big > most => Some(UTF_16BE),
        _ => None,
    }
}

/// Fills its buffer as far as the source goes: the first bytes show the format.
struct Full<R> {
    source: R,
    /// It came after bytes, which are read first.
    error: Option<Error>,
}

impl<R> Full<R> {
    fn new(source: R) -> Full<R> {
        Full { source, error: None }
    }
}

impl<R: Read> Read for Full<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let mut filled = 0;
        while filled < into.len() {
            match self.source.read(&mut into[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if filled > 0 => {
                    self.error = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// Says that a gzip file is cut in words.
struct Gzip<R>(R);

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(into).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => super::cut("the gzip ends in the middle"),
            _ => error,
        })
    }
}

/// Unpacked bytes. Too many of too few packed ones are an error: such a file is made to do harm.
pub(super) struct Bounded<R> {
    unpacked: R,
    packed_read: Arc<AtomicU64>,
    read: u64,
}

impl<R> Bounded<R> {
    pub(super) fn new(unpacked: R, packed_read: Arc<AtomicU64>) -> Bounded<R> {
        Bounded { unpacked, packed_read, read: 0 }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.unpacked.read(into)?;
        self.read += read as u64;
        let packed = self.packed_read.load(Ordering::Relaxed);
        if self.read > UNPACKED_FREE && self.read / UNPACKED_RATIO > packed {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "it unpacks to more than {UNPACKED_RATIO} times its size; unpack it yourself \
                         if that is right"
                ),
            ));
        }
        Ok(read)
    }
}

/// A text that is not UTF-8, as Windows of the west writes it; `None`: it is UTF-8.
pub(super) fn western(bytes: &[u8]) -> Option<String> {
    let is_utf8 = str::from_utf8(bytes).is_ok();
    (!is_utf8).then(|| encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned())
}

/// The note about a file with such a text.
pub(super) const WESTERN_NOTE: &str =
    "it is not UTF-8; such texts are read as windows-1252 (--encoding names another encoding)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unpacks_to_a_thousand_times_its_size_is_refused() {
        let read = |packed: u64, unpacked: u64| {
            let packed = Arc::new(AtomicU64::new(packed));
            let mut bounded = Bounded::new(std::io::repeat(b'x').take(unpacked), packed);
            std::io::copy(&mut bounded, &mut std::io::sink()).map_err(|error| error.to_string())
        };
        assert_eq!(read(1 << 10, 1 << 30), Ok(1 << 30), "small enough, whatever it was");
        let error = read(1 << 10, (1 << 30) + (1 << 20)).unwrap_err();
        assert!(error.contains("more than 250 times its size"), "{error}");
        assert_eq!(read(8 << 20, (1 << 30) + (1 << 20)), Ok((1 << 30) + (1 << 20)));
    }
}
