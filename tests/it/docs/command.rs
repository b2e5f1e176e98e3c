//! The commands of a block: how each is run, and the closed list of those that are not.

/// Commands that cannot run inside a test, as the pages write them, each with its reason.
/// `shape` checks that the programs, flags and files they name exist.
pub(super) const NOT_RUN: &[(&str, &str)] = &[
    ("cargo run --release -- demo", "a release build takes minutes; `buymode demo` is run"),
    ("cargo test", "it runs this test"),
    ("cargo test --lib --no-default-features", "a build of its own; .ci/run runs it"),
    ("cargo build --release", "a release build takes minutes; the test's build is on the PATH"),
    ("export PATH=$PWD/target/release:$PATH", "the test's build is on the PATH"),
    ("deploy/kafka/fetch", "downloads a broker; the tests' support calls it"),
    (
        "deploy/kafka/broker start target/broker --port 9092",
        "the tests' own broker stands in, started by the same script on a free port",
    ),
    ("deploy/kafka/broker stop target/broker", "the tests' own broker serves other tests too"),
    (".ci/run", "runs every test"),
    (".ci/long faults", "takes minutes"),
    (".ci/long chaos", "takes minutes"),
    (".ci/long storm", "takes half an hour"),
    (".ci/long fuzz", "takes minutes"),
    (".ci/long soak", "takes half an hour"),
    (".ci/long laws", "takes minutes"),
    (".ci/long evidence", "takes minutes"),
    (".ci/long peers", "takes half an hour"),
    (".ci/long deliver", "takes minutes"),
    (".ci/long sync", "takes a quarter of an hour"),
    (".ci/long chart", "builds helm, takes minutes"),
    (".ci/long container", "needs a release build"),
    (".ci/long alerts", "needs a release build, a quarter of an hour"),
    (".ci/long traces", "needs a release build, minutes on a quiet machine"),
    (".ci/long upgrade", "builds the program twice"),
    (".ci/long release", "needs a release build"),
    (".ci/long clients", "needs a release build"),
    (
        "deploy/kafka/registry start target/registry --port 8081",
        "the tests' own registry stands in",
    ),
    (
        "deploy/kafka/registry stop target/registry",
        "the tests' own registry serves other tests too",
    ),
    ("python3 -m venv target/sequencer", CONSUMERS),
    ("target/sequencer/bin/pip install -r deploy/clients/python/requirements.txt", CONSUMERS),
    ("target/sequencer/bin/python deploy/clients/python/consumer.py", CONSUMERS),
    ("mvn -q -f deploy/clients/java/pom.xml package", CONSUMERS),
    ("java -jar deploy/clients/java/target/consumer.jar", CONSUMERS),
    ("npm install --prefix deploy/clients/node", CONSUMERS),
    ("npm start --prefix deploy/clients/node", CONSUMERS),
    ("go -C deploy/clients/go run .", CONSUMERS),
    ("UPDATE_DOCS=1 cargo test --test it docs", "runs cargo within cargo"),
    ("cargo bench --bench core", "a measurement on an optimised build"),
];

const CONSUMERS: &str = "downloads libraries; tests/independent/clients/check runs the consumers";

/// Commands whose short form runs in their stead.
const SHORTENED: &[(&str, &str)] = &[("buymode demo", "buymode demo --for 6s")];

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    NotRun,
    /// Runs until it is stopped.
    Background(String),
    Foreground(String),
}

/// The commands of a block, in order: a line each, with its continuation lines and here-documents;
/// those of [`NOT_RUN`] apart where `&&` joins them.
pub(super) fn commands(block: &str) -> Vec<String> {
    let (mut commands, mut lines) = (Vec::new(), block.lines());
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut command = line.to_owned();
        while command.ends_with('\\') || command.matches('\'').count() % 2 == 1 {
            command += "\n";
            command += lines.next().expect("the command goes on");
        }
        if let Some((_, rest)) = line.split_once("<<'") {
            let end = rest.split('\'').next().expect("the quote is closed");
            for body in lines.by_ref() {
                command += &format!("\n{body}");
                if body == end {
                    break;
                }
            }
            command += "\n";
        }
        let plain = plain(&command);
        match plain.split(" && ").all(is_not_run) {
            true => commands.extend(plain.split(" && ").map(str::to_owned)),
            false => commands.push(command),
        }
    }
    commands
}

/// Without the remark behind it.
fn plain(command: &str) -> &str {
    match command.split_once("  #") {
        Some((command, remark)) if !remark.contains('\n') => command.trim_end(),
        _ => command,
    }
}

fn is_not_run(command: &str) -> bool {
    NOT_RUN.iter().any(|(known, _)| *known == command)
}

/// The words behind `A=b` assignments.
pub(super) fn words(command: &str) -> Vec<&str> {
    let is_setting = |word: &&str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_uppercase())
        })
    };
    command.split_whitespace().skip_while(is_setting).collect()
}

pub(super) fn kind(command: &str) -> Kind {
    let command = plain(command);
    if is_not_run(command) {
        return Kind::NotRun;
    }
    let shortened = SHORTENED.iter().find(|(long, _)| *long == command);
    let command = shortened.map_or(command, |(_, short)| short).to_owned();
    let words = words(&command);
    let follows = match words.get(..2) {
        Some(["buymode", "run"]) => !words.contains(&"--until-caught-up"),
        Some(["buymode", "ingest"]) => true,
        Some(["buymode", "deliver"]) => words.get(2).is_none_or(|word| word.starts_with('-')),
        Some(["buymode", "decisions"]) => {
            let ends = ["--until-end", "--open", "send-sample"];
            !ends.iter().any(|word| words.contains(word))
        }
        _ => false,
    };
    if follows { Kind::Background(command) } else { Kind::Foreground(command) }
}

#[test]
fn should_split_a_block_into_commands() {
    let block = "# first\nexport PATH=$PWD/target/release:$PATH\ncargo build --release && cargo test   # slow\n\
                 cat > a <<'END'\nbuymode run\nEND\nls \\\n  -l\nA_B=1 buymode run --config x   # Ctrl-C\n";
    let found = commands(block);
    assert_eq!(
        found,
        [
            "export PATH=$PWD/target/release:$PATH",
            "cargo build --release",
            "cargo test",
            "cat > a <<'END'\nbuymode run\nEND\n",
            "ls \\\n  -l",
            "A_B=1 buymode run --config x   # Ctrl-C",
        ]
    );
    let kinds: Vec<Kind> = found.iter().map(|command| kind(command)).collect();
    assert!(kinds[..3].iter().all(|kind| *kind == Kind::NotRun), "{kinds:?}");
    assert!(matches!(kinds[3], Kind::Foreground(_)) && matches!(kinds[4], Kind::Foreground(_)));
    assert_eq!(kinds[5], Kind::Background("A_B=1 buymode run --config x".to_owned()));
    let until = "buymode run --config x --until-caught-up";
    assert_eq!(kind(until), Kind::Foreground(until.to_owned()));
    assert_eq!(kind("buymode demo"), Kind::Foreground("buymode demo --for 6s".to_owned()));
}
