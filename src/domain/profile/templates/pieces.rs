//! A template taken apart: text and tags, and from these its sentences.

/// A stretch of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Text(&'a str),
    /// `{{ … }}`: what stands within.
    Print(&'a str),
    /// `{% … %}`: what stands within.
    Block(&'a str),
    /// `{# … #}`.
    Note,
    /// A tag without an end.
    Open(&'a str),
}

/// All tokens, each with the whole stretch that it stands for.
pub(super) fn tokens(source: &str) -> Vec<(&str, Token<'_>)> {
    let mut found = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let begin = ["{{", "{%", "{#"].iter().filter_map(|tag| rest.find(tag)).min();
        let Some(begin) = begin else {
            found.push((rest, Token::Text(rest)));
            break;
        };
        let (text, tag) = rest.split_at(begin);
        if !text.is_empty() {
            found.push((text, Token::Text(text)));
        }
        let end = match &tag[..2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let Some(length) = end_of(&tag[2..], end) else {
            found.push((tag, Token::Open(tag)));
            break;
        };
        let inside = &tag[2..2 + length];
        let inside = inside.strip_prefix('-').unwrap_or(inside);
        let inside = inside.strip_suffix('-').unwrap_or(inside).trim();
        let token = match end {
            "}}" => Token::Print(inside),
            "%}" => Token::Block(inside),
            _ => Token::Note,
        };
        let (whole, after) = tag.split_at(2 + length + 2);
        found.push((whole, token));
        rest = after;
    }
    found
}

/// Where a tag ends; within quotes it does not.
fn end_of(inside: &str, end: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in inside.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if inside[at..].starts_with(end) => return Some(at),
            None if end != "#}" && matches!(letter, '"' | '\'') => quote = Some(letter),
            None => {}
        }
    }
    None
}

/// A sentence, which is said or left out as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sentence {
    pub source: String,
    /// It begins a line.
    pub on_new_line: bool,
}

/// The sentences of a template. What an `if` encloses stays together, with the sentence it stands in.
pub(super) fn sentences(source: &str) -> Vec<Sentence> {
    let mut cut = Cut { found: Vec::new(), sentence: Sentence::first() };
    let mut depth = 0_usize;
    let tokens = tokens(source);
    for (at, (whole, token)) in tokens.iter().enumerate() {
        match token {
            Token::Text(text) if depth == 0 => {
                cut.text(text, at + 1 == tokens.len());
                continue;
            }
            Token::Block(inside) if inside.starts_with("if") => depth += 1,
            Token::Block(inside) if inside.starts_with("endif") => {
                depth = depth.saturating_sub(1);
                let is_closed = is_closed(cut.sentence.source.trim_end());
                cut.sentence.source.push_str(whole);
                let after = tokens.get(at + 1).map(|(after, _)| *after);
                if depth == 0 && is_closed && after.is_some_and(begins) {
                    cut.end(false);
                }
                continue;
            }
            _ => {}
        }
        cut.sentence.source.push_str(whole);
    }
    cut.end(true);
    cut.found.retain(|sentence| !sentence.source.trim().is_empty());
    cut.found
}

struct Cut {
    found: Vec<Sentence>,
    sentence: Sentence,
}

impl Cut {
    /// `last`: nothing comes after the text.
    fn text(&mut self, text: &str, last: bool) {
        for (at, letter) in text.char_indices() {
            let after = &text[at + letter.len_utf8()..];
            if letter == '\n' {
                self.end(true);
                continue;
            }
            self.sentence.source.push(letter);
            let goes_on = last && after.trim().is_empty();
            if is_closed(&self.sentence.source) && begins(after) && !goes_on {
                self.end(false);
            }
        }
    }

    fn end(&mut self, on_new_line: bool) {
        // A blank line is a new line too.
        let is_blank = self.sentence.source.trim().is_empty();
        let on_new_line = on_new_line || is_blank && self.sentence.on_new_line;
        let next = Sentence { source: String::new(), on_new_line };
        self.found.push(std::mem::replace(&mut self.sentence, next));
    }
}

impl Sentence {
    fn first() -> Sentence {
        Sentence { source: String::new(), on_new_line: true }
    }
}

fn is_closed(text: &str) -> bool {
    let said = text.trim_end_matches(['"', '\'', ')', '”', '’']);
    said.ends_with(['.', '!', '?', '…'])
}

/// Whether a new sentence can begin with this: after an abbreviation one goes on in small letters.
fn begins(after: &str) -> bool {
    let first = after.trim_start().chars().next();
    after.starts_with(char::is_whitespace) && first.is_none_or(|c| !c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_sees_their_end() {
        let said = |source: &str| -> Vec<String> {
            sentences(source)
                .into_iter()
                .map(|s| format!("{}{}", if s.on_new_line { "/" } else { "" }, s.source.trim()))
                .collect()
        };
        for (source, expected) in [
            ("One. Two! Three?", &["/One.", "Two!", "Three?"][..]),
            ("At {{ a }}. {{ b }} is new.", &["/At {{ a }}.", "{{ b }} is new."]),
            ("Of $1.5M, e.g. for {{ a }}.", &["/Of $1.5M, e.g. for {{ a }}."]),
            ("A\n\n- b. C\n", &["/A", "/- b.", "C"]),
            (
                "{% if a %}One. Two.{% else %}Three.{% endif %} Four.",
                &["/{% if a %}One. Two.{% else %}Three.{% endif %}", "Four."],
            ),
            (
                "Now{% if a %} {{ a }}{% endif %} it is. B",
                &["/Now{% if a %} {{ a }}{% endif %} it is.", "B"],
            ),
            (
                "He said \"go.\" Then {# no. No #}left.",
                &["/He said \"go.\"", "Then {# no. No #}left."],
            ),
            ("{{ 'a. B' }} c. D", &["/{{ 'a. B' }} c.", "D"]),
            ("{{ a", &["/{{ a"]),
            ("", &[]),
        ] {
            assert_eq!(said(source), expected, "{source:?}");
        }
    }
}
