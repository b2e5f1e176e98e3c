//! What an account is said to take, beside what the system gives the process for it.

use super::{load, mib, off_percent, own_bytes};
use crate::pipeline;
use buymode::codec::Codec;
use buymode::domain::RULES_VERSION;
use buymode::domain::account::input::{Activation, Broadcast, Input, LogPosition};
use buymode::domain::account::state::AccountState;
use buymode::domain::account::step::step;
use buymode::domain::account::world::World;
use buymode::domain::profile::Profile;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::terms::heap::Heap;
use buymode::domain::terms::time::{DAY_MS, Timestamp};
use std::process::Command;
use std::sync::Arc;

const TODAY: i64 = 20_500;
/// Enough that neither what the allocator holds in reserve nor a page counts.
const BYTES: usize = 48 << 20;

#[test]
fn should_weigh_an_account_within_15_percent_of_what_it_takes() {
    for pieces in [0, 1, 7, 20, 100, 256] {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "memory::weigh::child_process", "--ignored", "--nocapture"])
            .env("BUYMODE_PIECES", pieces.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        let figures = said.lines().find_map(|line| line.split_once("weighed ")).unwrap().1;
        let figures: Vec<u64> = figures.split(' ').map(|n| n.parse().unwrap()).collect();
        let [estimate, measured, each] = figures[..] else { panic!("{said}") };
        println!("{pieces} pieces: {each} bytes; {:.1} of {:.1} MiB", mib(estimate), mib(measured));
        assert!(off_percent(estimate, measured) <= 15, "{pieces} pieces: {estimate} {measured}");
    }
}

#[test]
#[ignore = "the process of the test above, not a test"]
fn child_process() {
    let Some(pieces) = std::env::var("BUYMODE_PIECES").ok().and_then(|n| n.parse().ok()) else {
        return;
    };
    let (mut codec, mut bytes) = (Codec::local(), Vec::new());
    codec.encode_state("t", &state(&World::default(), pieces), &mut bytes).unwrap();
    let one = codec.decode_state(&bytes).unwrap().bytes();
    let most = BYTES / (one - size_of::<AccountState>());
    let mut states = Vec::with_capacity(most);
    // Touched, so that it is counted before.
    states.resize_with(most, || None);
    let before = own_bytes("self");
    states.iter_mut().for_each(|state| *state = codec.decode_state(&bytes).ok());
    let taken = own_bytes("self") - before;
    // The states themselves lie in the list, which was there before.
    let list = states.len() * size_of::<AccountState>();
    let estimate = states.iter().flatten().map(AccountState::bytes).sum::<usize>() - list;
    println!("weighed {estimate} {taken} {one}");
}

#[test]
fn should_take_no_room_for_products_that_there_are_not() {
    let profile: Profile =
        serde_saphyr::from_str(include_str!("../../../benches/core.yaml")).unwrap();
    let profile = Arc::new(CompiledProfile::new(profile).unwrap());
    let (published_by, note) = (None, None);
    let activation =
        Activation { number: 1, profile, rules_version: RULES_VERSION, published_by, note };
    let mut world = World::default();
    let time = Timestamp((TODAY - 1) * DAY_MS);
    world.accept(Broadcast::Activation(activation), 0, time).unwrap();
    let state = state(&world, 10);
    println!("{} pieces and an assessment: {} bytes", state.evidence.len(), state.bytes());
    assert_eq!((state.products.len(), state.products.capacity()), (1, 1));
    assert!((1..1_000).contains(&state.memo.heap()), "{}", state.memo.heap());
}

/// A company, and so many signals at it.
fn state(world: &World, pieces: u64) -> AccountState {
    let account = load::account(7);
    let mut state = AccountState::new(-1, Timestamp(TODAY * DAY_MS).day());
    let signals = (0..pieces).map(|i| load::signal(7, i, TODAY));
    let company = match pipeline::company(7, 0) {
        Input::Company(company) => company,
        other => panic!("{other:?}"),
    };
    for (offset, input) in std::iter::once(Input::Company(company)).chain(signals).enumerate() {
        let at =
            LogPosition { partition: 0, offset: offset as i64, time: Timestamp(TODAY * DAY_MS) };
        step(world, &account, &mut state, &input, at);
    }
    assert!(state.evidence.len() as u64 * 10 >= pieces * 7, "{}", state.evidence.len());
    state
}
