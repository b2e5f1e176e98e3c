//! Promises about other processes on the same folder: those that write, those that are killed,
//! those that run out of disk.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use buymode::embedded::EmbeddedOptions;
use buymode::log::{Log, Output, Position};

use super::super::place::{PATIENCE, Place, await_assignment, keyed, poll_records, seen_of, to};
use super::super::{embedded_place, place_in};

const CHILD_FOLDER: &str = "BUYMODE_TEST_CHILD_FOLDER";
const CHILD_ROLE: &str = "BUYMODE_TEST_CHILD_ROLE";

/// A limit on the size of files stands for the disk: it too cuts the last write short.
#[test]
#[cfg(unix)]
fn a_full_disk_is_an_error_with_a_remedy_and_loses_nothing() {
    let place = embedded_place("disk");
    let topic = place.topic("t", 1);
    let mut child = child_command(&place, "filler");
    let test = child.get_program().to_owned();
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"]).arg(test);
    limited.args(child.get_args());
    limited.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    child = limited;
    let output = child.stdout(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&place.store.location()) && said.contains("space"), "{said}");
    let values = place.values(&topic, 0);
    assert!(said.contains(&format!("{} committed", values.len())), "{said}");
    place.commit_values(&topic, &["there is space again"]);
    assert_eq!(place.read(&topic, 0).len(), values.len() + 1);
}

fn fill(place: &Place) {
    let topic = place.name_of("t");
    let mut writer = place.writer("w");
    let value = "x".repeat(50_000);
    for committed in 0..1_000 {
        writer.begin().unwrap();
        writer.send(&to(&topic, 0, &value)).unwrap();
        if let Err(error) = writer.commit(&[]) {
            eprintln!("{committed} committed, then: {error}");
            return;
        }
    }
}

#[test]
fn a_follower_sees_what_another_process_commits() {
    let place = embedded_place("foreign");
    let topic = place.topic("t", 1);
    let mut reader = place.store.reader().unwrap();
    let mut session = place.worker("g", "s", &[&topic], 0);
    let mut child = KilledOnDrop(spawn_child(&place, "writer"));
    let began = Instant::now();
    let mut values = Vec::new();
    let wait = PATIENCE * 2;
    let next = reader.read(&topic, 0, 0, i64::MAX, wait, &mut |r| values.push(seen_of(&r)));
    assert_eq!(next.unwrap(), values.last().unwrap().offset + 1);
    assert_eq!(poll_records(&mut *session, 1)[0], values[0]);
    assert!(began.elapsed() < PATIENCE, "not woken, only timed out");
    child.0.wait().unwrap();
}

#[test]
fn writers_in_two_processes_take_turns_and_lose_nothing() {
    let place = embedded_place("turns");
    let topic = place.topic("t", 1);
    let mut child = KilledOnDrop(spawn_child(&place, "crowd"));
    write_in_turn(&place, "here");
    assert!(child.0.wait().unwrap().success());
    let values = place.values(&topic, 0);
    for who in ["here", "there"] {
        let written = values.iter().filter(|value| value.starts_with(who));
        assert!(written.eq(&turns_of(who)), "{who} lost or mixed up something");
    }
    assert_eq!(values.len(), 2 * TURNS);
}

const TURNS: usize = 300;

fn turns_of(who: &str) -> Vec<String> {
    (0..TURNS).map(|turn| format!("{who} {turn}")).collect()
}

fn write_in_turn(place: &Place, who: &str) {
    let topic = place.name_of("t");
    let mut writer = place.writer(who);
    for value in turns_of(who) {
        writer.begin().unwrap();
        writer.send(&to(&topic, 0, &value)).unwrap();
        writer.commit(&[]).unwrap();
    }
}

/// Each input record becomes one output that carries its offset. Whatever the instant at which the
/// worker is killed, the outputs are exactly those of the offsets below the committed position.
#[test]
fn positions_and_outputs_agree_after_every_kill_9() {
    const INPUTS: usize = 40_000;
    const KILLS: u64 = 20;
    let place = embedded_place("killed");
    let (input, output) = (place.topic("in", 2), place.topic("out", 1));
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    for number in 0..INPUTS {
        writer.send(&to(&input, (number % 2) as i32, "an input")).unwrap();
    }
    writer.commit(&[]).unwrap();

    let mut positions_seen = Vec::new();
    for kill in 0..KILLS {
        let mut child = KilledOnDrop(spawn_child(&place, "worker"));
        await_progress(&place, &output);
        std::thread::sleep(Duration::from_micros(kill * 2_711 % 20_000));
        // SIGKILL on Unix.
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        positions_seen.push(check_outputs(&place, &input, &output));
    }
    let total: i64 = *positions_seen.last().unwrap();
    assert!(total < INPUTS as i64, "the worker should be killed at work, not after it");
    assert!(positions_seen.is_sorted(), "{positions_seen:?}");
}

