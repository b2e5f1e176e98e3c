//! Dead letters: listed, replayed once however often and however rudely it is asked for, dropped.

use super::{buymode, command, ok, settings, signal, wait};
use crate::pipeline::account;
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::{Input, Kinship, KinshipStep, Transfer, TransferStep};
use buymode::domain::account::origin::DeadLetterOrigin;
use buymode::domain::account::records::{DeadLetter, DeadLetterReason, Resolution, ResolutionKind};
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::time::Timestamp;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::topics::Topics;
use buymode::ingest::dead_letters::{Batch, Stored, scan};
use buymode::log::{Output, Store};
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Refuses every third row: it looks for the date in the wrong column.
pub(super) const BROKEN: &str = r#"
source: vendor
rules:
  - name: rounds
    match: .site
    emit: |
      {record: "funding", account: .site, round, source_record_id: .id,
       occurred_at: (if .kind == "odd" then .site else .date end)}
"#;

pub(super) fn mended() -> String {
    BROKEN.replace("(if .kind == \"odd\" then .site else .date end)", ".date")
}

pub(super) struct Ground {
    folder: tempfile::TempDir,
    pub config: String,
    pub store: EmbeddedStore,
}

impl Ground {
    pub(super) fn new() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let config = settings(folder.path()).to_str().unwrap().to_owned();
        ok(&["topics", "create", "--config", &config]);
        let options = EmbeddedOptions {
            map_size_bytes: 1 << 30,
            ..EmbeddedOptions::new(folder.path().join("data"))
        };
        let store = EmbeddedStore::open(&options).unwrap();
        Ground { folder, config, store }
    }

    pub(super) fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// `rows` of which each third is odd.
    pub(super) fn import(&self, mapping: &str, rows: usize) -> String {
        let mapping = self.file("vendor.yaml", mapping);
        let mut text = "id,site,round,date,kind\n".to_owned();
        for n in 0..rows {
            let kind = if n % 3 == 0 { "odd" } else { "even" };
            text += &format!("r{n},site-{n}.com,seed,2024-02-0{},{kind}\n", 1 + n % 9);
        }
        let rows = self.file("rows.csv", &text);
        let taken = ["--snapshot-at", "2024-03-01"];
        ok(&[&["import", "--mapping", &mapping, "--config", &self.config, &rows], &taken[..]]
            .concat());
        mapping
    }

    fn letters(&self, args: &[&str]) -> String {
        ok(&[&["dead-letters"], args, &["--config", &self.config]].concat())
    }

    pub(super) fn list(&self, args: &[&str]) -> Vec<Value> {
        let text = self.letters(&[&["list", "--json"], args].concat());
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(super) fn replay(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.letters(&[&["replay", "--json"], args].concat())).unwrap()
    }

    pub(super) fn read(&self, topic: &str) -> Vec<(Option<Vec<u8>>, Vec<u8>)> {
        let (mut reader, mut found) = (self.store.reader().unwrap(), Vec::new());
        let specs = self.store.describe_topics(&[topic.to_owned()]).unwrap();
        for partition in 0..specs[0].as_ref().unwrap().partitions {
            let marks = reader.watermarks(topic, partition).unwrap();
            let mut next = marks.low;
            while next < marks.stable {
                let budget = Duration::from_millis(500);
                next = reader
                    .read(topic, partition, next, marks.stable, budget, &mut |r| {
                        found.push((
                            r.key.map(<[u8]>::to_vec),
                            r.value.unwrap_or_default().to_vec(),
                        ));
                    })
                    .unwrap();
            }
        }
        found
    }

    /// What the inputs say, in an order of its own.
    pub(super) fn said(&self) -> Vec<String> {
        let mut codec = Codec::local();
        let inputs = self.read("buymode.inputs");
        let mut said: Vec<String> = inputs
            .iter()
            .map(|(key, value)| {
                let decoded = codec.decode_input(key.as_deref(), Some(value)).unwrap();
                let Decoded::Account { account, input } = decoded else { panic!("{decoded:?}") };
                format!("{account:?} {input:?}")
            })
            .collect();
        said.sort();
        said
    }
}

