//! Trouble for sales tools: requests fail and workers are stopped, from seeds that repeat it, as long as a run wants it.

use super::crew::Crew;
use buymode::domain::account::decision::Decision;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Makes `decisions` while three of ten requests fail and workers are stopped, goes on for so many `turns`, and then
/// lets all come to rest. Returns the decisions.
pub(super) fn through_trouble(
    crew: &mut Crew,
    rng: &mut ChaCha8Rng,
    (decisions, turns): (usize, usize),
    mut decide: impl FnMut(&mut Crew, &mut ChaCha8Rng) -> Decision,
) -> Vec<Decision> {
    crew.stops_of_1000 = 100;
    crew.vendors.world().wrong_of_1000 = 330;
    let mut decided = Vec::new();
    for _ in 0..decisions {
        decided.push(decide(crew, rng));
        for _ in 0..rng.random_range(1..4) {
            crew.turn();
            crew.pass(rng.random_range(0..20_000));
        }
        // Now and then hours pass.
        if rng.random_bool(0.2) {
            crew.pass(rng.random_range(0..3 * 3_600_000));
        }
    }
    for _ in 0..turns {
        crew.turn();
        crew.pass(rng.random_range(0..900_000));
    }
    crew.stops_of_1000 = 0;
    crew.vendors.world().wrong_of_1000 = 0;
    for _ in 0..60 {
        crew.settle();
        crew.pass(3_600_000);
    }
    decided
}

/// What came of runs through faults.
#[derive(Default)]
struct Tally {
    faults: u64,
    decisions: usize,
    twice: usize,
}

/// Runs through so many faults as `BUYMODE_DELIVER` says, 100 without it, and says what came of them.
pub(super) fn through_faults(map: &str, run: impl Fn(u64) -> (u64, usize, usize)) {
    let wanted = std::env::var("BUYMODE_DELIVER").map_or(100, |n| n.parse().unwrap());
    let mut all = Tally::default();
    for seed in 1.. {
        let (faults, decisions, twice) = run(seed);
        all.faults += faults;
        all.decisions += decisions;
        all.twice += twice;
        if all.faults >= wanted {
            break;
        }
    }
    println!(
        "{map}: {} faults, {} decisions: none lost, {} twice",
        all.faults, all.decisions, all.twice
    );
}
