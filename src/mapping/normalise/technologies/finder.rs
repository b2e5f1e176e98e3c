//! Finds all names of tools and all phrases of a text in one pass.

use super::ToolSpec;
use super::phrases::{Cue, Phrases, Section};
use super::text;
use aho_corasick::AhoCorasick;

/// How much a name says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Sure,
    /// An ordinary word too, written as the tool is.
    Ambiguous,
    /// Not written as the tool is: only a heading about the company may mean it.
    Miswritten,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A tool by its place in the catalogue.
    Tool(usize, Name),
    /// A name that is not in the catalogue, but is of the same kind.
    Beside,
    Cue(Cue),
    Heading(Section),
    /// Holds a name or a phrase, and is another thing.
    Nothing,
}

/// Something found in a text, by its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: What,
}

pub(super) struct Finder {
    automaton: AhoCorasick,
    /// By pattern: what it is, and its text if the case matters.
    patterns: Vec<(What, Option<String>)>,
    pub(super) phrases: Phrases,
}

impl Finder {
    /// # Errors
    /// Why the names cannot be searched for.
    pub(super) fn new(tools: &[ToolSpec], phrases: Phrases) -> Result<Finder, String> {
        let mut words: Vec<String> = Vec::new();
        let mut patterns = Vec::new();
        let mut add = |word: &str, what: What, exact: bool| {
            words.push(word.to_owned());
            patterns.push((what, exact.then(|| word.to_owned())));
        };
        for (at, tool) in tools.iter().enumerate() {
            let names = [&tool.names, &tool.exact, &tool.ambiguous, &tool.never];
            if names.into_iter().flatten().any(|name| name.trim().len() < 2) {
                return Err(" invalid name: use at least two letters".to_owned());
            }
            tool.names.iter().for_each(|name| add(name, What::Tool(at, Name::Sure), false));
            tool.exact.iter().for_each(|name| add(name, What::Tool(at, Name::Sure), true));
            tool.ambiguous.iter().for_each(|n| add(n, What::Tool(at, Name::Ambiguous), true));
            tool.never.iter().for_each(|name| add(name, What::Nothing, false));
        }
        phrases.beside.iter().for_each(|name| add(name, What::Beside, true));
        phrases.none.iter().for_each(|phrase| add(phrase, What::Nothing, false));
        phrases.cues().for_each(|(cue, phrase)| add(phrase, What::Cue(cue), false));
        phrases.headings().for_each(|(s, phrase)| add(phrase, What::Heading(s), false));
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)
            .map_err(|e| format!(" cannot search for the names: {e}"))?;
        Ok(Finder { automaton, patterns, phrases })
    }

    /// What a text holds, in its order. Of what lies within a longer name or phrase only the longer
    /// one is found; headings and miswritten names stand beside all else, and phrases that look back
    /// beside those that look ahead.
    pub(super) fn hits(&self, text: &str) -> Vec<Hit> {
        let bytes = text.as_bytes();
        let mut found: Vec<Hit> = Vec::new();
        for matched in self.automaton.find_overlapping_iter(bytes) {
            let (what, exact) = &self.patterns[matched.pattern().as_usize()];
            let (start, end) = (matched.start(), matched.end());
            if !text::is_whole(bytes, start, end) {
                continue;
            }
            let written = exact.as_ref().is_none_or(|word| word.as_bytes() == &bytes[start..end]);
            let what = match *what {
                What::Tool(tool, _) if !written => What::Tool(tool, Name::Miswritten),
                _ if !written => continue,
                what => what,
            };
            found.push(Hit { start, end, what });
        }
        found.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
        let mut covered = [(0, 0); 2];
        found.retain(|hit| {
            let groups: &[usize] = match hit.what {
                What::Heading(_) | What::Tool(_, Name::Miswritten) => return true,
                What::Cue(cue) if cue.looks_back() => &[1],
                What::Nothing => &[0, 1],
                _ => &[0],
            };
            let mut longest = true;
            for group in groups {
                let (from, to) = &mut covered[*group];
                longest &= hit.end > *to || (hit.start, hit.end) == (*from, *to);
                if hit.end > *to {
                    (*from, *to) = (hit.start, hit.end);
                }
            }
            longest && hit.what != What::Nothing && !text::is_in_link(bytes, hit.start)
        });
        found
    }
}