/// Returns how many inputs are done.
fn check_outputs(place: &Place, input: &str, output: &str) -> i64 {
    // First, as a worker would: a commit whose last step the kill prevented becomes visible, as a
    // whole, when the next writer takes the lock.
    let mut session = place.session("g", "s", &[input]);
    let mut outputs: BTreeMap<i32, Vec<i64>> = BTreeMap::from([(0, vec![]), (1, vec![])]);
    for record in place.read(output, 0) {
        let partition = record.key.unwrap().parse().unwrap();
        outputs.get_mut(&partition).unwrap().push(record.value.unwrap().parse().unwrap());
    }
    let mut done = 0;
    for (partition, offsets) in outputs {
        let committed = session.committed(input, partition).unwrap().unwrap_or(0);
        assert!(
            offsets.iter().copied().eq(0..committed),
            "partition {partition}: {committed} inputs are done, but the outputs are of {offsets:?}"
        );
        done += committed;
    }
    done
}

/// Waits for a commit of the child that was just started.
fn await_progress(place: &Place, output: &str) {
    let mut reader = place.store.reader().unwrap();
    let end = reader.watermarks(output, 0).unwrap().high;
    let mut records = 0;
    reader.read(output, 0, end, i64::MAX, PATIENCE, &mut |_| records += 1).unwrap();
    assert!(records > 0, "the child did nothing");
}

pub(super) struct KilledOnDrop(pub(super) Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn_child(place: &Place, role: &str) -> Child {
    child_command(place, role).stdout(Stdio::null()).spawn().unwrap()
}

/// Runs [`child_process`] in a process of its own, on the same folder.
pub(super) fn child_command(place: &Place, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "conformance::embedded::other_process::child_process",
            "--ignored",
            "--nocapture",
        ])
        .env(CHILD_FOLDER, place.store.location())
        .env(CHILD_ROLE, role);
    command
}

#[test]
#[ignore = "the other process of the tests above, not a test"]
fn child_process() {
    let (Ok(folder), Ok(role)) = (std::env::var(CHILD_FOLDER), std::env::var(CHILD_ROLE)) else {
        return;
    };
    let options = EmbeddedOptions::new(&folder);
    match &*role {
        #[cfg(unix)]
        "readonly" => super::trouble::read_and_try_to_write(&folder),
        #[cfg(unix)]
        "holder" => super::trouble::hold(&folder),
        "writer" => {
            let place = place_in(&options, "foreign");
            std::thread::sleep(Duration::from_millis(200));
            place.commit_values(&place.name_of("t"), &["from another process"]);
        }
        "crowd" => write_in_turn(&place_in(&options, "turns"), "there"),
        "filler" => fill(&place_in(&options, "disk")),
        "worker" => work_until_killed(&place_in(&options, "killed")),
        other => panic!("no role {other}"),
    }
}

fn work_until_killed(place: &Place) {
    let (input, output) = (place.name_of("in"), place.name_of("out"));
    let mut session = place.session("g", "s", &[&input]);
    let mut positions = await_assignment(&mut *session, 0);
    for position in &mut positions {
        let committed = session.committed(&input, position.partition).unwrap();
        position.next_offset = committed.unwrap_or(0);
    }
    session.seek(&positions).unwrap();
    loop {
        work_a_batch(&mut *session, &mut positions, &output);
    }
}

fn work_a_batch(session: &mut dyn Log, positions: &mut [Position], output: &str) {
    let mut batch = Vec::new();
    session.poll(Duration::from_secs(1), 7, &mut |record| batch.push(seen_of(&record))).unwrap();
    session.begin().unwrap();
    for record in &batch {
        let (key, value) = (record.partition.to_string(), record.offset.to_string());
        let sent = Output { partition: Some(0), ..keyed(output, &key, Some(&value)) };
        session.send(&sent).unwrap();
        positions
            .iter_mut()
            .find(|position| position.partition == record.partition)
            .unwrap()
            .next_offset = record.offset + 1;
    }
    session.commit(positions).unwrap();
}
