//! A JVM under the supervision of a command of `deploy/kafka`, which reads a pipe that only this
//! process holds: however this process ends, the pipe closes, the JVM is killed and its folder
//! deleted.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub(super) struct Server {
    command: &'static str,
    folder: PathBuf,
    supervisor: Child,
    addresses: HashMap<String, String>,
}

impl Server {
    /// Starts `deploy/kafka/<command> run` and returns once it serves.
    pub(super) fn start(command: &'static str, folder: PathBuf, options: &[&str]) -> Self {
        let (supervisor, addresses) = run(command, &folder, options);
        Self { command, folder, supervisor, addresses }
    }

    pub(super) fn address(&self, name: &str) -> Option<String> {
        self.addresses.get(name).cloned()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it again on the same folder, after [`Server::signal`] has ended it.
    pub(super) fn restart(&mut self) {
        let (supervisor, addresses) = run(self.command, &self.folder, &[]);
        // The former supervisor goes only now: it leaves the folder alone because the process id
        // in it is no longer the one it watched.
        let former = std::mem::replace(&mut self.supervisor, supervisor);
        self.addresses = addresses;
        release(former);
    }

    /// `signal` is a name that `kill` knows: KILL, TERM, STOP, CONT.
    pub(super) fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([format!("-{signal}"), self.pid().to_owned()])
            .status()
            .expect("kill can be run");
        assert!(status.success(), "kill -{signal} {} failed", self.pid());
    }

    pub(super) fn await_end(&self) {
        let process = Path::new("/proc").join(self.pid());
        let deadline = Instant::now() + Duration::from_secs(30);
        while process.exists() {
            assert!(Instant::now() < deadline, "process {} outlives its signal", self.pid());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(super) fn pid(&self) -> &str {
        &self.addresses["pid"]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

fn release(mut supervisor: Child) {
    drop(supervisor.stdin.take());
    let _ = supervisor.wait();
}

fn run(command: &str, folder: &Path, options: &[&str]) -> (Child, HashMap<String, String>) {
    let mut supervisor = Command::new(script(command))
        .arg("run")
        .arg(folder)
        .arg("--scratch")
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("deploy/kafka/{command} does not run: {error}"));
    let stdout = supervisor.stdout.take().expect("stdout is piped");
    let mut addresses = HashMap::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.expect("the script writes text");
        if line == "ready" {
            return (supervisor, addresses);
        }
        if let Some((name, value)) = line.split_once('=') {
            addresses.insert(name.to_owned(), value.to_owned());
        }
    }
    let ended = supervisor.wait();
    panic!("deploy/kafka/{command} ended before it served ({ended:?}); its reason is above");
}

pub(super) fn script(command: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kafka").join(command)
}

/// A folder under target/tmp that names this process, so that a later run can tell whether its
/// owner is gone.
pub(super) fn fresh_folder() -> PathBuf {
    static SWEEP: Once = Once::new();
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    SWEEP.call_once(|| remove_orphans(parent));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = parent.join(format!("server-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("target/tmp can be written");
    folder
}

/// Only a run killed between a test's kill -9 of its broker and the next start leaves a folder.
fn remove_orphans(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix("server-").and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
