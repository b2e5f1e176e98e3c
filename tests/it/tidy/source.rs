//! Just enough reading of Rust for the rules: code without comments and texts, words, paths.

/// The source without comments, texts and its test module, which by our habit comes last.
pub(super) fn code_of(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        if line == "#[cfg(test)]" {
            break;
        }
        let mut in_text = false;
        let mut previous = ' ';
        for letter in line.chars() {
            if letter == '"' && previous != '\\' && previous != '\'' {
                in_text = !in_text;
            } else if !in_text && letter == '/' && previous == '/' {
                code.pop();
                break;
            } else if !in_text {
                code.push(letter);
            }
            previous = letter;
        }
        code.push('\n');
    }
    code
}

pub(super) fn contains_word(code: &str, word: &str) -> bool {
    let part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        let open_ended = !word.ends_with(part_of_name);
        !before.is_some_and(part_of_name) && (open_ended || !after.is_some_and(part_of_name))
    })
}

/// Every path in the code with `::` in it, `use a::{b, c::{d}}` written out in full.
pub(super) fn paths_of(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut prefixes: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut letters = code.chars().peekable();
    let finish = |prefixes: &[String], current: &mut String, paths: &mut Vec<String>| {
        let path = prefixes.concat() + current.trim_end_matches("::");
        if path.contains("::") && !current.is_empty() {
            paths.push(path);
        }
        current.clear();
    };
    while let Some(letter) = letters.next() {
        match letter {
            '_' => current.push(letter),
            _ if letter.is_alphanumeric() => current.push(letter),
            ':' if letters.peek() == Some(&':') => {
                letters.next();
                current.push_str("::");
            }
            '{' if current.ends_with("::") => prefixes.push(std::mem::take(&mut current)),
            '}' => {
                finish(&prefixes, &mut current, &mut paths);
                prefixes.pop();
            }
            _ => finish(&prefixes, &mut current, &mut paths),
        }
    }
    finish(&prefixes, &mut current, &mut paths);
    paths
}
