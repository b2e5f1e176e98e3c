//! Episodes as a subscriber sees them: each decision about one names the entry that opened it, so
//! that nobody has to compute an id, wherever merges take the episode.

use super::merge::{Merging, plans, play};
use buymode::domain::account::decision::{Decision, DecisionKind, ExitReason};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a subscriber keeps: entries by their ids, and the episode that is open for each account and
/// product that entered.
#[derive(Default)]
struct Subscriber {
    entries: BTreeMap<Uuid, Decision>,
    open: BTreeMap<(String, String), Uuid>,
    ended: BTreeSet<Uuid>,
}

impl Subscriber {
    fn read(&mut self, d: &Decision) -> Result<(), TestCaseError> {
        if d.kind == DecisionKind::Entered {
            let key = (d.account.to_string(), d.product.to_string());
            let open = self.open.insert(key, d.id).filter(|open| !self.ended.contains(open));
            prop_assert_eq!(
                open,
                None,
                "{} is open when {} enters",
                open.unwrap_or_default(),
                d.account
            );
            self.entries.insert(d.id, d.clone());
            return Ok(());
        }
        let Some(opened_by) = d.opened_by else { return Ok(()) };
        let Some(entry) = self.entries.get(&opened_by) else {
            return Err(TestCaseError::fail(format!(
                "{} {}: no entry {opened_by} before",
                d.account, d.kind
            )));
        };
        prop_assert_eq!(&entry.product, &d.product);
        prop_assert_eq!(&entry.account, d.entered_as.as_ref().unwrap_or(&d.account));
        prop_assert_eq!(d.episode_id, entry.episode_id);
        // One that moves goes on with the account it was merged into, or goes back.
        if d.exit.is_some_and(|exit| exit.reason != ExitReason::Moved) {
            prop_assert!(self.ended.insert(opened_by), "{} ends twice", opened_by);
        } else if d.exit.is_some() {
            self.open.retain(|_, open| *open != opened_by);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(super::cases(400))]

    #[test]
    fn every_decision_names_the_entry_that_opened_its_episode(
        plan in plans(),
        merging in prop::sample::select(vec![Merging::Never, Merging::AtOnce, Merging::Slowly]),
    ) {
        let net = play(&plan, merging);
        let mut subscriber = Subscriber::default();
        for d in &net.told {
            subscriber.read(d)?;
        }
    }
}
