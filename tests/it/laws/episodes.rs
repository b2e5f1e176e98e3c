//! Episodes as a subscriber sees them: each decision about one names the entry that opened it, so
//! that nobody has to compute an id, wherever merges take the episode.

use super::logs::{BEGIN, logs};
use super::merge::{Merging, plans, play};
use crate::fold::Fold;
use buymode::domain::account::decision::{Decision, DecisionKind, ExitReason, Origin};
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
    /// The last exit of each account and product.
    exits: BTreeMap<(String, String), Decision>,
}

/// Whether nothing but time, or the longest stay, ended an episode.
fn grew_old(exit: &Decision) -> bool {
    exit.origin != Origin::ProfileChange
        && exit.exit.is_some_and(|e| matches!(e.reason, ExitReason::Decayed | ExitReason::MaxDays))
}

/// Whether an entry names a piece that was first read at or after an exit, or whose day (planned, or
/// corrected since) is not before it.
fn names_news(entry: &Decision, exit: &Decision) -> bool {
    let since = exit.decided_at;
    let positive = entry.intent.contributions.iter().filter(|c| c.contribution.0 > 0);
    let mut new = positive
        .filter(|c| c.first_seen.is_some_and(|seen| seen >= since) || c.announced.start() >= since);
    new.next().is_some() || entry.headline.contains("new is ")
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
            let key = (d.account.to_string(), d.product.to_string());
            if let Some(exit) = self.exits.get(&key).filter(|exit| grew_old(exit)) {
                prop_assert!(names_news(d, exit), "{} after {}", d.headline, exit.headline);
            }
            return Ok(());
        }
        if d.exit.is_some() {
            self.exits.insert((d.account.to_string(), d.product.to_string()), d.clone());
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
    fn an_entry_after_a_decay_names_what_has_come_since(log in logs()) {
        let mut fold = Fold::new("acme.com", BEGIN);
        fold.read_all(&log);
        let mut subscriber = Subscriber::default();
        for d in &fold.decisions {
            subscriber.read(d)?;
        }
    }

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
