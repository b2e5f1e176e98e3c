//! An end reaches everyone who was put in, whatever happened in between: decisions that a tool does not take, stops that fail,
//! several reasons at once.

use super::crew::Crew;
use super::enrolments::{crew, decide, ours, rest, roster};
use super::stamped::Stamped;
use super::stops::{opts_out, suppressed};
use super::vendors::Wrong;
use crate::desk::office::Office;
use buymode::domain::account::outbox::Health;
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::time::Timestamp;
use buymode::log::{Output, Store};

/// An account falls out of the profile: the route is always the one of the digest.
fn falls_out(crew: &mut Crew, office: &mut Office, account: &str) {
    let said = format!("tier-changed {account} route digest from 1");
    let mut decision = office.decision(&said, Timestamp(crew.now_ms()));
    decision.tier = Tier::NotIcp;
    crew.decide(&decision);
}

#[test]
fn an_account_that_fits_no_more_leaves_the_sequence_by_whatever_route_it_is_said() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 41);
    for account in ["a1.com", "a2.com"] {
        decide(&mut crew, &mut office, &format!("enters {account}"));
    }
    rest(&mut crew);
    falls_out(&mut crew, &mut office, "a1.com");
    rest(&mut crew);
    assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![], vec![22, 23]));
}

#[test]
fn an_end_reaches_a_tool_that_takes_entries_alone() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 42);
    let text = roster(&["salesloft-cadence"]);
    crew.publish(&text.replace("enrol: true, ", "enrol: true, kinds: [entered], "));
    rest(&mut crew);
    for account in ["a1.com", "a2.com"] {
        decide(&mut crew, &mut office, &format!("enters {account}"));
    }
    rest(&mut crew);
    decide(&mut crew, &mut office, "leaves a1.com stop");
    decide(&mut crew, &mut office, "leaves a2.com");
    rest(&mut crew);
    assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![], vec![22, 23]));
    // The entry is on its way when the account leaves.
    crew.vendors.world().shops.down_until_ms = crew.now_ms() + 30_000;
    decide(&mut crew, &mut office, "enters a3.com");
    crew.settle();
    falls_out(&mut crew, &mut office, "a3.com");
    for _ in 0..6 {
        crew.pass(30_000);
        rest(&mut crew);
    }
    assert_eq!(ours(&crew, 3), [0_i64; 0]);
}

#[test]
fn a_first_load_puts_no_one_into_a_sequence_by_whatever_route() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 43);
    decide(&mut crew, &mut office, "enters a1.com baseline");
    decide(&mut crew, &mut office, "enters a2.com");
    rest(&mut crew);
    assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![], vec![22, 23]));
    let page = crew.metrics();
    let kept_out =
        r#"buymode_deliver_ends_total{destination="salesloft-cadence",end="suppressed"} 1"#;
    assert!(page.contains(kept_out), "{page}");
}

/// `deliver resume NAME`.
fn resume(crew: &mut Crew, destination: &str) {
    let by = Some("ana".into());
    let health = Health { destination: destination.into(), is_disabled: false, why: None, by };
    let mut value = Vec::new();
    crew.codec.encode_health(&crew.topics.desk, &health, &mut value).unwrap();
    let mut writer = Stamped::new(crew.store.clone(), crew.vendors.clone()).writer("ana").unwrap();
    writer.begin().unwrap();
    let (topic, value) = (crew.topics.desk.as_str(), Some(&value[..]));
    writer.send(&Output { topic, partition: Some(0), value, ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
}

const HOUR_MS: i64 = 3_600_000;

#[test]
fn a_stop_that_failed_is_made_again_when_its_tool_is_resumed_or_a_roster_is_published() {
    for is_resumed in [true, false] {
        let (mut crew, mut office) = crew(&["salesloft-cadence"], 44);
        for account in ["a1.com", "a2.com"] {
            decide(&mut crew, &mut office, &format!("enters {account}"));
        }
        rest(&mut crew);
        crew.vendors.world().shops.down_until_ms = i64::MAX;
        suppressed(&mut crew, "a1.com");
        decide(&mut crew, &mut office, "leaves a2.com stop");
        for _ in 0..70 {
            crew.pass(2 * HOUR_MS);
            crew.settle();
        }
        let (state, _) = super::attempts::remembered(&crew);
        assert!(state.sent.is_empty(), "every attempt was made: {:?}", state.sent);
        crew.vendors.world().shops.down_until_ms = 0;
        rest(&mut crew);
        assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![12, 13], vec![22, 23]));
        match is_resumed {
            true => resume(&mut crew, "salesloft-cadence"),
            false => drop(
                crew.publish(&roster(&["salesloft-cadence"]).replace("most: '2'", "most: '3'")),
            ),
        }
        rest(&mut crew);
        assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![], vec![]), "{is_resumed}");
        let (state, _) = super::attempts::remembered(&crew);
        assert!(state.enrolled.is_empty(), "{:?}", state.enrolled);
    }
}

