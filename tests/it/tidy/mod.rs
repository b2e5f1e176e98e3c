//! The architecture's rules, held by a test. Each table is meant to be amended, in the commit that
//! changes the architecture; each complaint names the file, the line and what to do.

mod source;

use std::path::{Path, PathBuf};

use source::{code_of, contains_word, paths_of};

/// Which rooms of `src/` a room may name. A path (`runtime::log`) opens that part alone. Rooms
/// stand below those that they may name, so nothing names `cli` and `domain` names nothing.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("codec", &["domain"]),
    // Of the log only its vocabulary: records in, outputs out.
    ("engine", &["domain", "codec", "runtime::log", "runtime::partitioner", "runtime::role"]),
    // Turns a role on a log; knows neither.
    ("runtime", &[]),
    // Hears of what was committed and of how the worker fares; nothing that it observes knows it.
    ("telemetry", &["domain", "engine", "runtime"]),
    // The two logs know the contract, never each other or what runs on them.
    ("kafka", &["runtime::log", "runtime::partitioner"]),
    ("embedded", &["runtime::log", "runtime::partitioner"]),
    // Profiles and states in, texts and counts out.
    ("report", &["domain"]),
    // The file of settings is made of each part's own.
    ("config", &["domain", "engine::topics", "runtime::worker", "kafka", "embedded"]),
    ("ingest", ROLE),
    ("alert", ROLE),
    ("console", ROLE),
    ("demo", ROLE),
    (
        "cli",
        &[
            "domain",
            "codec",
            "engine",
            "telemetry",
            "config",
            "report",
            "runtime",
            "kafka",
            "embedded",
            "ingest",
            "alert",
            "console",
            "demo",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Roles do not know one another; which log they run on is chosen by `cli`.
const ROLE: &[&str] = &["domain", "codec", "engine", "telemetry", "config", "runtime"];

/// Crates that one room alone may name.
const OWNED: &[(&str, &str)] = &[
    ("rdkafka", "kafka"),
    ("rdkafka_sys", "kafka"),
    ("heed", "embedded"),
    ("apache_avro", "codec"),
    ("schema_registry_converter", "codec"),
    ("serde_avro_fast", "codec"),
];

/// Rooms without clock, input, output, threads, async or chance. `clippy.toml` holds the clock too.
const PURE: &[&str] = &["domain", "engine", "report"];
const IMPURE: &[&str] = &[
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Utc::now",
    "Local::now",
    "std::fs",
    "std::net",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "tokio",
    "async",
    "await",
    "rand",
    "rand_chacha",
    "println!",
    "eprintln!",
    "print!",
    "dbg!",
    "tracing",
    "Uuid::new_v4",
];

/// Switches on, for a pure room, the list of `clippy.toml`.
const CLOCK_LINT: &str = "#![deny(clippy::disallowed_methods)]";

/// What makes a result depend on the machine or the run: floats, and the order of hashed
/// collections (take `BTreeMap` or a sorted `Vec`).
const UNREPEATABLE_IN_DOMAIN: &[&str] = &["f32", "f64", "HashMap", "HashSet", "DashMap"];

/// Files with `unsafe`, and why.
const UNSAFE: &[(&str, &str)] = &[
    ("src/embedded/open.rs", "a memory map: the store's opening call is unsafe by contract"),
    ("src/kafka/native.rs", "what librdkafka tells and its wrapper does not"),
];

const LINES_MAX: usize = 400;
/// Files above it, and why.
const LONG: &[(&str, &str)] =
    &[("src/kafka/config.rs", "every setting of the client beside its reason")];

#[test]
fn should_keep_the_rules_of_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 10, "the walk found no sources: {files:?}");
    let mut complaints = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source can be read");
        let path = file.strip_prefix(root).expect("it lies under the root");
        complaints.extend(complain(&path.to_string_lossy(), &text));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn should_find_each_kind_of_breach() {
    let long = "//! Prose.\n".repeat(LINES_MAX + 1);
    let breaches: &[(&str, &str, &str)] = &[
        ("src/domain/a.rs", "//! P.\nuse crate::engine::Task;", "domain may not name engine"),
        (
            "src/domain/a.rs",
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
            "//! P.\nuse crate::{runtime::{log::Log, worker}};",
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
        ("src/domain/a.rs", "//! P.\nlet x: f64 = 1.0;", "f64"),
        ("src/kafka/a.rs", "//! P.\nunsafe { f() }", "unsafe"),
        ("src/kafka/a.rs", "use std::fmt;", "prose"),
        ("src/domain/mod.rs", "//! P.", "disallowed_methods"),
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
fn should_leave_what_keeps_the_rules_alone() {
    let fine: &[(&str, &str)] = &[
        ("src/engine/a.rs", "//! P.\nuse crate::runtime::log::Output;\nuse crate::domain::{a, b};"),
        (
            "src/engine/a.rs",
            "//! P. Not crate::kafka.\n/// See std::fs and [`crate::cli`].\nfn operand() {}",
        ),
        (
            "src/domain/a.rs",
            "//! P.\nuse std::time::Duration;\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    use rand::random;\n}",
        ),
        ("src/domain/a/tests.rs", "//! P.\nuse rand::random;"),
        ("src/domain/a.rs", "//! P.\nconst URL: &str = \"tokio as a word in a text\";"),
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
    if lines > LINES_MAX && !listed(LONG) {
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
    if inside.ends_with("tests.rs") || inside.contains("/tests/") {
        return complaints;
    }
    let room = inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs");
    let code = code_of(text);
    let names = |word: &str| contains_word(&code, word);
    if names("unsafe") && !listed(UNSAFE) {
        complaints.push(format!("{path}: unsafe outside the files listed in tests/it/tidy/mod.rs"));
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
        let found = IMPURE.iter().filter(word_or_path);
        complaints.extend(found.map(|word| {
            format!("{path}: {word} in {room}, which is pure: hand its result in as an argument")
        }));
    }
    if PURE.contains(&room) && inside == format!("{room}/mod.rs") && !text.contains(CLOCK_LINT) {
        complaints.push(format!("{path}: say {CLOCK_LINT} below the prose"));
    }
    if room == "domain" {
        let found = UNREPEATABLE_IN_DOMAIN.iter().filter(word_or_path);
        complaints.extend(found.map(|word| {
            format!("{path}: {word} in domain: its result could differ between two runs")
        }));
    }
    complaints
}

fn breaches_of_direction(path: &str, room: &str, code: &str, paths: &[String]) -> Vec<String> {
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!(
            "{path}: no room named {room}: add it to ROOMS in tests/it/tidy/mod.rs, with what it may name"
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
