//! Lines in the thread of a message.

use super::reason::reasons;
use super::words::{clock, happened};
use super::{Line, LineKind, Message, Piece, own, person, title, vendors};
use crate::desk::action::Reply;
use crate::desk::roster::Roster;
use crate::domain::account::brief;
use crate::domain::account::decision::Decision;
use crate::domain::account::sum::scores;
use chrono_tz::Tz;

/// Lines of the arithmetic that name an event.
const EVENTS_MAX: usize = 12;

/// `reader`: the time zone of who reads it.
pub fn reply(roster: &Roster, reply: &Reply, reader: Tz) -> Message {
    match reply {
        Reply::Sum(d) => sum(d),
        Reply::News(d) => Message { title: title(&happened(d)), lines: reasons(d, 3) },
        Reply::Reminder { deadline, person: to } => {
            let mut pieces: Vec<Piece> = to.iter().map(|to| person(roster, to)).collect();
            let by = clock(*deadline, reader);
            pieces.push(Piece::Text(format!("half of the time is over; act by {by}, or claim it")));
            Message { title: "Reminder".to_owned(), lines: vec![Line::plain(pieces)] }
        }
        Reply::Escalated { deadline, from, to } => {
            let by = clock(*deadline, reader);
            let text = |text: &str| Piece::Text(text.to_owned());
            let (who, has) = match from {
                Some(from) => (person(roster, from), "has not claimed it"),
                None => (text("No one"), "has claimed it"),
            };
            let late = format!("{has} by {by}");
            let pieces = match to {
                Some(to) => vec![who, text(&(late + "; now it is with")), person(roster, to)],
                None => vec![text("Who can take it?"), who, text(&late)],
            };
            Message {
                title: "The deadline has passed".to_owned(),
                lines: vec![Line::plain(pieces)],
            }
        }
        Reply::Again { person: who } => {
            let pieces = vec![person(roster, who), Piece::Text("it is open again".to_owned())];
            Message { title: "Open again".to_owned(), lines: vec![Line::plain(pieces)] }
        }
    }
}

/// The arithmetic, line by line; the lines add up to the score.
fn sum(d: &Decision) -> Message {
    let mut lines: Vec<Line> = brief::reasons(d, EVENTS_MAX)
        .iter()
        .map(|line| Line::of(LineKind::Item, vendors(line)))
        .collect();
    lines.extend(d.would_change.iter().map(|what| Line::plain(vec![Piece::Text(own(what))])));
    if let Some(day) = d.leaves_on {
        lines.push(Line::plain(vec![Piece::Text(format!("Without news it leaves on {day}."))]));
    }
    Message { title: title(&format!("Why: {}", scores(&d.fit, &d.intent, false))), lines }
}
