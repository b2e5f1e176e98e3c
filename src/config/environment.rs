//! Overrides from the environment: `BUYMODE__KAFKA__BOOTSTRAP=broker:9092` sets
//! `kafka.bootstrap`. Two underscores stand between levels; the value is YAML.

use super::{Config, ConfigError, hints, yaml};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::ffi::OsString;

const PREFIX: &str = "BUYMODE__";

/// The settings of the file with every variable applied, in order of name. A variable that does
/// not fit is named, with what is wrong.
pub(super) fn apply(
    mut config: Config,
    shown: &str,
    text: &str,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Config, ConfigError> {
    let named = |(name, value): (OsString, OsString)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX).then_some((name, value))
    };
    let mut variables: Vec<(String, OsString)> =
        environment.into_iter().filter_map(named).collect();
    if variables.is_empty() {
        return Ok(config);
    }
    variables.sort();
    let mut tree: Value = yaml::parse(shown, text)?;
    for (name, value) in variables {
        let value = value
            .into_string()
            .map_err(|_| ConfigError::new(format!("{name}: the value is not UTF-8")))?;
        let path: Vec<String> = name[PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        (config, tree) = set(&tree, &path, &value)
            .map_err(|why| ConfigError::new(format!("environment variable {name}: {why}")))?;
    }
    Ok(config)
}

/// The value as YAML reads it; where that does not fit, as the text it is (a password of digits).
fn set(tree: &Value, path: &[String], text: &str) -> Result<(Config, Value), String> {
    let plain = Value::String(text.to_owned());
    let typed: Value = yaml::parse("", text).unwrap_or_else(|_| plain.clone());
    // Of what holds keys or a list, another part than the wrong one may be a secret.
    let word = if typed.is_object() || typed.is_array() { "" } else { text };
    let first = with(tree, path, typed)?;
    match read(&first, word) {
        Ok(config) => Ok((config, first)),
        Err(why) => {
            let second = with(tree, path, plain)?;
            let config = read(&second, word).map_err(|_| why)?;
            Ok((config, second))
        }
    }
}

/// `word`: what may be told of the value.
fn read(tree: &Value, word: &str) -> Result<Config, String> {
    let mut track = serde_path_to_error::Track::new();
    Config::deserialize(serde_path_to_error::Deserializer::new(tree, &mut track)).map_err(|error| {
        let (path, message) = (track.path().to_string(), error.to_string());
        let path = hints::seen(&message, &path);
        format!("{path}: {}", hints::remedied(&message, path, word, Some((1, 1))))
    })
}

fn with(tree: &Value, path: &[String], value: Value) -> Result<Value, String> {
    let mut tree = tree.clone();
    let mut at = &mut tree;
    for key in path {
        if key.is_empty() {
            return Err("put two underscores between the levels of a key, and a name on each side"
                .to_owned());
        }
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(map) = at else {
            return Err(format!("`{key}` stands below a key that holds a value and no keys"));
        };
        at = map.entry(key.clone()).or_insert(Value::Null);
    }
    *at = value;
    Ok(tree)
}
