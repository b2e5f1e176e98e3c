//! The shipped field maps: each compiles, makes of its cases what they say, and stands on the page with what it guarantees.

use buymode::deliver::sample;
use buymode::deliver::tool::cases;
use buymode::deliver::tool::file::MapFile;
use buymode::deliver::tool::program::ToolMap;
use buymode::deliver::tool::{guarantees, shipped};
use buymode::mapping::cases::Outcome;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_map_compiles_has_cases_and_makes_of_them_what_they_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/targets");
    let update = std::env::var("UPDATE_CASES").is_ok();
    let mut names = BTreeSet::new();
    for (name, text) in shipped::all() {
        names.insert(format!("{name}.yaml"));
        ToolMap::compile(MapFile::parse(text).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let cases = cases::test(&root.join(format!("{name}.yaml")), update, &sample::body).unwrap();
        // Those about every account are tried by `synced`.
        let is_sync = MapFile::parse(text).unwrap().sync.is_some();
        assert!(is_sync || !cases.is_empty(), "{name} has no case");
        for (case, outcome) in cases {
            match outcome {
                Outcome::Same | Outcome::Updated => {}
                Outcome::Different { diff } => panic!("{name}: {case}: not as expected\n{diff}"),
                Outcome::Failed { message } => panic!("{name}: {case}: {message}"),
            }
        }
    }
    let files = std::fs::read_dir(root).unwrap().flatten();
    let files: BTreeSet<String> = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    assert_eq!(files, names, "every map is shipped");
}

/// `docs/src/targets.md` has a row for each map, with what it guarantees.
#[test]
fn the_page_says_what_each_tool_guarantees() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/targets.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let rows = shipped::all().map(|(name, text)| {
        let map = MapFile::parse(text).unwrap();
        let (first, _) = map.description.split_once(". ").unwrap_or((&map.description, ""));
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("| `{name}` | {}: {first} | {} |\n", map.tool, guarantees::of(&map))
    });
    let table = format!(
        "| map | what is written | against a second write |\n| --- | --- | --- |\n{}",
        rows.collect::<String>()
    );
    let begin = text.find("| map |").expect("the page has the table");
    let end = begin + text[begin..].find("\n\n").unwrap() + 1;
    let expected = format!("{}{table}{}", &text[..begin], &text[end..]);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &expected).unwrap();
    }
    assert!(
        text == expected || std::env::var_os("UPDATE_DOCS").is_some(),
        "use UPDATE_DOCS=1 cargo test --test it deliver::tools"
    );
}
