//! Reads YAML into a type; an error names file, line, column and the key's path.

use super::{ConfigError, hints};
use crate::domain::profile::variant::DEPTH_MAX;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Larger files are no settings.
const BYTES_MAX: u64 = 1 << 20;

/// More of a path is not shown.
const PATH_MAX: usize = 120;

/// Reads a whole file into a type.
pub fn read<T: DeserializeOwned>(file: &Path) -> Result<T, ConfigError> {
    parse(&file.display().to_string(), &text(file)?)
}

/// The file's text, without the mark that editors on Windows put in front.
pub fn text(file: &Path) -> Result<String, ConfigError> {
    let text = whole_text(file)?;
    Ok(text.strip_prefix(MARK).map(str::to_owned).unwrap_or(text))
}

const MARK: char = '\u{feff}';

/// The file's text, byte for byte.
pub fn whole_text(file: &Path) -> Result<String, ConfigError> {
    let shown = file.display();
    let broken =
        |error: std::io::Error| ConfigError::new(format!("cannot read {shown}: {}", cause(&error)));
    let size = std::fs::metadata(file).map_err(broken)?.len();
    if size > BYTES_MAX {
        return Err(ConfigError::new(format!(
            "cannot read {shown}: it has {size} bytes, at most {BYTES_MAX}; is it the right file?"
        )));
    }
    let bytes = std::fs::read(file).map_err(broken)?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|b| *b == b'\n');
        let line = line.count();
        ConfigError::new(format!("{shown}:{line}: the text is not UTF-8; save the file as UTF-8"))
    })
}

/// A syntax error of a YAML text.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Line and column, from 1.
    pub place: Option<(u64, u64)>,
    /// The key's path, perhaps empty.
    pub path: String,
    pub problem: String,
}

/// `shown` is how the file is called in an error.
pub(super) fn parse<T: DeserializeOwned>(shown: &str, text: &str) -> Result<T, ConfigError> {
    from_text(text).map_err(|broken| {
        let place =
            broken.place.map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
        let path =
            if broken.path.is_empty() { String::new() } else { format!("{}: ", broken.path) };
        ConfigError::new(format!("{shown}{place}: {path}{}", broken.problem))
    })
}

/// Reads a text into a type.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, Broken> {
    // An empty file, or one of comments alone, has no document: it means an empty mapping.
    let is_blank = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let text = if text.lines().all(is_blank) { "{}" } else { text };
    let mut path = String::new();
    let budget = serde_saphyr::budget! { max_depth: DEPTH_MAX };
    let options = serde_saphyr::options! { budget: budget };
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options, |de| {
        let mut track = serde_path_to_error::Track::new();
        let read = T::deserialize(serde_path_to_error::Deserializer::new(de, &mut track));
        path = track.path().to_string();
        read
    });
    read.map_err(|error| {
        let error = error.without_snippet();
        let message = error.to_string();
        let place = error.location().map(|at| (at.line(), at.column()));
        let message = if place.is_some() { strip_place(&message) } else { message.as_str() };
        broken(message, &path, text, place)
    })
}

/// An error in the parser's words, with its remedy.
pub(super) fn broken(message: &str, path: &str, text: &str, place: Option<(u64, u64)>) -> Broken {
    // `.` is the root, and `?` something with no name: neither helps anybody.
    let path = path.trim_end_matches(['.', '?']).trim_end_matches('.');
    let path = hints::seen(message, path);
    let problem = hints::remedied(message, path, text, place);
    let path = match path.char_indices().nth(PATH_MAX) {
        Some((at, _)) => format!("{}…", &path[..at]),
        None => path.to_owned(),
    };
    Broken { place, problem, path }
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
