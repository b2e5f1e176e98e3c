//! `buymode import` of one snapshot a week, killed on the way, and of several mappings at once.

use super::imports::Ground;
use super::{buymode, command, ok, signal, wait};
use crate::support;
use crate::support::Address;
use buymode::admin::place::Place;
use buymode::config::{Config, Prefix};
use buymode::kafka::KafkaConfig;
use buymode::log::scan::Scan;
use std::collections::BTreeSet;
use std::time::Duration;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/yc-radar.yaml");
const ROUNDS: &str = "source: rounds
rules:
  - {name: rounds, match: .round, emit: '{record: \"funding\", account: .site, occurred_at: .on, round, source_record_id: .id}'}
";

/// The files of a week: 40 companies, and jobs from one number to another.
fn files(ground: &Ground, day: &str, jobs: std::ops::Range<u32>) -> Vec<String> {
    let mut companies = "id,name,slug,website,yc_url,status,stage,team_size,industry,subindustry,\
                         industries,tags,all_locations,regions\n"
        .to_owned();
    for n in 0..40 {
        companies += &format!(
            "{n},Firm {n},firm-{n},https://firm-{n}.com,https://example.com/{n},Active,Early,{},B2B,\
             B2B -> Sales,B2B,SaaS,\"Berlin, BE, Germany\",Europe\n",
            10 + n
        );
    }
    let mut posts =
        "id,company_id,company_slug,title,location,created_at,absolute_url\n".to_owned();
    for job in jobs {
        let n = job % 40;
        posts += &format!(
            "{job},{n},firm-{n},Account Executive,Berlin,9 days,https://example.com/j{job}\n"
        );
    }
    [("companies", companies), ("jobs", posts)]
        .map(|(name, text)| ground.file(&format!("{name}-{day}.csv"), &text))
        .to_vec()
}

const DAYS: [(&str, std::ops::Range<u32>); 3] =
    [("2026-10-01", 0..300), ("2026-10-08", 100..400), ("2026-10-15", 200..500)];

fn args<'a>(ground: &'a Ground, files: &'a [String]) -> Vec<&'a str> {
    let head = ["import", "--mapping", DIRECTORY];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    ground.all(&[&head[..], &files].concat())
}

/// Every record once, with its key.
fn distinct(ground: &Ground) -> BTreeSet<(Vec<u8>, Vec<u8>)> {
    let place = Place::open(ground.config.clone()).unwrap();
    let mut reader = place.store.reader().unwrap();
    let mut all = BTreeSet::new();
    for partition in 0..3 {
        let scan = Scan::whole(&mut *reader, &place.topics.inputs, partition).unwrap();
        let mut visit = |record: buymode::log::RecordRef<'_>| {
            let key = record.key.unwrap_or_default().to_vec();
            all.insert((key, record.value.unwrap_or_default().to_vec()));
        };
        scan.each(&mut *reader, &mut visit).unwrap();
    }
    all
}

/// One import of all, and three that are each killed before they are run to their end.
fn weekly_is_as_one(one: &Ground, three: &Ground) {
    let all: Vec<String> =
        DAYS.iter().flat_map(|(day, jobs)| files(one, day, jobs.clone())).collect();
    ok(&args(one, &all));
    for (at, (day, jobs)) in DAYS.iter().enumerate() {
        let files = files(three, day, jobs.clone());
        for part in 1..4 {
            let child = command(&args(three, &files)).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(60 * part + 25 * at as u64));
            // It may have ended.
            if !wait_a_moment(child.id()) {
                signal(child.id(), "KILL");
            }
            wait(child);
        }
        ok(&args(three, &files));
    }
    let (expected, found) = (distinct(one), distinct(three));
    assert_eq!(expected.len(), 3 * 80 + 3 * 300 + 200, "records; no ticks on a live log");
    assert_eq!(found, expected);
    // The first again: nothing that is older comes back.
    let first = files(three, DAYS[0].0, DAYS[0].1.clone());
    let said = ok(&args(three, &first));
    assert!(
        said.contains("the rows of rule jobs are left out: the file is of 2026-10-01"),
        "{said}"
    );
    assert_eq!(distinct(three), expected);
    let cut = files(three, "2026-10-22", 200..210);
    let ended = buymode(&args(three, &cut));
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("290 of the 300 rows of rule jobs")
            && ended.stderr.contains("--accept-gone"),
        "{}",
        ended.stderr
    );
    assert_eq!(distinct(three), expected);
}

