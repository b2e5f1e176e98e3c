//! What is refused: files that are not whole, logs that hold something, and snapshots of other logs.

use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use buymode::admin::audit::audit;
use buymode::admin::partitions;
use buymode::admin::snapshot::content;
use proptest::prelude::*;

use super::copied::{Breaking, folder, go_on, history, place, try_copy_with};
use super::snapshot::{audited, empty, restored, saved};
use super::world::World;
use crate::cli::{buymode, ok};
use crate::pipeline::score;

/// A small whole file.
fn whole() -> &'static [u8] {
    static WHOLE: OnceLock<Vec<u8>> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let (files, store) = folder();
        let world = World::history(store, "", 2);
        history(&world);
        let file = files.path().join("one.snapshot");
        saved(&world, &file);
        std::fs::read(file).unwrap()
    })
}

fn read(bytes: &[u8]) -> Result<buymode::admin::snapshot::Content, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.snapshot");
    std::fs::write(&file, bytes).unwrap();
    content(&file).map_err(|error| format!("{error:#}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn should_notice_every_file_that_was_cut_short(at in 0..whole().len()) {
        let why = read(&whole()[..at]).unwrap_err();
        prop_assert!(why.contains("it is torn") || why.contains("another kind of file"), "{}", why);
    }

    /// Some bits of gzip's headers mean nothing; what was saved is never another.
    #[test]
    fn should_never_read_anything_else_from_a_file_that_was_changed(
        at in 0..whole().len(),
        bit in 0..8_u8,
    ) {
        let mut bytes = whole().to_vec();
        bytes[at] ^= 1 << bit;
        if let Ok(read) = read(&bytes) {
            prop_assert_eq!(read, super::snapshot_refused::read(whole()).unwrap());
        }
    }

    #[test]
    fn should_take_no_rubbish(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let why = read(&bytes).unwrap_err();
        prop_assert!(why.contains("it is another kind of file"), "{}", why);
    }
}

#[test]
fn should_refuse_more_behind_the_end() {
    let mut bytes = whole().to_vec();
    bytes.extend_from_slice(whole());
    let why = read(&bytes).unwrap_err();
    assert!(why.contains("more follows behind its end"), "{why}");
}

#[test]
fn should_refuse_a_torn_file_before_anything_is_written() {
    let (files, store) = folder();
    let torn = files.path().join("torn.snapshot");
    let new = empty(store.clone(), "", 2);
    // The last of these lack no record, and parts of the checksum behind them all.
    for lost in [40, 12, 9, 8, 1] {
        std::fs::write(&torn, &whole()[..whole().len() - lost]).unwrap();
        let why = restored(store.clone(), &new, &torn).unwrap_err();
        assert!(format!("{why:#}").contains("it is torn"), "{lost}: {why:#}");
    }
    assert_eq!(store.topic_names().unwrap(), Vec::<String>::new());
}

