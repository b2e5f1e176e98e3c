//! The file of phrases. Its comments say what each list is for.

use crate::mapping::file::{MappingError, from_yaml};
use serde::Deserialize;

/// What a phrase says of the tools that it stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    Use,
    UseNext,
    Ask,
    Example,
    ExampleTool,
    Choice,
    Other,
    OtherNext,
    Not,
    Leaving,
    AskAfter,
    UseAfter,
    OtherAfter,
}

impl Cue {
    /// Whether it speaks of what stands before it.
    pub(super) fn looks_back(self) -> bool {
        matches!(self, Cue::AskAfter | Cue::UseAfter | Cue::OtherAfter)
    }
}

/// What the lines below a heading are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Stack,
    Duties,
    Ask,
    Other,
}

type Lists = Vec<Vec<String>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Phrases {
    r#use: Lists,
    use_next: Lists,
    ask: Lists,
    example: Lists,
    example_tool: Lists,
    choice: Lists,
    other: Lists,
    other_next: Lists,
    not: Lists,
    leaving: Lists,
    /// Words before the tool that they left another for.
    pub(super) arrived: Vec<String>,
    ask_after: Vec<String>,
    use_after: Vec<String>,
    other_after: Vec<String>,
    /// Hold a word of the others without its meaning.
    pub(super) none: Vec<String>,
    headings: Headings,
    /// Words before the company's own name.
    pub(super) own: Vec<String>,
    /// Words that may stand behind an ambiguous word where it is a tool.
    pub(super) tail: Vec<String>,
    /// Names beside which an ambiguous word is a tool.
    pub(super) beside: Vec<String>,
    pub(super) abbreviations: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Headings {
    stack: Vec<String>,
    duties: Vec<String>,
    ask: Vec<String>,
    other: Vec<String>,
}

impl Phrases {
    pub(super) fn parse(name: &str, text: &str) -> Result<Phrases, MappingError> {
        let phrases: Phrases = from_yaml(name, text)?;
        let all = phrases.cues().map(|(_, phrase)| phrase);
        if all.chain(phrases.headings().map(|(_, phrase)| phrase)).any(|p| p.trim().is_empty()) {
            let message = " invalid phrase: it is empty; remove it".to_owned();
            return Err(MappingError::Shape { file: name.to_owned(), message });
        }
        Ok(phrases)
    }

    pub(super) fn cues(&self) -> impl Iterator<Item = (Cue, &str)> {
        let lists = [
            (Cue::Use, &self.r#use),
            (Cue::UseNext, &self.use_next),
            (Cue::Ask, &self.ask),
            (Cue::Example, &self.example),
            (Cue::ExampleTool, &self.example_tool),
            (Cue::Choice, &self.choice),
            (Cue::Other, &self.other),
            (Cue::OtherNext, &self.other_next),
            (Cue::Not, &self.not),
            (Cue::Leaving, &self.leaving),
        ];
        let after = [
            (Cue::AskAfter, &self.ask_after),
            (Cue::UseAfter, &self.use_after),
            (Cue::OtherAfter, &self.other_after),
        ];
        let lists = lists.into_iter().flat_map(|(cue, lists)| lists.iter().map(move |l| (cue, l)));
        let all = lists.chain(after);
        all.flat_map(|(cue, list)| list.iter().map(move |phrase| (cue, phrase.as_str())))
    }

    pub(super) fn headings(&self) -> impl Iterator<Item = (Section, &str)> {
        let Headings { stack, duties, ask, other } = &self.headings;
        [
            (Section::Stack, stack),
            (Section::Duties, duties),
            (Section::Ask, ask),
            (Section::Other, other),
        ]
        .into_iter()
        .flat_map(|(section, list)| list.iter().map(move |phrase| (section, phrase.as_str())))
    }
}
