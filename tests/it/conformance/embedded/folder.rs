//! Promises about the folder: what is refused, what a limit does, what stays.

use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::LogError;

use super::super::place::to;
use super::super::{embedded_place, place_in};

fn refused(options: &EmbeddedOptions) -> String {
    match EmbeddedStore::open(options).err().expect("the folder should be refused") {
        LogError::Fatal(message) => message,
        other => panic!("{other:?} is not fatal"),
    }
}

#[test]
fn a_folder_that_is_none_of_ours_is_refused_by_name() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("a-file");
    std::fs::write(&file, "text").unwrap();
    let garbage = place.path().join("garbage");
    std::fs::create_dir(&garbage).unwrap();
    std::fs::write(garbage.join("data.mdb"), [7; 10_000]).unwrap();
    for (folder, cause) in [
        (file.clone(), "exists"),
        (file.join("below"), "directory"),
        (place.path().to_owned(), "a-file"),
        (garbage, "not a buymode log"),
    ] {
        let message = refused(&EmbeddedOptions::new(&folder));
        assert!(message.contains(&folder.display().to_string()), "{message}");
        assert!(message.contains(cause) || message.contains("garbage"), "{cause}: {message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn a_full_map_is_an_error_with_a_remedy_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        EmbeddedOptions { map_size_bytes: 2 << 20, ..EmbeddedOptions::new(folder.path()) };
    let place = place_in(&options, "full");
    let topic = place.topic("t", 1);
    let value = "x".repeat(50_000);
    let mut writer = place.writer("w");
    let mut committed = 0;
    let error = loop {
        writer.begin().unwrap();
        writer.send(&to(&topic, 0, &value)).unwrap();
        match writer.commit(&[]) {
            Ok(()) => committed += 1,
            Err(error) => break error,
        }
        assert!(committed < 1_000, "the map should be full by now");
    };
    let LogError::Fatal(message) = &error else { panic!("{error:?}") };
    let folder = folder.path().canonicalize().unwrap();
    assert!(message.contains("map size") && message.contains(&folder.display().to_string()));
    assert!(committed > 10);
    assert_eq!(place.read(&topic, 0).len(), committed);
}

#[test]
fn the_same_folder_opened_twice_is_one_log() {
    let place = embedded_place("twice");
    let topic = place.topic("t", 1);
    let folder = std::path::PathBuf::from(place.store.location());
    let detour = folder.join("..").join(folder.file_name().unwrap());
    let other = place_in(&EmbeddedOptions::new(detour), "other");
    place.commit_values(&topic, &["a"]);
    assert_eq!(other.values(&topic, 0), ["a"]);
    drop(place.store);
    assert_eq!(other.values(&topic, 0), ["a"]);
}

#[test]
fn what_was_committed_is_there_after_closing() {
    let folder = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions::new(folder.path());
    for round in 0..3 {
        let place = place_in(&options, "reopened");
        let topic = place.name_of("t");
        assert_eq!(place.store.topic_names().unwrap().is_empty(), round == 0);
        place.store.create_topics(&[place.spec("t", 1)]).unwrap();
        place.commit_values(&topic, &["v"]);
        assert_eq!(place.read(&topic, 0).last().unwrap().offset, round);
    }
}
