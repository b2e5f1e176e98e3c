//! The shell as people and scripts use it: an instance that ends when it has caught up, decisions in
//! order of time, tables that fit a terminal, Ctrl-C that says what was done.

use super::{EXAMPLE, Ended, buymode, command, ok, signal, wait};
use crate::support::{self, Address};
use buymode::admin::place::Place;
use buymode::config::{Config, EmbeddedConfig};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

const MAPPING: &str = "source: test
rules:
  - {name: companies, match: '.kind == \"company\"', emit: '{record: \"company\", account: .site, as_of: .on, employees: (.n | tonumber), industries: [\"saas\"], tools: [\"hubspot\"], funding_stage: \"series_c\"}'}
  - {name: rounds, match: '.kind == \"round\"', emit: '{record: \"funding\", account: .site, occurred_at: .on, round: \"Series C\", source_record_id: .n}'}
";

/// A place with topics and the example's profile, and flags that name it.
struct Ground {
    folder: tempfile::TempDir,
    flags: Vec<String>,
}

impl Ground {
    fn new(flags: &[&str], kind: &[&str]) -> Ground {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let ground = Ground { folder: tempfile::tempdir().unwrap(), flags };
        let create = ["topics", "create", "--profile", EXAMPLE, "--partitions", "3"];
        ground.ok(&[&create, kind].concat());
        // A round alone is enough for an entry.
        let eager = std::fs::read_to_string(EXAMPLE).unwrap().replace("enter: 40", "enter: 30");
        let eager = ground.file("eager.yaml", &eager);
        ground.ok(&["icp", "publish", &eager, "--by", "kim", "--note", "first try"]);
        ground
    }

    fn embedded(kind: &[&str]) -> (Ground, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        (Ground::new(&["--data", log.to_str().unwrap()], kind), folder)
    }

    fn all<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        args.iter().copied().chain(self.flags.iter().map(String::as_str)).collect()
    }

    fn ok(&self, args: &[&str]) -> String {
        ok(&self.all(args))
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Companies that fit, each with a round on another day.
    fn rows(&self, companies: usize) -> [String; 2] {
        let mut rows = "kind,site,on,n\n".to_owned();
        for n in 0..companies {
            let (month, day) = (n / 28 % 12 + 1, n % 28 + 1);
            rows += &format!("company,site-{n}.com,2012-01-01,500\n");
            rows += &format!("round,site-{n}.com,2013-{month:02}-{day:02},{n}\n");
        }
        [self.file("m.yaml", MAPPING), self.file("rows.csv", &rows)]
    }

    fn import(&self, companies: usize) {
        let [mapping, rows] = self.rows(companies);
        self.ok(&["import", "--mapping", &mapping, &rows]);
    }

    fn caught_up(&self) -> Ended {
        let mut command = command(&self.all(&["run", "--until-caught-up"]));
        let ended = wait(command.env("BUYMODE__HTTP__LISTEN", "127.0.0.1:0").spawn().unwrap());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended
    }
}

/// Sends SIGINT and waits: it ends within a second, with 130.
fn interrupted(child: Child) -> Ended {
    signal(child.id(), "INT");
    let ended = wait(child);
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.took < Duration::from_secs(2), "{ended:?}");
    assert!(ended.stderr.contains("buymode: stopped: "), "{ended:?}");
    ended
}

fn should_end_when_it_has_caught_up(ground: &Ground) {
    ground.import(30);
    let ended = ground.caught_up();
    let said = ended.stderr.lines().find(|line| line.contains("caught up: ")).unwrap();
    let counts = said.split_once("caught up: ").unwrap().1;
    let inputs: u64 = counts.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert!(inputs >= 63, "30 companies, 30 rounds, 3 activations: {said}");

    // Nothing was left: the audit finds all that was counted, and a second run nothing.
    let audit: serde_json::Value = serde_json::from_str(&ground.ok(&["audit", "--json"])).unwrap();
    assert_eq!(audit["inputs"], inputs, "{audit}");
    let decisions = audit["decisions"].as_u64().unwrap();
    assert!(decisions >= 30, "{audit}");
    assert!(counts.contains(&format!("{decisions} decisions")), "{said}");
    let again = ground.caught_up();
    assert!(again.stderr.contains("caught up: 0 inputs, 0 decisions"), "{again:?}");
}

