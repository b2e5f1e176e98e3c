//! A destination that takes nothing more, as people who can repair it read of it.

use super::{Line, LineKind, Message, Piece, title, vendors};
use crate::desk::ids::DestinationId;

/// `why`: the words of its answer.
pub fn alarm(about: &DestinationId, why: &str) -> Message {
    let about = vendors(about.as_str());
    let text = |text: String| Line::plain(vec![Piece::Text(text)]);
    let said = format!("{about} takes no more messages: {}", vendors(why));
    let status = Line { kind: LineKind::Status, pieces: vec![Piece::Text(said)] };
    let lines = vec![
        status,
        text("What waits for it has failed, and so does all else for it.".to_owned()),
        text(format!(
            "Once that is repaired, publish the roster again or use `buymode deliver resume {about}`; \
             `buymode deliver replay --to {about}` sends what it has missed."
        )),
    ];
    Message { title: title(&format!("{about} is disabled")), lines }
}
