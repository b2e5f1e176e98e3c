//! Accounts that are merged: what ends for the company ends for everyone who was put in under any of its names.

use super::crew::Crew;
use super::enrolments::{crew, decide, ours, rest};
use buymode::domain::account::input::{Input, Transfer, TransferStep};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::Timestamp;

fn key(account: &str) -> AccountKey {
    AccountKey::parse(account).unwrap()
}

fn moved(crew: &mut Crew, from: &str, to: &str) {
    let id = uuid::Uuid::from_u128(u128::from(crew.now_ms().unsigned_abs()));
    let (from_key, to, step) = (key(from), key(to), TransferStep::Moved);
    let transfer = Transfer { id, from: from_key, to, at: None, cause: id, hop: 0, step };
    crew.input(from, &Input::Transfer(Box::new(transfer)));
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
    moved(&mut crew, "a1.com", "a2.com");
    rest(&mut crew);
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
    moved(&mut crew, "a1.com", "a2.com");
    rest(&mut crew);
    moved(&mut crew, "a2.com", "a3.com");
    rest(&mut crew);
    super::stops::suppressed(&mut crew, "a3.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}
