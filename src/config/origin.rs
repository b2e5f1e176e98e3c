//! Where a setting comes from: a line of the file, or a variable of the environment.

use super::environment::Variable;
use super::{Config, ConfigError, Places};

/// Settings that were read, each value checked by its type, but not yet as a whole.
pub struct Unchecked {
    pub config: Config,
    pub origin: Origin,
}

impl Unchecked {
    /// The settings, once they are consistent; the error names the place of the key.
    pub fn checked(self) -> Result<Config, ConfigError> {
        self.check()?;
        Ok(self.config)
    }

    /// Whether the settings are consistent.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.config.check().map_err(|problem| self.origin.error(&problem))
    }
}

/// Where each setting comes from.
pub struct Origin {
    /// The file as it was named; empty without one.
    shown: String,
    places: Option<Places>,
    /// Keys and the variables that set them.
    variables: Vec<(String, String)>,
}

impl Origin {
    pub(super) fn new(shown: String, text: &str, variables: &[Variable]) -> Origin {
        let places = if shown.is_empty() { None } else { Places::of(text) };
        let named = |v: &Variable| (v.path.join("."), v.name.clone());
        Origin { shown, places, variables: variables.iter().map(named).collect() }
    }

    /// `environment variable NAME`, or `FILE:LINE:COLUMN`, of a key such as `kafka.bootstrap`.
    pub fn of(&self, key: &str) -> String {
        let sets = |set: &str| {
            let below = key.strip_prefix(set);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        // The last one wins.
        if let Some((_, name)) = self.variables.iter().rev().find(|(set, _)| sets(set)) {
            return format!("environment variable {name}");
        }
        match &self.places {
            Some(places) if !key.is_empty() => {
                let (line, column) = places.find(key);
                format!("{}:{line}:{column}", self.shown)
            }
            _ if self.shown.is_empty() => "the settings".to_owned(),
            _ => self.shown.clone(),
        }
    }

    /// A problem with its place: it begins with the key that it is about, if with any.
    pub fn error(&self, problem: &str) -> ConfigError {
        ConfigError::new(format!("{}: {problem}", self.of(&key_of(problem))))
    }
}

/// `kafka: bootstrap: ...` and `kafka.bootstrap: ...` are about `kafka.bootstrap`.
fn key_of(problem: &str) -> String {
    let is_key = |word: &&str| {
        !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    let mut words: Vec<&str> = problem.split(": ").collect();
    // What follows the last colon is the problem itself.
    words.pop();
    words.into_iter().take_while(is_key).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_problem_is_found() {
        for (problem, key) in [
            ("kafka: bootstrap: `x` is not host:port", "kafka.bootstrap"),
            ("batch.time_max_ms: 9 is too much", "batch.time_max_ms"),
            ("ingest.sources.a-b.topic: \"x\" is invalid", "ingest.sources.a-b.topic"),
            ("no log is named; give one", ""),
            ("set it to host: port", ""),
        ] {
            assert_eq!(key_of(problem), key, "{problem}");
        }
    }
}