#[test]
fn what_a_mended_mapping_replays_is_as_if_it_had_been_right_from_the_start() {
    let (ground, right) = (Ground::new(), Ground::new());
    let mapping = ground.import(BROKEN, 60);
    right.import(&mended(), 60);
    assert_eq!((ground.said().len(), right.said().len()), (40, 60));

    let listed = ground.list(&[]);
    assert_eq!(listed.len(), 20);
    assert!(listed.iter().all(|l| l["reason"] == "value" && l["source"] == "vendor"), "{listed:?}");
    assert!(
        ground.letters(&["list", "--limit", "3"]).contains("17 older dead letters are not shown")
    );
    let count = |args: &[&str]| ground.list(args).len();
    assert_eq!(count(&["--contains", "site-33.com"]), 1);
    assert_eq!((count(&["--reason", "framing"]), count(&["--source", "other"])), (0, 0));
    assert_eq!((count(&["--since", "2024-03-01"]), count(&["--since", "2024-03-02"])), (20, 0));
    assert_eq!((count(&["--until", "2024-02-29"]), count(&["--until", "2024-03-01"])), (0, 20));

    let name = listed[0]["id"].as_str().unwrap();
    let shown = ground.letters(&["show", name]);
    for part in ["value", "rule rounds: occurred_at is", "rows.csv", "vendor.yaml version", "seed"]
    {
        assert!(shown.contains(part), "{shown} lacks {part}");
    }
    let raw = ground.letters(&["show", name, "--raw"]);
    assert!(raw.starts_with("id,site,round,date,kind\nr") && raw.ends_with(",odd"), "{raw}");

    // As it is, nothing gets better.
    let still = ground.replay(&["--mapping", &mapping]);
    assert_eq!(
        (still["replayed"].as_u64(), still["failing"]["value"].as_u64()),
        (Some(0), Some(20))
    );
    let args =
        ["dead-letters", "replay", "--strict", "--mapping", &mapping, "--config", &ground.config];
    assert_eq!(buymode(&args).code, Some(1));
    // Without a mapping they stay, and it is said why.
    assert_eq!(ground.replay(&[])["blocked"].as_u64(), Some(20));

    ground.file("vendor.yaml", &mended());
    let dry = ground.replay(&["--mapping", &mapping, "--dry-run"]);
    assert_eq!((dry["replayed"].as_u64(), dry["records"].as_u64()), (Some(20), Some(20)));
    assert_eq!(ground.said().len(), 40, "nothing was written");
    assert_eq!(
        ground.replay(&["--mapping", &mapping, "--limit", "5"])["replayed"].as_u64(),
        Some(5)
    );
    assert_eq!(ground.replay(&["--mapping", &mapping])["replayed"].as_u64(), Some(15));
    assert_eq!(ground.said(), right.said());
    assert_eq!((count(&[]), count(&["--all"])), (0, 20));
    assert!(ground.list(&["--all"]).iter().all(|l| l["resolution"]["kind"] == "replayed"));

    let again = ground.letters(&["replay", "--mapping", &mapping]);
    assert!(again.contains("no open dead letter matches"), "{again}");
    assert_eq!(ground.said(), right.said(), "twice is once");
}

#[test]
fn a_replay_that_is_killed_loses_nothing_and_doubles_nothing() {
    const ROWS: usize = 6_000;
    let ground = Ground::new();
    let mapping = ground.import(BROKEN, ROWS);
    ground.file("vendor.yaml", &mended());
    let args = ["dead-letters", "replay", "--mapping", &mapping, "--config", &ground.config];
    let child = command(&args).spawn().unwrap();
    let began = Instant::now();
    while ground.read("buymode.dead-letters.resolved").is_empty() {
        assert!(began.elapsed() < Duration::from_secs(30), "it resolves nothing");
    }
    signal(child.id(), "KILL");
    wait(child);
    let done = ground.read("buymode.dead-letters.resolved").len();
    assert_eq!(ground.said().len(), ROWS - ROWS / 3 + done, "half a transaction");
    let rest = ground.replay(&["--mapping", &mapping]);
    assert_eq!(rest["replayed"].as_u64(), Some((ROWS / 3 - done) as u64));
    let mut said = ground.said();
    assert_eq!(said.len(), ROWS);
    said.dedup();
    assert_eq!(said.len(), ROWS, "a record came twice");
}

/// A record of our own schemas.
fn of_topic(topic: &str, partition: i32) -> DeadLetterOrigin {
    DeadLetterOrigin::Topic { topic: topic.to_owned(), partition, offset: 7, format: None }
}

