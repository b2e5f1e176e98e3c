//! Finds tools in a text by a catalogue of their names. A mention is not proof that a company uses a
//! tool: mappings give such records a moderate confidence.

use crate::domain::terms::term::Term;
use crate::mapping::file::{MappingError, from_yaml};
use aho_corasick::AhoCorasick;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
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
    /// Further names that a field may hold, not searched for in texts (`HubSpot CRM`).
    #[serde(default)]
    also: Vec<String>,
    /// Counts only if the text also has another, unambiguous tool: for names that are also ordinary
    /// words at the start of a sentence (`Outreach`).
    #[serde(default)]
    ambiguous: bool,
}

#[derive(Default)]
pub struct Catalogue {
    tools: Vec<ToolSpec>,
    finder: Option<AhoCorasick>,
    /// By pattern: the tool, and the name if its case matters.
    patterns: Vec<(usize, Option<String>)>,
    /// By each name: the tool's own.
    called: BTreeMap<Term, Term>,
}

impl Catalogue {
    pub fn parse(name: &str, text: &str) -> Result<Catalogue, MappingError> {
        let file: CatalogueFile = from_yaml(name, text)?;
        let mut words = Vec::new();
        let mut patterns = Vec::new();
        for (index, tool) in file.tools.iter().enumerate() {
            words.extend(tool.names.iter().chain(&tool.exact).cloned());
            patterns.extend(tool.names.iter().map(|_| (index, None)));
            patterns.extend(tool.exact.iter().map(|word| (index, Some(word.clone()))));
        }
        let refuse = |message: String| MappingError::Shape { file: name.to_owned(), message };
        if words.iter().any(|word| word.trim().len() < 2) {
            return Err(refuse(" invalid name: use at least two letters".to_owned()));
        }
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)
            .map_err(|e| refuse(format!(" cannot search for the names: {e}")))?;
        let mut called = BTreeMap::new();
        for tool in &file.tools {
            let names = tool.names.iter().chain(&tool.exact).chain(&tool.also);
            for name in names.map(String::as_str).chain([tool.tool.as_str()]) {
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
        Ok(Catalogue { tools: file.tools, finder: Some(finder), patterns, called })
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

    /// The tools in a text, in the catalogue's order, each once.
    pub fn named_in(&self, text: &[u8]) -> Vec<&ToolSpec> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let mut named = vec![false; self.tools.len()];
        for found in finder.find_overlapping_iter(text) {
            let whole = !text[..found.start()].last().is_some_and(|b| part_of_word(*b))
                && !text.get(found.end()).is_some_and(|b| part_of_word(*b));
            let (tool, case) = &self.patterns[found.pattern().as_usize()];
            let case_fits = case.as_ref().is_none_or(|w| w.as_bytes() == &text[found.range()]);
            named[*tool] |= whole && case_fits;
        }
        let sure = self.tools.iter().zip(&named).any(|(tool, named)| *named && !tool.ambiguous);
        let counts = |tool: &ToolSpec| sure || !tool.ambiguous;
        let mut found: Vec<&ToolSpec> =
            self.tools.iter().zip(named).filter(|(t, n)| *n && counts(t)).map(|(t, _)| t).collect();
        // A tool may have two adjacent entries: for its unambiguous and for its ambiguous names.
        found.dedup_by(|a, b| a.tool == b.tool);
        found
    }
}

/// Bytes above 127 belong to letters of other scripts.
fn part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_named_by_whole_words() {
        let catalogue = Catalogue::parse(
            "t.yaml",
            "tools:\n- {tool: salesforce, category: crm, names: [Salesforce, SFDC]}\n\
             - {tool: sap, category: erp, exact: [SAP]}\n\
             - {tool: outreach, category: engagement, names: [Outreach.io]}\n\
             - {tool: outreach, category: engagement, exact: [Outreach], ambiguous: true}\n",
        )
        .unwrap();
        let named = |text: &str| -> Vec<String> {
            catalogue.named_in(text.as_bytes()).iter().map(|t| t.tool.to_string()).collect()
        };
        let of = |name| catalogue.of(name).unwrap().to_string();
        assert_eq!(of("outreach.IO"), "outreach");
        assert_eq!(of("sfdc"), "salesforce");
        assert_eq!(of("Some CRM"), "some-crm");
        assert_eq!(named("We use SALESFORCE, and sfdc."), ["salesforce"]);
        assert_eq!(named("asap, ASAP, sap and Salesforces"), [""; 0]);
        assert_eq!(named("SAP/Salesforce"), ["salesforce", "sap"]);
        assert_eq!(named("Outreach to customers"), [""; 0]);
        assert_eq!(named("community outreach in Salesforce"), ["salesforce"]);
        assert_eq!(named("Outreach and Salesforce"), ["salesforce", "outreach"]);
    }
}
