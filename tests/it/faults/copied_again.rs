//! `topics copy` again after its end, as after a machine that died behind the last transaction: who has to
//! change what is said again. And before its beginning.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use buymode::admin::partitions;
use buymode::admin::topics::{Severity, stand, wanted};
use buymode::codec::Codec;
use buymode::deliver::carry;
use buymode::engine::topics::Topics;
use buymode::log::Output;

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

/// What only the desk knows stands at the beginning of the new desk's log, before anything reads that.
#[test]
fn should_hand_on_what_the_desk_knows_of_people() {
    let (folder, store) = folder();
    let world = World::live(store.clone(), "", 4);
    store.create_topics(&world.topics.desk_specs(1)).unwrap();
    let (mut codec, mut value) = (Codec::local(), Vec::new());
    codec.encode_entry(&world.topics.desk, r#"{"opted_out":["d1","d2"]}"#, &mut value).unwrap();
    let mut writer = world.writer("desk");
    writer.begin().unwrap();
    let (key, value) = (Some(&br#"{"opted_out":"acme.com"}"#[..]), Some(&value[..]));
    let topic = world.topics.desk.as_str();
    let partition = Some(0);
    writer.send(&Output { topic, partition, key, value, ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
    let known = |topics: &Topics| carry::read(&store, &Codec::local(), topics, "none", false);
    let before = known(&world.topics).unwrap();
    assert_eq!((before.parts.len(), before.opted_out), (1, 2));
    let file = folder.path().join("buymode.yaml");
    std::fs::write(&file, "embedded: {folder: log}\ntopics: {partitions: 4}\n").unwrap();
    let copy = ["topics", "copy", "--to", "v2.", "--partitions", "24", "--json"];
    let said = ok(&[&copy[..], &["--config", file.to_str().unwrap()]].concat());
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["enrolled"], &said["opted_out"]), (&0.into(), &2.into()), "{said}");
    assert_eq!(known(&Topics::with_prefix("v2.")).unwrap().parts, before.parts);
}
