//! Walks through a page: its commands in order, in a scratch folder, as a reader would type them.
//! Ports, the broker's address and the topics' prefix are the test's own.

use super::command::{Kind, commands, kind};
use super::page::{Page, root};
use crate::cli::{Ended, signal, wait};
use crate::support::{self, Address};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a command that reads may take to show what was written just before.
const PATIENCE: Duration = Duration::from_secs(40);

/// What the output of the command that begins so holds, at once or soon after; with `=` before it,
/// what the output is.
pub(super) type Expected = (&'static str, &'static [&'static str]);

/// Runs a page on a log in a folder, without a broker.
pub(super) fn on_a_folder(page: &str, expected: &[Expected]) {
    Walk::new(Vec::new()).page(page, expected);
}

/// Runs a page on a real broker; without Java it is skipped, as every test on Kafka is.
pub(super) fn on_kafka(page: &str, expected: &[Expected]) {
    let Some(kafka) = support::kafka() else { return };
    let settings = vec![
        ("BUYMODE__KAFKA__BOOTSTRAP", kafka.bootstrap.clone()),
        ("BUYMODE__TOPICS__PREFIX", format!("{}.", kafka.unique("docs"))),
    ];
    Walk::new(settings).page(page, expected);
}

/// The same with a schema registry beside the broker.
pub(super) fn on_kafka_and_registry(page: &str, expected: &[Expected]) {
    let (Some(kafka), Some(registry)) = (support::kafka(), support::registry()) else { return };
    let settings = vec![
        ("BUYMODE__KAFKA__BOOTSTRAP", kafka.bootstrap.clone()),
        ("BUYMODE__TOPICS__PREFIX", format!("{}.", kafka.unique("docs"))),
        ("BUYMODE__SCHEMA_REGISTRY__URL", registry.url.clone()),
    ];
    Walk::new(settings).page(page, expected);
}

struct Walk {
    scratch: tempfile::TempDir,
    /// Where the reader stands: `cd` in a block holds for the next command.
    folder: PathBuf,
    /// What the test sets, beside what the page says.
    settings: Vec<(&'static str, String)>,
    /// Documented ports with the test's.
    ports: Vec<(u16, u16)>,
    running: Vec<(String, Running)>,
}

struct Running(Option<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Walk {
    fn new(mut settings: Vec<(&'static str, String)>) -> Walk {
        let scratch = tempfile::tempdir().unwrap();
        for folder in ["deploy", "schemas"] {
            std::os::unix::fs::symlink(root().join(folder), scratch.path().join(folder)).unwrap();
        }
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ports: Vec<(u16, u16)> = [8080, 8081, 8090, 8000].map(|port| (port, free())).into();
        settings.push(("BUYMODE__HTTP__LISTEN", format!("127.0.0.1:{}", ports[0].1)));
        settings.push(("BUYMODE__INGEST__LISTEN", format!("127.0.0.1:{}", ports[2].1)));
        // Enough to have several, and soon made.
        settings.push(("BUYMODE__TOPICS__PARTITIONS", "3".to_owned()));
        let folder = scratch.path().to_owned();
        Walk { scratch, folder, settings, ports, running: Vec::new() }
    }

    fn page(mut self, name: &str, expected: &[Expected]) {
        let page = Page::read(&root().join(name));
        let mut open: Vec<&Expected> = expected.iter().collect();
        for block in page.blocks().iter().filter(|block| block.language == "sh") {
            for command in commands(&block.text) {
                let place = format!("{name}:{}: {command}", block.line);
                match kind(&command) {
                    Kind::NotRun => {}
                    Kind::Background(command) => {
                        self.start(&place, &command);
                        self.await_start();
                    }
                    Kind::Foreground(command) => {
                        let at = open.iter().position(|(begin, _)| command.starts_with(begin));
                        let parts = at.map_or(&[][..], |at| open.remove(at).1);
                        self.run(&place, &command, parts);
                    }
                }
            }
        }
        assert!(open.is_empty(), "{name} has no command that begins so: {open:?}");
        self.stop();
    }

    fn shell(&self, script: &str) -> Command {
        let mut script = script.to_owned();
        for (documented, ours) in &self.ports {
            for host in ["localhost", "127.0.0.1"] {
                script =
                    script.replace(&format!("{host}:{documented}"), &format!("127.0.0.1:{ours}"));
            }
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_buymode")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("bash");
        shell.args(["-e", "-o", "pipefail", "-c", &script]).current_dir(&self.folder);
        shell.env("PATH", format!("{}:{path}", binary.display())).stdin(Stdio::null());
        shell.envs(self.settings.iter().map(|(name, value)| (name, value)));
        shell
    }

    fn start(&mut self, place: &str, command: &str) {
        let log = self.scratch.path().join(format!("background-{}.log", self.running.len()));
        let file = File::create(&log).unwrap();
        let mut shell = self.shell(&format!("exec env {command}"));
        shell.stdout(file.try_clone().unwrap()).stderr(file);
        self.running.push((place.to_owned(), Running(Some(shell.spawn().unwrap()))));
    }

    /// Waits until the last command in the background says that it has started; one that follows
    /// says nothing, and only has to go on.
    fn await_start(&mut self) {
        let n = self.running.len() - 1;
        let log = self.scratch.path().join(format!("background-{n}.log"));
        let (place, running) = &mut self.running[n];
        let serves = !place.contains("buymode decisions");
        let began = Instant::now();
        loop {
            let said = std::fs::read_to_string(&log).unwrap();
            let ended = running.0.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "{place} ended: {ended:?}\n{said}");
            let waited = began.elapsed();
            if said.contains("INFO started") || !serves && waited > Duration::from_secs(1) {
                return;
            }
            assert!(waited < PATIENCE, "{place} does not start\n{said}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs a command to its end. Where something is expected, the command is asked again until its
    /// output shows it; so only commands that change nothing should have expectations that come late.
    fn run(&mut self, place: &str, command: &str, expected: &[&str]) {
        let stands = self.scratch.path().join("stands");
        // A service that was started just before may not listen yet.
        let curl = "curl() { command curl -sS --fail-with-body --retry 150 --retry-connrefused \
                    --retry-delay 1 --retry-max-time 30 \"$@\"; }";
        let script = format!("{curl}\n{command}\npwd > {}", stands.display());
        let began = Instant::now();
        loop {
            let mut shell = self.shell(&script);
            let child = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let ended = wait(child);
            let lacking = lacking(&ended, expected);
            if ended.code == Some(0) && lacking.is_none() {
                break;
            }
            let late = expected.is_empty() || began.elapsed() > PATIENCE;
            assert!(!late, "{place}\nlacks {lacking:?}: {ended:#?}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(200));
        }
        self.folder = PathBuf::from(std::fs::read_to_string(stands).unwrap().trim_end());
    }

    /// What the commands in the background say.
    fn logs(&self) -> String {
        let log =
            |n| std::fs::read_to_string(self.scratch.path().join(format!("background-{n}.log")));
        (0..self.running.len()).map(|n| log(n).unwrap_or_default()).collect()
    }

    /// Each ends in order when it is asked to.
    fn stop(mut self) {
        let logs = self.logs();
        for (place, running) in &mut self.running {
            let child = running.0.take().unwrap();
            signal(child.id(), "TERM");
            let ended = wait(child);
            // What follows for ever is ended by the signal; what serves stops in order.
            let followed = place.contains("buymode decisions");
            assert!(followed || ended.code == Some(0), "{place}\n{ended:?}\n{logs}");
        }
    }
}

fn lacking<'e>(ended: &Ended, expected: &[&'e str]) -> Option<&'e str> {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    let has = |part: &&str| match part.strip_prefix('=') {
        Some(all) => said.trim() == all,
        None => said.contains(part),
    };
    expected.iter().find(|part| !has(part)).copied()
}
