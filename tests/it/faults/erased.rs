//! A contact and an account are erased: the log forgets them, a copy has no byte of them, and the audit of
//! both is clean.

use std::sync::Arc;

use buymode::admin::erase::{Erasure, Whose, erase};
use buymode::admin::progress::Meter;
use buymode::domain::account::input::{Input, TransferStep};
use buymode::domain::evidence::signal::{Engagement, Event, Signal};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::EngagementKind;
use buymode::log::Store;
use buymode::log::scan::{Scan, partitions};
use uuid::Uuid;

use super::copied::{at, folder, go_on, history, place, placeless, transfer, try_copy_with};
use super::copied_otherwise::aged;
use super::world::{PATIENCE, World};
use crate::pipeline::{account, score, signal, write};

const CONTACT: &str = "contact-of-the-test-1871";
const OTHER: &str = "contact-of-the-test-9999";

/// Reads a page, on a day.
fn visit(n: u32, day: i64, who: &str) -> (AccountKey, Input, i64) {
    let Input::Signal(like) = signal(n, 0, day) else { unreachable!() };
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("visit {n} {day} {who}").as_bytes());
    let event = Event::Engagement(Engagement {
        engagement: EngagementKind::PricingPage,
        contact: Some(who.into()),
        topic: None,
    });
    (account(n), Input::Signal(Signal { id, event, ..like }), day)
}

fn erased(store: &Arc<dyn Store>, world: &World, whose: &Whose, dry_run: bool) -> Erasure {
    let mut ignore = |_| ();
    let mut meter = Meter::new(&mut ignore);
    erase(&place(store.clone(), world), whose, dry_run, &mut meter).unwrap()
}

/// How many records of the topics with a prefix hold these bytes.
fn holding(world: &World, needle: &str) -> usize {
    let mut reader = world.store.reader().unwrap();
    let mut found = 0;
    for topic in world.store.topic_names().unwrap() {
        if !topic.starts_with(&world.prefix) {
            continue;
        }
        for partition in 0..partitions(&*world.store, &topic).unwrap() {
            let scan = Scan::whole(&mut *reader, &topic, partition).unwrap();
            scan.each(&mut *reader, &mut |record| {
                let holds = |bytes: Option<&[u8]>| {
                    bytes.is_some_and(|b| b.windows(needle.len()).any(|w| w == needle.as_bytes()))
                };
                found += usize::from(holds(record.key) || holds(record.value));
            })
            .unwrap();
        }
    }
    found
}

/// Company 9 is merged into another one on the third day, with all that it has, and gets it back. One visit is of two
/// companies, which their source gave one id.
fn world_with_contacts(store: &Arc<dyn Store>) -> World {
    let world = World::history(store.clone(), "old.", 4);
    let mut writer = world.writer("contacts");
    let (_, twice, day) = visit(31, 1, CONTACT);
    let visits = [
        visit(9, 0, CONTACT),
        visit(9, 1, OTHER),
        (account(31), twice.clone(), day),
        (account(32), twice, day),
        visit(50, 0, OTHER),
    ];
    write(&mut *writer, &world.topics, &visits);
    history(&world);
    write(&mut *writer, &world.topics, &[visit(9, 25, CONTACT), visit(24, 25, OTHER)]);
    score(&*store.clone(), &world.topics, world.partitions, PATIENCE);
    world
}

#[test]
fn should_forget_a_contact_and_copy_the_log_without() {
    let (_folder, store) = folder();
    let world = world_with_contacts(&store);
    let before = placeless(world.decisions());
    let whose = Whose::Contact(CONTACT.into());
    let looked = erased(&store, &world, &whose, true);
    assert_eq!((looked.signals, looked.accounts, looked.written), (4, 3, 0), "{looked:?}");
    let done = erased(&store, &world, &whose, false);
    assert_eq!((done.signals, done.erased_before, done.written), (4, 0, 4), "{done:?}");
    // A copy keeps nothing of it, and the next run leaves nothing in the states.
    assert!(done.elsewhere.is_empty(), "{done:?}");
    // Twice is once.
    let again = erased(&store, &world, &whose, false);
    assert_eq!((again.signals, again.erased_before, again.written), (4, 4, 0), "{again:?}");
    score(&*store, &world.topics, world.partitions, PATIENCE);
    world.assert_audit_is_clean();
    for (name, (_, state)) in world.states() {
        let shown = format!("{state:?}");
        assert!(!shown.contains(CONTACT), "{name} remembers the contact: {shown}");
    }
    let report = try_copy_with(store.clone(), &world, "new.", &[], false).unwrap().unwrap();
    assert!(report.erased >= 4, "{report:?}");
    assert_eq!(report.compared.differences, 0, "{:#?}", report.compared);
    let copied = at(&world, "new.");
    assert_eq!(holding(&copied, CONTACT), 0);
    assert!(holding(&copied, OTHER) > 0 && holding(&world, CONTACT) > 0);
    copied.assert_audit_is_clean();
    go_on(&copied);
    copied.assert_audit_is_clean();
    let made = placeless(copied.decisions());
    assert!(made.len() > 10 && made.keys().all(|id| !before.contains_key(id)), "{}", made.len());
}

