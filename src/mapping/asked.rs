//! The columns that a rule's `match` names, for a message to people: a reading of the text, not of the
//! program, so what a definition hides is not found.

/// `has("x")`, `.x`, `."x"` and `.["x"]`, in their order, each once. Where none is found, the expression.
pub(super) fn named_in(code: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = code;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let found = match c {
            '"' => {
                let (_, after) = text(after);
                (before, rest) = ('"', after);
                continue;
            }
            'h' if !is_word(before) => quoted(rest.strip_prefix("has(")),
            '.' if !is_word(before) && !matches!(before, ']' | '"' | ')' | '.' | '?') => {
                member(after)
            }
            _ => None,
        };
        match found {
            Some((name, after)) => {
                names.push(name);
                (before, rest) = ('"', after);
            }
            None => (before, rest) = (c, after),
        }
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
    if names.is_empty() { vec![code.trim().chars().take(120).collect()] } else { names }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What follows a full stop: the name, and what is behind it.
fn member(after: &str) -> Option<(String, &str)> {
    let end = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
    if end > 0 {
        return Some((after[..end].to_owned(), &after[end..]));
    }
    quoted(Some(after)).or_else(|| quoted(after.strip_prefix('[')))
}

fn quoted(at: Option<&str>) -> Option<(String, &str)> {
    at?.trim_start().strip_prefix('"').map(text)
}

/// A text behind its first quote, and what is behind its last.
fn text(after: &str) -> (String, &str) {
    let mut text = String::new();
    let mut is_escaped = false;
    for (at, c) in after.char_indices() {
        match c {
            '"' if !is_escaped => return (text, &after[at + 1..]),
            '\\' if !is_escaped => is_escaped = true,
            _ => {
                text.push(c);
                is_escaped = false;
            }
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::named_in;

    #[test]
    fn columns_are_found_in_the_ways_that_people_write_them() {
        for (code, names) in [
            (
                "has(\"Organization Name\") and has(\"Money Raised\")",
                &["Organization Name", "Money Raised"][..],
            ),
            (".type == \"job\"", &["type"]),
            (".a.b.c and .[\"x y\"] and .\"z\"", &["a", "x y", "z"]),
            (
                ".edgarSubmission.primaryIssuer and .edgarSubmission.offeringData",
                &["edgarSubmission"],
            ),
            ("(.domain // .website) != null", &["domain", "website"]),
            (".Event? == \"a.b has(c)\"", &["Event"]),
            ("$file | test(\"rounds\")", &["$file | test(\"rounds\")"]),
            ("true", &["true"]),
            ("has(\"a\\\"b\")", &["a\"b"]),
        ] {
            assert_eq!(named_in(code), names, "{code}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(code in "\\PC{0,40}|[.a\\[\\]\"h(s)? \\\\]{0,30}") {
            let _ = named_in(&code);
        }
    }
}
