//! Reads YAML into a type; an error names file, line, column and the key's path.

use super::ConfigError;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Reads a whole file into a type.
pub fn read<T: DeserializeOwned>(file: &Path) -> Result<T, ConfigError> {
    parse(&file.display().to_string(), &text(file)?)
}

pub(super) fn text(file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file).map_err(|error| {
        ConfigError::new(format!("cannot read {}: {}", file.display(), cause(&error)))
    })
}

/// `shown` is how the file is called in an error.
pub(super) fn parse<T: DeserializeOwned>(shown: &str, text: &str) -> Result<T, ConfigError> {
    // An empty file, or one of comments alone, has no document: it means an empty mapping.
    let is_blank = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
    let text = if text.lines().all(is_blank) { "{}" } else { text };
    let mut path = String::new();
    let read = serde_saphyr::with_deserializer_from_str(text, |de| {
        let mut track = serde_path_to_error::Track::new();
        let read = T::deserialize(serde_path_to_error::Deserializer::new(de, &mut track));
        path = track.path().to_string();
        read
    });
    read.map_err(|error| {
        let error = error.without_snippet();
        let message = error.to_string();
        let (message, place) = match error.location() {
            Some(at) => (strip_place(&message), format!(":{}:{}", at.line(), at.column())),
            None => (message.as_str(), String::new()),
        };
        // `.` is the root, and `?` something with no name: neither helps anybody.
        // The parser speaks to its programmer here.
        let message = message
            .replace(", set DuplicateKeyPolicy in Options if acceptable", "; keep one of them");
        let path = path.trim_end_matches(['.', '?']).trim_end_matches('.');
        let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
        ConfigError::new(format!("{shown}{place}: {path}{message}"))
    })
}

/// The parser puts the place at the end of its message; ours stands in front.
fn strip_place(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |at| &message[..at])
}

/// What the system says, without its number.
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    let short = text.split(" (os error").next().unwrap_or(&text);
    short.to_lowercase()
}