fn stored(ground: &Ground) -> Vec<Stored> {
    let (mut codec, mut found) = (Codec::local(), Vec::new());
    scan(&ground.store, &mut codec, &Topics::with_prefix("").dead_letters, &mut |stored| {
        found.push(stored);
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    found
}

#[test]
fn of_two_replays_at_once_the_earlier_ends_and_nothing_is_written_twice() {
    let ground = Ground::new();
    ground.import(BROKEN, 6);
    let (topics, letters) = (Topics::with_prefix(""), stored(&ground));
    assert_eq!(letters.len(), 2);
    let open = || Batch::open(&ground.store, &topics, Codec::local()).unwrap();
    let put = |batch: &mut Batch<'_>, kept: &Stored| {
        let resolution = Resolution {
            partition: kept.partition,
            offset: kept.offset,
            timestamp: kept.timestamp,
            kind: ResolutionKind::Dropped,
            at: Timestamp(1),
            records: 0,
            mapping_version: None,
            by: None,
            note: None,
        };
        batch.put(kept.clone(), Vec::new(), resolution)
    };
    let (mut earlier, mut later) = (open(), open());
    put(&mut earlier, &letters[0]).unwrap();
    let error = earlier.flush().unwrap_err();
    assert!(error.to_string().contains("has taken over"), "{error}");
    for kept in &letters {
        put(&mut later, kept).unwrap();
    }
    later.flush().unwrap();
    assert_eq!(ground.list(&[]).len(), 0);
}

#[test]
fn what_an_account_refused_is_judged_anew_but_no_step_of_a_merge() {
    let ground = Ground::new();
    let mut codec = Codec::local();
    let (from, to) = (account(1), account(2));
    let step = |step: TransferStep| {
        let id = SignalId::from_u128(7);
        let (from, to) = (from.clone(), to.clone());
        Input::Transfer(Box::new(Transfer { id, from, to, at: None, cause: id, hop: 0, step }))
    };
    let kinship = Kinship {
        id: SignalId::from_u128(8),
        parent: to.clone(),
        child: from.clone(),
        step: KinshipStep::Left,
    };
    let steps = [TransferStep::Request, TransferStep::Undo, TransferStep::Recall];
    let inputs = steps.into_iter().map(step).chain([Input::Kinship(Box::new(kinship))]);
    // Who reads them.
    let readers = [&from, &from, &to, &to];
    let mut writer = ground.store.writer("test").unwrap();
    writer.begin().unwrap();
    for (input, reader) in inputs.zip(readers) {
        let (mut value, mut bytes) = (Vec::new(), Vec::new());
        codec.encode_input("buymode.inputs", reader, &input, &mut value).unwrap();
        let letter = DeadLetter {
            origin: of_topic("buymode.inputs", 0),
            timestamp: Timestamp(1_709_294_400_000),
            reason: DeadLetterReason::Refused,
            message: "was merged already".to_owned(),
            key: Some(reader.as_str().as_bytes().to_vec()),
            value: Some(value),
            feed: None,
        };
        let topic = "buymode.dead-letters";
        codec.encode_dead_letter(topic, &letter, &mut bytes).unwrap();
        let to = Output { topic, partition: Some(0), value: Some(&bytes), ..Output::default() };
        writer.send(&to).unwrap();
    }
    writer.commit(&[]).unwrap();
    let told = ground.replay(&[]);
    assert_eq!((told["replayed"].as_u64(), told["blocked"].as_u64()), (Some(2), Some(2)), "{told}");
    assert_eq!(told.to_string().matches("request the alias").count(), 2, "{told}");
    assert_eq!(ground.said().len(), 2);
}

#[test]
fn records_of_our_own_go_back_to_where_they_came_from() {
    let ground = Ground::new();
    let mut codec = Codec::local();
    let (whose, mut hiring) = (account(1), Vec::new());
    let input = crate::pipeline::signal(1, 1, 0);
    codec.encode_input("signals.hiring", &whose, &input, &mut hiring).unwrap();
    let letter = |topic: &str, value: &[u8]| DeadLetter {
        origin: of_topic(topic, 1),
        timestamp: Timestamp(1_709_294_400_000),
        reason: DeadLetterReason::UnknownSchema,
        message: "unknown schema id 77: this version does not have it".to_owned(),
        key: Some(whose.as_str().as_bytes().to_vec()),
        value: Some(value.to_vec()),
        feed: None,
    };
    let cut = &hiring[..hiring.len() - 1];
    let letters = [
        letter("buymode.inputs", &hiring),
        letter("signals.funding", &hiring),
        letter("signals.hiring", &hiring),
        letter("buymode.inputs", cut),
        letter("elsewhere", &hiring),
    ];
    let mut writer = ground.store.writer("test").unwrap();
    writer.begin().unwrap();
    for letter in &letters {
        let mut value = Vec::new();
        codec.encode_dead_letter("buymode.dead-letters", letter, &mut value).unwrap();
        let topic = "buymode.dead-letters";
        let to = Output { topic, partition: Some(0), value: Some(&value), ..Output::default() };
        writer.send(&to).unwrap();
    }
    writer.commit(&[]).unwrap();

    let told = ground.replay(&[]);
    assert_eq!((told["replayed"].as_u64(), told["blocked"].as_u64()), (Some(2), Some(1)), "{told}");
    assert_eq!(told["failing"]["unexpected_type"].as_u64(), Some(1), "{told}");
    assert_eq!(told["failing"]["malformed"].as_u64(), Some(1), "{told}");
    for topic in ["buymode.inputs", "signals.hiring"] {
        let written = ground.read(topic);
        assert_eq!(
            written,
            [(Some(whose.as_str().as_bytes().to_vec()), hiring.clone())],
            "{topic}"
        );
    }

    let unsaid = ["dead-letters", "drop", "--because", "old", "--config", &ground.config];
    let ended = buymode(&unsaid);
    assert!(
        ended.code == Some(1) && ended.stderr.contains("no dead letter is selected"),
        "{ended:?}"
    );
    ground.letters(&["drop", "--topic", "elsewhere", "--because", "not ours", "--by", "kim"]);
    let shown = ground.letters(&["show", "0:4"]);
    assert!(shown.contains("by kim: not ours"), "{shown}");
    assert_eq!(ground.list(&[]).len(), 2);
}
