//! Messages: what a person reads, first without regard to where ([`Message`]), then as each service takes it
//! ([`slack`], [`teams`], [`email`], [`webhook`], [`flat`]).
//!
//! Pure: actions of the desk come in, texts go out. Text of vendors stays text: it is a [`Piece::Text`], and
//! every renderer writes those so that they cannot become a mention, a link, markup or an escape sequence.

pub mod buttons;
pub mod email;
pub mod flat;
pub mod link;
pub mod slack;
pub mod teams;
pub mod webhook;

mod alarm;
mod asked;
mod change;
mod digest;
mod notice;
mod reason;
mod reply;
mod week;
mod words;

pub use alarm::alarm;
pub use asked::{mine, said};
pub use change::change;
pub use digest::digest;
pub use notice::notice;
pub use reply::reply;
pub use week::week;
pub use words::because;

use crate::desk::ids::PersonId;
use crate::desk::roster::Roster;
use crate::domain::Text;
use crate::domain::terms::plain::plain;
use crate::domain::terms::quotable::is_address;
use link::Link;

/// Longer texts are cut: a message is read in seconds.
const TEXT_MAX: usize = 500;
/// A text to send, whole.
const WRITTEN_MAX: usize = 800;
/// Slack's limit of a header, which is also long enough for a subject.
const TITLE_MAX: usize = 150;

/// What a person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub title: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: LineKind,
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Stands out: what has changed.
    Status,
    Plain,
    /// One of several of a kind.
    Item,
    /// The beginning of a group.
    Heading,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// A text that says what the next one is.
    Label(&'static str),
    Link(Link),
    Person {
        shown: String,
        slack: Option<Text>,
    },
}

impl Message {
    /// The same with fewer lines, and how many were left out at its end; `keep`: lines that stay.
    pub fn cut(&self, keep: usize) -> Message {
        let left_out = self.lines.len().saturating_sub(keep);
        let mut cut = Message { title: self.title.clone(), lines: self.lines.clone() };
        if left_out > 0 {
            cut.lines.truncate(keep);
            let noun = if left_out == 1 { "line" } else { "lines" };
            cut.lines.push(Line::plain(vec![Piece::Text(format!("… and {left_out} more {noun}"))]));
        }
        cut
    }

    /// The longest cut that a limit takes.
    pub(super) fn within<T>(&self, render: impl Fn(&Message) -> T, fits: impl Fn(&T) -> bool) -> T {
        let (mut low, mut high) = (0, self.lines.len());
        let whole = render(self);
        if fits(&whole) {
            return whole;
        }
        // The most lines that fit lie in low..high.
        while low + 1 < high {
            let middle = low.midpoint(high);
            if fits(&render(&self.cut(middle))) { low = middle } else { high = middle }
        }
        render(&self.cut(low))
    }
}

impl Line {
    fn plain(pieces: Vec<Piece>) -> Line {
        Line { kind: LineKind::Plain, pieces }
    }

    fn labelled(label: &'static str, pieces: impl IntoIterator<Item = Piece>) -> Line {
        Line::plain(std::iter::once(Piece::Label(label)).chain(pieces).collect())
    }

    fn of(kind: LineKind, text: impl Into<String>) -> Line {
        Line { kind, pieces: vec![Piece::Text(text.into())] }
    }
}

/// A text of our own or of the profile's: on one line, without characters that command or hide.
pub(super) fn own(text: &str) -> String {
    let text = plain(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    shortened(&words.join(" "), TEXT_MAX)
}

/// A text that a vendor wrote. What looks like an address is left out: many readers turn it into a link by
/// themselves.
fn vendors(text: &str) -> String {
    let text = plain(text);
    let words = text.split_whitespace().map(|word| if is_address(word) { "(link)" } else { word });
    shortened(&words.collect::<Vec<_>>().join(" "), TEXT_MAX)
}

/// A text that a template made, which quotes vendors only where they name no address.
fn written(text: &str) -> String {
    let text = plain(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    shortened(&words.join(" "), WRITTEN_MAX)
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

fn title(text: &str) -> String {
    shortened(text, TITLE_MAX - 1)
}

/// A person, as a message names them.
fn person(roster: &Roster, id: &PersonId) -> Piece {
    let slack = roster.people.get(id).and_then(|person| person.slack.clone());
    Piece::Person { shown: own(&roster.shown(id)), slack }
}
