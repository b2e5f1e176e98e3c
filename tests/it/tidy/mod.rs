//! The architecture's rules, held by a test. Each table is meant to be amended, in the commit that
//! changes the architecture; each complaint names the file, the line and what to do.

mod circles;
mod rules;
mod source;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use circles::{absolute, circles, module_of};

use rules::*;
use source::{code_of, contains_word, paths_of};

#[test]
fn should_keep_the_rules_of_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 10, "the walk found no sources: {files:?}");
    let mut complaints = Vec::new();
    let mut named = BTreeMap::new();
    let mut lines = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source can be read");
        let path = file.strip_prefix(root).expect("it lies under the root").to_string_lossy();
        complaints.extend(complain(&path, &text));
        if path.starts_with("src/") && !is_test(&path) {
            named.insert(path.to_string(), named_by(&path, &text));
            lines.push(text.lines().count());
        }
    }
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    if median > LINES_MEDIAN_MAX {
        complaints.push(format!(
            "src: half of the files have more than {LINES_MEDIAN_MAX} lines (median {median}): split the longest"
        ));
    }
    complaints.extend(breaches_of_circles(&named));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn should_say_it_in_plain_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    let mut complaints = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source can be read");
        let path = file.strip_prefix(root).expect("it lies under the root").to_string_lossy();
        if is_test(&path) {
            continue;
        }
        complaints.extend(words::puzzles(&text).into_iter().map(
            |words::Puzzle { line, word, .. }| {
                format!("{path}:{line}: {word:?}: {}", words::remedy(word))
            },
        ));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn should_find_each_kind_of_breach() {
    let long = "//! Prose.\n".repeat(LINES_MAX + 1);
    let breaches: &[(&str, &str, &str)] = &[
        ("src/domain/score/a.rs", "//! P.\nuse crate::engine::Task;", "domain may not name engine"),
        (
            "src/domain/score/a.rs",
            "//! P.\nuse crate::{\n    domain::b,\n    kafka::{c, d},\n};",
            "domain may not name kafka",
        ),
        (
            "src/engine/a.rs",
            "//! P.\nuse crate::runtime::worker::W;",
            "engine may not name runtime::worker",
        ),
        (
            "src/engine/a.rs",
            "//! P.\nuse crate::{runtime::{role::Role, worker}};",
            "engine may not name runtime::worker",
        ),
        ("src/engine/a.rs", "//! P.\nuse super::super::cli;", "super::super"),
        ("src/novel/a.rs", "//! P.", "no room named novel"),
        (
            "src/console/a.rs",
            "//! P.\nlet x = rdkafka::Offset::End;",
            "only src/kafka may name rdkafka",
        ),
        ("src/engine/a.rs", "//! P.\nuse std::time::{Duration, Instant};", "std::time::Instant"),
        ("src/engine/a.rs", "//! P.\nasync fn f() {}", "async"),
        ("src/domain/score/a.rs", "//! P.\nlet x: f64 = 1.0;", "f64"),
        ("src/desk/a.rs", "//! P.\nuse std::collections::HashMap;", "HashMap in desk"),
        ("src/desk/assign/a.rs", "//! P.\nuse std::time::SystemTime;", "which is pure"),
        ("src/desk/a.rs", "//! P.\nuse crate::deliver::address;", "desk may not name deliver"),
        (
            "src/engine/a.rs",
            "//! P.\nif error.message.starts_with(\"fenced\") {}",
            "decides by the text of a message",
        ),
        (
            "src/engine/a.rs",
            "//! P.\nif ended.to_string().contains(\"fenced\") {}",
            "decides by the text of a message",
        ),
        ("src/kafka/a.rs", "//! P.\nunsafe { f() }", "unsafe"),
        ("src/kafka/a.rs", "use std::fmt;", "prose"),
        ("src/domain/mod.rs", "//! P.", "disallowed_methods"),
        (
            "src/domain/terms/a.rs",
            "//! P.\nuse crate::domain::score::fit::Tier;",
            "domain::terms may not name domain::score",
        ),
        (
            "src/domain/score/a.rs",
            "//! P.\nuse crate::domain::account::state::AccountState;",
            "domain::score may not name domain::account",
        ),
        ("src/domain/cellar/a.rs", "//! P.", "no storey"),
        ("tests/it/a.rs", &long, "lines"),
    ];
    for (path, text, expected) in breaches {
        let complaints = complain(path, text);
        assert!(
            complaints.iter().any(|complaint| complaint.contains(expected)),
            "{path} {text:.80}: {complaints:?} lacks {expected:?}"
        );
    }
}

