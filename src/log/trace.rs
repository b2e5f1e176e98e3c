//! The trace that a record belongs to, as its `traceparent` header says it: which request or record of a vendor
//! all this began with. It travels in headers alone: it is not part of any key, value or state, and nothing is
//! decided by it. A `tracestate` is not passed on.
//!
//! Source: W3C Trace Context, level 1, "traceparent Header".

use std::fmt;
use std::fmt::Write;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The header's name.
pub const HEADER: &str = "traceparent";
/// `00-<32>-<16>-<2>`.
const LENGTH: usize = 55;

/// A point in a trace: what follows from a record is a child of its span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    /// Not 0.
    pub id: u128,
    /// Not 0.
    pub span: u64,
    /// Whether its spans are sent to a collector.
    pub is_sampled: bool,
}

impl Trace {
    /// None where the text is not a header that this version knows how to read.
    pub fn parse(text: &str) -> Option<Trace> {
        let bytes = text.as_bytes();
        let version = hex(bytes.get(..2)?)?;
        let fits = match version {
            0 => bytes.len() == LENGTH,
            0xff => false,
            // A later version may add more after another hyphen.
            _ => bytes.len() == LENGTH || bytes.get(LENGTH) == Some(&b'-'),
        };
        if !fits || [2, 35, 52].iter().any(|at| bytes[*at] != b'-') {
            return None;
        }
        let (id, span) = (hex(&bytes[3..35])?, hex(&bytes[36..52])?);
        let flags = hex(&bytes[53..55])?;
        let span = u64::try_from(span).ok()?;
        (id != 0 && span != 0).then_some(Trace { id, span, is_sampled: flags & 1 == 1 })
    }

    /// A trace that begins with what `parts` name: the same parts give the same trace.
    pub fn root(parts: &[&[u8]]) -> Trace {
        let bytes = parts.join(&[0][..]);
        Trace { id: xxh3_128(&bytes).max(1), span: xxh3_64(&bytes).max(1), is_sampled: true }
    }

    /// The span below this one that `parts` name: the same parts give the same span, so that a batch that is tried
    /// again writes the same headers. One that is not sampled is passed on as it is.
    pub fn child(self, parts: &[&[u8]]) -> Trace {
        if !self.is_sampled {
            return self;
        }
        let mut bytes = self.id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.span.to_be_bytes());
        bytes.extend_from_slice(&parts.join(&[0][..]));
        Trace { span: xxh3_64(&bytes).max(1), ..self }
    }

    /// Whether this trace is one of those, one in so many, that a sampler keeps.
    pub fn is_one_in(self, n: u32) -> bool {
        u64::try_from(self.id & u128::from(u64::MAX))
            .is_ok_and(|low| low % u64::from(n.max(1)) == 0)
    }

    /// The trace's id, as people and other tools write it.
    pub fn id_text(self) -> String {
        format!("{:032x}", self.id)
    }

    /// The header's value.
    pub fn header(self) -> Header {
        let mut header = Header { bytes: [b'0'; LENGTH] };
        let mut left = &mut header.bytes[..];
        // It has exactly the room that it needs.
        let _ = std::io::Write::write_fmt(&mut left, format_args!("{self}"));
        header
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-0", self.id, self.span)?;
        f.write_char(if self.is_sampled { '1' } else { '0' })
    }
}

/// A header's value, without an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    bytes: [u8; LENGTH],
}

impl Header {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }
}

/// Lower-case digits alone.
fn hex(digits: &[u8]) -> Option<u128> {
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(is_digit))?;
    u128::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_header_comes_back_as_it_was() {
        let trace = Trace::parse(GIVEN).unwrap();
        assert!(trace.is_sampled);
        assert_eq!(trace.id_text(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(trace.header().as_str(), GIVEN);
        let quiet = Trace::parse(&GIVEN.replace("-01", "-00")).unwrap();
        assert_eq!(quiet.child(&[b"x"]), quiet);
    }

    #[test]
    fn what_is_not_a_header_is_none() {
        let later = format!("cc{}-what", &GIVEN[2..]);
        assert!(Trace::parse(&later).is_some());
        for bad in [
            "",
            "00",
            &GIVEN.to_uppercase(),
            &GIVEN[..54],
            &format!("{GIVEN}-"),
            &format!("ff{}", &GIVEN[2..]),
            &format!("cc{}x", &GIVEN[2..]),
            &GIVEN.replace("b7ad6b7169203331", "0000000000000000"),
            &GIVEN.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &GIVEN.replace('7', "+"),
            &GIVEN.replace("-01", "-0ä"),
        ] {
            assert_eq!(Trace::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn children_differ_by_name_and_stay_in_the_trace() {
        let trace = Trace::parse(GIVEN).unwrap();
        let [one, two] = [trace.child(&[b"a", b"b"]), trace.child(&[b"ab"])];
        assert!(one.span != two.span && one.id == trace.id && one == trace.child(&[b"a", b"b"]));
        let kept =
            (0_u32..10_000).filter(|n| Trace::root(&[&n.to_be_bytes()]).is_one_in(10)).count();
        assert!((900..1_100).contains(&kept), "{kept}");
        assert!(Trace::root(&[b"a"]).is_one_in(1));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in ".{0,80}", cut in 0_usize..56) {
            if let Some(trace) = Trace::parse(&text) {
                prop_assert!(trace.id != 0);
            }
            let _ = Trace::parse(&format!("{}{text}", &GIVEN[..cut.min(55)]));
        }
    }
}
