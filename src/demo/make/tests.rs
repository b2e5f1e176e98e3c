//! The stories, folded by the core alone: the decisions that a salesperson would get.

use super::{Made, Maker, Recipe, What};
use crate::domain::RULES_VERSION;
use crate::domain::account::decision::{Decision, DecisionKind, Verdict};
use crate::domain::account::input::{Activation, Broadcast, Input, LogPosition};
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{Outcome, step, wake};
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use strum::IntoEnumIterator;

#[derive(Default)]
struct Folded {
    states: BTreeMap<AccountKey, AccountState>,
    verdicts: BTreeMap<Verdict, usize>,
    decisions: Vec<Decision>,
    due: BTreeMap<AccountKey, Day>,
}

fn fold(recipe: Recipe, signals: usize) -> Folded {
    let mut world = World::default();
    let mut folded = Folded::default();
    let profile = Arc::new(crate::demo::profile().unwrap());
    let mut offset = 0;
    let activation = Activation {
        number: 1,
        profile,
        rules_version: RULES_VERSION,
        published_by: None,
        note: None,
    };
    let first = super::FIRST_DAY.start();
    world.accept(Broadcast::Activation(activation), offset, first).unwrap();
    for Made { time, what } in Maker::new(recipe).take(signals) {
        offset += 1;
        let at = LogPosition { partition: 0, offset, time };
        match what {
            What::Tick => folded.wake(&world, at),
            What::Broadcast(broadcast) => {
                world.accept(broadcast, offset, time).unwrap();
            }
            What::Spoilt { .. } => *folded.verdicts.entry(Verdict::DeadLettered).or_default() += 1,
            What::Account { account, input } => folded.take(&world, account, input, at),
        }
    }
    folded
}

impl Folded {
    fn wake(&mut self, world: &World, at: LogPosition) {
        for (account, state) in &mut self.states {
            let behind = state.applied < world.last_offset();
            if behind || self.due.get(account).is_some_and(|due| *due <= at.time.day()) {
                let outcome = wake(world, account, state, at);
                self.decisions.extend(outcome.decisions);
                self.due.insert(account.clone(), outcome.due.unwrap_or(Day(i32::MAX)));
            }
        }
    }

    fn take(&mut self, world: &World, account: AccountKey, input: Input, at: LogPosition) {
        let mut inputs = VecDeque::from([(account, input)]);
        while let Some((account, input)) = inputs.pop_front() {
            let blank = || AccountState::new(world.last_offset(), at.time.day());
            let state = self.states.entry(account.clone()).or_insert_with(blank);
            let Outcome { verdict, decisions, inputs: more, due, .. } =
                step(world, &account, state, &input, at);
            *self.verdicts.entry(verdict).or_default() += 1;
            self.decisions.extend(decisions);
            self.due.insert(account, due.unwrap_or(Day(i32::MAX)));
            inputs.extend(more.into_iter().map(|m| (m.account, m.input)));
        }
    }
}

#[test]
fn should_bring_every_verdict_and_every_kind_of_decision() {
    let folded = fold(Recipe { seed: 7, companies: 160 }, 6_000);
    for verdict in Verdict::iter() {
        assert!(folded.verdicts.contains_key(&verdict), "no {verdict}");
    }
    for kind in DecisionKind::iter() {
        assert!(folded.decisions.iter().any(|d| d.kind == kind), "no {kind}");
    }
    let entered = folded.decisions.iter().filter(|d| d.kind == DecisionKind::Entered).count();
    assert!(entered * 3 < folded.states.len() * 2, "too many entries: {entered}");
}

/// About what `buymode demo` shows without flags.
#[test]
fn should_show_troubles_and_variety_in_a_short_run() {
    let mut exits = BTreeSet::new();
    let (mut owners, mut merged, mut laid_off) = (0, 0, 0);
    for seed in 7..11 {
        let folded = fold(Recipe { seed, companies: 120 }, 2_200);
        let decisions = &folded.decisions;
        exits
            .extend(decisions.iter().filter_map(|d| d.exit.as_ref()).map(|e| e.reason.to_string()));
        owners += decisions.iter().filter(|d| d.route == "owner").count();
        merged += decisions.iter().filter(|d| d.entered_as.is_some()).count();
        let fell = |d: &&Decision| {
            let lines = &mut d.intent.contributions.iter();
            d.exit.is_some() && lines.any(|l| l.rule == "layoffs")
        };
        laid_off += decisions.iter().filter(fell).count();
        let triaged = decisions.iter().filter(|d| d.kind == DecisionKind::Triaged);
        let reasons: Vec<&str> =
            triaged.filter_map(|d| d.headline.split_once("): ")).map(|(_, why)| why).collect();
        let distinct: BTreeSet<&&str> = reasons.iter().collect();
        assert!(distinct.len() * 4 >= reasons.len() * 3, "seed {seed}: {reasons:?}");
    }
    for reason in ["decayed", "excluded", "retracted", "sales"] {
        assert!(exits.contains(reason), "{reason}: {exits:?}");
    }
    assert!(owners > 0, "a customer's owner is informed");
    assert!(merged > 0, "an episode goes on under a new name");
    assert!(laid_off > 0, "layoffs end an episode");
}

#[test]
fn should_make_the_same_records_of_the_same_seed() {
    let made = |seed| {
        let maker = Maker::new(Recipe { seed, companies: 50 });
        maker.take(2_000).map(|m| format!("{m:?}")).collect::<Vec<_>>()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}