#[test]
fn should_find_files_that_import_each_other() {
    let files = [
        ("src/domain/score/a.rs", "//! P.\nuse super::b::B;"),
        ("src/domain/score/b.rs", "//! P.\nuse crate::domain::score::c;"),
        ("src/domain/score/c/mod.rs", "//! P.\nuse self::d::D;\nuse super::a::A;"),
        ("src/domain/score/c/d.rs", "//! P.\nuse super::C;"),
    ];
    let named = files.map(|(path, text)| (path.to_owned(), named_by(path, text)));
    let found = circles(&BTreeMap::from(named));
    let [circle] = &found[..] else { panic!("{found:?}") };
    assert_eq!(circle[..], ["domain::score::a", "domain::score::b", "domain::score::c"]);
}

#[test]
fn should_leave_what_keeps_the_rules_alone() {
    let fine: &[(&str, &str)] = &[
        ("src/engine/a.rs", "//! P.\nuse crate::log::Output;\nuse crate::domain::{a, b};"),
        (
            "src/engine/a.rs",
            "//! P. Not crate::kafka.\n/// See std::fs and [`crate::cli`].\nfn operand() {}",
        ),
        (
            "src/domain/score/a.rs",
            "//! P.\nuse std::time::Duration;\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    use rand::random;\n}",
        ),
        ("src/domain/score/a/tests.rs", "//! P.\nuse rand::random;"),
        ("src/engine/a.rs", "//! P.\nif self.reasons.contains(&reason) || text.contains('a') {}"),
        ("src/domain/score/a.rs", "//! P.\nconst URL: &str = \"tokio as a word in a text\";"),
    ];
    for (path, text) in fine {
        assert_eq!(complain(path, text), Vec::<String>::new(), "{path}\n{text}");
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn complain(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let lines = text.lines().count();
    let listed = |list: &[(&str, &str)]| list.iter().any(|(file, _)| *file == path);
    if lines > LINES_MAX {
        complaints.push(format!(
            "{path}: {lines} lines, at most {LINES_MAX}: split it by what a reader looks for"
        ));
    }
    let Some(inside) = path.strip_prefix("src/") else {
        return complaints;
    };
    if !text.starts_with("//!") && !matches!(path, "src/main.rs" | "src/lib.rs") {
        complaints.push(format!(
            "{path}: begin with prose (//!): what lives here, what may enter, what may not"
        ));
    }
    if is_test(path) {
        return complaints;
    }
    let room = inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs");
    let code = code_of(text);
    let names = |word: &str| contains_word(&code, word);
    if names("unsafe") && !listed(UNSAFE) {
        complaints
            .push(format!("{path}: unsafe outside the files listed in tests/it/tidy/rules.rs"));
    }
    if !listed(MESSAGE_READERS) {
        let readings = MESSAGES.iter().flat_map(|text| READINGS.iter().map(move |how| (text, how)));
        let found = readings.map(|(text, how)| format!("{text}.{how}(")).find(|word| names(word));
        complaints.extend(found.map(|word| {
            format!("{path}: {word}...) decides by the text of a message: give the failure a type")
        }));
    }
    for (owned, owner) in OWNED {
        if room != *owner && (names(&format!("{owned}::")) || names(&format!("use {owned}"))) {
            complaints.push(format!("{path}: only src/{owner} may name {owned}"));
        }
    }
    let paths = paths_of(&code);
    complaints.extend(breaches_of_direction(path, room, &code, &paths));
    let word_or_path = |word: &&&str| names(word) || paths.iter().any(|named| within(named, word));
    if PURE.contains(&room) {
        let found = IMPURE.iter().filter(|word| !SEEDED.contains(&(room, word)));
        let found = found.filter(word_or_path);
        complaints.extend(found.map(|word| {
            format!("{path}: {word} in {room}, which is pure: hand its result in as an argument")
        }));
    }
    if PURE.contains(&room) && inside == format!("{room}/mod.rs") && !text.contains(CLOCK_LINT) {
        complaints.push(format!("{path}: say {CLOCK_LINT} below the prose"));
    }
    if room == "domain" {
        complaints.extend(breaches_of_storeys(path, text));
    }
    if REPEATABLE.contains(&room) {
        let found = UNREPEATABLE.iter().filter(word_or_path);
        complaints.extend(found.map(|word| {
            format!("{path}: {word} in {room}: its result could differ between two runs")
        }));
    }
    complaints
}

fn is_test(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

/// The modules and items that a file of ours names, as the crate's root sees them.
fn named_by(path: &str, text: &str) -> Vec<String> {
    let module = module_of(path);
    paths_of(&code_of(text)).iter().filter_map(|named| absolute(&module, named)).collect()
}

fn breaches_of_circles(named: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut complaints = Vec::new();
    let found = circles(named);
    for circle in &found {
        if !CIRCLES.iter().any(|(allowed, _)| circle == allowed) {
            complaints.push(format!(
                "{} import each other: move what they share below them",
                circle.join(", ")
            ));
        }
    }
    complaints
}

/// Storeys of the core that a file names against the direction.
fn breaches_of_storeys(path: &str, text: &str) -> Vec<String> {
    let storey_of = |module: &str| {
        module.strip_prefix("domain::").and_then(|inside| {
            let name = inside.split("::").next()?;
            STOREYS.iter().find(|(storey, _)| *storey == name)
        })
    };
    let module = module_of(path);
    if module.starts_with("domain::") && storey_of(&module).is_none() {
        return vec![format!(
            "{path}: no storey of that name: see STOREYS in tests/it/tidy/rules.rs"
        )];
    }
    let Some((storey, below)) = storey_of(&module) else { return Vec::new() };
    let named = named_by(path, text);
    let against = named.iter().filter_map(|name| {
        let (other, _) = storey_of(name)?;
        (other != storey && !below.contains(other)).then_some(other)
    });
    against.map(|other| format!("{path}: domain::{storey} may not name domain::{other}")).collect()
}

fn breaches_of_direction(path: &str, room: &str, code: &str, paths: &[String]) -> Vec<String> {
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!(
            "{path}: no room named {room}: add it to ROOMS in tests/it/tidy/rules.rs, with what it may name"
        )];
    };
    let mut complaints = Vec::new();
    if code.contains("super::super::") {
        complaints.push(format!(
            "{path}: super::super hides where a name comes from: say crate::{room}::..."
        ));
    }
    let ours = paths.iter().filter_map(|named| {
        named.strip_prefix("crate::").or_else(|| named.strip_prefix("buymode::"))
    });
    for named in ours {
        let target = named.split("::").next().unwrap_or(named);
        let is_room = ROOMS.iter().any(|(name, _)| *name == target);
        // Not a room: a macro or an item at the root of the crate.
        if is_room && target != room && !allowed.iter().any(|open| within(named, open)) {
            let shown: Vec<&str> = named.split("::").take(2).collect();
            complaints.push(format!("{path}: {room} may not name {}", shown.join("::")));
        }
    }
    complaints
}

/// Is `named` the path `open`, or something inside it?
fn within(named: &str, open: &str) -> bool {
    named.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