#[test]
fn should_end_when_it_has_caught_up_on_the_embedded_log() {
    let (ground, _folder) = Ground::embedded(&["--history"]);
    let nothing = super::buymode(&ground.all(&["audit"]));
    assert!(nothing.stdout.starts_with("nothing was audited"), "{nothing:?}");
    assert_eq!(nothing.code, Some(1), "nothing is no proof");
    should_end_when_it_has_caught_up(&ground);
    fits_a_terminal(&ground);
    decisions_in_order_of_time(&ground);
    reading_commands_end_at_ctrl_c(&ground);
}

#[test]
fn should_end_when_it_has_caught_up_on_a_live_log() {
    let (ground, _folder) = Ground::embedded(&[]);
    ground.import(5);
    let ended = ground.caught_up();
    // 5 companies, 5 rounds, an activation in each partition.
    assert!(ended.stderr.contains("caught up: 13 inputs, "), "{ended:?}");
}

#[test]
fn should_end_when_it_has_caught_up_on_kafka() {
    let Some(kafka) = support::kafka() else { return };
    let prefix = format!("{}.", kafka.unique("caught-up"));
    let flags = ["--bootstrap", kafka.bootstrap(), "--prefix", &prefix];
    should_end_when_it_has_caught_up(&Ground::new(&flags, &["--history"]));
}

/// 80 columns, 24 lines, the result last.
fn fits_a_terminal(ground: &Ground) {
    for (args, part) in [
        (&["audit"][..], "OK: no missing, duplicate or different records"),
        (&["icp", "history"], "first try"),
        (&["icp", "diff", "live", EXAMPLE, "--show", "0"], "entries over the log"),
    ] {
        let shown = ground.ok(args);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.len() <= 24, "{args:?}: {shown}");
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{args:?}: {shown}");
        assert!(shown.contains(part), "{args:?}: {shown}");
    }
    let history: serde_json::Value =
        serde_json::from_str(&ground.ok(&["icp", "history", "--json"])).unwrap();
    assert_eq!((&history["published_by"], &history["note"]), (&"kim".into(), &"first try".into()));
    let shown = buymode(&ground.all(&["icp", "show"]));
    assert!(shown.stderr.trim_end().ends_with(" by kim: first try"), "{shown:?}");
}

fn decisions_in_order_of_time(ground: &Ground) {
    let written = ground.ok(&["decisions", "--from-start", "--until-end"]);
    let times: Vec<String> = written
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["decided_at"].to_string()
        })
        .collect();
    assert!(times.len() >= 30, "{written}");
    assert!(times.is_sorted(), "{times:?}");

    // It says when it follows, and what it has printed when it is stopped.
    let mut child = command(&ground.all(&["decisions", "--from-start"])).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    // Read meanwhile: a pipe that is full would stop it.
    let printed = std::thread::spawn(|| stdout.lines().count());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(line, "buymode: caught up; following\n");
    signal(child.id(), "INT");
    let said: Vec<String> = stderr.lines().map(Result::unwrap).collect();
    let ended = wait(child);
    assert_eq!(ended.code, Some(130), "{said:?}");
    assert_eq!(printed.join().unwrap(), times.len());
    let printed = format!("buymode: stopped: {} decisions printed", times.len());
    assert!(said.contains(&printed), "{said:?}");
}

