//! SIGHUP: a service reads again what it is to log, and nothing else.

use super::{command, ok, settings, signal, wait};
use std::io::{BufRead, BufReader, Lines};
use std::process::ChildStderr;

fn next(lines: &mut Lines<BufReader<ChildStderr>>, holds: impl Fn(&str) -> bool) -> String {
    lines.map(Result::unwrap).find(|line| holds(line)).unwrap()
}

#[test]
fn should_change_what_is_logged_at_sighup_and_keep_it_where_the_settings_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path());
    let before = std::fs::read_to_string(&file).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    ok(&[&["topics", "create"], &config[..]].concat());
    let mut child = command(&[&["run"], &config[..]].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    next(&mut lines, |line| line.contains("started"));

    let mut change = |more: &str| {
        std::fs::write(&file, format!("{before}{more}")).unwrap();
        signal(child.id(), "HUP");
        next(&mut lines, |line| line.contains("log section") || line.contains("logging stays"))
    };
    let line = change("logging: {filter: 'warn,buymode=info'}\n");
    assert!(line.contains("again: logging.filter: warn,buymode=info"), "{line}");
    let line = change("logging: {filter: warning}\n");
    assert!(line.contains("WARN") && line.contains("stays as it is"), "{line}");
    assert!(line.contains("unknown level `warning`"), "{line}");
    let line = change("logging: {filter: info}\ntpoics: {partitions: 3}\n");
    assert!(line.contains("stays as it is") && line.contains("tpoics"), "{line}");
    let line = change("logging: {filter: trace}\n");
    assert!(line.contains("again: logging.filter: trace"), "{line}");

    signal(child.id(), "TERM");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(wait(child).code, Some(0), "{rest:?}");
    // Lines of our own are few; those of the network's library come by another way.
    assert!(rest.iter().any(|line| line.contains("TRACE")), "{rest:?}");
}
