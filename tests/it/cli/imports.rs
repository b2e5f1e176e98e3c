//! `buymode import` onto a history: what is an alias at that place is filed under the account that
//! it stands for, on either log.

use super::{EXAMPLE, buymode, embedded, ok};
use crate::pipeline::{audit, score, topics};
use crate::support;
use crate::support::Address;
use buymode::admin::place::Place;
use buymode::config::{Config, Prefix};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::kafka::KafkaConfig;
use buymode::runtime::exit::Exit;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAPPING: &str = "source: test
rules:
  - {name: parents, match: .parent, emit: '{record: \"company\", account: .site, as_of: .on, parent}'}
  - {name: rounds, match: 'true', emit: '{record: \"funding\", account: .site, occurred_at: .on, round, source_record_id: .id}'}
";
const ROWS: &str = "id,site,on,round,parent
1,old-name.com,2012-01-10,Series A,
2,mid-name.com,2012-03-10,Series B,
3,new-name.com,2012-05-10,Series C,
4,ring-a.com,2012-05-10,Series A,
5,alone.com,2012-05-11,Series A,
6,daughter.com,2012-05-12,,old-name.com
";
/// The chain goes on in the file, and there is a circle.
const ALIASES: &str = "alias,account
mid-name.com,new-name.com
ring-a.com,ring-b.com
ring-b.com,ring-a.com
";

pub(super) struct Ground {
    folder: tempfile::TempDir,
    pub(super) config: Config,
    flags: Vec<String>,
}

impl Ground {
    pub(super) fn new(config: Config, flags: &[&str], kind: &[&str]) -> Ground {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let ground = Ground { folder: tempfile::tempdir().unwrap(), config, flags };
        let create = ["topics", "create", "--profile", EXAMPLE, "--partitions", "3"];
        ground.ok(&[&create, kind].concat());
        ground
    }

    pub(super) fn embedded(kind: &[&str]) -> (Ground, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        (Ground::new(embedded(&log), &["--embedded", log.to_str().unwrap()], kind), folder)
    }

    pub(super) fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(super) fn all<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        args.iter().copied().chain(self.flags.iter().map(String::as_str)).collect()
    }

    pub(super) fn ok(&self, args: &[&str]) -> String {
        ok(&self.all(args))
    }

    /// The import's summary.
    fn import(&self, more: &[&str]) -> serde_json::Value {
        let (mapping, rows) = (self.file("m.yaml", MAPPING), self.file("rows.csv", ROWS));
        let args = ["import", "--json", "--mapping", &mapping, &rows];
        serde_json::from_str(&self.ok(&[&args, more].concat())).unwrap()
    }

    /// Records by account.
    fn written(&self) -> BTreeMap<String, usize> {
        let place = Place::open(self.config.clone()).unwrap();
        let mut reader = place.store.reader().unwrap();
        let (topic, mut written) = (&place.topics.inputs, BTreeMap::new());
        for partition in 0..3 {
            let end = reader.watermarks(topic, partition).unwrap().stable;
            let mut next = 0;
            while next < end {
                let budget = Duration::from_secs(5);
                let mut visit = |r: buymode::log::RecordRef<'_>| {
                    let Some(key) = r.key else { return };
                    *written.entry(String::from_utf8(key.to_vec()).unwrap()).or_default() += 1;
                };
                next = reader.read(topic, partition, next, end, budget, &mut visit).unwrap();
            }
        }
        written
    }
}

/// One alias is told to the place, the chain goes on in a file.
fn aliases_are_followed(ground: &Ground) {
    ground.ok(&["aliases", "add", "old-name.com", "mid-name.com"]);
    let file = ground.file("aliases.csv", ALIASES);
    let summary = ground.import(&["--aliases", &file]);
    let resolved = &summary["aliases"];
    assert_eq!(resolved["known"], 2, "{resolved}");
    let filed = serde_json::json!({
        "old-name.com": {"account": "new-name.com", "records": 1},
        "mid-name.com": {"account": "new-name.com", "records": 1},
    });
    assert_eq!(resolved["filed"], filed);
    let [circle] = &resolved["warnings"].as_array().unwrap()[..] else { panic!("{resolved}") };
    let circle = circle.as_str().unwrap();
    assert!(circle.contains("ring-a.com, ring-b.com are aliases of one another"), "{circle}");
    let written: Vec<(String, usize)> = ground.written().into_iter().collect();
    let written: Vec<(&str, usize)> = written.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    // Under the alias lies the request alone.
    let expected = [
        ("alone.com", 1),
        ("daughter.com", 1),
        ("new-name.com", 3),
        ("old-name.com", 1),
        ("ring-a.com", 1),
    ];
    assert_eq!(written, expected);
}

