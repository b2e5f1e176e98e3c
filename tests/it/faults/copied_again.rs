//! `topics copy` again after its end, as after a machine that died behind the last transaction: who has to
//! change what is said again.

use super::copied::{folder, history, try_copy_with};
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
