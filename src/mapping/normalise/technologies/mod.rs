//! Tools: a catalogue of their names, and how a text speaks of those that it names. A text names many
//! tools that the company does not use (customers, former employers, what the product connects to), so
//! that each is judged by its sentence and by the heading above it.
//!
//! The catalogue is a file of tools, and names a file of phrases ([`phrases`]). [`finder`] finds all
//! names and phrases of a text in one pass, [`text`] cuts it into lines and sentences, [`lists`] says
//! which names are one list, and [`judge`] reads a sentence.

mod finder;
mod judge;
mod lists;
mod phrases;
mod text;

use crate::domain::terms::term::Term;
use crate::mapping::file::{MappingError, from_yaml};
use finder::Finder;
use phrases::Phrases;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    /// The file by which sentences are judged. Without it every tool that a text names is mentioned.
    #[serde(default)]
    phrases: Option<String>,
    tools: Vec<ToolSpec>,
}

/// A tool of the catalogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// As profiles name it.
    pub tool: Term,
    pub category: Term,
    /// Names that are matched as whole words, ignoring case.
    #[serde(default)]
    names: Vec<String>,
    /// Names that are matched as whole words in exactly this case: for names that are ordinary words.
    #[serde(default)]
    exact: Vec<String>,
    /// Names that are ordinary words with a capital letter too (`Close`): matched in exactly this case,
    /// and only beside other tools or right behind a phrase of use.
    #[serde(default)]
    ambiguous: Vec<String>,
    /// What only begins with a name and is another thing (`Notion Capital`).
    #[serde(default)]
    never: Vec<String>,
    /// Further names that a field may hold, not searched for in texts (`HubSpot CRM`).
    #[serde(default)]
    also: Vec<String>,
}

/// How a text speaks of a tool. Of several sentences the surest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Reading {
    /// It is another company's: a customer's, a former employer, what the product connects to.
    Other,
    /// Nothing says whose it is.
    Mentioned,
    /// One of several examples of what people should know.
    Example,
    /// People should know it.
    Asked,
    /// The company uses it.
    InUse,
}

impl Reading {
    /// How sure it is that the company uses the tool, in percent.
    pub fn confidence_percent(self) -> u8 {
        match self {
            Reading::Other => 10,
            Reading::Mentioned => 40,
            Reading::Example => 70,
            Reading::Asked => 80,
            Reading::InUse => 90,
        }
    }
}

#[derive(Default)]
pub struct Catalogue {
    tools: Vec<ToolSpec>,
    finder: Option<Finder>,
    /// By each name: the tool's own.
    called: BTreeMap<Term, Term>,
}

impl Catalogue {
    /// `beside` reads the file of phrases that the catalogue names.
    pub fn parse(
        name: &str,
        text: &str,
        beside: &mut dyn FnMut(&str) -> Result<String, MappingError>,
    ) -> Result<Catalogue, MappingError> {
        let file: CatalogueFile = from_yaml(name, text)?;
        let phrases = match &file.phrases {
            None => Phrases::default(),
            Some(path) => Phrases::parse(path, &beside(path)?)?,
        };
        let refuse = |message: String| MappingError::Shape { file: name.to_owned(), message };
        let finder = Finder::new(&file.tools, phrases).map_err(&refuse)?;
        let mut called = BTreeMap::new();
        for tool in &file.tools {
            let names = [&tool.names, &tool.exact, &tool.ambiguous, &tool.also];
            let names = names.into_iter().flatten().map(String::as_str);
            for name in names.chain([tool.tool.as_str()]) {
                let name = Term::parse(name).map_err(|why| refuse(format!(" {why}")))?;
                let before = called.insert(name.clone(), tool.tool.clone());
                if let Some(before) = before.filter(|before| *before != tool.tool) {
                    let both = format!(
                        " invalid catalogue: {name:?} is listed under both {before} and {}; remove one",
                        tool.tool
                    );
                    return Err(refuse(both));
                }
            }
        }
        Ok(Catalogue { tools: file.tools, finder: Some(finder), called })
    }

    pub fn knows(&self, name: &str) -> bool {
        Term::parse(name).is_ok_and(|name| self.called.contains_key(&name))
    }

    /// Whether the catalogue has no tools.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// A tool by one of its names; an unknown name becomes a term itself. `None` for a text without
    /// letter and digit.
    pub fn of(&self, name: &str) -> Option<Term> {
        let name = Term::parse(name).ok()?;
        Some(self.called.get(&name).cloned().unwrap_or(name))
    }

    /// The tools in a text, in the catalogue's order, each once with its surest reading. A tool that
    /// the text presents as the company itself ("About Acme") is left out. Reads the first
    /// [`text::BYTES_MAX`] bytes.
    pub fn named_in(&self, text: &[u8]) -> Vec<(&ToolSpec, Reading)> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let readings = judge::read(finder, &text::plain(text), self.tools.len());
        let found = self.tools.iter().zip(readings);
        found.filter_map(|(tool, reading)| Some((tool, reading?))).collect()
    }
}

#[cfg(test)]
mod tests;