fn fold(folder: &Path) {
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.join("log"))).unwrap();
    assert_eq!(score(&store, &topics(), 3, Duration::from_secs(20)), Exit::Stopped);
    let findings = audit(&store, &topics());
    assert_eq!(findings.differences, 0, "{:#?}", findings.first);
}

#[test]
fn a_history_has_one_account_for_a_company_that_changed_its_name() {
    let (ground, folder) = Ground::embedded(&["--history"]);
    aliases_are_followed(&ground);
    ground.ok(&["icp", "publish", EXAMPLE]);
    fold(folder.path());
    let told = |account: &str| -> serde_json::Value {
        serde_json::from_str(&ground.ok(&["explain", account, "--json"])).unwrap()
    };
    let company = told("new-name.com");
    assert_eq!(company["events"].as_array().unwrap().len(), 3, "{company}");
    // A subsidiary names its parent by the account it has now.
    let daughter = told("daughter.com").to_string();
    assert!(daughter.contains("new-name.com") && !daughter.contains("old-name.com"), "{daughter}");
    // Told to the log as well, a second import changes nothing.
    ground.ok(&["aliases", "add", "mid-name.com", "new-name.com"]);
    let again = ground.import(&[]);
    assert_eq!(
        (&again["aliases"]["known"], again["aliases"]["warnings"].as_array().unwrap().len()),
        (&2.into(), 0)
    );
    fold(folder.path());
    assert_eq!(told("new-name.com")["events"], company["events"]);
}

#[test]
fn a_history_on_kafka_too() {
    let Some(kafka) = support::kafka() else { return };
    let (bootstrap, prefix) = (kafka.bootstrap(), format!("{}.", kafka.unique("imports")));
    let mut config = Config {
        kafka: Some(KafkaConfig { bootstrap: bootstrap.to_owned(), ..KafkaConfig::default() }),
        ..Config::default()
    };
    config.topics.prefix = Prefix::new(&prefix).unwrap();
    let flags = ["--bootstrap", bootstrap, "--prefix", &prefix];
    aliases_are_followed(&Ground::new(config, &flags, &["--history"]));
}

#[test]
fn a_live_log_forwards_by_itself_and_takes_no_file() {
    let (ground, _folder) = Ground::embedded(&[]);
    ground.ok(&["aliases", "add", "old-name.com", "new-name.com"]);
    let summary = ground.import(&[]);
    assert_eq!(summary["aliases"]["known"], 0, "{summary}");
    assert_eq!(ground.written()["old-name.com"], 2, "the request and the round");
    let file = ground.file("aliases.csv", ALIASES);
    let mapping = ground.file("m.yaml", MAPPING);
    let ended = buymode(&ground.all(&["import", "--aliases", &file, "--mapping", &mapping, &file]));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("is a live log, which forwards by itself"), "{}", ended.stderr);
    assert!(ended.stderr.contains("buymode aliases import "), "{}", ended.stderr);
}

#[test]
fn a_row_that_is_replayed_into_a_history_is_filed_as_an_import_files_it() {
    let (ground, _folder) = Ground::embedded(&["--history"]);
    let aliases = ground.file("aliases.csv", "alias,account\nold-name.com,new-name.com\n");
    let mapping = ground.file("m.yaml", MAPPING);
    let rows = ground.file("late.csv", "id,site,on,round,parent\n9,old-name.com,never,Series B,\n");
    ground.ok(&["import", "--mapping", &mapping, "--aliases", &aliases, &rows]);
    assert!(!ground.written().contains_key("new-name.com"), "it is a dead letter");
    ground.file("m.yaml", &MAPPING.replace("occurred_at: .on", "occurred_at: \"2012-06-10\""));
    let replay = ["dead-letters", "replay", "--mapping", &mapping, "--aliases", &aliases];
    ground.ok(&replay);
    let written = ground.written();
    assert_eq!(written.get("new-name.com"), Some(&1), "{written:?}");
    assert!(!written.contains_key("old-name.com"), "{written:?}");
}
