//! One line with the place, the problem and the remedy.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub fn new(line: String) -> ConfigError {
        // One line, whatever a parser may have said.
        ConfigError(line.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
