//! The README's walk-through, as written: a vendor that nobody knows is connected by a file. Its
//! commands are taken from the README and run; only ports and the curl are ours.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// The indented blocks of the chapter, in order.
fn blocks() -> Vec<String> {
    let readme = include_str!("../../../README.md");
    let chapter = readme.split("\n## ").find(|c| c.starts_with("Connecting a vendor")).unwrap();
    let mut blocks = vec![String::new()];
    for line in chapter.lines() {
        match line.strip_prefix("    ") {
            Some(code) => *blocks.last_mut().unwrap() += &format!("{code}\n"),
            None if line.is_empty() => {}
            None => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs lines of the walk-through in the shell, as a reader would.
fn shell(folder: &Path, script: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_buymode")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command.args(["-e", "-c", script]).current_dir(folder);
    command.env("PATH", format!("{}:{path}", binary.display()));
    command
}

fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = (&output.stdout, &output.stderr);
    let text = format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    assert!(output.status.success(), "{text}");
    text
}

fn post(port: u16, path: &str, token: &str, body: &[u8]) -> Option<(String, Value)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.lines().next()?.to_owned(), serde_json::from_str(body).ok()?))
}

#[test]
fn should_connect_a_vendor_as_the_readme_says() {
    let blocks = blocks();
    let [files, settings, last] = &blocks[..] else { panic!("three blocks, not {blocks:#?}") };
    let folder = tempfile::tempdir().unwrap();
    let root = env!("CARGO_MANIFEST_DIR");
    std::os::unix::fs::symlink(format!("{root}/deploy"), folder.path().join("deploy")).unwrap();
    let trial = folder.path().join("trial");

    let expected = said(shell(folder.path(), files));
    for part in ["account: tidegate.io", "seniority: vice_president", "2026-11-07", "dead_letter"] {
        assert!(expected.contains(part), "{expected}");
    }
    let readme = include_str!("../../../README.md");
    let again = readme.split_once("From now on\n`").unwrap().1.split('`').next().unwrap();
    assert!(said(shell(&trial, again)).contains("4 rows: as expected"));
    said(shell(&trial, settings));

    let lines: Vec<&str> = last.lines().collect();
    let [run, ingest, curl, explain] = lines[..] else { panic!("four lines, not {lines:#?}") };
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (http, metrics, port) = (free(), free(), free());
    let start = |line: &str| {
        let line = line.replace("127.0.0.1:8081", &format!("127.0.0.1:{metrics}"));
        let mut command = shell(&trial, &format!("exec env {line}"));
        command.env("BUYMODE__HTTP__LISTEN", format!("127.0.0.1:{http}"));
        command.env("BUYMODE__INGEST__LISTEN", format!("127.0.0.1:{port}"));
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    };
    let _scorer = start(run);
    let _taker = start(ingest);

    let word = |before: &str| {
        let rest = curl.split_once(before).unwrap_or_else(|| panic!("{before:?} in {curl}")).1;
        rest.split([' ', '\'']).next().unwrap().to_owned()
    };
    let token = format!("Bearer {}", word("Bearer "));
    let body = std::fs::read(trial.join(word("--data-binary @"))).unwrap();
    let path = word("http://localhost:8090");
    let began = Instant::now();
    let (status, answer) = loop {
        match post(port, &path, &token, &body) {
            Some(answered) => break answered,
            None => assert!(began.elapsed() < PATIENCE, "nobody listens"),
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(status.contains("202"), "{status} {answer}");
    assert_eq!((&answer["accepted"], &answer["dead_lettered"]), (&3.into(), &1.into()), "{answer}");
    // Told again, nothing is new.
    post(port, &path, &token, &body).unwrap();

    loop {
        let explained = shell(&trial, explain).output().unwrap();
        let text = String::from_utf8_lossy(&explained.stdout).into_owned();
        if text.contains("buying, tier_1") {
            assert!(
                text.contains("hired VP of Sales") && text.contains("adopted hubspot"),
                "{text}"
            );
            assert!(text.contains("by ladderbeam: https://tidegate.io/news/vp"), "{text}");
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{text}{}", String::from_utf8_lossy(&explained.stderr));
        std::thread::sleep(Duration::from_millis(200));
    }
    let decisions = said(shell(
        &trial,
        "buymode decisions --config settings.yaml --from-start --until-end --json",
    ));
    assert_eq!(decisions.matches("\"kind\":\"entered\"").count(), 1, "{decisions}");
}
