//! The tables of the architecture. Each is meant to be amended, in the commit that changes the
//! architecture.

/// Which rooms of `src/` a room may name. A path (`runtime::role`) opens that part alone. Rooms
/// stand below those that they may name, so nothing names `cli` and `domain` names nothing.
pub(super) const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    // Secrets, access tokens, and how their change is noticed; not what they are for.
    ("credentials", &[]),
    ("codec", &["domain", "credentials"]),
    // The contract between what runs and what it runs on: records in, outputs out.
    ("log", &[]),
    ("engine", &["domain", "codec", "log", "runtime::role"]),
    // Who gets which decision: a fold of its own, over decisions.
    ("desk", &["domain"]),
    // Turns a role on a log; knows neither.
    ("runtime", &["log"]),
    // Hears of what was committed and of how the worker fares; nothing that it observes knows it.
    ("telemetry", &["domain", "engine", "runtime", "log", "codec::losses"]),
    // The two logs know the contract, never each other or what runs on them.
    ("kafka", &["log", "credentials"]),
    ("embedded", &["log"]),
    // Folds what it is handed; decides nothing.
    ("analysis", &["domain", "codec", "engine", "log", "report::words"]),
    // Profiles and states in, texts and counts out.
    ("report", &["domain"]),
    // Tables and outcomes in, figures and findings out.
    (
        "evidence",
        &["domain", "mapping::normalise", "mapping::identity", "report::words", "report::page"],
    ),
    // Rows in, records out.
    ("mapping", &["domain", "codec"]),
    (
        "aliases",
        &[
            "domain",
            "codec",
            "log",
            "mapping",
            "engine::topics",
            "engine::scorer",
            "runtime::worker",
        ],
    ),
    // The file of settings is made of each part's own.
    (
        "config",
        &["domain", "engine::topics", "runtime::worker", "kafka", "embedded", "log", "credentials"],
    ),
    (
        "admin",
        &[
            "domain",
            "codec",
            "log",
            "engine",
            "config",
            "kafka",
            "embedded",
            "runtime",
            "mapping",
            "aliases",
            "analysis",
            "evidence::history",
            "evidence::backtest",
            "credentials",
        ],
    ),
    // How decisions look to people, where they go, and the roles that carry them there.
    (
        "deliver",
        &[
            "domain",
            "codec",
            "credentials",
            "desk",
            "log",
            "engine",
            "runtime",
            "telemetry",
            "config",
            "report",
            // jq, for the field maps of tools, and how their cases end.
            "mapping::cases",
            "mapping::program",
        ],
    ),
    ("ingest", ROLE),
    ("console", ROLE),
    (
        "demo",
        &["domain", "codec", "log", "engine", "runtime", "report::layout", "config::machine_zone"],
    ),
    (
        "cli",
        &[
            "domain",
            "codec",
            "log",
            "engine",
            "telemetry",
            "config",
            "analysis",
            "report",
            "evidence",
            "mapping",
            "aliases",
            "admin",
            "credentials",
            "deliver",
            "desk",
            "runtime",
            "kafka",
            "embedded",
            "ingest",
            "console",
            "demo",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Roles do not know one another; which log they run on is chosen by `cli`.
pub(super) const ROLE: &[&str] = &[
    "domain",
    "codec",
    "credentials",
    "log",
    "engine",
    "telemetry",
    "config",
    "runtime",
    "mapping",
    "aliases",
    "analysis",
];

/// The storeys of the core, each with those below it that it may name.
pub(super) const STOREYS: &[(&str, &[&str])] = &[
    ("terms", &[]),
    ("evidence", &["terms"]),
    ("profile", &["terms", "evidence"]),
    ("score", &["terms", "evidence", "profile"]),
    ("account", &["terms", "evidence", "profile", "score"]),
];

/// Files that import each other, and why that is harmless.
pub(super) const CIRCLES: &[(&[&str], &str)] = &[
    (
        &["domain::score::intent::growth", "domain::score::intent::matching"],
        "growth is one match of several",
    ),
    (&["domain::evidence::counts", "domain::evidence::event"], "a run of counts is evidence"),
    (&["mapping::guard", "mapping::program"], "the work is counted in the data of a program"),
    (&["mapping::normalise::date", "mapping::normalise::part"], "a part of a year is a date"),
    (&["runtime::opening", "runtime::worker"], "opening is a step of the worker's loop"),
];

/// Crates that one room alone may name.
pub(super) const OWNED: &[(&str, &str)] = &[
    ("rdkafka", "kafka"),
    ("rdkafka_sys", "kafka"),
    ("heed", "embedded"),
    ("reqwest", "credentials"),
    ("apache_avro", "codec"),
    ("schema_registry_converter", "codec"),
    ("serde_avro_fast", "codec"),
];

/// Rooms without clock, input, output, threads, async or chance. `clippy.toml` holds the clock too.
pub(super) const PURE: &[&str] = &["domain", "desk", "engine", "report", "analysis", "evidence"];
/// What a pure room may use all the same: resamples and permutations take chance from a seed.
pub(super) const SEEDED: &[(&str, &str)] = &[("evidence", "rand_chacha")];
pub(super) const IMPURE: &[&str] = &[
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
pub(super) const CLOCK_LINT: &str = "#![deny(clippy::disallowed_methods)]";

/// Rooms whose results must be the same on every machine and in every run.
pub(super) const REPEATABLE: &[&str] = &["domain", "desk"];

/// What makes a result depend on the machine or the run: floats, and the order of hashed
/// collections (take `BTreeMap` or a sorted `Vec`).
pub(super) const UNREPEATABLE: &[&str] = &["f32", "f64", "HashMap", "HashSet", "DashMap"];

/// Files with `unsafe`, and why.
pub(super) const UNSAFE: &[(&str, &str)] = &[
    ("src/embedded/open.rs", "a memory map: the store's opening call is unsafe by contract"),
    ("src/kafka/native.rs", "what librdkafka tells and its wrapper does not"),
];

/// What a failure's text is called, and what would take a decision from it. A caller decides by a
/// type; the text may be improved at any time.
pub(super) const MESSAGES: &[&str] =
    &["message", "message()", "error", "reason", "why", "cause", "to_string()"];
pub(super) const READINGS: &[&str] = &[
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "split_once",
    "find",
    "rfind",
];

/// Files that read the text of a failure, since a foreign library has no type for it.
pub(super) const MESSAGE_READERS: &[(&str, &str)] = &[
    ("src/codec/registry.rs", "the registry's client has the HTTP status in its message only"),
    ("src/config/hints.rs", "serde hands a wrong setting over as a text"),
    ("src/config/yaml.rs", "the YAML parser has the position in its message too"),
    ("src/kafka/context.rs", "librdkafka has some causes in the words of its complaints only"),
];

pub(super) const LINES_MAX: usize = 400;
/// Half of the files of `src/` are no longer than this.
pub(super) const LINES_MEDIAN_MAX: usize = 150;
