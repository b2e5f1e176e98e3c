//! What was published can be listed, shown, gone back to, and never switched to behind somebody's
//! back.

use super::{EXAMPLE, buymode, embedded, ok};
use buymode::admin::place::Place;
use buymode::admin::profiles::switch::{Published, Unless, Wish, switch};
use buymode::domain::profile::variant::CompiledProfile;
use buymode::engine::scorer::Clock;
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct Ground {
    folder: tempfile::TempDir,
    data: String,
    other: PathBuf,
}

impl Ground {
    fn new() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").to_str().unwrap().to_owned();
        let other = folder.path().join("other.yaml");
        let text = std::fs::read_to_string(EXAMPLE).unwrap();
        std::fs::write(&other, text.replace("enter: 40", "enter: 45")).unwrap();
        let ground = Ground { folder, data, other };
        ok(&ground.on(&["topics", "create", "--profile", EXAMPLE, "--partitions", "2"]));
        ground
    }

    fn on<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [args, &["--embedded", &self.data]].concat()
    }

    fn json(&self, args: &[&str]) -> Vec<serde_json::Value> {
        let text = ok(&self.on(&[args, &["--json"]].concat()));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Number, version, who, active.
    fn history(&self) -> Vec<(u64, String, String, bool)> {
        let lines = self.json(&["icp", "history"]);
        let text = |v: &serde_json::Value| v.as_str().unwrap_or("unknown").to_owned();
        let one = |v: &serde_json::Value| {
            let number = v["activation"].as_u64().unwrap();
            (number, text(&v["profile_version"]), text(&v["published_by"]), v["active"] == true)
        };
        lines.iter().map(one).collect()
    }
}

#[test]
fn every_version_is_listed_shown_and_can_be_gone_back_to() {
    let ground = Ground::new();
    assert!(ok(&ground.on(&["icp", "history"])).contains("nothing was ever published"));
    let ended = buymode(&ground.on(&["icp", "rollback"]));
    assert!(ended.code == Some(1) && ended.stderr.contains("nothing was ever published"));
    ok(&ground.on(&["icp", "publish", EXAMPLE, "--by", "kim"]));
    let ended = buymode(&ground.on(&["icp", "rollback"]));
    assert!(ended.code == Some(1) && ended.stderr.contains("nothing to go back to"), "{ended:?}");
    let other = ground.other.to_str().unwrap();
    let said = ok(&ground.on(&["icp", "publish", other, "--by", "lou"]));
    assert!(said.contains("activation 2 (before: version"), "{said}");

    let said = ok(&ground.on(&["icp", "rollback", "--by", "max"]));
    assert!(said.starts_with("rolled back to b2b-saas for revenue-platform: version"), "{said}");
    let history = ground.history();
    let (first, second) = (&history[0].1, &history[1].1);
    assert_ne!(first, second);
    let row = |n: u64, version: &str, by: &str, active| (n, version.into(), by.into(), active);
    let expected =
        [row(1, first, "kim", false), row(2, second, "lou", false), row(3, first, "max", true)];
    assert_eq!(history, expected);
    let table = ok(&ground.on(&["icp", "history"]));
    let active: Vec<&str> = table.lines().filter(|line| line.contains(" active ")).collect();
    assert!(active.len() == 1 && active[0].contains("max"), "{table}");

    // Back and forth, by number, by version, by its beginning.
    let ended = buymode(&ground.on(&["icp", "rollback", "1"]));
    assert!(ended.code == Some(1) && ended.stderr.contains("is active already"), "{ended:?}");
    ok(&ground.on(&["icp", "rollback", second]));
    ok(&ground.on(&["icp", "rollback", &first[..6]]));
    assert_eq!(ground.history().last().unwrap().0, 5);
    let ended = buymode(&ground.on(&["icp", "rollback", "nothing"]));
    assert!(ended.code == Some(1) && ended.stderr.contains("`buymode icp history`"), "{ended:?}");
}

#[test]
fn what_is_shown_is_what_was_published() {
    let ground = Ground::new();
    let profiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/profiles/demo.yaml");
    let demo = profiles.to_str().unwrap();
    ok(&ground.on(&["topics", "create", "--profile", demo]));
    ok(&ground.on(&["icp", "publish", EXAMPLE]));
    ok(&ground.on(&["icp", "publish", demo]));
    let ended = buymode(&ground.on(&["icp", "show"]));
    assert!(ended.code == Some(1) && ended.stderr.contains("--product"), "{ended:?}");
    for (product, file) in
        ground.history().iter().map(|(_, version, ..)| version).zip([EXAMPLE, demo])
    {
        let yaml = ok(&ground.on(&["icp", "show", product]));
        let shown = ground.folder.path().join("shown.yaml");
        std::fs::write(&shown, &yaml).unwrap();
        let version = |file: &str| {
            let said: serde_json::Value =
                serde_json::from_str(&ok(&["icp", "check", file, "--json"])).unwrap();
            said["profile_version"].as_str().unwrap().to_owned()
        };
        assert_eq!(version(shown.to_str().unwrap()), version(file), "{yaml}");
    }
}

#[test]
fn whoever_was_overtaken_writes_nothing_and_is_told() {
    let ground = Ground::new();
    let place = Place::open(embedded(ground.data.as_ref())).unwrap();
    let compiled = |file: &Path| {
        let text = std::fs::read_to_string(file).unwrap();
        Arc::new(CompiledProfile::new(serde_saphyr::from_str(&text).unwrap()).unwrap())
    };
    let (ours, theirs) = (compiled(Path::new(EXAMPLE)), compiled(&ground.other));
    let wish = |profile: &Arc<CompiledProfile>, by: &'static str, seen| Wish {
        profile: profile.clone(),
        by: Some(by.into()),
        note: None,
        seen,
        unless: Unless::SameOrOvertaken,
        report: None,
    };
    // Both looked when nothing was published.
    assert!(matches!(switch(&place, &wish(&theirs, "lou", 0)), Ok(Published::Activated { .. })));
    let refused = switch(&place, &wish(&ours, "kim", 0)).err().unwrap().to_string();
    for part in ["overtaken: lou published version", "nothing of this was written", "icp history"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert_eq!(ground.history().len(), 1);
    // The same wish is no quarrel, and who looks again may go on.
    assert!(matches!(switch(&place, &wish(&theirs, "kim", 0)), Ok(Published::Kept(_))));
    assert!(matches!(switch(&place, &wish(&ours, "kim", 1)), Ok(Published::Activated { .. })));
}

#[test]
fn a_history_named_by_its_folder_alone_is_not_taken_for_a_live_log() {
    let folder = tempfile::tempdir().unwrap();
    for (name, flags) in [("live", &[][..]), ("past", &["--history"][..])] {
        let data = folder.path().join(name);
        let create = ["topics", "create", "--embedded", data.to_str().unwrap()];
        ok(&[&create[..], flags].concat());
        let clock = Place::open(embedded(&data)).unwrap().clock().unwrap();
        assert_eq!(matches!(clock, Clock::History), name == "past");
    }
}