/// Whether the process is no longer there.
fn wait_a_moment(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}

#[test]
fn three_weekly_imports_that_are_killed_write_what_one_import_of_all_does() {
    let ((one, _a), (three, _b)) = (Ground::embedded(&[]), Ground::embedded(&[]));
    weekly_is_as_one(&one, &three);
}

#[test]
fn weekly_imports_on_kafka_too() {
    let Some(kafka) = support::kafka() else { return };
    let bootstrap = kafka.bootstrap();
    let ground = |name: &str| {
        let prefix = format!("{}.", kafka.unique(name));
        let mut config = Config {
            kafka: Some(KafkaConfig { bootstrap: bootstrap.to_owned(), ..KafkaConfig::default() }),
            ..Config::default()
        };
        config.topics.prefix = Prefix::new(&prefix).unwrap();
        Ground::new(config, &["--bootstrap", bootstrap, "--prefix", &prefix], &[])
    };
    let (one, three) = (ground("one"), ground("three"));
    let described: serde_json::Value =
        serde_json::from_str(&three.ok(&["topics", "describe", "--json"])).unwrap();
    let name =
        |topic: &&serde_json::Value| topic["topic"].as_str().unwrap().ends_with("buymode.sources");
    let sources = described.as_array().unwrap().iter().find(name).unwrap();
    assert_eq!(
        (&sources["found"]["cleanup"], &sources["found"]["partitions"]),
        (&"compact".into(), &1.into())
    );
    weekly_is_as_one(&one, &three);
}

#[test]
fn files_of_several_mappings_go_into_a_history_in_order_and_an_older_file_is_refused() {
    let (ground, _folder) = Ground::embedded(&["--history"]);
    let rounds = ground.file("rounds.yaml", ROUNDS);
    let row = |year: u32| format!("id,site,on,round\nr{year},firm-1.com,{year}-03-02,Series A\n");
    let (old, new) = (ground.file("old.csv", &row(2012)), ground.file("new.csv", &row(2027)));
    let jobs = files(&ground, DAYS[0].0, 0..5);
    let mut all = vec!["import", "--json", "--mapping", &rounds, &old, "--mapping", DIRECTORY];
    all.extend(jobs.iter().map(String::as_str));
    all.extend(["--mapping", &rounds, &new]);
    let summary: serde_json::Value = serde_json::from_str(&ground.ok(&all)).unwrap();
    let files: Vec<&str> =
        summary["files"].as_array().unwrap().iter().filter_map(|f| f["name"].as_str()).collect();
    assert_eq!(files, ["old.csv", "new.csv", "companies-2026-10-01.csv", "jobs-2026-10-01.csv"]);
    assert_eq!(
        (&summary["first_at"], &summary["late"]),
        (&"2012-03-02T00:00:00.000Z".into(), &serde_json::Value::Null)
    );
    let before = distinct(&ground);
    let older = ground.file("older.csv", &row(2011));
    let import = ["import", "--mapping", &rounds, &older];
    let ended = buymode(&ground.all(&import));
    assert_eq!(ended.code, Some(1));
    let said = "1 of 1 new record is older than the end of the history buymode.inputs, 2027-03-02";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert_eq!(distinct(&ground), before);
    let said = ground.ok(&[&import[..], &["--accept-late"]].concat());
    assert!(said.contains("1 record is older than the end of the history, 2027-03-02"), "{said}");
    let ended = buymode(&ground.all(&[
        "import",
        &older,
        "--mapping",
        &rounds,
        &old,
        "--mapping",
        DIRECTORY,
        &new,
    ]));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("older.csv stands before the first of several mappings"),
        "{}",
        ended.stderr
    );
}