fn reading_commands_end_at_ctrl_c(ground: &Ground) {
    // A file that never ends keeps a command busy.
    let pipe = ground.folder.path().join("endless.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mapping = ground.file("m.yaml", MAPPING);
    let args = ["icp", "match", EXAMPLE, "--mapping", &mapping, pipe.to_str().unwrap()];
    let child = command(&args).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let ended = interrupted(child);
    assert!(ended.stderr.contains("nothing was written"), "{ended:?}");
}

#[test]
fn an_import_that_is_stopped_says_how_far_it_came() {
    let (ground, _folder) = Ground::embedded(&[]);
    let [mapping, rows] = ground.rows(50_000);
    let child = command(&ground.all(&["import", "--mapping", &mapping, &rows])).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let ended = interrupted(child);
    let said = ended.stderr.split("stopped: the first ").nth(1).unwrap();
    let counted: u64 = said.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert!(said.contains("of the files) are in the log; run it again to go on"), "{said}");
    assert!(counted < 100_000, "it had ended: {said}");
    assert_eq!(ground.written(), counted, "{said}");
}

#[test]
fn a_history_that_is_stopped_while_it_is_read_is_not_written() {
    let (ground, _folder) = Ground::embedded(&["--history"]);
    let [mapping, rows] = ground.rows(50_000);
    let child = command(&ground.all(&["import", "--mapping", &mapping, &rows])).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let ended = interrupted(child);
    assert!(ended.stderr.contains("nothing is in the log; run it again"), "{ended:?}");
    assert_eq!(ground.written(), 0);
}

impl Ground {
    /// Records in the inputs but for activations.
    fn written(&self) -> u64 {
        let embedded = EmbeddedConfig {
            folder: self.flags[1].clone().into(),
            map_size_gib: Default::default(),
        };
        let place = Place::open(Config { embedded: Some(embedded), ..Config::default() }).unwrap();
        let mut reader = place.store.reader().unwrap();
        let (topic, mut written) = (&place.topics.inputs, 0);
        for partition in 0..3 {
            let range = reader.watermarks(topic, partition).unwrap();
            let mut next = range.low;
            while next < range.stable {
                let budget = Duration::from_secs(5);
                let count =
                    &mut |r: buymode::log::RecordRef<'_>| written += u64::from(r.key.is_some());
                next = reader.read(topic, partition, next, range.stable, budget, count).unwrap();
            }
        }
        written
    }
}

#[test]
fn who_publishes_is_recorded_or_said_to_be_unknown() {
    let (ground, _folder) = Ground::embedded(&[]);
    let publish = |by: Option<&str>| {
        let args = ["icp", "publish", EXAMPLE, "--force", "--json"];
        let mut command = command(&ground.all(&args));
        command.env_remove("USER").env_remove("LOGNAME");
        wait(command.envs(by.map(|name| ("USER", name))).spawn().unwrap())
    };
    let said = |ended: &Ended| serde_json::from_str::<serde_json::Value>(&ended.stdout).unwrap();
    let named = publish(Some("lou"));
    assert_eq!((&said(&named)["published_by"], named.stderr.as_str()), (&"lou".into(), ""));
    let unknown = publish(None);
    assert!(said(&unknown)["published_by"].is_null(), "{unknown:?}");
    assert!(unknown.stderr.contains("unknown; --by NAME"), "{unknown:?}");
    assert!(ground.ok(&["icp", "history"]).contains("unknown"));
    let other = std::fs::read_to_string(EXAMPLE).unwrap().replace("enter: 40", "enter: 45");
    ground.ok(&["icp", "publish", &ground.file("other.yaml", &other)]);
    ground.ok(&["icp", "rollback", "--note", "too few entries"]);
    let history = ground.ok(&["icp", "history", "--json"]);
    assert!(history.lines().last().unwrap().contains("\"note\":\"too few entries\""), "{history}");
}

#[test]
fn should_find_no_log_where_none_is_named() {
    let ended = buymode(&["audit"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("use --config FILE, --embedded FOLDER or"), "{ended:?}");
}
