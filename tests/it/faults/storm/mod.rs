//! The storm: scorers, a forwarder and `ingest` under load from three sides, and one fault after the
//! other, of every kind that can be made from outside ([`Kind`]). Afterwards each acknowledged row is
//! in the log, the audit finds no difference, and a fresh fold of the same inputs comes to the same.
//!
//! Every run of the tests has twenty faults with a fixed seed; `.ci/long storm` has three hundred.
//! `BUYMODE_FAULTS_SEED` repeats one, `BUYMODE_STORM` sets the number.

mod books;
mod fold;
mod ground;
mod kinds;
mod strangers;

use std::time::{Duration, Instant};

use self::books::Load;
use self::ground::Ground;
use self::kinds::{Deck, Kind};
use super::kill9::Chance;

#[derive(Clone, Copy)]
struct Plan {
    faults: u32,
    /// Between one fault and the next, at most.
    gap_max: Duration,
    seed: u64,
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn should_account_for_every_row_after_faults_of_every_kind() {
    let seed = number("BUYMODE_FAULTS_SEED").unwrap_or(20);
    run(Plan { faults: 20, gap_max: Duration::from_millis(100), seed });
}

#[test]
#[ignore = "it takes half an hour: .ci/long storm"]
fn should_account_for_every_row_after_hundreds_of_faults() {
    let faults = number("BUYMODE_STORM").unwrap_or(300).try_into().unwrap();
    let seed = number("BUYMODE_FAULTS_SEED").unwrap_or(300);
    run(Plan { faults, gap_max: Duration::from_secs(2), seed });
}

fn run(plan: Plan) {
    let Plan { faults, gap_max, seed } = plan;
    let began = Instant::now();
    println!("{faults} faults, seed {seed}: BUYMODE_FAULTS_SEED={seed} repeats this storm");
    let Some(mut ground) = Ground::start() else { return };
    println!("{:6.1} s  all are ready", began.elapsed().as_secs_f64());
    let load = Load::default();
    let mut deck = Deck::new(Chance(seed));
    std::thread::scope(|scope| {
        let over = load.run(scope, &ground.reach());
        for number in 1..=faults {
            std::thread::sleep(Duration::from_micros(
                deck.chance.next() % gap_max.as_micros() as u64,
            ));
            let kind = deck.draw();
            let at = began.elapsed().as_secs_f64();
            let what = kind.strike(&mut ground, &mut deck.chance);
            let took = began.elapsed().as_secs_f64() - at;
            println!("{at:6.1} s  fault {number}: {} ({what}), {took:.1} s", kind.name());
            ground.look_after();
        }
        drop(over);
    });
    println!("{:6.1} s  all written, nothing more is hurt", began.elapsed().as_secs_f64());
    let written = load.written();
    ground.await_rest(&written);
    println!("{:6.1} s  all is scored", began.elapsed().as_secs_f64());
    let world = ground.stop();
    let findings = world.assert_audit_is_clean();
    let found = written.assert_is_in(&world);
    ground.strangers.assert_came_to_nothing(&world, &findings);
    let (decisions, states) = fold::assert_equal(&world);
    let counted: Vec<String> =
        deck.drawn().map(|(kind, times)| format!("{} {times}", kind.name())).collect();
    println!("faults: {}", counted.join(", "));
    println!(
        "seed {seed}: {faults} faults; {found} acknowledged rows, all in the log; audit: {} inputs, {} decisions, \
         {} states, {} dead letters, {} differences; a fresh fold of the inputs: {decisions} decisions and \
         {states} accounts equal; {} ends looked after; {:.0} s",
        findings.inputs,
        findings.decisions,
        findings.states,
        findings.dead_letters,
        findings.differences,
        ground.restarts,
        began.elapsed().as_secs_f64()
    );
    assert!(faults < Kind::ALL.len() as u32 || deck.drawn().count() == Kind::ALL.len());
}
