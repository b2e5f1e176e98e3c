//! Every error of shape in a YAML file at once. The parser stops at the first; this walk compares the
//! whole file with the JSON Schema of its type, and says the same of each in the same words.

use super::places::{Inside, Node, Place, Places};
use super::yaml::{Broken, broken};
use crate::domain::profile::amount::Amount;
use serde_json::Value;

/// More are not listed: a file with so many is of another kind.
const FAULTS_MAX: usize = 40;

/// All faults of a text that the parser refused for `first`, in the file's order. `schema`: the JSON
/// Schema of the type it was read as, draft 7. A text that is not YAML has the first alone.
pub fn all_faults(text: &str, schema: &Value, first: Broken) -> Vec<Broken> {
    let Some(places) = Places::of(text) else { return vec![first] };
    let mut walk = Walk { text, schema, found: Vec::new() };
    walk.node(places.root(), schema, "");
    let mut found = walk.found;
    let same = |fault: &Broken| {
        fault.path == first.path && (fault.place == first.place || fault.problem == first.problem)
    };
    // Where a key belongs is the better remedy than a list of the keys that stand there.
    let better = found.iter().any(|fault| same(fault) && fault.problem.contains("belongs"));
    if !better {
        found.retain(|fault| !same(fault));
        found.push(first);
    }
    found.sort_by_key(|fault| fault.place);
    found
}

struct Walk<'a> {
    text: &'a str,
    schema: &'a Value,
    found: Vec<Broken>,
}

impl<'a> Walk<'a> {
    /// Notes a fault in the parser's words, so that it gets the parser's remedy.
    fn fault(&mut self, message: &str, path: &str, at: Place) {
        if self.found.len() < FAULTS_MAX {
            let text = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
            self.found.push(broken(message, path, text, Some(at)));
        }
    }

