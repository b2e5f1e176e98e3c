//! The real binary, as people and scripts call it: what it refuses and how it says so, how it
//! starts and stops, and that two publishers at once leave every partition alike.

mod aliases;
mod answers;
mod apart;
mod audits;
mod broken;
mod chart;
mod contracts;
mod dead_letters;
mod deleting;
mod erasing;
mod files;
mod first;
mod following;
mod hangup;
mod help;
mod history;
mod hostile;
mod imports;
mod json;
mod manifests;
mod matching;
mod named;
mod origins;
mod publish;
mod refusals;
mod remarks;
mod replays;
mod rules;
pub(crate) mod running;
mod samples;
mod schema;
mod screen;
mod sendings;
mod settings;
mod shell;
mod sizes;
mod spelling;
mod texts;
mod top;
mod units;
mod weekly;

use crate::support;
use buymode::config::{Config, EmbeddedConfig};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

pub(crate) const EXAMPLE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/profiles/example.yaml");

/// How a call of the binary ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_buymode"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Settings that name a folder's log and nothing else.
pub(crate) fn embedded(folder: &Path) -> Config {
    let folder = folder.to_owned();
    let embedded = EmbeddedConfig { folder, map_size_gib: Default::default() };
    Config { embedded: Some(embedded), ..Config::default() }
}

/// Waits for a call; one that takes longer than 30 s is killed and fails the test.
pub(crate) fn wait(child: Child) -> Ended {
    let began = Instant::now();
    let pid = child.id();
    let (done, ended) = channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(Duration::from_secs(90)) else {
        signal(pid, "KILL");
        panic!("the binary did not end within 90 s");
    };
    let output = output.unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        took: began.elapsed(),
    }
}

/// Calls the binary. What it prints with `--json` keeps its schema.
pub(crate) fn buymode(args: &[&str]) -> Ended {
    let ended = wait(command(args).spawn().unwrap());
    support::answers::check(args, &ended.stdout);
    ended
}

pub(crate) fn ok(args: &[&str]) -> String {
    let ended = buymode(args);
    assert_eq!(ended.code, Some(0), "{args:?}: {ended:?}");
    ended.stdout
}

pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
    assert!(sent.unwrap().success(), "kill -{name} {pid}");
}

/// Settings for an embedded log in `folder`, with a free port.
pub(crate) fn settings(folder: &Path) -> PathBuf {
    let file = folder.join("buymode.yaml");
    let text = format!(
        "embedded: {{folder: data, map_size_gib: 1}}\ntopics: {{partitions: 3}}\n\
         profile: {EXAMPLE}\ninstance: test\nhttp: {{listen: '127.0.0.1:0'}}\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}
