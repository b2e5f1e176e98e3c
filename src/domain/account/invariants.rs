//! What always holds of an account, numbered. Checked by assertions in tests, by the property
//! tests and by `audit`; each line is a sentence about the product.

use super::decision::{Decision, DecisionKind, ExitReason};
use super::ids::decision_id;
use super::state::AccountState;
use crate::domain::account::standing::{Episode, Stage};
use crate::domain::terms::limits::{
    EVIDENCE_MAX, MEMBERS_MAX, REPORTS_MAX, SUPPRESSIONS_MAX, TOMBSTONES_MAX,
};
use crate::domain::terms::units::MilliPoints;
use std::collections::BTreeMap;
use uuid::Uuid;

/// I1 to I6, I11 and I12: of a state.
pub fn of_state(state: &AccountState) -> Result<(), String> {
    let sorted = |ok: bool, what: &str| {
        if ok { Ok(()) } else { Err(format!("I1: {what} not in order")) }
    };
    sorted(state.evidence.is_sorted_by_key(|e| (e.filed(), e.id())), "evidence")?;
    sorted(state.tombstones.is_sorted_by_key(|(id, _)| *id), "tombstones")?;
    sorted(state.products.is_sorted_by(|a, b| a.product < b.product), "products")?;
    let bounded = state.evidence.len() <= EVIDENCE_MAX
        && state.tombstones.len() <= TOMBSTONES_MAX * (1 + state.members().len())
        && state.members().len() <= MEMBERS_MAX
        && state.suppressions.len() <= SUPPRESSIONS_MAX
        && state.evidence.iter().all(|e| (1..=REPORTS_MAX).contains(&e.reports().len()));
    if !bounded {
        return Err("I2: a bound is exceeded".to_owned());
    }
    let mut ids: Vec<_> = state.evidence.iter().flat_map(|e| e.reports()).map(|r| r.id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("I3: a report is kept twice".to_owned());
    }
    if ids.iter().any(|id| state.tombstones.binary_search_by_key(id, |(dead, _)| *dead).is_ok()) {
        return Err("I4: a retracted report is kept".to_owned());
    }
    for product in &state.products {
        if (product.stage == Stage::Buying) != product.episode.is_some() {
            return Err(format!(
                "I5: {}: stage {} and episode disagree",
                product.product, product.stage
            ));
        }
        let unnamed =
            |e: &Episode| e.entered == 0 || e.account.is_none() && e.entered > product.sequence;
        if product.episode.as_ref().is_some_and(unnamed) {
            return Err(format!("I6: {}: the episode names no decision", product.product));
        }
    }
    sorted(state.members().is_sorted_by(|a, b| a.account < b.account), "members")?;
    if let Some(ledgers) = &state.ledgers {
        if ledgers.members.is_empty() || state.moved_to().is_some() {
            return Err("I11: ledgers are kept apart where no account is merged".to_owned());
        }
        let mut again = state.clone();
        again.compose();
        if again != *state {
            return Err("I12: it is not what its ledgers come to".to_owned());
        }
    }
    Ok(())
}

/// I7 to I10 and I13: of an account's decisions in order.
pub fn of_decisions<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Result<(), String> {
    let mut last: BTreeMap<(String, String), (u32, bool, bool)> = BTreeMap::new();
    let mut episodes: BTreeMap<(String, String), Uuid> = BTreeMap::new();
    for d in decisions {
        names_its_episode(d, &mut episodes)?;
        let key = (d.account.to_string(), d.product.to_string());
        let (sequence, open, moved) = last.entry(key).or_insert((0, false, false));
        if d.sequence != *sequence + 1 {
            return Err(format!("I7: {}: sequence {} after {sequence}", d.account, d.sequence));
        }
        *sequence = d.sequence;
        // An episode may come with a merged account, and come back with the merge undone.
        let came = d.entered_as.is_some() || *moved;
        *moved |= d.exit.is_some_and(|exit| exit.reason == ExitReason::Moved);
        let alternates = match d.kind {
            DecisionKind::Entered => !std::mem::replace(open, true),
            DecisionKind::Exited | DecisionKind::Withdrawn => {
                std::mem::replace(open, false) || came
            }
            DecisionKind::Strengthened => *open || came,
            DecisionKind::TierChanged | DecisionKind::Triaged => true,
        };
        if !alternates {
            return Err(format!("I8: {}: {} out of turn", d.account, d.kind));
        }
        if d.fit.lower < MilliPoints::ZERO || d.fit.lower > d.fit.upper {
            return Err(format!("I9: {}: fit {} to {}", d.account, d.fit.lower, d.fit.upper));
        }
        adds_up(d)?;
    }
    Ok(())
}

/// I13: a decision names the episode that was open when it was written, by the id of the entry that
/// opened it; only an entry opens one that did not come with a merge, and at most one is open.
fn names_its_episode(
    d: &Decision,
    episodes: &mut BTreeMap<(String, String), Uuid>,
) -> Result<(), String> {
    use DecisionKind::{Entered, Exited, Strengthened, TierChanged, Triaged, Withdrawn};
    let refuse = |why: &str| Err(format!("I13: {}: {} {} {why}", d.account, d.kind, d.id));
    let key = (d.account.to_string(), d.product.to_string());
    let open = episodes.get(&key).copied();
    match d.kind {
        Entered if d.episode_id != Some(d.id) || d.opened_by.is_some() => {
            return refuse("does not open an episode of its own");
        }
        Entered => {}
        Strengthened | Exited | Withdrawn if d.opened_by.is_none() => {
            return refuse("names no entry");
        }
        _ if d.episode_id != d.opened_by => return refuse("names two episodes"),
        TierChanged | Triaged if d.episode_id.is_none() && open.is_some() => {
            return refuse("does not name the open episode");
        }
        _ if open.is_some_and(|open| d.episode_id.is_some_and(|id| id != open)) => {
            return refuse("names another episode than the open one");
        }
        _ => {}
    }
    if let Some(exit) = d.exit {
        let entered = d.entered_as.as_ref().unwrap_or(&d.account);
        if d.opened_by != Some(decision_id(entered, &d.product, exit.entered)) {
            return refuse("names another entry by its id than by its number");
        }
    }
    match d.episode_id.filter(|_| !matches!(d.kind, Exited | Withdrawn)) {
        Some(id) => episodes.insert(key, id),
        None => episodes.remove(&key),
    };
    Ok(())
}

/// I10: the lines of an explanation add up to its total (with fit, in an additive profile).
fn adds_up(d: &Decision) -> Result<(), String> {
    let lines: i64 = d.intent.contributions.iter().map(|c| c.contribution.0).sum();
    let together: i64 = d.intent.conjunctions.iter().map(|(_, points)| points.0).sum();
    let capped: i64 = d.intent.capped.iter().map(|(_, points)| points.0).sum();
    let sum = lines + together - capped;
    if sum == d.intent.total.0 {
        Ok(())
    } else {
        Err(format!(
            "I10: {}: the lines give {}, the total says {}",
            d.account,
            MilliPoints(sum),
            d.intent.total
        ))
    }
}
