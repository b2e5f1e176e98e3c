//! What another profile would change: the same log is folded twice, under an old and under a new
//! profile, and the final state of every account is compared.
//!
//! "Under a profile" means: the log as it is, but each activation of the product carries this profile.
//! So the profile applies from the product's first activation (or from the first record, see [`From`])
//! to the last time in the log, whatever was active in fact. Activations of other products stay as
//! they are. The caller reads the records.

mod findings;
mod trial;

pub use findings::{Change, Changed, Findings, Side, Stands};
pub use trial::{Decided, From, Trial};

use crate::analysis::miss::obstacles;
use crate::domain::Text;
use crate::domain::account::assess::{Assessment, assess};
use crate::domain::account::explain;
use crate::domain::account::headline;
use crate::domain::account::standing::Stage;
use crate::domain::account::state::AccountState;
use crate::domain::score::priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use crate::engine::task::TaskError;
use std::collections::BTreeSet;

/// A partition, folded under both profiles.
pub struct Pair {
    pub old: Trial,
    pub new: Trial,
}

impl Pair {
    /// Ends both folds and adds their results to the findings.
    pub fn finish(mut self, product: &Text, findings: &mut Findings) -> Result<(), TaskError> {
        self.old.finish()?;
        self.new.finish()?;
        let today = self.new.time().day();
        let accounts: BTreeSet<AccountKey> =
            self.old.accounts().into_iter().chain(self.new.accounts()).collect();
        for account in &accounts {
            let (old, new) = (self.old.state(account)?, self.new.state(account)?);
            let (Some(old), Some(new)) = (old, new) else { continue };
            let old = Under { trial: &self.old, account, state: old, product, today };
            let new = Under { trial: &self.new, account, state: new, product, today };
            compare(&old, &new, findings);
        }
        findings.accounts += accounts.len() as u64;
        findings.old.decided(&self.old.decided);
        findings.new.decided(&self.new.decided);
        findings.upto = findings.upto.max(Some(today));
        Ok(())
    }
}

/// An account's state with everything needed to assess it.
struct Under<'a> {
    trial: &'a Trial,
    account: &'a AccountKey,
    state: AccountState,
    product: &'a Text,
    today: Day,
}

impl Under<'_> {
    /// `None`: the profile is not active yet.
    fn assess(&self) -> Option<Assessment<'_>> {
        let world = self.trial.world();
        let products = world.products(self.state.applied);
        let activation = products.iter().find(|a| a.profile.profile.product == *self.product)?;
        Some(assess(world, self.account, &self.state, activation, self.today))
    }

    fn stands(&self, a: Option<&Assessment<'_>>) -> Option<Stands> {
        let a = a?;
        let (priority, _) = priority::priority(a.profile(), a.tier, a.band);
        let standing = self.state.product(self.product);
        let stage = standing.map_or(Stage::Dormant, |p| p.stage);
        Some(Stands {
            stage,
            tier: a.tier,
            segment: a.variant.segment.clone(),
            priority: (stage == Stage::Buying).then_some(priority),
            fit: a.fit.lower,
            score: a.score,
        })
    }

    /// What keeps the account out, in words.
    fn why_not(&self, a: &Assessment<'_>) -> String {
        let found = obstacles(a, &self.state, self.state.product(self.product));
        if found.is_empty() {
            return "it would have left earlier".to_owned();
        }
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

fn compare(old: &Under<'_>, new: &Under<'_>, findings: &mut Findings) {
    let (a, b) = (old.assess(), new.assess());
    let (before, after) = (old.stands(a.as_ref()), new.stands(b.as_ref()));
    findings.old.stands(before.as_ref());
    findings.new.stands(after.as_ref());
    let (Some(a), Some(b), Some(before), Some(after)) = (a, b, before, after) else { return };
    let changes = changes(&before, &after, new.state.company.is_known());
    let Some(first) = changes.first().copied() else { return };
    for change in &changes {
        *findings.changes.entry(*change).or_default() += 1;
    }
    if !findings.shows(first, after.priority.or(before.priority), new.account) {
        return;
    }
    let name = b.facts.name();
    let shown = name.clone().unwrap_or_else(|| Text::new(new.account.as_str()));
    let reason = match first {
        Change::Enters => {
            let headline = headline::of(&b, &shown, "would be in buying mode");
            format!("{headline}. Under the old profile: {}", old.why_not(&a))
        }
        Change::Leaves => new.why_not(&b),
        Change::Priority => {
            let of = |a: &Assessment<'_>, s: &Stands| {
                format!("{}, {} intent ({})", s.tier, a.band, s.score)
            };
            format!("{} → {}", of(&a, &before), of(&b, &after))
        }
        Change::Tier => fit_moved(&a, &b),
        Change::Segment => format!("{} → {}", before.segment, after.segment),
    };
    findings.show(Changed {
        account: new.account.clone(),
        name,
        changes,
        old: before,
        new: after,
        reason,
    });
}

/// The most important first; it decides the account's place in the list.
fn changes(before: &Stands, after: &Stands, known: bool) -> Vec<Change> {
    let is_in = |s: &Stands| s.stage == Stage::Buying;
    let found = [
        (!is_in(before) && is_in(after), Change::Enters),
        (is_in(before) && !is_in(after), Change::Leaves),
        (is_in(before) && is_in(after) && before.priority != after.priority, Change::Priority),
        (known && before.tier != after.tier, Change::Tier),
        (known && before.segment != after.segment, Change::Segment),
    ];
    found.into_iter().filter(|(is, _)| *is).map(|(_, change)| change).collect()
}

/// The points of each criterion under both profiles, where they differ.
fn fit_moved(a: &Assessment<'_>, b: &Assessment<'_>) -> String {
    let worth = |of: &Assessment<'_>| {
        let fit = explain::fit(of);
        let lines = fit.criteria.into_iter();
        lines.map(|c| (c.name, (c.weight, c.answer))).collect::<Vec<_>>()
    };
    let (before, after) = (worth(a), worth(b));
    let mut moved = Vec::new();
    for (name, now) in &after {
        match before.iter().find(|(known, _)| known == name) {
            Some((_, was)) if was == now => {}
            Some((_, was)) => {
                moved.push(format!("'{name}' {} of {} → {} of {}", was.1, was.0, now.1, now.0));
            }
            None => moved.push(format!("'{name}' is new: {} of {}", now.1, now.0)),
        }
    }
    let gone = before.iter().filter(|(name, _)| after.iter().all(|(known, _)| known != name));
    moved.extend(gone.map(|(name, was)| format!("'{name}' is removed: {} of {}", was.1, was.0)));
    let lines = |a: &Assessment<'_>| {
        let tiers = a.variant.tiers;
        (tiers.tier_1, tiers.tier_2, tiers.tier_3)
    };
    if lines(a) != lines(b) {
        moved.push("other tier lines".to_owned());
    }
    let fit = |m: MilliPoints| m.to_string();
    format!("fit {} → {}: {}", fit(a.fit.lower), fit(b.fit.lower), moved.join(", "))
}
