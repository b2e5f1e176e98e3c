//! A fuzz target for every parser: whatever the bytes are, the answer is a value or a reason, within
//! bounds, and never a panic. Each begins with examples that parse and edits them.
//!
//! A short budget here; `.ci/long fuzz` takes longer, and a failure prints the `BOLERO_RANDOM_SEED` that repeats it.

mod bytes;
mod words;

use bolero::TypeGenerator;

/// One edit of an example. Places are taken modulo its length.
#[derive(Clone, Debug, TypeGenerator)]
enum Edit {
    Put(u16, u8),
    Insert(u16, Vec<u8>),
    Cut(u16, u8),
    /// A piece of it to another place: what nests, nests deeper.
    Copy(u16, u8, u16),
    Token(u16, u8),
    End(u16),
}

/// Pieces that parsers stumble over.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"{}",
    b"[]",
    b"[[[[[[[[",
    b"-0",
    b"1e999",
    b"0.1",
    b"99999999999999999999",
    b"-1",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\0",
    b"\r\n",
    b"\n",
    b",",
    b":",
    b" ",
    b"&amp;",
    b"<!DOCTYPE x [<!ENTITY a \"b\">]>",
    b"<a>",
    b"]]>",
    b"2026-02-30",
    b"0000-00-00",
    b"9999",
    b"%00",
    b"@",
    b"//",
    "\u{202e}".as_bytes(),
    "ß".as_bytes(),
    "İ".as_bytes(),
    "\u{a0}".as_bytes(),
    b"\x1f\x8b",
    b"- ",
    b"*a",
    b"!!x ",
    b"$",
    b"EUR",
    b"crore",
    b"Q5",
];

/// Of one of the examples, or of none.
#[derive(Clone, Debug, TypeGenerator)]
struct Edited {
    example: u16,
    edits: Vec<Edit>,
}

impl Edited {
    fn of(&self, examples: &[Vec<u8>]) -> Vec<u8> {
        let example = examples.get(usize::from(self.example) % (examples.len() + 1));
        let mut bytes = example.cloned().unwrap_or_default();
        for edit in &self.edits {
            let place = |at: &u16| usize::from(*at) % (bytes.len() + 1);
            match edit {
                Edit::Put(at, byte) => {
                    let at = place(at);
                    if let Some(there) = bytes.get_mut(at) {
                        *there = *byte;
                    }
                }
                Edit::Insert(at, new) => {
                    let at = place(at);
                    bytes.splice(at..at, new.iter().copied().take(64));
                }
                Edit::Cut(at, length) => {
                    let from = place(at);
                    let to = (from + usize::from(*length)).min(bytes.len());
                    bytes.drain(from..to);
                }
                Edit::Copy(at, length, to) => {
                    let (from, to) = (place(at), place(to));
                    let piece =
                        bytes[from..(from + usize::from(*length)).min(bytes.len())].to_vec();
                    bytes.splice(to..to, piece);
                }
                Edit::Token(at, which) => {
                    let at = place(at);
                    let token = TOKENS[usize::from(*which) % TOKENS.len()];
                    bytes.splice(at..at, token.iter().copied());
                }
                Edit::End(at) => {
                    let at = place(at);
                    bytes.truncate(at);
                }
            }
        }
        bytes
    }
}

/// Hands edited examples to a target.
macro_rules! fuzz {
    ($examples:expr, $target:expr) => {{
        let (examples, target) = ($examples, $target);
        bolero::check!()
            .with_type::<super::Edited>()
            .for_each(|edited| target(&edited.of(&examples)));
    }};
}
use fuzz;

/// Examples that are texts.
fn texts(examples: &[&str]) -> Vec<Vec<u8>> {
    examples.iter().map(|text| text.as_bytes().to_vec()).collect()
}
