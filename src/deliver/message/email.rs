//! A message as an e-mail: a subject, a text, and the same as plain HTML without images or styles.

use super::{Line, LineKind, Message, Piece};
use std::fmt::Write;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

pub fn email(message: &Message) -> Email {
    Email { subject: message.title.clone(), text: text(message), html: html(message) }
}

/// The message as plain text, one line a line.
pub fn text(message: &Message) -> String {
    let mut out = String::new();
    for line in
        std::iter::once(&Line::of(LineKind::Plain, message.title.clone())).chain(&message.lines)
    {
        if line.kind == LineKind::Heading {
            out.push('\n');
        }
        if line.kind == LineKind::Item {
            out.push_str("- ");
        }
        let pieces = line.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Label(label) => format!("{label}:"),
            Piece::Link(link) => format!("<{}>", link.url()),
            Piece::Person { shown, .. } => shown.clone(),
        });
        out.push_str(&pieces.collect::<Vec<_>>().join(" "));
        out.push('\n');
    }
    out
}

fn html(message: &Message) -> String {
    let mut out = format!("<h2>{}</h2>\n", inert(&message.title));
    let mut in_list = false;
    for line in &message.lines {
        let is_item = line.kind == LineKind::Item;
        if is_item != in_list {
            out.push_str(if is_item { "<ul>\n" } else { "</ul>\n" });
            in_list = is_item;
        }
        let pieces: Vec<String> = line.pieces.iter().map(piece).collect();
        let (open, close) = match line.kind {
            LineKind::Item => ("<li>", "</li>"),
            LineKind::Heading => ("<h3>", "</h3>"),
            LineKind::Status => ("<p><strong>", "</strong></p>"),
            LineKind::Plain => ("<p>", "</p>"),
        };
        let _ = writeln!(out, "{open}{}{close}", pieces.join(" "));
    }
    if in_list {
        out.push_str("</ul>\n");
    }
    out
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => inert(text),
        Piece::Label(label) => format!("<b>{}:</b>", inert(label)),
        Piece::Link(link) => {
            let url = html_escape::encode_double_quoted_attribute(link.url());
            format!("<a href=\"{url}\">{}</a>", inert(link.label()))
        }
        Piece::Person { shown, .. } => inert(shown),
    }
}

/// Escaped, and with the dots of names apart: readers of mail turn `name.example` into a link by themselves.
fn inert(text: &str) -> String {
    let escaped = html_escape::encode_safe(text);
    let mut out = String::with_capacity(escaped.len());
    let mut before = ' ';
    let mut letters = escaped.chars().peekable();
    while let Some(letter) = letters.next() {
        let between = before.is_alphanumeric() && letters.peek().is_some_and(|c| c.is_alphabetic());
        if letter == '.' && between {
            out.push_str("<span>.</span>");
        } else {
            out.push(letter);
        }
        before = letter;
    }
    out
}
