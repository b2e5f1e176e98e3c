//! A message as a Teams workflow takes it: an adaptive card of rich text blocks. Text blocks would read
//! Markdown; runs of a rich text block do not.
//!
//! Source: learn.microsoft.com, "Format cards in Teams" (where Markdown is read), the adaptive card schema
//! 1.4 (`RichTextBlock`, `TextRun.selectAction`), "Create incoming webhooks" (28 KB a message).

use super::{Line, LineKind, Message, Piece};
use serde_json::{Value, json};

/// Bytes of a request. Teams takes 28 KB.
const BYTES_MAX: usize = 25_000;

/// The body of a request.
pub fn body(message: &Message) -> Value {
    message.within(whole, |body| body.to_string().len() <= BYTES_MAX)
}

fn whole(message: &Message) -> Value {
    let title = json!({
        "type": "RichTextBlock",
        "inlines": [
            { "type": "TextRun", "text": message.title, "size": "large", "weight": "bolder" },
        ],
    });
    let body: Vec<Value> = std::iter::once(title).chain(message.lines.iter().map(block)).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
            },
        }],
    })
}

fn block(line: &Line) -> Value {
    let bullet = (line.kind == LineKind::Item).then(|| run("• ", false));
    let pieces = line.pieces.iter().enumerate().flat_map(|(at, piece)| {
        let blank = (at > 0).then(|| run(" ", false));
        let piece = match piece {
            Piece::Text(text) => {
                run(text, matches!(line.kind, LineKind::Status | LineKind::Heading))
            }
            Piece::Label(label) => run(&format!("{label}:"), true),
            Piece::Link(link) => json!({
                "type": "TextRun",
                "text": link.label(),
                "color": "accent",
                "selectAction": { "type": "Action.OpenUrl", "url": link.url() },
            }),
            Piece::Person { shown, .. } => run(shown, true),
        };
        blank.into_iter().chain([piece])
    });
    let inlines: Vec<Value> = bullet.into_iter().chain(pieces).collect();
    json!({ "type": "RichTextBlock", "inlines": inlines, "spacing": "small" })
}

fn run(text: &str, bold: bool) -> Value {
    let weight = if bold { "bolder" } else { "default" };
    json!({ "type": "TextRun", "text": text, "weight": weight })
}
