//! The programs in Java: Maven builds them into `target/peers`, once for each change of their sources.

use crate::options::{Options, say};
use anyhow::Context;
use buymode::codec::local;
use buymode::codec::schemas::Record;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/java");
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
/// What Flink needs of Java 17's own packages.
const OPENED: &[&str] = &["util", "lang", "time", "net", "nio"];
/// Records whose schemas the programs know.
const RECORDS: &[Record] = &[
    Record::Funding,
    Record::Hiring,
    Record::Headcount,
    Record::Technology,
    Record::News,
    Record::Engagement,
    Record::Company,
    Record::Decision,
];

pub(crate) struct Java {
    folder: PathBuf,
    pub schemas: PathBuf,
}

impl Java {
    /// Builds what the options ask for.
    pub(crate) fn build(options: &Options) -> anyhow::Result<Java> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("peers");
        std::fs::create_dir_all(&folder)?;
        let schemas = folder.join("schemas.properties");
        let mut text = format!("folder={SCHEMAS}\n");
        for record in RECORDS {
            writeln!(text, "{record}={}", local::id(*record))?;
        }
        std::fs::write(&schemas, text)?;
        let java = Java { folder, schemas };
        if options.wants_any("streams") || options.wants("latency") {
            java.compile("streams")?;
        }
        if options.wants("flink") {
            java.compile("flink")?;
        }
        Ok(java)
    }

    /// Maven's profiles are named like the programs.
    fn compile(&self, program: &str) -> anyhow::Result<()> {
        let into = self.folder.join(program);
        let (stamp, wanted) = (into.join("built"), digest()?);
        if std::fs::read_to_string(&stamp).is_ok_and(|built| built == wanted) {
            return Ok(());
        }
        say(&format!("building {program} with Maven ..."));
        let _ = std::fs::remove_dir_all(&into);
        let mut maven = Command::new("mvn");
        maven
            .args(["-B", "-ntp", "-q", "-C", "-P", program, "-f"])
            .arg(format!("{SOURCES}/pom.xml"));
        maven.arg(format!("-Dpeers.folder={}", into.display()));
        maven.args(["compile", "dependency:copy-dependencies", "-DincludeScope=runtime"]);
        maven.arg(format!("-DoutputDirectory={}", into.join("jars").display()));
        let said = maven.output().context("mvn cannot be run; install Maven and a JDK 17")?;
        anyhow::ensure!(
            said.status.success(),
            "Maven could not build {program}:\n{}",
            String::from_utf8_lossy(&said.stdout)
        );
        Ok(std::fs::write(stamp, wanted)?)
    }

    /// `java` with the classes of a program, its main class and no arguments yet.
    fn command(&self, program: &str, main: &str) -> Command {
        let into = self.folder.join(program);
        let mut java = Command::new("java");
        java.args(["-Xmx2g", "-Dlog4j2.level=ERROR"]);
        for package in OPENED {
            java.arg(format!("--add-opens=java.base/java.{package}=ALL-UNNAMED"));
        }
        java.arg("-cp");
        java.arg(format!("{}:{}/*", into.join("classes").display(), into.join("jars").display()));
        java.arg(format!("peers.{main}"));
        java
    }

    pub(crate) fn streams(&self) -> Command {
        self.command("streams", "StreamsPeer")
    }

    pub(crate) fn flink(&self) -> Command {
        self.command("flink", "FlinkPeer")
    }

    /// Where logs, states and other files of a run go.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Of the sources and of how they are built.
fn digest() -> anyhow::Result<String> {
    let mut files = vec![PathBuf::from(format!("{SOURCES}/pom.xml"))];
    for entry in std::fs::read_dir(format!("{SOURCES}/src/peers"))? {
        files.push(entry?.path());
    }
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(std::fs::read(file)?);
    }
    Ok(data_encoding::HEXLOWER.encode(&digest.finalize()))
}
