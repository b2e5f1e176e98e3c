//! Whose tool it is, by the phrases of its sentence and the heading above it.

use super::Reading;
use super::finder::{Finder, Hit, Name, What};
use super::lists;
use super::phrases::{Cue, Phrases, Section};
use super::text;
use std::ops::Range;

/// Farthest a phrase stands behind a list that it speaks of, in bytes.
const BEHIND_BYTES_MAX: usize = 25;

/// Farthest a "no" stands before a list that it speaks of, in bytes.
const NOT_BYTES_MAX: usize = 40;

/// A sentence, with what was found in it.
struct Sentence<'a> {
    text: &'a str,
    range: Range<usize>,
    section: Option<Section>,
    cues: Vec<(Cue, Range<usize>)>,
    phrases: &'a Phrases,
}

/// What the phrases before a list say of it.
#[derive(Clone, Copy, Default)]
struct Before {
    cue: Option<Cue>,
    /// Where the phrase ends.
    end: usize,
    /// Nothing but signs and examples stands between the phrase and the list.
    next: bool,
    example: bool,
    choice: bool,
    not: bool,
    /// The list is called one of tools.
    of_tools: bool,
}

/// The readings of a text's tools, by their place in the catalogue.
pub(super) fn read(finder: &Finder, text: &str, tools: usize) -> Vec<Option<Reading>> {
    let hits = finder.hits(text);
    let mut readings: Vec<Option<Reading>> = vec![None; tools];
    let mut own = vec![false; tools];
    let mut section = None;
    let mut rest: &[Hit] = &hits;
    for line in text::lines(text) {
        let within;
        (within, rest) = rest.split_at(rest.partition_point(|hit| hit.start < line.end));
        let said = &text[line.clone()];
        if let Some(tool) = own_name(finder, text, &line, within) {
            own[tool] = true;
        }
        if let Some(heading) = heading(said, within) {
            section = heading;
        }
        if !within.iter().any(|hit| is_tool(hit.what)) {
            continue;
        }
        let mut left = within;
        for range in text::sentences(text, line, &finder.phrases.abbreviations) {
            let hits;
            (hits, left) = left.split_at(left.partition_point(|hit| hit.start < range.end));
            let cues = hits.iter().filter_map(|hit| match hit.what {
                What::Cue(cue) => Some((cue, hit.start..hit.end)),
                _ => None,
            });
            let phrases = &finder.phrases;
            let cues = cues.collect();
            Sentence { text, range, section, cues, phrases }.judge(hits, &mut readings);
        }
    }
    readings.into_iter().zip(own).map(|(reading, own)| reading.filter(|_| !own)).collect()
}

fn is_tool(what: What) -> bool {
    matches!(what, What::Tool(_, Name::Sure | Name::Ambiguous))
}

/// `Some(None)`: a heading that says nothing of use.
fn heading(line: &str, hits: &[Hit]) -> Option<Option<Section>> {
    if !text::is_heading(line) {
        return None;
    }
    let sections = hits.iter().filter_map(|hit| match hit.what {
        What::Heading(section) => Some((hit.end - hit.start, section)),
        _ => None,
    });
    match sections.max_by_key(|(length, _)| *length) {
        Some((_, section)) => Some(Some(section)),
        None if hits.iter().any(|hit| is_tool(hit.what)) => None,
        None => text::is_plain_heading(line).then_some(None),
    }
}

/// A tool that a heading ("About Acme") or the beginning of a line ("At Acme, …") presents as the
/// company itself.
fn own_name(finder: &Finder, text: &str, line: &Range<usize>, hits: &[Hit]) -> Option<usize> {
    hits.iter().find_map(|hit| {
        let What::Tool(tool, _) = hit.what else { return None };
        let before = text.get(line.start..hit.start)?;
        let before = before.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
        let own = finder.phrases.own.iter().any(|phrase| {
            let from = before.len().checked_sub(phrase.len());
            phrase.eq_ignore_ascii_case(before)
                || phrase == "@" && from.is_some_and(|from| before.get(from..) == Some("@"))
        });
        let after = text.get(hit.end..line.end)?;
        let ends = after.starts_with(',') || !after.contains(char::is_alphanumeric);
        (own && ends).then_some(tool)
    })
}

