//! `topics copy` again after its end, as after a machine that died behind the last transaction: who has to
//! change what is said again. And before its beginning.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use buymode::admin::partitions;
use buymode::admin::topics::{Severity, stand, wanted};

use super::copied::{Breaking, at, folder, history, place, try_copy_with};
use super::world::World;
use crate::cli::ok;

#[test]
fn should_say_the_next_steps_where_a_copy_is_finished() {
    let (folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    try_copy_with(store, &world, "v2.", &[], false).unwrap().unwrap();
    let file = folder.path().join("buymode.yaml");
    std::fs::write(&file, "embedded: {folder: log}\ntopics: {history: true, partitions: 4}\n")
        .unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let copy = ["topics", "copy", "--to", "v2.", "--partitions", "24"];
    let said = ok(&[&copy[..], &config[..]].concat());
    for part in ["is finished already", "To be changed now:", "v2.sequencer.ROUTE", "webhooks only"]
    {
        // The lines are wrapped.
        assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{said}");
    }
    let json = ok(&[&copy[..], &config[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json, serde_json::json!({"finished_before": true, "to": "v2."}));
}

/// Where the copy ended before its mark was written, no topic is there that anything could write into; and
/// where it ended right after it, what comes is refused, and told of the copy.
#[test]
fn should_make_no_inputs_before_they_are_marked() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    for (prefix, answered) in [("v2.", false), ("v3.", true)] {
        let left = Arc::new(AtomicUsize::new(1));
        let breaking = Arc::new(Breaking { inner: store.clone(), left, answered });
        let why = format!("{:#}", try_copy_with(breaking, &world, prefix, &[], false).unwrap_err());
        assert!(why.contains("killed"), "{why}");
        let copied = at(&world, prefix);
        let names = [copied.topics.inputs.clone(), copied.topics.accounts.clone()];
        let found = store.describe_topics(&names).unwrap();
        assert!(found[0].is_none() && found[1].is_some(), "{found:?}");
        let place = place(store.clone(), &copied);
        let said = partitions::check(&place).map_err(|why| why.to_string());
        assert_eq!(said.is_err(), answered, "{said:?}");
        if let Err(why) = said {
            assert!(why.contains("is not finished; use the same `buymode topics copy`"), "{why}");
            let standings = stand(&place, wanted(&place, &[]).unwrap()).unwrap();
            let problems: Vec<_> = standings.iter().flat_map(|s| &s.problems).collect();
            assert_eq!(problems, [&(Severity::Error, why)]);
        }
        try_copy_with(store.clone(), &world, prefix, &[], false).unwrap().unwrap();
        partitions::check(&place).unwrap();
    }
}