/// Its key stays, with the suppression, so that no later record brings it back.
#[test]
fn should_end_an_account_and_copy_the_log_without_all_that_came_before() {
    let (_folder, store) = folder();
    let world = world_with_contacts(&store);
    let whose = Whose::Account(account(50));
    assert!(holding(&world, "Company 50") > 0);
    let done = erased(&store, &world, &whose, false);
    assert!(done.signals > 3 && done.written == done.signals + 1, "{done:?}");
    assert_eq!(erased(&store, &world, &whose, false).written, 0);
    score(&*store, &world.topics, world.partitions, PATIENCE);
    world.assert_audit_is_clean();
    let (_, state) = &world.states()["company50.com"];
    assert!(state.evidence.is_empty() && state.suppressions.len() == 1, "{state:?}");
    let report = try_copy_with(store.clone(), &world, "new.", &[], false).unwrap().unwrap();
    assert_eq!(report.compared.differences, 0, "{:#?}", report.compared);
    let copied = at(&world, "new.");
    assert_eq!(holding(&copied, "Company 50"), 0);
    copied.assert_audit_is_clean();
    let (_, state) = &copied.states()["company50.com"];
    assert!(!state.company.is_known() && state.suppressions.len() == 1, "{state:?}");
    go_on(&copied);
    copied.assert_audit_is_clean();
    assert!(!copied.decisions().contains_key("company50.com"));
}

/// The build of another rules version decided the log: the copy has no decision of the account, as was meant.
#[test]
fn should_count_the_decisions_of_an_erased_account_apart_where_the_rules_are_others() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "old.", 4);
    history(&world);
    let decided = world.decisions();
    let (mut ignore, here) = (|_| (), place(store.clone(), &world));
    // One that is not merged with another.
    let ended = decided.keys().find(|key| {
        let whose = Whose::Account(AccountKey::parse(key).unwrap());
        erase(&here, &whose, false, &mut Meter::new(&mut ignore)).is_ok()
    });
    score(&*store, &world.topics, world.partitions, PATIENCE);
    let made = world.decisions()[ended.unwrap()].len() as u64;
    let report = try_copy_with(store.clone(), &aged(&world), "new.", &[], true).unwrap().unwrap();
    let compared = &report.compared;
    assert_eq!((compared.differences, compared.of_erased), (0, made), "{compared:#?}");
}

/// A copy would leave the request out with the rest of the account, and the merge would be lost.
#[test]
fn should_refuse_an_account_that_is_about_to_be_merged() {
    let (_folder, store) = folder();
    let world = world_with_contacts(&store);
    let whose = Whose::Account(account(50));
    let request = transfer(50, 24, TransferStep::Request);
    write(&mut *world.writer("request"), &world.topics, &[(account(50), request, 26)]);
    let refused = || {
        let (mut ignore, here) = (|_| (), place(store.clone(), &world));
        let refused = erase(&here, &whose, false, &mut Meter::new(&mut ignore));
        format!("{:#}", refused.unwrap_err())
    };
    assert!(
        refused().contains("company50.com is to be merged into company24.com"),
        "{}",
        refused()
    );
    score(&*store, &world.topics, world.partitions, PATIENCE);
    assert!(refused().contains("is merged into"), "{}", refused());
}

/// It was merged into another one, with all that it had, and was parted from it again.
#[test]
fn should_copy_a_log_whose_erased_account_was_merged_once() {
    let (_folder, store) = folder();
    let world = world_with_contacts(&store);
    let done = erased(&store, &world, &Whose::Account(account(9)), false);
    assert!(done.signals > 3 && done.written == done.signals + 1, "{done:?}");
    score(&*store, &world.topics, world.partitions, PATIENCE);
    world.assert_audit_is_clean();
    let report = try_copy_with(store.clone(), &world, "new.", &[], false).unwrap().unwrap();
    assert_eq!(report.compared.differences, 0, "{:#?}", report.compared);
    let copied = at(&world, "new.");
    copied.assert_audit_is_clean();
    let (_, state) = &copied.states()["company9.com"];
    assert!(!state.company.is_known() && state.suppressions.len() == 1, "{state:?}");
}