    /// The schema behind references and single alternatives, and whether an empty value is fine.
    fn resolved(&self, schema: &'a Value) -> (Vec<&'a Value>, bool) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or(name);
            return self.resolved(&self.schema["definitions"][name]);
        }
        if let Some(only) = schema["allOf"].as_array().and_then(|all| all.first()) {
            return self.resolved(only);
        }
        let options = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
        let Some(options) = options else {
            return (vec![schema], types(schema).any(|kind| kind == "null"));
        };
        let (mut all, mut empty) = (Vec::new(), false);
        for option in options {
            let (inner, may) = self.resolved(option);
            empty |= may;
            all.extend(inner.into_iter().filter(|s| types(s).any(|kind| kind != "null")));
        }
        (all, empty)
    }

    fn node(&mut self, node: &Node, schema: &'a Value, path: &str) {
        let (options, may_be_empty) = self.resolved(schema);
        let words: Option<Vec<&str>> = options
            .iter()
            .map(|s| choices(s))
            .collect::<Option<_>>()
            .map(|lists: Vec<Vec<&str>>| lists.concat());
        let of = |kind: &str| options.iter().copied().find(|s| types(s).any(|k| k == kind));
        let is_scalar = |kind: &str| !matches!(kind, "object" | "array" | "null");
        let scalar = options.iter().copied().find(|s| types(s).any(is_scalar));
        match &node.inside {
            Inside::Empty if may_be_empty => {}
            Inside::Empty => self.fault("empty", path, node.at),
            Inside::Map(entries) => match of("object") {
                Some(schema) => self.map(entries, node.at, schema, path),
                None if of("array").is_some() => {
                    self.fault("expected sequence start", path, node.at)
                }
                None => self.fault("expected string scalar", path, node.at),
            },
            Inside::List(items) => match (of("array"), of("object")) {
                (Some(schema), _) => {
                    for (at, item) in items.iter().enumerate() {
                        self.node(item, &schema["items"], &format!("{path}[{at}]"));
                    }
                }
                (None, Some(_)) => self.fault("expected mapping start", path, node.at),
                (None, None) => self.fault("expected string scalar", path, node.at),
            },
            Inside::Word(word) => match (words, scalar, of("object").is_some()) {
                (Some(words), _, _) if !words.contains(&word.as_str()) => {
                    let listed: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
                    let message =
                        format!("unknown variant `{word}`, expected one of {}", listed.join(", "));
                    self.fault(&message, path, node.at);
                }
                (Some(_), _, _) => {}
                (None, Some(_), _) => self.word(word, node.at, &options, path),
                (None, None, true) => self.fault("expected mapping start", path, node.at),
                (None, None, false) => self.fault("expected sequence start", path, node.at),
            },
        }
    }

    fn map(&mut self, entries: &[(String, Place, Node)], at: Place, schema: &'a Value, path: &str) {
        let known = schema["properties"].as_object();
        let below =
            |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let mut misspelt = String::new();
        for (key, place, value) in entries {
            if let Some(schema) = known.and_then(|known| known.get(key)) {
                self.node(value, schema, &below(key));
            } else if schema["additionalProperties"].is_object() {
                self.node(value, &schema["additionalProperties"], &below(key));
            } else if let Some(known) = known {
                let listed: Vec<String> = known.keys().map(|key| format!("`{key}`")).collect();
                let list = listed.join(", ");
                let message = format!("unknown field `{key}`, expected one of {list}");
                self.fault(&message, &below(key), *place);
                self.belongs(key, known);
                misspelt += self.found.last().map_or("", |fault| &fault.problem);
            }
        }
        let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for key in needed {
            // A key that was misspelt is not missing too.
            let meant = misspelt.contains(&format!("did you mean `{key}`?"));
            if !meant && entries.iter().all(|(name, _, _)| name != key) {
                self.fault(&format!("missing field `{key}`"), path, at);
            }
        }
    }

    /// Of a key that stands one level too high, below which key it belongs.
    fn belongs(&mut self, key: &str, known: &'a serde_json::Map<String, Value>) {
        let has = |schema: &&Value| schema["properties"].get(key).is_some();
        let holder = known.iter().find(|(_, schema)| self.resolved(schema).0.iter().any(has));
        let Some(fault) = self.found.last_mut() else { return };
        if let Some((holder, _)) = holder.filter(|_| !fault.problem.contains("did you mean")) {
            fault.problem =
                format!("`{key}` belongs below `{holder}`; write {holder}: {{ {key}: … }}");
        }
    }

    fn word(&mut self, word: &str, at: Place, options: &[&Value], path: &str) {
        let holds = |schema: &&Value| match types(schema).find(|kind| *kind != "null") {
            Some("boolean") => matches!(word, "true" | "false"),
            Some("integer") => word.parse::<i64>().is_ok_and(|number| in_range(number, schema)),
            Some("string") if schema["pattern"].is_string() => Amount::parse(word).is_some(),
            Some("string") if schema["format"] == "date" => {
                word.parse::<chrono::NaiveDate>().is_ok()
            }
            Some("string") => true,
            _ => false,
        };
        if options.iter().any(holds) {
            return;
        }
        let first = options[0];
        let message = match types(first).find(|kind| *kind != "null") {
            Some("boolean") => "invalid boolean".to_owned(),
            Some("integer") if options.len() == 1 => {
                let format = first["format"].as_str().unwrap_or("int32");
                format!("invalid {}", format.replace("uint", "u").replace("int", "i"))
            }
            Some("integer") => format!("invalid number {word:?}; use 250, 10M or 1.5B"),
            _ => "invalid date".to_owned(),
        };
        self.fault(&message, path, at);
    }
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let one = schema["type"].as_str();
    let several = schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(several)
}

/// The words of a closed list.
fn choices(schema: &Value) -> Option<Vec<&str>> {
    if let Some(only) = schema["const"].as_str() {
        return Some(vec![only]);
    }
    schema["enum"].as_array().map(|words| words.iter().filter_map(Value::as_str).collect())
}

fn in_range(number: i64, schema: &Value) -> bool {
    let least = match schema["format"].as_str() {
        Some("int32") => i64::from(i32::MIN),
        _ => schema["minimum"].as_i64().unwrap_or(i64::MIN),
    };
    let most = match schema["format"].as_str() {
        Some("int32") => i64::from(i32::MAX),
        _ => schema["maximum"].as_i64().unwrap_or(i64::MAX),
    };
    (least..=most).contains(&number)
}
