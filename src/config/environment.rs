//! Overrides from the environment: `BUYMODE__KAFKA__BOOTSTRAP=broker:9092` sets
//! `kafka.bootstrap`. Two underscores separate the levels; the value is YAML.
//!
//! A variable that was meant as a setting and is not one is refused, since it would be ignored in
//! silence. It was meant as one if it begins with `BUYMODE_`, in any case of letters, and either has
//! two underscores further on or is the name of a setting but for underscores. Other variables, such
//! as those of the tests, are ignored.

use super::{
    Config, ConfigError, EmbeddedConfig, OauthConfig, RegistryConfig, Secret, Url, Within, hints,
    yaml,
};
use crate::kafka::KafkaConfig;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

const PREFIX: &str = "BUYMODE__";
const NEAR_PREFIX: &str = "BUYMODE_";

/// A variable that sets a key.
pub(super) struct Variable {
    pub name: String,
    value: String,
    pub path: Vec<String>,
}

/// Whether a variable of this name sets a key.
pub fn is_setting(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX))
}

/// The variables that set a key, in order of name. One that is empty, or that was meant as a setting
/// and is not one, is refused.
pub(super) fn settings(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<Variable>, ConfigError> {
    let mut variables = Vec::new();
    for (name, value) in environment {
        let Ok(name) = name.into_string() else { continue };
        let wrong =
            |why: &str| Err(ConfigError::new(format!("environment variable {name}: {why}")));
        let Some(key) = name.strip_prefix(PREFIX) else {
            if let Some(meant) = meant(&name) {
                return wrong(&format!("not a setting; did you mean {meant}?"));
            }
            continue;
        };
        let Ok(value) = value.into_string() else {
            return wrong("the value is not UTF-8");
        };
        if value.trim().is_empty() {
            return wrong(
                "the value is empty; unset the variable, or write \"\" in quotes for an empty text",
            );
        }
        let path = key.split("__").map(str::to_lowercase).collect();
        variables.push(Variable { name, value, path });
    }
    variables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(variables)
}

/// The name that a variable should have, if it was meant as a setting.
fn meant(name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    let rest = upper.strip_prefix(NEAR_PREFIX)?;
    if rest.trim_start_matches('_').contains("__") || rest.starts_with('_') {
        return Some(format!("{PREFIX}{}", rest.trim_start_matches('_')));
    }
    let plain = |text: &str| text.replace(['_', '.'], "").to_ascii_uppercase();
    let known = keys().into_iter().find(|key| plain(key) == plain(rest))?;
    Some(format!("{PREFIX}{}", known.replace('.', "__").to_ascii_uppercase()))
}

/// Every key that does not lie below a name of the user's own, with full stops between its levels.
fn keys() -> Vec<String> {
    let oauth = || OauthConfig {
        token_url: String::new(),
        client_id: String::new(),
        client_secret: Secret::default().into(),
        scope: None,
        audience: None,
        extensions: Default::default(),
        ca_location: None,
    };
    let whole = Config {
        kafka: Some(KafkaConfig { oauth: Some(oauth()), ..KafkaConfig::default() }),
        embedded: Some(EmbeddedConfig { folder: PathBuf::new(), map_size_gib: Within::default() }),
        schema_registry: Url::new("http://localhost")
            .map(|url| RegistryConfig { oauth: Some(oauth()), ..RegistryConfig::new(url) }),
        ..Config::default()
    };
    let mut keys = Vec::new();
    collect(&serde_json::to_value(whole).unwrap_or_default(), "", &mut keys);
    keys
}

fn collect(value: &Value, path: &str, keys: &mut Vec<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, &format!("{path}{dot}{key}"), keys);
            }
        }
        _ => keys.push(path.to_owned()),
    }
}

/// The settings of the file with every variable applied, in order of name. A variable that does
/// not fit is named, with what is wrong.
pub(super) fn apply(
    mut config: Config,
    shown: &str,
    text: &str,
    variables: &[Variable],
) -> Result<Config, ConfigError> {
    if variables.is_empty() {
        return Ok(config);
    }
    let mut tree: Value = yaml::parse(shown, text)?;
    for Variable { name, value, path } in variables {
        (config, tree) = set(&tree, path, value)
            .map_err(|why| ConfigError::new(format!("environment variable {name}: {why}")))?;
    }
    Ok(config)
}

/// The value as YAML reads it; where that does not fit, as the text it is (a password of digits).
fn set(tree: &Value, path: &[String], text: &str) -> Result<(Config, Value), String> {
    let plain = Value::String(text.to_owned());
    let typed: Value = yaml::parse("", text).unwrap_or_else(|_| plain.clone());
    // Of a value with keys or a list, another part than the wrong one may be a secret.
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

/// `word`: the part of the value that a message may show.
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
    for (level, key) in path.iter().enumerate() {
        if key.is_empty() {
            return Err("put two underscores between the levels of a key, and a name on each side"
                .to_owned());
        }
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(map) = at else {
            let above = path[..level].join(".");
            return Err(format!(
                "`{above}` is set both as a value and as a section with `{key}`; it has no keys, or \
                 another variable or the file sets it as a value"
            ));
        };
        at = map.entry(key.clone()).or_insert(Value::Null);
    }
    *at = value;
    Ok(tree)
}
