//! The words that sources and profiles share: for each thing one word, and the names that people and
//! vendors give it. Read from the files that mappings use; those of this build are part of the rules
//! version, so that a profile means the same wherever its log is read.

use super::country;
use super::term::Term;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A list with no more things is short.
const FEW: usize = 16;

/// Words of one kind.
#[derive(Debug, Default)]
pub struct Vocabulary {
    things: Vec<Thing>,
    /// From each name to its thing.
    named: BTreeMap<Term, usize>,
}

/// One thing with all its names.
#[derive(Debug)]
pub struct Thing {
    /// The word that profiles use.
    pub word: Term,
    /// Every name, the word among them.
    pub names: Vec<Term>,
}

impl Vocabulary {
    /// A name that two things have is the first one's.
    fn of<'a>(names: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vocabulary {
        let mut made = Vocabulary::default();
        for (word, name) in names {
            let (Ok(word), Ok(name)) = (Term::parse(word), Term::parse(name)) else { continue };
            let at = made.named.get(&word).copied().unwrap_or_else(|| {
                made.things.push(Thing { word: word.clone(), names: vec![word.clone()] });
                made.named.insert(word, made.things.len() - 1);
                made.things.len() - 1
            });
            if !made.named.contains_key(&name) {
                made.things[at].names.push(name.clone());
                made.named.insert(name, at);
            }
        }
        made
    }

    /// What a word means; none where it is not known.
    pub fn thing(&self, word: &Term) -> Option<&Thing> {
        self.named.get(word).map(|at| &self.things[*at])
    }

    /// The word for what this one means, or the word itself.
    pub fn word(&self, word: &Term) -> Term {
        self.thing(word).map_or_else(|| word.clone(), |thing| thing.word.clone())
    }

    /// Every name for what the word means, or the word alone.
    pub fn names(&self, word: &Term) -> Vec<Term> {
        self.thing(word).map_or_else(|| vec![word.clone()], |thing| thing.names.clone())
    }

    pub fn words(&self) -> impl Iterator<Item = &Term> {
        self.things.iter().map(|thing| &thing.word)
    }

    /// The word for the known name that is spelt nearly like this, if there is one.
    pub fn nearest(&self, word: &Term) -> Option<&Term> {
        let word = word.as_str();
        let distance = |name: &Term| strsim::osa_distance(word, name.as_str());
        // In a long list nearly every short word is near to some abbreviation.
        let few = self.things.len() <= FEW;
        let long = self.named.iter().filter(|(name, _)| few || name.as_str().len() > 3);
        let (name, at) = long.min_by_key(|(name, _)| distance(name))?;
        let letters = word.chars().count().max(name.as_str().chars().count());
        (distance(name) * 3 <= letters).then(|| &self.things[*at].word)
    }
}

/// Industries and their parts.
pub static INDUSTRIES: LazyLock<Vocabulary> = LazyLock::new(|| {
    let file = read::<ByWord>(include_str!("../../../deploy/mappings/industries.yaml"));
    by_word(&file)
});

/// Tools, by the words of profiles.
pub static TOOLS: LazyLock<Vocabulary> = LazyLock::new(|| tools(&catalogue()));

/// Tools as their makers write them, where that is the word with other signs or capital letters.
pub static TOOL_NAMES: LazyLock<BTreeMap<Term, String>> = LazyLock::new(|| {
    let mut made = BTreeMap::new();
    for tool in catalogue().tools {
        for name in tool.names.into_iter().chain(tool.exact).chain(tool.ambiguous).chain(tool.also)
        {
            match Term::parse(&name) {
                Ok(term) if term.as_str() == tool.tool => made.entry(term).or_insert(name),
                _ => continue,
            };
        }
    }
    made
});

/// Kinds of tools.
pub static TOOL_CATEGORIES: LazyLock<Vocabulary> = LazyLock::new(|| {
    let file = catalogue();
    Vocabulary::of(file.tools.iter().map(|tool| (&*tool.category, &*tool.category)))
});

/// Countries, by their ISO code.
pub static COUNTRIES: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::of(country::all()));

/// Attributes with few values, by the attribute's name.
pub static ATTRIBUTES: LazyLock<BTreeMap<String, Vocabulary>> = LazyLock::new(|| {
    let file: BTreeMap<String, ByWord> =
        read(include_str!("../../../deploy/mappings/attributes.yaml"));
    file.iter().map(|(attribute, words)| (attribute.clone(), by_word(words))).collect()
});

type ByWord = BTreeMap<String, Vec<String>>;

fn by_word(file: &ByWord) -> Vocabulary {
    let words = file.keys().map(|word| (&**word, &**word));
    let names = file.iter().flat_map(|(word, names)| names.iter().map(|name| (&**word, &**name)));
    Vocabulary::of(words.chain(names))
}

/// Of the catalogue only what names a tool; how a text is searched is the mappings' matter.
#[derive(Deserialize)]
struct Tools {
    tools: Vec<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    tool: String,
    category: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    exact: Vec<String>,
    #[serde(default)]
    ambiguous: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
}

fn catalogue() -> Tools {
    read(include_str!("../../../deploy/mappings/technologies.yaml"))
}

fn tools(file: &Tools) -> Vocabulary {
    let words = file.tools.iter().map(|tool| (&*tool.tool, &*tool.tool));
    let names = file.tools.iter().flat_map(|tool| {
        let names = tool.names.iter().chain(&tool.exact).chain(&tool.also);
        names.map(|name| (&*tool.tool, &**name))
    });
    Vocabulary::of(words.chain(names))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_saphyr::from_str(text).expect("the file is part of the program, and a test reads it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str) -> Term {
        Term::parse(text).unwrap()
    }

    #[test]
    fn names_of_one_thing_are_one_word_and_a_misspelt_one_has_a_neighbour() {
        let status = &ATTRIBUTES["status"];
        for (words, said, word) in [
            (&*INDUSTRIES, "Healthcare", "health-care"),
            (&*INDUSTRIES, "Hospital & Health Care", "health-care"),
            (&*INDUSTRIES, "software", "software"),
            (&*TOOLS, "HubSpot CRM", "hubspot"),
            (&*COUNTRIES, "United States", "us"),
            (&*COUNTRIES, "USA", "us"),
            (&*COUNTRIES, "Deutschland", "de"),
            (&*COUNTRIES, "gb", "gb"),
            (status, "Inactive", "closed"),
        ] {
            let thing = words.thing(&term(said)).unwrap_or_else(|| panic!("{said}"));
            assert_eq!(thing.word.as_str(), word, "{said}");
        }
        for (words, said, near) in [
            (&*INDUSTRIES, "Sofware", Some("software")),
            (&*INDUSTRIES, "Helthcare", Some("health-care")),
            (&*INDUSTRIES, "underwater basket weaving", None),
            (&*TOOLS, "salesfroce", Some("salesforce")),
            (&*COUNTRIES, "Germny", Some("de")),
            (status, "operatng", Some("operating")),
        ] {
            assert_eq!(words.thing(&term(said)).map(|t| &t.word), None, "{said}");
            assert_eq!(words.nearest(&term(said)).map(Term::as_str), near, "{said}");
        }
    }

    #[test]
    fn every_file_is_read_and_no_word_of_a_list_is_another_ones_name() {
        let lists = [&*INDUSTRIES, &*TOOLS, &*TOOL_CATEGORIES, &*COUNTRIES];
        for words in lists.into_iter().chain(ATTRIBUTES.values()) {
            assert!(words.things.len() > 2);
            for word in words.words() {
                assert_eq!(words.word(word), *word);
                assert!(words.names(word).contains(word));
            }
        }
    }
}
