//! A log of an earlier rules version is refused, with the remedy, before anything is written to it.

use super::{EXAMPLE, command, ok, wait};
use buymode::codec::Codec;
use buymode::domain::RULES_VERSION;
use buymode::domain::account::input::Activation;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::names::Names;
use buymode::engine::publication::{self, Stamps};
use buymode::engine::staged::Staged;
use buymode::engine::topics::Topics;
use buymode::log::Store;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const PARTITIONS: i32 = 2;
const ROW: &str = r#"{"record": "company", "source": "crm", "account": "tidegate.io", "as_of": "2026-01-05", "name": "Tidegate"}"#;

/// As the build of the version before would have left it.
fn earlier_log(folder: &Path) {
    let data = folder.join("data");
    let partitions = PARTITIONS.to_string();
    let place = ["--embedded", data.to_str().unwrap()];
    let create = ["topics", "create", "--profile", EXAMPLE, "--partitions", &partitions];
    ok(&[&create[..], &place].concat());
    let text = std::fs::read_to_string(EXAMPLE).unwrap();
    let earlier = Activation {
        number: 1,
        profile: Arc::new(CompiledProfile::read(&text).unwrap()),
        rules_version: RULES_VERSION - 1,
        published_by: None,
        note: None,
    };
    let (mut codec, names) = (Codec::local(), Names::new(Topics::with_prefix("")));
    let mut staged = Staged::default();
    let stamps = Stamps::default();
    publication::stage(&mut codec, &names, &earlier, PARTITIONS, stamps, &mut staged).unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(&data)).unwrap();
    let mut writer = store.writer("test").unwrap();
    writer.begin().unwrap();
    staged.send_all(&mut |output| writer.send(output)).unwrap();
    writer.commit(&[]).unwrap();
}

/// The ends of all partitions of all topics.
fn ends(folder: &Path) -> BTreeMap<(String, i32), i64> {
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.join("data"))).unwrap();
    let (names, mut reader) = (store.topic_names().unwrap(), store.reader().unwrap());
    let specs = store.describe_topics(&names).unwrap();
    let mut ends = BTreeMap::new();
    for (name, spec) in names.into_iter().zip(specs) {
        for partition in 0..spec.map_or(0, |spec| spec.partitions) {
            let end = reader.watermarks(&name, partition).unwrap().stable;
            ends.insert((name.clone(), partition), end);
        }
    }
    ends
}

#[test]
fn should_refuse_a_log_of_an_earlier_rules_version_before_writing_to_it() {
    let folder = tempfile::tempdir().unwrap();
    earlier_log(folder.path());
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let canonical = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");
    let rows = file("rows.jsonl", ROW);
    let aliases = file("aliases.csv", "alias,account\na.com,b.com\n");
    let settings = file(
        "buymode.yaml",
        &format!(
            "embedded: {{folder: data}}\nprofile: {EXAMPLE}\nhttp: {{listen: '127.0.0.1:0'}}\n\
             ingest: {{sources: {{feed: {{mapping: {canonical}, topic: vendor.rows}}}}}}\n"
        ),
    );
    let before = ends(folder.path());
    let calls: [&[&str]; 10] = [
        &["icp", "publish", EXAMPLE],
        &["icp", "rollback", "--force"],
        &["import", "--mapping", canonical, &rows],
        &["aliases", "add", "a.com", "b.com"],
        &["aliases", "import", &aliases],
        &["dead-letters", "replay"],
        &["erase", "--account", "a.com"],
        &["run", "--until-caught-up"],
        &["ingest"],
        // It would find differences everywhere.
        &["audit"],
    ];
    for call in calls {
        let args = [call, &["--config", &settings]].concat();
        let ended = wait(command(&args).current_dir(folder.path()).spawn().unwrap());
        assert_eq!(ended.code, Some(1), "{call:?}: {ended:?}");
        let remedy =
            format!("use the build of version {}, or `buymode upgrade`", RULES_VERSION - 1);
        assert!(ended.stderr.contains(&remedy), "{call:?}: {ended:?}");
        assert_eq!(ends(folder.path()), before, "{call:?}");
    }
}
