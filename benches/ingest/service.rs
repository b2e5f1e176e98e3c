//! The program under load, what the kernel says of it, and what it wrote.

use super::load::SECRET;
use anyhow::Context;
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::Store;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PARTITIONS: u32 = 8;

pub(crate) struct Service {
    child: Child,
    pub address: String,
    http: String,
}

impl Service {
    pub(crate) fn start(folder: &Path, bootstrap: &str) -> anyhow::Result<Service> {
        let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/theirstack.yaml");
        let file = folder.join("buymode.yaml");
        let text = format!(
            "kafka: {{bootstrap: '{bootstrap}'}}\ntopics: {{partitions: {PARTITIONS}}}
instance: bench\nhttp: {{listen: '127.0.0.1:0'}}\nlogging: {{format: json}}
ingest:
  listen: 127.0.0.1:0
  sources:
    theirstack:
      mapping: {mapping}
      authentication: {{theirstack: {{secrets: ['{SECRET}']}}}}
      requests_max: 10000
      requests_per_second_max: 1000000
"
        );
        std::fs::write(&file, text)?;
        let program = env!("CARGO_BIN_EXE_buymode");
        let made =
            Command::new(program).args(["topics", "create", "--config"]).arg(&file).output()?;
        anyhow::ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut command = Command::new(program);
        command.args(["ingest", "--config"]).arg(&file).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        let mut lines = BufReader::new(stderr).lines();
        let started = loop {
            let line = lines.next().context("the service did not start")??;
            if line.contains("\"started\"") {
                break line;
            }
            eprintln!("{line}");
        };
        // A pipe that nobody reads would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let started: serde_json::Value = serde_json::from_str(&started)?;
        let text = |key: &str| started[key].as_str().unwrap_or_default().to_owned();
        Ok(Service { address: text("ingest"), http: text("http"), child })
    }

    pub(crate) fn rss_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = kib.and_then(|kib| kib.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1024.0
    }

    /// Of the processor, so far; the kernel counts in hundredths.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: f64 = fields.skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
        ticks / 100.0
    }

    /// What it says of requests and transactions itself.
    pub(crate) fn metrics(&self) -> anyhow::Result<String> {
        let mut stream = std::net::TcpStream::connect(&self.http)?;
        write!(stream, "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        let wanted = ["buymode_ingest_requests_total", "buymode_transactions_total"];
        let told =
            |line: &&str| wanted.iter().any(|w| line.starts_with(w)) && !line.ends_with(" 0");
        Ok(page.lines().filter(told).collect::<Vec<_>>().join("\n"))
    }

    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let ended = self.child.wait()?;
        anyhow::ensure!(ended.success(), "the service ended with {ended}");
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often each id is in the inputs: by the company's record, of which each request makes one.
pub(crate) fn accounts_in(bootstrap: &str) -> anyhow::Result<HashMap<u64, u32>> {
    let config = KafkaConfig { bootstrap: bootstrap.to_owned(), ..KafkaConfig::default() };
    let store = KafkaStore::new(config)?;
    let mut codec = buymode::codec::Codec::local();
    let mut reader = store.reader()?;
    let mut found = HashMap::new();
    for partition in 0..i32::try_from(PARTITIONS)? {
        let topic = "buymode.inputs";
        let marks = reader.watermarks(topic, partition)?;
        let mut from = marks.low;
        while from < marks.stable {
            let budget = Duration::from_secs(5);
            from = reader.read(topic, partition, from, marks.stable, budget, &mut |record| {
                use buymode::codec::Decoded;
                use buymode::domain::account::input::Input;
                let decoded = codec.decode_input(record.key, record.value);
                let Ok(Decoded::Account { account, input: Input::Company(_), .. }) = decoded else {
                    return;
                };
                let id =
                    account.as_str().strip_prefix("bench-").and_then(|a| a.strip_suffix(".com"));
                if let Some(id) = id.and_then(|id| id.parse().ok()) {
                    *found.entry(id).or_insert(0) += 1;
                }
            })?;
        }
    }
    Ok(found)
}
