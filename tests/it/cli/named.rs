//! Dead letters that are given by id: each one that is not dropped is reported.

use super::buymode;
use super::dead_letters::{BROKEN, Ground};

#[test]
fn a_resolved_dead_letter_is_reported_and_an_unknown_id_is_an_error() {
    let ground = Ground::new();
    ground.import(BROKEN, 3);
    let name = ground.list(&[])[0]["id"].as_str().unwrap().to_owned();
    let drop = |also: &[&str]| {
        let named = ["dead-letters", "drop", &name, "--because", "old", "--config", &ground.config];
        buymode(&[&named[..], also].concat())
    };
    let ended = drop(&["99:99"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("99:99: no such dead letter"), "{ended:?}");
    assert_eq!(ground.list(&[]).len(), 0, "the other is dropped");
    let ended = drop(&[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains(&format!("{name} is already resolved")), "{ended:?}");
}
