//! How each contender is started.

use crate::bare_loop::{self, Mode};
use crate::jvm::Java;
use crate::load::PARTITIONS;
use crate::process::Process;
use crate::topics::Ground;
use buymode::engine::topics::Topics;
use std::path::Path;
use std::process::Command;

/// How often all contenders but Flink commit under load.
pub(crate) const COMMIT_MS: u64 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    Buymode { workers: u32 },
    Bare { fixed: bool },
    Streams { threads: u32, rocksdb: bool },
    Flink,
}

impl Contender {
    pub(crate) const ALL: &'static [(&'static str, Contender)] = &[
        ("buymode-1", Contender::Buymode { workers: 1 }),
        ("bare-fixed", Contender::Bare { fixed: true }),
        ("bare-today", Contender::Bare { fixed: false }),
        ("streams-1", Contender::Streams { threads: 1, rocksdb: false }),
        ("buymode-2", Contender::Buymode { workers: 2 }),
        ("streams-2", Contender::Streams { threads: 2, rocksdb: false }),
        ("streams-rocksdb", Contender::Streams { threads: 1, rocksdb: true }),
        ("flink", Contender::Flink),
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Contender::Buymode { workers: 1 } => "buymode, 1 worker",
            Contender::Buymode { .. } => "buymode, 2 workers",
            Contender::Bare { fixed: true } => "bare loop, fixed bytes",
            Contender::Bare { fixed: false } => "bare loop, today's bytes",
            Contender::Streams { rocksdb: true, .. } => "Streams, RocksDB",
            Contender::Streams { threads: 1, .. } => "Streams, memory, 1 thread",
            Contender::Streams { .. } => "Streams, memory, 2 threads",
            Contender::Flink => "Flink, hash map",
        }
    }

    /// Whether it decides anything.
    pub(crate) fn decides(self) -> bool {
        !matches!(self, Contender::Bare { .. })
    }
}

/// A contender of one run, under a name of its own.
pub(crate) struct Start<'a> {
    pub ground: &'a Ground,
    pub java: &'a Java,
    /// Its group is named so, and the prefix of its outputs.
    pub name: &'a str,
    /// Topics that it writes, and the inputs that it reads.
    pub outputs: &'a Topics,
    pub inputs: &'a str,
    /// For the latency part: small batches go at once.
    pub at_once: bool,
}

impl Start<'_> {
    pub(crate) fn group(&self, contender: Contender) -> String {
        match contender {
            Contender::Buymode { .. } => format!("{}{}", self.prefix(), self.name),
            Contender::Bare { .. } => self.bare_name(),
            _ => format!("{}.{}", self.ground.run, self.name),
        }
    }

    /// The bare loop's outputs have its name as their prefix.
    fn bare_name(&self) -> String {
        self.prefix().trim_end_matches('.').to_owned()
    }

    fn prefix(&self) -> &str {
        self.outputs.route_prefix.strip_suffix("sequencer.").unwrap_or_default()
    }

    pub(crate) fn start(&self, contender: Contender) -> anyhow::Result<Process> {
        let folder = self.java.folder().join(self.name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let command = match contender {
            Contender::Buymode { workers } => self.buymode(workers, &folder)?,
            Contender::Bare { fixed } => self.bare(fixed)?,
            Contender::Streams { threads, rocksdb } => self.streams(threads, rocksdb, &folder),
            Contender::Flink => self.flink(&folder),
        };
        Process::start(command, &folder.join("log"))
    }

    /// The real program, by a file of settings.
    fn buymode(&self, workers: u32, folder: &Path) -> anyhow::Result<Command> {
        let batch = match self.at_once {
            true => String::new(),
            false => format!("batch: {{time_max_ms: {COMMIT_MS}}}\n"),
        };
        let text = format!(
            "kafka: {{bootstrap: '{}'}}\ntopics: {{prefix: '{}', partitions: {PARTITIONS}}}\n\
             group: '{}'\ninstance: bench\nhttp: {{listen: '127.0.0.1:0'}}\n\
             logging: {{format: json}}\nforward: false\nworkers: {workers}\n{batch}",
            self.ground.bootstrap,
            self.prefix(),
            self.name
        );
        let file = folder.join("buymode.yaml");
        std::fs::write(&file, text)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_buymode"));
        command.args(["run", "--config"]).arg(file);
        Ok(command)
    }

    fn bare(&self, fixed: bool) -> anyhow::Result<Command> {
        let written = bare_loop::written_file(self.java.folder());
        let mode = match (self.at_once, fixed) {
            (true, _) => Mode::Answer,
            (false, true) => Mode::Fixed,
            (false, false) => Mode::Written(&written),
        };
        let inputs = self.ground.inputs;
        bare_loop::command(mode, &self.ground.bootstrap, &self.bare_name(), self.inputs, inputs)
    }

    fn streams(&self, threads: u32, rocksdb: bool, folder: &Path) -> Command {
        let mut java = self.java.streams();
        java.args([&*self.ground.bootstrap, self.inputs, self.prefix()]);
        java.arg(self.group(Contender::Streams { threads, rocksdb }));
        java.arg(&self.java.schemas).arg(folder.join("states"));
        java.arg(threads.to_string()).arg(if rocksdb { "rocksdb" } else { "memory" });
        java.arg(if self.at_once { "2" } else { "20" });
        java
    }

    fn flink(&self, folder: &Path) -> Command {
        let mut java = self.java.flink();
        java.args([&*self.ground.bootstrap, self.inputs, self.prefix()]);
        java.arg(self.group(Contender::Flink));
        java.arg(&self.java.schemas).arg(folder.join("checkpoints")).arg("1");
        java
    }
}
