//! Two instances with one name: the one that is displaced twice ends, and says which process has its
//! name. One that hung is taken over from.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::instance::Instance;
use super::on_kafka;
use super::world::{Load, PATIENCE, World};
use crate::support;

const LOAD: Load = Load { accounts: 40, days: 4_000, signals_a_day: 10 };

/// Writes a day after the other until `work` is done with it.
fn under_load<T>(world: &World, work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = world.writer("load");
            for day in 0..LOAD.days {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                LOAD.write_day(world, &mut *writer, day);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        struct Over<'a>(&'a AtomicBool);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let _over = Over(&over);
        work()
    })
}

/// The one that ends, and the one that goes on.
fn loser(mut a: Instance, mut b: Instance) -> (Instance, Instance) {
    let began = Instant::now();
    loop {
        if a.ended().is_some() {
            return (a, b);
        }
        if b.ended().is_some() {
            return (b, a);
        }
        let said = format!("{}\n---\n{}", a.said(), b.said());
        assert!(began.elapsed() < PATIENCE, "they fight for ever:\n{said}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn assert_names(mut ended: Instance, other: &Instance) {
    let said = ended.said();
    assert_eq!(ended.ended().and_then(|status| status.code()), Some(78), "{said}");
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let who = format!("process {} on host {host}", other.id());
    assert!(said.contains(&who) && said.contains("its own `instance`"), "no `{who}` in:\n{said}");
}

#[test]
fn should_end_the_one_that_is_displaced_twice_and_say_which_process_has_its_name() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "namesakes", 2);
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let winner = under_load(&world, || {
        let a = Instance::start(&world, "twin", folders[0].path());
        let began = Instant::now();
        while world.position(0) == 0 {
            assert!(began.elapsed() < PATIENCE, "{}", a.said());
        }
        let b = Instance::start(&world, "twin", folders[1].path());
        let (ended, winner) = loser(a, b);
        assert_names(ended, &winner);
        winner
    });
    world.await_consumed();
    winner.stop();
    world.assert_audit_is_clean();
}

#[test]
fn should_take_over_from_a_namesake_that_hangs_and_keep_the_name_when_it_wakes() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "hung", 2);
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let heir = under_load(&world, || {
        let mut hung = Instance::start(&world, "twin", folders[0].path());
        let began = Instant::now();
        while world.position(0) == 0 {
            assert!(began.elapsed() < PATIENCE, "{}", hung.said());
        }
        hung.sigstop();
        let before = world.position(0);
        let heir = Instance::start(&world, "twin", folders[1].path());
        while world.position(0) <= before + 200 {
            assert!(began.elapsed() < PATIENCE, "it does not take over:\n{}", heir.said());
            std::thread::sleep(Duration::from_millis(50));
        }
        hung.sigcont();
        let (ended, heir) = loser(hung, heir);
        assert!(ended.starts() == 1 && heir.starts() == 1);
        assert_names(ended, &heir);
        heir
    });
    world.await_consumed();
    heir.stop();
    world.assert_audit_is_clean();
}
