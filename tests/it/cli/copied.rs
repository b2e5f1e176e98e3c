//! `topics copy` as people call it, again after its end: who has to change what is said again.

use super::{ok, settings};

#[test]
fn should_say_the_next_steps_again_where_a_copy_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path());
    let config = ["--config", file.to_str().unwrap()];
    ok(&[&["topics", "create"], &config[..]].concat());
    let copy = ["topics", "copy", "--to", "v2.", "--partitions", "2"];
    let copy = [&copy[..], &config[..]].concat();
    let steps = |said: &str| {
        let (_, steps) = said.split_once("To be changed now:").unwrap_or_else(|| panic!("{said}"));
        assert!(steps.contains("v2.sequencer.ROUTE") && steps.contains("webhooks only"), "{said}");
        steps.to_owned()
    };
    let first = ok(&copy);
    assert!(first.contains("copied 0 inputs"), "{first}");
    let again = ok(&copy);
    assert!(again.contains("is finished already"), "{again}");
    assert_eq!(steps(&again), steps(&first));
    let json = ok(&[&copy[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json, serde_json::json!({"finished_before": true, "to": "v2."}));
}
