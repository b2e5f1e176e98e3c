//! A name among a session's topics that stands for all topics whose names begin alike: `^`, the beginning
//! with its dots escaped, and `.*`, as Kafka's clients write it. Topics that are created later are read
//! too, from their beginning.

const BEGIN: char = '^';
const REST: &str = ".*";

/// The name for all topics that begin with `prefix`.
pub fn all_with(prefix: &str) -> String {
    format!("{BEGIN}{}{REST}", prefix.replace('.', "\\."))
}

/// The beginning that such a name stands for; none of a plain name.
pub fn prefix_of(name: &str) -> Option<String> {
    let inner = name.strip_prefix(BEGIN)?.strip_suffix(REST)?;
    Some(inner.replace("\\.", "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_its_beginning_and_a_plain_name_none() {
        assert_eq!(all_with("a.sequencer."), "^a\\.sequencer\\..*");
        assert_eq!(prefix_of(&all_with("a-b.sequencer.")).as_deref(), Some("a-b.sequencer."));
        assert_eq!(prefix_of("sequencer.sdr"), None);
    }
}