#[test]
fn a_stop_waits_for_a_destination_that_comes_back() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 45);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    let text = roster(&["salesloft-cadence"]);
    crew.publish(&roster(&["outreach-sequence"]));
    suppressed(&mut crew, "a1.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [12, 13], "no one can reach the tool");
    crew.publish(&text);
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}

#[test]
fn an_entry_under_way_when_its_destination_leaves_the_roster_is_ended_when_it_is_back() {
    for is_decided in [true, false] {
        let (mut crew, mut office) = crew(&["salesloft-cadence"], 47);
        let text = roster(&["salesloft-cadence"]);
        // The account, its people, whether two of them are there already; and who is put in gives no answer.
        let nothing = std::iter::repeat_n(Wrong::Nothing, 4);
        crew.vendors.world().next = nothing.chain([Wrong::TimeOutAfter]).collect();
        decide(&mut crew, &mut office, "enters a1.com");
        crew.settle();
        assert_eq!(ours(&crew, 1), [12], "and the desk does not know it");
        if is_decided {
            decide(&mut crew, &mut office, "leaves a1.com stop");
            crew.settle();
        }
        crew.publish(&roster(&["outreach-sequence"]));
        if !is_decided {
            suppressed(&mut crew, "a1.com");
        }
        for _ in 0..6 {
            crew.pass(30_000);
            rest(&mut crew);
        }
        crew.publish(&text);
        rest(&mut crew);
        assert_eq!(ours(&crew, 1), [0_i64; 0], "{is_decided}");
    }
}

#[test]
fn people_whom_a_tool_names_by_the_sequence_alone_are_kept_apart() {
    let (mut crew, mut office) = crew(&["apollo-sequence"], 48);
    for account in ["a1.com", "a2.com"] {
        decide(&mut crew, &mut office, &format!("enters {account}"));
    }
    rest(&mut crew);
    assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![12, 13], vec![22, 23]));
    opts_out(&mut crew, "a1.com", "p12@a1.com");
    rest(&mut crew);
    assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![13], vec![22, 23]));
    decide(&mut crew, &mut office, "leaves a1.com stop");
    suppressed(&mut crew, "a2.com");
    rest(&mut crew);
    assert_eq!((ours(&crew, 1), ours(&crew, 2)), (vec![], vec![]));
}

#[test]
fn who_is_to_leave_for_several_reasons_is_taken_out_once() {
    for is_first in [true, false] {
        let (mut crew, mut office) = crew(&["salesloft-cadence"], 46);
        decide(&mut crew, &mut office, "enters a1.com");
        rest(&mut crew);
        let end = |crew: &mut Crew, office: &mut Office| {
            decide(crew, office, "leaves a1.com stop");
        };
        // Of an open episode both come, in either order, before the tool has answered.
        if is_first {
            end(&mut crew, &mut office);
        }
        suppressed(&mut crew, "a1.com");
        if !is_first {
            end(&mut crew, &mut office);
        }
        rest(&mut crew);
        assert_eq!(ours(&crew, 1), [0_i64; 0]);
        let world = crew.vendors.world();
        let mut asked = world.shops.sequences.asked_to_end.clone();
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), world.shops.sequences.asked_to_end.len(), "{is_first}");
    }
}