/// As long as nothing says that topics are being restored, there are none to write into.
#[test]
fn should_make_no_inputs_before_they_are_marked() {
    let (files, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let file = files.path().join("one.snapshot");
    saved(&world, &file);
    let new = empty(store.clone(), "new.", 4);
    for answered in [false, true] {
        let left = Arc::new(AtomicUsize::new(1));
        let breaking = Arc::new(Breaking { inner: store.clone(), left, answered });
        let why = format!("{:#}", restored(breaking, &new, &file).unwrap_err());
        assert!(why.contains("killed"), "{why}");
        assert!(!store.topic_names().unwrap().contains(&new.topics.inputs));
        let said = partitions::check(&place(store.clone(), &new)).map_err(|why| why.to_string());
        assert_eq!(said.is_err(), answered, "{said:?}");
    }
    restored(store.clone(), &new, &file).unwrap();
    partitions::check(&place(store, &new)).unwrap();
}

fn refusal(world: &World, file: &Path) -> String {
    format!("{:#}", restored(world.store.clone(), world, file).unwrap_err())
}

#[test]
fn should_refuse_a_log_that_holds_something() {
    let (files, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let file = files.path().join("one.snapshot");
    saved(&world, &file);
    // The log that it was taken of, as it was and once it went on.
    for _ in 0..2 {
        let why = refusal(&world, &file);
        assert!(
            why.contains("the log went on, it is scored up to offset") && !why.contains("ends at"),
            "{why}"
        );
        go_on(&world);
    }
    let full = World::history(store.clone(), "full.", 4);
    super::copied::write_day(&full, &mut *full.writer("load"), 0);
    let why = refusal(&full, &file);
    assert!(why.contains("full.buymode.inputs holds records"), "{why}");
    let _ = World::history(store.clone(), "few.", 3);
    let why = refusal(&empty(store.clone(), "few.", 3), &file);
    assert!(why.contains("3 partitions, and the snapshot 4"), "{why}");

    let new = empty(store.clone(), "new.", 4);
    restored(store.clone(), &new, &file).unwrap();
    assert!(refusal(&new, &file).contains("is restored into new.buymode.inputs already"));
    let other = files.path().join("other.snapshot");
    saved(&world, &other);
    assert!(refusal(&new, &other).contains("is in use"), "{}", refusal(&new, &other));
    score(&*store, &new.topics, 4, Duration::from_secs(60));
    assert!(refusal(&new, &file).contains("the log went on"), "{}", refusal(&new, &file));

    // An audit or a copy from nothing would find everything different.
    let (topics, codec) = (new.topics.clone(), new.codec.clone());
    let why = audit(&*store, topics, codec, 5, &mut |_| ()).unwrap_err().to_string();
    assert!(
        why.contains("began with the states of snapshot") && why.contains("--from FILE"),
        "{why}"
    );
    let why = format!("{:#}", try_copy_with(store, &new, "v2.", &[], false).unwrap_err());
    assert!(why.contains("a copy needs the log from its beginning"), "{why}");
}

#[test]
fn should_audit_with_no_snapshot_of_another_log() {
    let (files, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let file = files.path().join("one.snapshot");
    saved(&world, &file);
    let other = World::history(store.clone(), "other.", 4);
    super::copied::write_day(&other, &mut *other.writer("load"), 0);
    score(&*store, &other.topics, 4, Duration::from_secs(60));
    let refused = |world: &World, file: &Path| match audited(world, file) {
        Err(why) => format!("{why:#}"),
        Ok(findings) => panic!("{findings:?}"),
    };
    assert!(refused(&other, &file).contains("is not one of the log of other.buymode.inputs"));
    // Longer than the snapshot, and with other records.
    history(&other);
    go_on(&other);
    assert!(refused(&other, &file).contains("is not one of the log of"));
    let less = World::history(store.clone(), "less.", 3);
    assert!(refused(&less, &file).contains("it has 4 partitions, the log 3"));
}

#[test]
fn should_be_called_as_the_documents_say() {
    let folder = tempfile::tempdir().unwrap();
    let file = crate::cli::settings(folder.path());
    let config = ["--config", file.to_str().unwrap()];
    ok(&[&["topics", "create"], &config[..]].concat());
    ok(&[&["run", "--until-caught-up"], &config[..]].concat());
    let snapshot = folder.path().join("one.snapshot");
    let snapshot = snapshot.to_str().unwrap();
    let said = ok(&[&["snapshot", "save", snapshot], &config[..]].concat());
    assert!(said.contains("saved snapshot") && said.contains("0 account states"), "{said}");
    let again = buymode(&[&["snapshot", "save", snapshot], &config[..]].concat());
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("exists already, and nothing was written; use another name"),
        "{again:?}"
    );
    let shown = ok(&["snapshot", "show", snapshot]);
    assert!(shown.contains("of a live log") && shown.contains("whole"), "{shown}");
    let other = folder.path().join("other");
    let torn = folder.path().join("torn.snapshot");
    let bytes = std::fs::read(snapshot).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() - 9]).unwrap();
    let at = ["--embedded", other.to_str().unwrap()];
    let torn = buymode(&[&["snapshot", "restore", torn.to_str().unwrap()], &at[..]].concat());
    assert!(torn.stderr.contains("it is torn") && !other.exists(), "{torn:?}");
    let other = ["--embedded", other.to_str().unwrap()];
    let said = ok(&[&["snapshot", "restore", snapshot], &other[..]].concat());
    assert!(said.contains("restored snapshot") && said.contains("1 published profile"), "{said}");
    let said = ok(&[&["snapshot", "restore", snapshot], &other[..]].concat());
    assert!(said.contains("already") && said.contains("`buymode run` goes on from here"), "{said}");
    // With the desk's, so that a roster can be published.
    ok(&[&["topics", "describe"], &other[..]].concat());
    ok(&[&["aliases", "add", "old.io", "new.io"], &other[..]].concat());
    let instance = ["run", "--until-caught-up"];
    let run = crate::cli::command(&[&instance, &other[..]].concat())
        .env("BUYMODE__HTTP__LISTEN", "127.0.0.1:0")
        .spawn();
    assert_eq!(crate::cli::wait(run.unwrap()).code, Some(0));
    let said = ok(&[&["audit", "--from", snapshot], &other[..]].concat());
    assert!(said.contains("OK: no missing"), "{said}");
    let history = ok(&[&["icp", "history"], &other[..]].concat());
    assert!(history.contains("active"), "{history}");
}