impl Sentence<'_> {
    fn judge(&self, hits: &[Hit], readings: &mut [Option<Reading>]) {
        let is_name = |what| is_tool(what) || what == What::Beside;
        let names: Vec<Hit> = hits.iter().filter(|hit| is_name(hit.what)).copied().collect();
        for list in lists::lists(self.text, &names) {
            let before = self.before(list[0].start);
            for hit in list {
                if let What::Tool(tool, name) = hit.what
                    && (name == Name::Sure || self.is_the_tool(list, hit, before))
                {
                    readings[tool] = readings[tool].max(Some(self.reading(list, hit, before)));
                }
            }
        }
    }

    fn reading(&self, list: &[Hit], hit: &Hit, before: Before) -> Reading {
        let last = list.last().map_or(hit.end, |last| last.end);
        let (after, behind) = self.after(last);
        let example = before.example || behind;
        if after == Some(Cue::OtherAfter) || self.is_followed(hit.end, &[Cue::OtherAfter]) {
            return Reading::Other;
        }
        let asked = if example { Reading::Example } else { Reading::Asked };
        let known = match (before.cue, after, self.section) {
            (Some(Cue::Other | Cue::OtherNext), ..) => return Reading::Other,
            (Some(Cue::Leaving), ..) => {
                let way = self.text.get(before.end..hit.start).unwrap_or_default();
                let mut words = way.split_whitespace();
                let arrived = words.any(|word| self.phrases.arrived.iter().any(|to| to == word));
                return if arrived { Reading::InUse } else { Reading::Other };
            }
            // "Used to working in …": of people, not of the company.
            (Some(Cue::Use | Cue::UseNext), _, section) if section != Some(Section::Ask) => {
                Reading::InUse
            }
            (Some(_), ..) => asked,
            (None, Some(Cue::UseAfter), _) => Reading::InUse,
            (None, Some(_), _) => asked,
            (None, None, Some(Section::Stack | Section::Duties)) => Reading::InUse,
            (None, None, Some(Section::Ask)) => asked,
            (None, None, Some(Section::Other) | None) => return Reading::Mentioned,
        };
        if before.not || before.choice && list.len() > 1 {
            Reading::Mentioned
        } else if example && lists::is_either(self.text, list) {
            known.min(Reading::Example)
        } else {
            known
        }
    }

    /// The phrase that is nearest before a place and says something of it.
    fn before(&self, place: usize) -> Before {
        let mut before = Before { end: place, ..Before::default() };
        let (mut edge, mut other_edge) = (place, place);
        before.not = self.cues.iter().any(|(cue, range)| {
            let near = range.end <= place && place - range.end <= NOT_BYTES_MAX;
            *cue == Cue::Not && near && !self.text[range.end..place].contains([',', ';', ':'])
        });
        for (cue, range) in self.cues.iter().rev().filter(|(_, range)| range.end <= place) {
            let next = !self.has_words(range.end, edge);
            match cue {
                cue if cue.looks_back() || *cue == Cue::Not => continue,
                Cue::UseNext if !next => continue,
                // "Integrations such as …" are the product's, "integration tools such as …" are not.
                Cue::OtherNext if self.has_words(range.end, other_edge) => continue,
                Cue::Example => before.example = true,
                Cue::ExampleTool => {
                    before.example = true;
                    before.of_tools |= lists::is_gap(self.text, range.end, place);
                }
                Cue::Choice => before.choice = true,
                cue => return Before { cue: Some(*cue), end: range.end, next, ..before },
            }
            if next {
                edge = range.start;
                other_edge = if *cue == Cue::ExampleTool { other_edge } else { edge };
            }
        }
        before
    }

    /// The phrase right behind a list, and whether the list is of examples.
    fn after(&self, place: usize) -> (Option<Cue>, bool) {
        let (mut edge, mut example) = (place, false);
        for (cue, range) in self.cues.iter().filter(|(_, range)| range.start >= place) {
            match cue {
                Cue::Example | Cue::ExampleTool if !self.has_words(edge, range.start) => {
                    (edge, example) = (range.end, true);
                }
                Cue::OtherAfter if self.is_right_behind(edge, range.start) => {
                    return (Some(Cue::OtherAfter), example);
                }
                Cue::AskAfter | Cue::UseAfter if range.start - edge <= BEHIND_BYTES_MAX => {
                    return (Some(*cue), example);
                }
                _ => {}
            }
        }
        (None, example)
    }

    /// Whether one of these phrases stands right behind a word.
    fn is_followed(&self, place: usize, by: &[Cue]) -> bool {
        self.cues.iter().any(|(cue, range)| {
            by.contains(cue) && range.start >= place && self.is_right_behind(place, range.start)
        })
    }

    fn is_right_behind(&self, from: usize, to: usize) -> bool {
        self.text.get(from..to).is_some_and(|gap| gap.trim_matches([' ', ')', '"']).is_empty())
    }

    fn has_words(&self, from: usize, to: usize) -> bool {
        self.text.get(from..to).is_none_or(|gap| gap.contains(char::is_alphanumeric))
    }

    /// Whether an ambiguous word is the tool: it stands in a list of tools, right behind a phrase of
    /// use, or alone below a heading of tools.
    fn is_the_tool(&self, list: &[Hit], hit: &Hit, before: Before) -> bool {
        let rest = self.text.get(hit.end..self.range.end).unwrap_or_default();
        let compound =
            rest.starts_with('-') && rest[1..].starts_with(|c: char| c.is_alphanumeric());
        let ends = !rest.trim_start().starts_with(|c: char| c.is_alphanumeric());
        let word = rest.split_whitespace().next().unwrap_or_default();
        let word = word.trim_end_matches([',', '.', ';', ':', ')']);
        let goes_on = ends || self.phrases.tail.iter().any(|tail| tail.eq_ignore_ascii_case(word));
        let worked_in = self.is_followed(hit.end, &[Cue::UseAfter, Cue::AskAfter]);
        let first = !self.has_words(self.range.start, hit.start);
        let used = matches!(before.cue, Some(Cue::Use | Cue::UseNext | Cue::Ask));
        let phrase = used && before.next;
        !compound
            && (lists::vouches(list, hit, used)
                || before.of_tools
                || phrase && hit.start == list[0].start && (goes_on || worked_in)
                || worked_in && !first
                || first && ends && self.section == Some(Section::Stack))
    }
}
