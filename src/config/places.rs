//! Where each key of a YAML file stands, so that what is wrong with its meaning, not only with its
//! writing, can be shown with line and column.

use crate::domain::profile::variant::DEPTH_MAX;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;

/// Line and column, from 1.
pub type Place = (u64, u64);

/// The places of a YAML file.
pub struct Places(Node);

pub(super) struct Node {
    pub(super) at: Place,
    pub(super) inside: Inside,
}

pub(super) enum Inside {
    Map(Vec<(String, Place, Node)>),
    List(Vec<Node>),
    Word(String),
    /// A key without a value.
    Empty,
}

/// Keys by which an entry of a list is called.
const NAMES: [&str; 3] = ["name", "segment", "route"];

impl Places {
    /// `None` for a text that is not YAML.
    pub fn of(text: &str) -> Option<Places> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let budget = serde_saphyr::budget! { max_depth: DEPTH_MAX };
        let options = serde_saphyr::options! { budget: budget };
        let tree = serde_saphyr::from_str_with_options::<Spanned<Inside>>(text, options).ok()?;
        Some(Places(node(tree)))
    }

    pub(super) fn root(&self) -> &Node {
        &self.0
    }

    /// Where a path such as `intent.rules[series-b].window_days` stands, or as much of it as there
    /// is: a key that is missing is missed where its mapping begins.
    pub fn find(&self, path: &str) -> Place {
        let mut node = &self.0;
        let mut place = node.at;
        for step in steps(path) {
            let next = match (&node.inside, step) {
                (Inside::Map(entries), Step::Key(key)) => {
                    entries.iter().find(|(name, _, _)| name == key).map(|(_, at, node)| (*at, node))
                }
                (Inside::List(items), Step::Item(name)) => {
                    let called = items.iter().find(|item| item.is_called(name));
                    let counted = name.parse::<usize>().ok().and_then(|at| items.get(at));
                    called.or(counted).map(|node| (node.at, node))
                }
                _ => None,
            };
            let Some((at, inner)) = next else { break };
            (place, node) = (at, inner);
        }
        place
    }

    /// Every plain value with its path, as in `fit.criteria[2].when.industry`, and its place.
    pub fn words(&self) -> Vec<(String, &str, Place)> {
        let mut found = Vec::new();
        self.0.words("", &mut found);
        found
    }
}

impl Node {
    fn words<'a>(&'a self, path: &str, found: &mut Vec<(String, &'a str, Place)>) {
        match &self.inside {
            Inside::Map(entries) => {
                for (key, _, node) in entries {
                    let dot = if path.is_empty() { "" } else { "." };
                    node.words(&format!("{path}{dot}{key}"), found);
                }
            }
            Inside::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    item.words(&format!("{path}[{at}]"), found);
                }
            }
            Inside::Word(word) => found.push((path.to_owned(), word, self.at)),
            Inside::Empty => {}
        }
    }

    fn is_called(&self, wanted: &str) -> bool {
        let Inside::Map(entries) = &self.inside else { return false };
        entries.iter().any(|(key, _, value)| {
            NAMES.contains(&key.as_str()) && matches!(&value.inside, Inside::Word(w) if w == wanted)
        })
    }
}

enum Step<'a> {
    Key(&'a str),
    Item(&'a str),
}

/// `a.b[c d].e` is key a, key b, item "c d", key e. A name may hold dots, and brackets in pairs.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let (mut begin, mut depth) = (0, 0_u32);
    for (at, c) in path.char_indices() {
        match c {
            '[' if depth == 0 => {
                steps.push(Step::Key(&path[begin..at]));
                (begin, depth) = (at + 1, 1);
            }
            '[' => depth += 1,
            ']' if depth == 1 => {
                steps.push(Step::Item(&path[begin..at]));
                (begin, depth) = (at + 1, 0);
            }
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                steps.push(Step::Key(&path[begin..at]));
                begin = at + 1;
            }
            _ => {}
        }
    }
    steps.push(Step::Key(&path[begin..]));
    steps.retain(|step| !matches!(step, Step::Key("")));
    steps
}

fn node(spanned: Spanned<Inside>) -> Node {
    let at = spanned.referenced;
    Node { at: (at.line(), at.column()), inside: spanned.value }
}

impl<'de> Deserialize<'de> for Inside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Inside;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inside, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) =
                    map.next_entry::<Spanned<String>, Spanned<Inside>>()?
                {
                    let at = (key.referenced.line(), key.referenced.column());
                    entries.push((key.value, at, node(value)));
                }
                Ok(Inside::Map(entries))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Inside, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element::<Spanned<Inside>>()? {
                    items.push(node(item));
                }
                Ok(Inside::List(items))
            }

            fn visit_str<E>(self, word: &str) -> Result<Inside, E> {
                Ok(Inside::Word(word.to_owned()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Inside, E> {
                Ok(Inside::Word(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Inside, E> {
                Ok(Inside::Word(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Inside, E> {
                Ok(Inside::Word(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Inside, E> {
                Ok(Inside::Word(value.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Inside, E> {
                Ok(Inside::Empty)
            }

            fn visit_none<E>(self) -> Result<Inside, E> {
                Ok(Inside::Empty)
            }

            fn visit_some<D: Deserializer<'de>>(self, some: D) -> Result<Inside, D::Error> {
                Inside::deserialize(some)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_where_it_stands() {
        let text = "profile: x\nfit:\n  criteria:\n    - name: 1. size [of 2]\n      weight: 30\n    \
                    - {name: b, when: {employees: {min: 3}}}\n  tiers: &t {tier_1: 1}\nother: *t\n";
        let places = Places::of(text).unwrap();
        for (path, place) in [
            ("profile", (1, 1)),
            ("fit.criteria", (3, 3)),
            ("fit.criteria[1. size [of 2]].weight", (5, 7)),
            ("fit.criteria[b]", (6, 7)),
            ("fit.criteria[1].when.employees", (6, 24)),
            // What is not there is missed where it should be.
            ("fit.criteria[b].when.revenue", (6, 17)),
            ("value.pain", (1, 1)),
            ("fit.tiers.tier_1", (7, 14)),
        ] {
            assert_eq!(places.find(path), place, "{path}");
        }
    }
}
