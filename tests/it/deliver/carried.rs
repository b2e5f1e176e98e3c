//! The desk of a copied log goes on with what the old one knew: whom it has put into sequences, who has opted out.

use super::crew::Crew;
use super::enrolments::{crew, decide, ours, rest};
use buymode::deliver::audit::audit;
use buymode::deliver::carry::{Carried, read};
use buymode::log::{Output, Store};
use std::sync::Arc;

const MAP: &str = "salesloft-cadence";

fn carried(crew: &Crew, though_open: bool) -> anyhow::Result<Carried> {
    let store: Arc<dyn Store> = crew.store.clone();
    read(&store, &crew.codec, &crew.topics, "forward", though_open)
}

/// As `topics copy` writes them.
fn hand_over(crew: &mut Crew, carried: &Carried) {
    let topic = crew.topics.desk.clone();
    let mut writer = crew.store.writer("copy").unwrap();
    writer.begin().unwrap();
    for (key, content) in &carried.parts {
        let mut value = Vec::new();
        crew.codec.encode_entry(&topic, content, &mut value).unwrap();
        let (key, value) = (Some(&key[..]), Some(&value[..]));
        let timestamp_ms = Some(crew.now_ms());
        let output = Output { topic: &topic, key, value, timestamp_ms, ..Output::default() };
        writer.send(&output).unwrap();
    }
    writer.commit(&[]).unwrap();
}

#[test]
fn who_was_put_in_before_a_copy_is_taken_out_after_it() {
    let (mut old, mut office) = crew(&[MAP], 1);
    decide(&mut old, &mut office, "enters a0.com");
    decide(&mut old, &mut office, "enters a1.com");
    // A decision that is not at the desk yet may put someone in.
    let refused = carried(&old, false).unwrap_err().to_string();
    assert!(refused.contains("have not come to the desk of this log yet"), "{refused}");
    rest(&mut old);
    assert_eq!((ours(&old, 0), ours(&old, 1)), (vec![2, 3], vec![12, 13]));
    let known = carried(&old, false).unwrap();
    // Two each, and the first person of each account, who has opted out.
    assert_eq!((known.enrolled, known.opted_out), (4, 2));

    let (mut new, _) = crew(&[MAP], 2);
    std::mem::swap(&mut new.vendors.world().shops, &mut old.vendors.world().shops);
    new.pass(old.now_ms() - new.now_ms());
    // Interrupted, and done again.
    hand_over(&mut new, &known);
    hand_over(&mut new, &known);
    rest(&mut new);
    assert_eq!(carried(&new, false).unwrap().parts, known.parts);
    // The numbers of the account go on, so that nothing waits for those before.
    decide(&mut new, &mut office, "leaves a0.com stop");
    rest(&mut new);
    assert_eq!((ours(&new, 0), ours(&new, 1)), (vec![], vec![12, 13]));
    // Another tool of the copy knows of the opt-out, and its own flag is gone.
    for person in &mut new.vendors.world().shops.sequences.people {
        person.opted_out = false;
    }
    decide(&mut new, &mut office, "enters a0.com");
    rest(&mut new);
    assert_eq!(ours(&new, 0), [2, 3]);
    let audited = audit(&*new.store, &new.topics, new.codec.clone(), 10).unwrap().unwrap();
    assert_eq!((audited.differences, audited.unreadable), (0, 0), "{audited:?}");
}

#[test]
fn an_action_under_way_keeps_a_desk_from_being_copied() {
    let (mut old, mut office) = crew(&[MAP], 3);
    decide(&mut old, &mut office, "enters a0.com");
    // The decision is read, and its action has no result yet.
    let open = (0..50).find_map(|_| {
        old.turn();
        carried(&old, false)
            .err()
            .map(|why| why.to_string())
            .filter(|why| why.contains("no result"))
    });
    let open = open.expect("the action is seen under way");
    assert!(open.contains("--with-open-deliveries"), "{open}");
    assert_eq!(carried(&old, true).unwrap().enrolled, 0);
}

#[test]
fn a_part_that_no_desk_hands_on_changes_nothing() {
    let (mut new, _) = crew(&[MAP], 4);
    let odd = |key: &str, content: &str| (key.as_bytes().to_vec(), content.to_owned());
    let parts = vec![
        odd(r#"{"turn":"ana"}"#, r#"{"turn":7}"#),
        odd(r#"{"merged":"a.com"}"#, r#"{"turn":7}"#),
        odd("no key", "{}"),
    ];
    let before = carried(&new, false).unwrap().parts;
    hand_over(&mut new, &Carried { parts, ..Carried::default() });
    rest(&mut new);
    assert_eq!(carried(&new, false).unwrap().parts, before);
    let audited = audit(&*new.store, &new.topics, new.codec.clone(), 10).unwrap().unwrap();
    assert_eq!((audited.differences, audited.unreadable), (0, 3), "{audited:?}");
}

/// A desk that began later does not know how many decisions were before.
#[test]
fn an_end_takes_people_out_without_waiting_for_decisions_from_before() {
    let (mut old, mut office) = crew(&[MAP], 5);
    decide(&mut old, &mut office, "enters a0.com");
    rest(&mut old);
    let mut known = carried(&old, false).unwrap();
    known.parts.retain(|(key, _)| key.starts_with(br#"{"enrolled""#));
    let (mut new, _) = crew(&[MAP], 6);
    std::mem::swap(&mut new.vendors.world().shops, &mut old.vendors.world().shops);
    new.pass(old.now_ms() - new.now_ms());
    hand_over(&mut new, &known);
    rest(&mut new);
    decide(&mut new, &mut office, "leaves a0.com stop");
    // Less than a decision waits for those before it.
    rest(&mut new);
    assert_eq!(ours(&new, 0), [0_i64; 0]);
    new.pass(61_000);
    rest(&mut new);
    assert!(carried(&new, false).unwrap().enrolled == 0);
    let audited = audit(&*new.store, &new.topics, new.codec.clone(), 10).unwrap().unwrap();
    assert_eq!(audited.differences, 0, "{audited:?}");
}
