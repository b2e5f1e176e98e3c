//! Dead letters that are named: each one that is not dropped is told.

use super::buymode;
use super::letters::{BROKEN, Ground};

#[test]
fn a_letter_that_is_done_with_is_told_and_one_that_is_not_there_is_an_error() {
    let ground = Ground::new();
    ground.import(BROKEN, 3);
    let name = ground.list(&[])[0]["letter"].as_str().unwrap().to_owned();
    let drop = |also: &[&str]| {
        let named = ["dead-letters", "drop", &name, "--because", "old", "--config", &ground.config];
        buymode(&[&named[..], also].concat())
    };
    let ended = drop(&["99:99"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("99:99: there is no such letter"), "{ended:?}");
    assert_eq!(ground.list(&[]).len(), 0, "the other is dropped");
    let ended = drop(&[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains(&format!("{name} is done with already")), "{ended:?}");
}
