//! An instance as it is run: the real binary, in a process of its own, so that it can be killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::world::World;
use crate::cli::running::try_get;

pub(super) struct Instance {
    pub name: String,
    settings: PathBuf,
    said: PathBuf,
    child: Child,
}

impl Instance {
    /// `folder` takes its settings and what it says.
    pub(super) fn start(world: &World, name: &str, folder: &Path) -> Instance {
        let settings_file = folder.join(format!("{name}.yaml"));
        settings(world, name, &settings_file);
        let said = folder.join(format!("{name}.log"));
        let child = spawn(&settings_file, &said);
        Instance { name: name.to_owned(), settings: settings_file, said, child }
    }

    /// SIGKILL.
    pub(super) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Again, under the same name.
    pub(super) fn restart(&mut self) {
        self.child = spawn(&self.settings, &self.said);
    }

    /// Hangs, as a machine that swaps or a container that is frozen.
    pub(super) fn sigstop(&mut self) {
        self.signal("STOP");
    }

    pub(super) fn sigcont(&mut self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap();
        assert!(sent.success(), "kill -{signal} {pid} failed");
    }

    /// In an orderly way, within the five seconds that this may take.
    pub(super) fn stop(mut self) {
        self.signal("TERM");
        let began = std::time::Instant::now();
        while self.ended().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert!(began.elapsed().as_secs() < 7, "it does not stop:\n{}", self.said());
        }
        assert!(self.ended().is_some_and(|status| status.success()), "{}", self.said());
    }

    /// The address that its page for operators is at.
    pub(super) fn http(&self) -> Option<String> {
        let said = std::fs::read_to_string(&self.said).unwrap_or_default();
        let at = said.rfind("http=")? + "http=".len();
        said[at..].split_whitespace().next().map(|address| address.trim_matches('"').to_owned())
    }

    /// Inputs of a type that it has applied and committed since it started.
    pub(super) fn applied(&self, record_type: &str) -> u64 {
        let Some(address) = self.http() else { return 0 };
        let line = format!("buymode_inputs_total{{type=\"{record_type}\",verdict=\"applied\"}} ");
        // One that is just being started again is not there yet.
        let Ok((_, metrics)) = try_get(&address, "/metrics") else { return 0 };
        metrics
            .lines()
            .find_map(|found| found.strip_prefix(&line)?.parse().ok())
            .unwrap_or_default()
    }

    /// How often it has come up.
    pub(super) fn starts(&self) -> usize {
        std::fs::read_to_string(&self.said).unwrap_or_default().matches("http=").count()
    }

    /// How it ended, if it did by itself.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// The last it said.
    pub(super) fn said(&self) -> String {
        let said = std::fs::read_to_string(&self.said).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(settings: &Path, said: &Path) -> Child {
    let said = File::options().create(true).append(true).open(said).unwrap();
    // Another build can be tried: `BUYMODE_BINARY`.
    let binary = std::env::var_os("BUYMODE_BINARY");
    Command::new(binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_buymode").into()))
        .args(["run", "--config"])
        .arg(settings)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .unwrap()
}

/// As [`super::config`], in a file.
fn settings(world: &World, name: &str, file: &Path) {
    let kafka = super::config(&world.store.location());
    let text = format!(
        "kafka:\n  bootstrap: '{}'\n  memory_mib: {}\n  transaction_timeout_ms: {}\n  \
         session_timeout_ms: {}\n  extra: {{max.poll.interval.ms: '7000'}}\n\
         topics: {{prefix: '{}', history: true}}\ngroup: score\ninstance: {name}\n\
         forward: false\nhttp: {{listen: '127.0.0.1:0'}}\n",
        kafka.bootstrap,
        kafka.memory_mib,
        kafka.transaction_timeout_ms,
        kafka.session_timeout_ms,
        world.prefix
    );
    std::fs::write(file, text).unwrap();
}
