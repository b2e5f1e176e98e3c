//! The real binary, `buymode ingest`, and a client that can also misbehave.

use crate::cli::{Ended, command, ok, signal, wait};
use crate::support::readable::assert_readable;
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::Input;
use buymode::domain::account::records::DeadLetter;
use buymode::log::Store;
use hmac::{Hmac, Mac};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) const SECRET: &str = "a secret that nobody guesses";
pub(crate) const FORMER: &str = "the secret that was there before";
pub(crate) const TOKEN: &str = "a token that nobody guesses";

pub(crate) const MAPPING: &str = r#"
source: acme
rules:
  - name: rounds
    match: .type == "funding"
    emit: |
      {record: "funding", account: .domain, occurred_at: .date, source_record_id: .id,
       round: "Series A", amount: (.amount // "$1M")}
"#;

/// Settings with a source of each kind of authentication, and the mapping they name. `log` is the
/// part that says where the log is, `more` goes into `ingest`.
pub(crate) fn settings(folder: &Path, log: &str, more: &str) -> PathBuf {
    std::fs::write(folder.join("acme.yaml"), MAPPING).unwrap();
    std::fs::write(folder.join("secret"), format!("{SECRET}\n")).unwrap();
    let file = folder.join("buymode.yaml");
    let text = format!(
        "{log}\ntopics: {{partitions: 3}}\ninstance: test\nhttp: {{listen: '127.0.0.1:0'}}
logging: {{format: json}}
ingest:
  listen: 127.0.0.1:0
{more}
  sources:
    open: {{mapping: acme.yaml, authentication: none}}
    form: {{mapping: acme.yaml, authentication: {{bearer: {{secrets: ['{TOKEN}']}}}}}}
    theirstack:
      mapping: acme.yaml
      authentication: {{theirstack: {{secrets: [{{file: secret}}, '{FORMER}']}}}}
    hubspot:
      mapping: acme.yaml
      authentication:
        hubspot: {{secrets: ['{SECRET}'], url: 'https://hooks.example.com/v1/ingest/hubspot%2Fa'}}
    vendor:
      mapping: acme.yaml
      authentication:
        hmac_sha256:
          secrets: ['{SECRET}']
          header: X-Signature
          prefix: v1=
          encoding: base64
          signed: timestamp.body
          timestamp_header: X-Timestamp
          tolerance_s: 60
    slow: {{mapping: acme.yaml, authentication: none, requests_per_second_max: 1}}
"
    );
    std::fs::write(&file, text).unwrap();
    file
}

pub(crate) const EMBEDDED: &str = "embedded: {folder: data, map_size_gib: 1}";

pub(crate) struct Service {
    child: Option<Child>,
    pub address: String,
    /// The page for operators.
    pub http: String,
}

impl Service {
    /// Makes the topics and starts.
    pub(crate) fn start(file: &Path) -> Service {
        let config = ["--config", file.to_str().unwrap()];
        ok(&[&["topics", "create"], &config[..]].concat());
        Service::of(command(&[&["ingest"], &config[..]].concat()))
    }

    pub(crate) fn of(mut command: Command) -> Service {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let started = loop {
            let Some(line) = lines.next() else { panic!("it did not start: {said:?}") };
            let line = line.unwrap();
            if line.contains("\"started\"") {
                break line;
            }
            said.push(line);
        };
        // A pipe that nobody reads would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let started: serde_json::Value = serde_json::from_str(&started).unwrap();
        // `run` takes no requests.
        let text = |key: &str| started[key].as_str().unwrap_or_default().to_owned();
        Service { address: text("ingest"), http: text("http"), child: Some(child) }
    }

    /// `buymode run` with the same settings.
    pub(crate) fn scorer(file: &Path) -> Service {
        Service::of(command(&["run", "--config", file.to_str().unwrap()]))
    }

    /// On an embedded log in `folder`.
    pub(crate) fn embedded(folder: &Path, more: &str) -> Service {
        Service::start(&settings(folder, EMBEDDED, more))
    }

    /// The same, for a process that may have no more than so many files open.
    pub(crate) fn embedded_with_files(folder: &Path, files: u32) -> Service {
        let file = settings(folder, EMBEDDED, "");
        let config = ["--config", file.to_str().unwrap()];
        ok(&[&["topics", "create"], &config[..]].concat());
        let plain = command(&[&["ingest"], &config[..]].concat());
        let mut limited = Command::new("sh");
        let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        limited.args(["-c", &script]).arg(plain.get_program()).args(plain.get_args());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Service::of(limited)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    pub(crate) fn post(&self, source: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_post(source, headers, body).unwrap()
    }

    pub(crate) fn try_post(
        &self,
        source: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut head = format!(
            "POST /v1/ingest/{source} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        // Who refuses early does not read all of it.
        let _ = stream.write_all(body);
        Answer::read(&mut stream)
    }

    /// What a metric says, 0 where it says nothing.
    pub(crate) fn metric(&self, line: &str) -> f64 {
        let (_, page) = crate::cli::running::try_get(&self.http, "/metrics").unwrap();
        let found = page.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(' '));
        found.map_or(0.0, |value| value.parse().unwrap())
    }

    pub(crate) fn requests(&self, source: &str, outcome: &str) -> f64 {
        let labels = format!("outcome=\"{outcome}\",source=\"{source}\"");
        self.metric(&format!("buymode_ingest_requests_total{{{labels}}}"))
    }

    /// Tells it to stop, and waits.
    pub(crate) fn stop(mut self) -> Ended {
        signal(self.pid(), "TERM");
        wait(self.child.take().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub(crate) fn read(stream: &mut TcpStream) -> std::io::Result<Answer> {
        let mut all = Vec::new();
        let mut part = [0; 4096];
        // To the end, or to the reset that follows an answer whose request was not read.
        loop {
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(n) => all.extend_from_slice(&part[..n]),
                Err(error) if all.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        let all = String::from_utf8_lossy(&all).into_owned();
        let status = all.split(' ').nth(1).and_then(|status| status.parse().ok());
        let parts = all.split_once("\r\n\r\n");
        let (status, (head, body)) = status.zip(parts).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        Ok(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        let answer = serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"));
        assert_readable("an answer of ingest", &answer);
        answer
    }

    /// Of a refusal: what it says.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn row(id: &str) -> String {
    format!(r#"{{"type":"funding","domain":"{id}.example.com","date":"2026-10-01","id":"{id}"}}"#)
}

pub(crate) fn mac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn theirstack(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", data_encoding::HEXLOWER.encode(&mac(secret, &[body])))
}

/// Everything in the inputs (signals by account, with their ids) and in the dead letters.
pub(crate) fn written(
    store: &dyn Store,
    prefix: &str,
) -> (BTreeMap<String, Vec<String>>, Vec<DeadLetter>) {
    let mut codec = Codec::local();
    let mut inputs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    each(store, &format!("{prefix}buymode.inputs"), &mut |key, value| match codec
        .decode_input(key, value)
        .unwrap()
    {
        Decoded::Account { account, input: Input::Signal(signal), .. } => {
            inputs.entry(account.to_string()).or_default().push(signal.id.to_string());
        }
        other => panic!("{other:?}"),
    });
    let (mut codec, mut letters) = (Codec::local(), Vec::new());
    each(store, &format!("{prefix}buymode.dead-letters"), &mut |_, value| {
        letters.push(codec.decode_dead_letter(value.unwrap()).unwrap());
    });
    (inputs, letters)
}

pub(crate) type Visit<'a> = &'a mut dyn FnMut(Option<&[u8]>, Option<&[u8]>);

pub(crate) fn each(store: &dyn Store, topic: &str, visit: Visit<'_>) {
    let spec = store.describe_topics(&[topic.to_owned()]).unwrap().remove(0).unwrap();
    let mut reader = store.reader().unwrap();
    for partition in 0..spec.partitions {
        let marks = reader.watermarks(topic, partition).unwrap();
        let mut from = marks.low;
        while from < marks.stable {
            let budget = Duration::from_secs(5);
            from = reader
                .read(topic, partition, from, marks.stable, budget, &mut |r| visit(r.key, r.value))
                .unwrap();
        }
    }
}

pub(crate) fn store(folder: &Path) -> buymode::embedded::EmbeddedStore {
    use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
    let options = EmbeddedOptions::new(folder.join("data"));
    EmbeddedStore::open(&EmbeddedOptions { map_size_bytes: 1 << 30, ..options }).unwrap()
}
