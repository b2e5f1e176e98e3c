//! An instance as it is run: the real binary, in a process of its own, so that it can be killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::world::World;
use crate::cli::running::try_get;

pub(super) struct Instance {
    pub name: String,
    /// `run` or `ingest`.
    command: &'static str,
    settings: PathBuf,
    said: PathBuf,
    environment: Vec<(String, String)>,
    child: Child,
}

impl Instance {
    /// `folder` takes its settings and what it says.
    pub(super) fn start(world: &World, name: &str, folder: &Path) -> Instance {
        Instance::with(world, name, folder, &[])
    }

    /// Another process with the same name and settings.
    pub(super) fn twin(&self, folder: &Path) -> Instance {
        let text = std::fs::read_to_string(&self.settings).unwrap();
        Instance::of(self.command, &self.name, &text, folder, &[])
    }

    /// With an environment of its own, in which settings may stand. What differs in it alone can
    /// start again under the same name, in a folder of its own.
    pub(super) fn with(
        world: &World,
        name: &str,
        folder: &Path,
        environment: &[(&str, &str)],
    ) -> Instance {
        Instance::of("run", name, &settings(world, name), folder, environment)
    }

    /// `buymode COMMAND` with these settings.
    pub(super) fn of(
        command: &'static str,
        name: &str,
        text: &str,
        folder: &Path,
        environment: &[(&str, &str)],
    ) -> Instance {
        let settings = folder.join(format!("{name}.yaml"));
        std::fs::write(&settings, text).unwrap();
        let said = folder.join(format!("{name}.log"));
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let environment: Vec<_> = environment.iter().map(own).collect();
        let child = spawn(command, &settings, &said, &environment);
        Instance { name: name.to_owned(), command, settings, said, environment, child }
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended by itself, within `patience`.
    pub(super) fn await_end(&mut self, patience: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(began.elapsed() < patience, "it does not end:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lines that it has said.
    pub(super) fn lines(&self) -> usize {
        self.times("\n")
    }

    /// How often it said this.
    pub(super) fn times(&self, words: &str) -> usize {
        std::fs::read_to_string(&self.said).unwrap_or_default().matches(words).count()
    }

    /// The lines with these words, from the part of each that says it.
    pub(super) fn lines_with(&self, words: &str) -> Vec<String> {
        let said = std::fs::read_to_string(&self.said).unwrap_or_default();
        let lines = said.lines().filter(|line| line.contains(words));
        let from = |line: &str| line.split_once(": ").map_or(line, |(_, rest)| rest).to_owned();
        lines.map(from).collect()
    }

    /// SIGKILL.
    pub(super) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Again, under the same name.
    pub(super) fn restart(&mut self) {
        self.child = spawn(self.command, &self.settings, &self.said, &self.environment);
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
        let began = Instant::now();
        while self.ended().is_none() {
            std::thread::sleep(Duration::from_millis(20));
            assert!(began.elapsed().as_secs() < 7, "it does not stop:\n{}", self.said());
        }
        assert!(self.ended().is_some_and(|status| status.success()), "{}", self.said());
    }

    /// The address that its page for operators is at.
    pub(super) fn http(&self) -> Option<String> {
        self.address("http=")
    }

    /// The address that it has said last after this word.
    pub(super) fn address(&self, word: &str) -> Option<String> {
        let said = std::fs::read_to_string(&self.said).unwrap_or_default();
        let at = said.rfind(word)? + word.len();
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

fn spawn(command: &str, settings: &Path, said: &Path, environment: &[(String, String)]) -> Child {
    let said = File::options().create(true).append(true).open(said).unwrap();
    // Another build can be tried: `BUYMODE_BINARY`.
    let binary = std::env::var_os("BUYMODE_BINARY");
    Command::new(binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_buymode").into()))
        .args([command, "--config"])
        .arg(settings)
        .envs(environment.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .unwrap()
}

/// As [`super::config`], in a file.
fn settings(world: &World, name: &str) -> String {
    let kafka = super::config(&world.store.location());
    // One instance of several scores with two threads.
    let workers = if name == "b" || name.ends_with('1') { 2 } else { 1 };
    format!(
        "kafka:\n  bootstrap: '{}'\n  memory_mib: {}\n  transaction_timeout_ms: {}\n  \
         session_timeout_ms: {}\n  extra: {{max.poll.interval.ms: '7000'}}\n\
         topics: {{prefix: '{}', history: true}}\ngroup: score\ninstance: {name}\nworkers: {workers}\n\
         forward: false\nhttp: {{listen: '127.0.0.1:0'}}\n",
        kafka.bootstrap,
        kafka.memory_mib,
        kafka.transaction_timeout_ms,
        kafka.session_timeout_ms,
        world.prefix
    )
}
