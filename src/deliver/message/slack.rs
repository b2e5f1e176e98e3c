//! A message as Slack takes it: rich text, in which a text is a text. Nothing in it is parsed, so nothing
//! needs escaping; only the line that notifications show is, and there `&`, `<` and `>` are escaped.
//!
//! Source: docs.slack.dev (rich text blocks, `chat.postMessage`); slackapi/bolt-js#2509 for the limit of all
//! blocks together.

use super::{Line, LineKind, Message, Piece};
use serde_json::{Value, json};

/// Characters of all blocks together. Slack refuses about 13,200.
const CHARACTERS_MAX: usize = 10_000;

/// The fields `text` and `blocks` of a message, and those that keep Slack from reading anything into them.
pub fn body(message: &Message) -> Value {
    message.within(whole, |body| characters(&body["blocks"]) <= CHARACTERS_MAX)
}

fn whole(message: &Message) -> Value {
    let title = json!({
        "type": "header",
        "text": { "type": "plain_text", "text": message.title, "emoji": false },
    });
    let mut blocks = if message.title.is_empty() { vec![] } else { vec![title] };
    let elements: Vec<Value> = message.lines.iter().map(section).collect();
    if !elements.is_empty() {
        blocks.push(json!({ "type": "rich_text", "elements": elements }));
    }
    json!({
        "text": escaped(&message.title),
        "blocks": blocks,
        "mrkdwn": false,
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

fn section(line: &Line) -> Value {
    let mut elements: Vec<Value> = Vec::new();
    for (at, piece) in line.pieces.iter().enumerate() {
        if at > 0 {
            elements.push(text(" ", false));
        }
        elements.push(match piece {
            Piece::Text(words) => {
                text(words, matches!(line.kind, LineKind::Status | LineKind::Heading))
            }
            Piece::Label(label) => text(&format!("{label}:"), true),
            Piece::Link(link) => json!({ "type": "link", "url": link.url(), "text": link.label() }),
            Piece::Person { slack: Some(id), .. } => json!({ "type": "user", "user_id": id }),
            Piece::Person { shown, slack: None } => text(shown, false),
        });
    }
    let section = json!({ "type": "rich_text_section", "elements": elements });
    match line.kind {
        LineKind::Item => {
            json!({ "type": "rich_text_list", "style": "bullet", "elements": [section] })
        }
        _ => {
            // Sections follow each other without a break.
            let mut section = section;
            if let Some(elements) = section["elements"].as_array_mut() {
                elements.push(text("\n", false));
            }
            section
        }
    }
}

fn text(text: &str, bold: bool) -> Value {
    match bold {
        true => json!({ "type": "text", "text": text, "style": { "bold": true } }),
        false => json!({ "type": "text", "text": text }),
    }
}

/// Source: docs.slack.dev, "Formatting message text": these three and no others.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// All texts and addresses in a value.
fn characters(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.iter().map(characters).sum(),
        Value::Object(fields) => fields.values().map(characters).sum(),
        _ => 0,
    }
}
