//! A vendor's answers: what cannot be read of one that is taken apart waits alone and is replayed
//! alone, and a line that is none stays what it was.

use super::dead_letters::Ground;
use super::ok;
use std::path::Path;

const ANSWERS: &str = r#"{"organization": {"id": "66f0", "name": "Brindle", "primary_domain": "brindle.com", "estimated_num_employees": 412, "funding_events": [{"id": "e1", "date": "2026-05-10", "type": "Series B", "amount": "42M", "currency": "$"}, {"id": "e2", "date": "someday", "type": "Series A"}, {"id": "e3", "date": "2022-01-10", "type": "Seed"}]}}
{"organization": {"id": "66f1", "name": "Otherwise", "primary_domain": "otherwise.com"}},
"#;

#[test]
fn a_round_that_cannot_be_read_takes_nothing_along_and_is_replayed_alone() {
    let (ground, right) = (Ground::new(), Ground::new());
    let import = |ground: &Ground, mapping: &str, answers: &str| {
        let answers = ground.file("answers.jsonl", answers);
        ok(&["import", "--mapping", mapping, "--config", &ground.config, &answers]);
    };
    let presets = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings");
    import(&ground, presets.join("apollo.yaml").to_str().unwrap(), ANSWERS);
    let listed = ground.list(&[]);
    assert_eq!(listed.len(), 2, "{listed:?}");
    let message = |at: usize| listed[at]["message"].as_str().unwrap();
    assert_eq!(message(0), "rule rounds: occurred_at is \"someday\", not a date");
    let broken = "no JSON: trailing characters";
    assert!(message(1).starts_with(broken), "{listed:?}");
    let before = ground.said().len();

    // What a person may do about it.
    let read = |name: &str| std::fs::read_to_string(presets.join(name)).unwrap();
    let mended = read("apollo.yaml").replace(
        "account: $account, occurred_at: .date,",
        "account: $account, occurred_at: (if .date == \"someday\" then \"2024-03-01\" else .date end),",
    );
    let mended = ground.file("apollo.yaml", &mended);
    for name in ["technologies.yaml", "tool-phrases.yaml", "industries.yaml", "words.jq"] {
        ground.file(name, &read(name));
        right.file(name, &read(name));
    }
    let told = ground.replay(&["--mapping", &mended]);
    assert_eq!((told["replayed"].as_u64(), told["records"].as_u64()), (Some(1), Some(1)), "{told}");
    let stays = told["unresolved"][0]["message"].as_str().unwrap();
    assert!(stays.contains(broken) && told["failing"]["malformed"] == 1, "{told}");

    // The same as if the date had been good from the start, but for when it was taken in.
    import(&right, &mended, &ANSWERS.replace("someday", "2024-03-01"));
    let rounds = |ground: &Ground| {
        let said = ground.said().into_iter().filter(|said| said.contains("Funding"));
        said.map(|said| said.split("observed_at").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rounds(&ground).len(), 3);
    assert_eq!(rounds(&ground), rounds(&right));
    assert_eq!(ground.said().len(), before + 1, "what was good is not written again");
}
