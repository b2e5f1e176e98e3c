//! Promises about folders in trouble: a data file that was cut, a folder that may only be read, work
//! that another process does.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::{Cleanup, LogError, Output, Stamp, TopicSpec};

use super::super::place::{Place, keyed, to};
use super::super::{embedded_place, place_in};
use super::other_process::{KilledOnDrop, child_command};

fn data(place: &Place) -> std::path::PathBuf {
    Path::new(&place.store.location()).join("data.mdb")
}

/// The data file's first bytes, in a folder of their own.
fn cut(place: &Place, bytes: u64) -> (tempfile::TempDir, Result<EmbeddedStore, LogError>) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("data.mdb");
    std::fs::copy(data(place), &copy).unwrap();
    std::fs::File::options().write(true).open(&copy).unwrap().set_len(bytes).unwrap();
    let opened = EmbeddedStore::open(&EmbeddedOptions::new(folder.path()));
    (folder, opened)
}

#[test]
fn a_data_file_that_was_cut_is_a_message_and_not_the_end_of_the_process() {
    let place = embedded_place("cut");
    let topic = place.topic("t", 1);
    for _ in 0..40 {
        place.commit_values(&topic, &["x".repeat(9_000).as_str(), "y"]);
    }
    let whole = data(&place).metadata().unwrap().len();
    let page = 4_096;
    for bytes in [0, 1, 100, page, page + 1, 2 * page, 3 * page, whole / 2, whole - page, whole - 1]
    {
        let (folder, opened) = cut(&place, bytes);
        let error = opened.err().unwrap_or_else(|| panic!("{bytes} of {whole} bytes were opened"));
        let folder = folder.path().canonicalize().unwrap();
        let message = error.message();
        assert!(message.contains(&*folder.to_string_lossy()), "{bytes}: {message}");
        let said = ["is cut short", "is empty", "not a buymode log"];
        assert!(said.iter().any(|said| message.contains(said)), "{bytes}: {message}");
    }
    let (_folder, opened) = cut(&place, whole);
    let copy = Place { store: Box::new(opened.unwrap()), name: place.name.clone(), _folder: None };
    assert_eq!(copy.read(&topic, 0).len(), 80);
}

/// Pages at the end of the file may be free, and never written.
#[test]
fn a_file_that_nothing_was_cut_from_is_never_taken_for_one() {
    let place = embedded_place("uncut");
    let spec = TopicSpec { retention_ms: Some(1), stamp: Stamp::CreateTime, ..place.spec("t", 2) };
    let topic = place.create(spec);
    let state = place.create(TopicSpec { cleanup: Cleanup::Compact, ..place.spec("s", 1) });
    let mut writer = place.writer("w");
    for round in 0..150_usize {
        let long = "x".repeat(round * 7_919 % 40_000);
        writer.begin().unwrap();
        for n in 0..round * 31 % 17 {
            let old = Output { timestamp_ms: Some(1_000), ..to(&topic, (n % 2) as i32, &long) };
            writer.send(&old).unwrap();
            writer.send(&keyed(&state, &format!("k{}", n % 3), Some(&long))).unwrap();
            writer.send(&keyed(&state, &format!("k{}", n % 3), None)).unwrap();
        }
        writer.send(&to(&topic, 0, "young")).unwrap();
        writer.commit(&[]).unwrap();
        if round % 50 == 49 {
            // A trim is due once a second.
            std::thread::sleep(Duration::from_millis(1_000));
        }
        let (_folder, opened) = cut(&place, data(&place).metadata().unwrap().len());
        opened.unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
}

/// Makes the folder one that nobody may write. Gives back who may write it all the same.
fn read_only(folder: &Path) -> bool {
    std::fs::set_permissions(folder.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        std::fs::set_permissions(path, Permissions::from_mode(0o444)).unwrap();
    }
    std::fs::set_permissions(folder, Permissions::from_mode(0o555)).unwrap();
    folder.metadata().unwrap().uid() == 0
}

/// Another process on the folder, of a user without special rights.
fn powerless(place: &Place, role: &str, was_root: bool) -> Command {
    let mut child = child_command(place, role);
    if was_root {
        child.uid(65_534);
    }
    child
}

#[test]
fn a_copy_that_may_not_be_written_is_read() {
    let place = embedded_place("readonly");
    let topic = place.topic("t", 1);
    place.commit_values(&topic, &["a", "b"]);
    let folder = Path::new(&place.store.location()).to_owned();
    for lock_file in [true, false] {
        if !lock_file {
            std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
            std::fs::remove_file(folder.join("lock.mdb")).unwrap();
        }
        let was_root = read_only(&folder);
        let output = powerless(&place, "readonly", was_root).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("2 read; cannot write in"), "{said}");
    }
    std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
}

/// Without a lock file a writer does not see such a reader.
#[test]
fn a_log_that_a_process_writes_is_not_read_without_the_right_to_lock_it() {
    let place = embedded_place("readonly");
    place.topic("t", 1);
    let _claim = place.store.claim("run", "buymode run").unwrap();
    let folder = Path::new(&place.store.location()).to_owned();
    let was_root = read_only(&folder);
    let output = powerless(&place, "readonly", was_root).stderr(Stdio::piped()).output().unwrap();
    std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let holder = format!("process {} (buymode run)", std::process::id());
    assert!(said.contains(&holder) && said.contains("read a copy"), "{said}");
}

pub(super) fn read_and_try_to_write(folder: &str) {
    let place = place_in(&EmbeddedOptions::new(folder), "readonly");
    let read = place.read(&place.name_of("t"), 0).len();
    let refused = place.store.writer("w").err().map(|error| error.message().to_owned());
    let claimed = place.store.claim("run", "a test").err().map(|e| e.message().to_owned());
    println!("{read} read; {}", refused.expect("nothing can be written"));
    assert!(claimed.expect("nothing can be claimed").contains("cannot write in"));
}

#[test]
fn a_claim_ends_with_its_process_and_names_it() {
    let place = embedded_place("claimed");
    let mut holder =
        KilledOnDrop(child_command(&place, "holder").stdout(Stdio::null()).spawn().unwrap());
    let file = Path::new(&place.store.location()).join("run.lock");
    let claimed = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        std::fs::read_to_string(&file).is_ok_and(|text| !text.is_empty())
    });
    assert!(claimed, "the child claims nothing");
    let refused = place.store.claim("run", "a test").err().expect("another process has it");
    let holds = format!("is in use by process {} (the holder)", holder.0.id());
    assert!(refused.message().contains(&holds), "{refused}");
    drop(place.store.claim("other-run", "a test").unwrap());
    holder.0.kill().unwrap();
    holder.0.wait().unwrap();
    let mine = place.store.claim("run", "a test").unwrap();
    assert!(place.store.claim("run", "a test").is_err(), "nor twice in one process");
    drop(mine);
    place.store.claim("run", "a test").unwrap();
}

pub(super) fn hold(folder: &str) {
    let place = place_in(&EmbeddedOptions::new(folder), "claimed");
    let _claim = place.store.claim("run", "the holder").unwrap();
    std::thread::sleep(Duration::from_secs(60));
}
