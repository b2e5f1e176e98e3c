//! Accounts that are merged: what ends for the company ends for everyone who was put in under any of its names.

use super::crew::Crew;
use super::enrolments::{crew, decide, ours, rest};
use buymode::deliver::copy::DeskCopy;
use buymode::domain::account::input::{Input, LogPosition, Transfer, TransferStep};
use buymode::domain::account::state::AccountState;
use buymode::domain::account::step::step;
use buymode::domain::account::world::World;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

fn key(account: &str) -> AccountKey {
    AccountKey::parse(account).unwrap()
}

/// The accounts' own fold, whose records for one another lie in the inputs.
#[derive(Default)]
struct Accounts {
    states: BTreeMap<AccountKey, AccountState>,
    offset: i64,
}

impl Accounts {
    /// As `aliases add` and `aliases remove` write it.
    fn alias(&mut self, crew: &mut Crew, from: &str, to: &str, what: TransferStep) {
        self.offset += 1;
        let id = uuid::Uuid::from_u128(self.offset.unsigned_abs().into());
        let (from, to) = (key(from), key(to));
        let asked = Transfer { id, from, to, at: None, cause: id, hop: 0, step: what };
        let first = (asked.reader().clone(), Input::Transfer(Box::new(asked)));
        let mut waiting = VecDeque::from([first]);
        while let Some((account, input)) = waiting.pop_front() {
            self.offset += 1;
            let time = Timestamp(crew.now_ms());
            let at = LogPosition { partition: 0, offset: self.offset, time };
            let state = self.states.entry(account.clone());
            let state = state.or_insert_with(|| AccountState::new(-1, time.day()));
            let outcome = step(&World::default(), &account, state, &input, at);
            crew.input(account.as_str(), &input);
            waiting.extend(outcome.inputs.into_iter().map(|sent| (sent.account, sent.input)));
        }
        rest(crew);
    }

    fn merge(&mut self, crew: &mut Crew, from: &str, to: &str) {
        self.alias(crew, from, to, TransferStep::Request);
    }
}

#[test]
fn the_end_of_an_episode_that_came_with_a_merge_ends_who_was_put_in_under_the_old_name() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 21);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [12, 13]);
    decide(&mut crew, &mut office, "leaves a1.com");
    rest(&mut crew);
    let mut end = office.decision("leaves a9.com stop", Timestamp(crew.now_ms()));
    end.entered_as = Some(key("a1.com"));
    crew.decide(&end);
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}

#[test]
fn both_of_two_merged_accounts_with_episodes_are_ended_with_the_one_that_goes_on() {
    let (mut crew, mut office) = crew(&["salesloft-cadence", "outreach-sequence"], 22);
    for account in ["a1.com", "a2.com"] {
        decide(&mut crew, &mut office, &format!("enters {account}"));
    }
    rest(&mut crew);
    decide(&mut crew, &mut office, "leaves a1.com");
    Accounts::default().merge(&mut crew, "a1.com", "a2.com");
    assert!(!ours(&crew, 1).is_empty(), "to be merged stops no one");
    decide(&mut crew, &mut office, "leaves a2.com stop");
    rest(&mut crew);
    assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![], vec![]));
}

#[test]
fn an_account_that_is_suppressed_outside_an_episode_ends_those_of_its_former_names() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 23);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    decide(&mut crew, &mut office, "leaves a1.com");
    // In two steps; no decision was ever written about the last name.
    let mut accounts = Accounts::default();
    accounts.merge(&mut crew, "a1.com", "a2.com");
    accounts.merge(&mut crew, "a2.com", "a3.com");
    super::stops::suppressed(&mut crew, "a3.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}

#[test]
fn an_account_that_is_its_own_again_keeps_who_was_put_in_under_its_name() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 24);
    let mut accounts = Accounts::default();
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    accounts.merge(&mut crew, "a1.com", "a2.com");
    accounts.alias(&mut crew, "a1.com", "a2.com", TransferStep::Undo);
    super::stops::suppressed(&mut crew, "a2.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [12, 13]);
    accounts.merge(&mut crew, "a1.com", "a2.com");
    super::stops::suppressed(&mut crew, "a2.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}

#[test]
fn a_merge_of_accounts_that_the_copy_of_the_desk_has_not_read_yet_counts() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 25);
    crew.copy_knows(false);
    Accounts::default().merge(&mut crew, "a1.com", "a2.com");
    // Decided before the merge, and read after it.
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    crew.copy_knows(true);
    super::stops::suppressed(&mut crew, "a2.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}

#[test]
fn a_copy_of_the_desk_that_is_behind_knows_of_no_account_that_it_is_none_of_the_desk() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 26);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    let (copy, following) =
        DeskCopy::follow(crew.store.clone(), &crew.topics, crew.codec.clone()).unwrap();
    assert!(copy.may_know(&key("a3.com")) || copy.with(|_| ()).is_some(), "nothing is read yet");
    until("it has read the desk", || !copy.may_know(&key("a3.com")));
    assert!(copy.may_know(&key("a1.com")));
    // It reads no further.
    drop(following);
    decide(&mut crew, &mut office, "enters a3.com");
    rest(&mut crew);
    until("it knows that it is behind", || copy.may_know(&key("a3.com")));
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
