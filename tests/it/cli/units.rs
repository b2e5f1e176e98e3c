//! The units for systemd: systemd takes them, and what they call is a command of this program.

use crate::support;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "/usr/local/bin/buymode";

fn units() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/systemd");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut units: Vec<_> =
        entries.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect();
    units.sort();
    units
}

fn values<'a>(unit: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    unit.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='))
}

#[test]
fn should_call_commands_that_there_are() {
    let (mut called, mut timers) = (0, 0);
    for (path, unit) in units() {
        let shown = path.display();
        if path.extension().is_some_and(|e| e == "timer") {
            timers += 1;
            assert!(path.with_extension("service").exists(), "{shown} starts nothing");
        }
        for line in values(&unit, "ExecStart") {
            let at = line.find(PROGRAM).unwrap_or_else(|| panic!("{shown}: {line}"));
            let words = line[at + PROGRAM.len()..].replace(['"', '\''], " ");
            let words = ["buymode"].into_iter().chain(words.split_whitespace());
            // A date within quotes is one word.
            let words: Vec<&str> =
                words.filter(|w| !w.starts_with("-u") && !w.starts_with('+')).collect();
            let parsed = buymode::cli::command().try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{shown}: {words:?}: {}", parsed.unwrap_err());
            called += 1;
        }
    }
    assert_eq!((called, timers), (5, 2));
}

/// An instance whose name is taken must not come back and take it again, and one that was called wrong
/// would never do.
#[test]
fn should_start_again_after_everything_but_what_stays_wrong() {
    for (path, unit) in units() {
        if !values(&unit, "Type").any(|kind| kind == "exec") {
            continue;
        }
        let shown = path.display();
        assert_eq!(values(&unit, "Restart").collect::<Vec<_>>(), ["on-failure"], "{shown}");
        assert_eq!(
            values(&unit, "RestartPreventExitStatus").collect::<Vec<_>>(),
            ["2 78"],
            "{shown}"
        );
        let stop: u64 = values(&unit, "TimeoutStopSec").next().unwrap().parse().unwrap();
        assert!(stop > 5, "{shown}: it stops within five seconds");
    }
}

#[test]
fn should_be_what_systemd_takes() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return support::skip("no systemd-analyze");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (path, unit) in units() {
        let file = folder.path().join(path.file_name().unwrap());
        std::fs::write(&file, unit.replace(PROGRAM, env!("CARGO_BIN_EXE_buymode"))).unwrap();
        files.extend((!file.to_string_lossy().ends_with("sysusers")).then_some(file));
    }
    let verify = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&files).output();
    let verify = verify.unwrap();
    let said = String::from_utf8_lossy(&verify.stderr);
    assert!(verify.status.success() && said.is_empty(), "{said}");
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "service")) {
        let args = ["security", "--offline=yes", "--no-pager", "--threshold=20"];
        let rated = Command::new("systemd-analyze").args(args).arg(file).output().unwrap();
        assert!(rated.status.success(), "{}", String::from_utf8_lossy(&rated.stdout));
    }
}
