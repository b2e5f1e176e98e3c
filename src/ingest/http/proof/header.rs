//! The header of a signature. While a secret is replaced, a vendor signs with both: the header then
//! holds several signatures, and one that fits is enough.

use super::{Denied, Scheme};
use crate::config::SignatureEncoding;
use data_encoding::{BASE64_NOPAD, HEXLOWER_PERMISSIVE};
use hyper::header::HeaderMap;

/// No vendor sends more; each costs a comparison.
const SIGNATURES_MAX: usize = 16;
/// Names of a timestamp in the header of a signature.
const STAMPS: [&str; 3] = ["t", "ts", "timestamp"];

pub(super) struct Read<'a> {
    pub signatures: Vec<[u8; 32]>,
    pub timestamp: Option<&'a str>,
}

/// Reads every signature of the scheme's header, in one line or in several. Parts without the prefix
/// are of another scheme and left out.
pub(super) fn read<'a>(scheme: &Scheme, headers: &'a HeaderMap) -> Result<Read<'a>, Denied> {
    let name = &scheme.header;
    let invalid = |why: &str| Denied(format!("invalid header {name}: {why}"));
    let mut read = Read { signatures: Vec::new(), timestamp: None };
    let (mut lines, mut of_scheme) = (0, 0);
    for line in headers.get_all(name) {
        lines += 1;
        let line = line.to_str().map_err(|_| invalid("it is not text"))?;
        for part in parts(line, &scheme.prefix) {
            let stamp = part.split_once('=').filter(|(key, _)| STAMPS.contains(key));
            if let (Some((_, timestamp)), true) = (stamp, scheme.signature_of(part).is_none()) {
                if read.timestamp.is_some_and(|before| before != timestamp) {
                    return Err(invalid("it has two timestamps"));
                }
                read.timestamp = Some(timestamp);
                continue;
            }
            let Some(encoded) = strip(part, &scheme.prefix) else { continue };
            of_scheme += 1;
            read.signatures.extend(decode(encoded, scheme.encoding));
        }
    }
    if lines == 0 {
        return Err(Denied(format!("missing header {name}")));
    }
    if of_scheme == 0 {
        let why = match scheme.prefix.as_str() {
            "" => "it is empty".to_owned(),
            prefix => format!("no signature in it starts with {prefix}"),
        };
        return Err(invalid(&why));
    }
    if of_scheme > SIGNATURES_MAX {
        return Err(invalid(&format!("it has more than {SIGNATURES_MAX} signatures")));
    }
    if read.signatures.is_empty() {
        let encoding = match scheme.encoding {
            SignatureEncoding::Hex => "hex",
            SignatureEncoding::Base64 => "base64",
        };
        return Err(invalid(&format!("use 32 bytes in {encoding}")));
    }
    Ok(read)
}

impl Scheme {
    /// The signature that a part of the header is.
    fn signature_of(&self, part: &str) -> Option<[u8; 32]> {
        decode(strip(part, &self.prefix)?, self.encoding)
    }
}

/// The parts of a list. A comma that the prefix has in it (`v1,BASE64`) separates nothing.
fn parts<'a>(line: &'a str, prefix: &str) -> impl Iterator<Item = &'a str> {
    let has_comma = prefix.contains(',');
    let separates = move |c: char| c.is_whitespace() || c == ';' || (c == ',' && !has_comma);
    line.split(separates).filter(|part| !part.is_empty())
}

fn strip<'a>(part: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = part.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Hex in either case; base64 in either alphabet, with or without its padding.
fn decode(encoded: &str, encoding: SignatureEncoding) -> Option<[u8; 32]> {
    let bytes = match encoding {
        SignatureEncoding::Hex => HEXLOWER_PERMISSIVE.decode(encoded.as_bytes()),
        SignatureEncoding::Base64 => {
            let plain = encoded.trim_end_matches('=').replace('-', "+").replace('_', "/");
            BASE64_NOPAD.decode(plain.as_bytes())
        }
    };
    bytes.ok()?.try_into().ok()
}
