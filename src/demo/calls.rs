//! At the end of a run: the accounts to call, by the accounts' states in the log at that moment, and
//! those that are not to be called.
//!
//! The decisions that were shown do not count here: the account may have left since.

use super::follow::Follower;
use crate::codec::Codec;
use crate::config::machine_zone;
use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::brief::{deadline, whom};
use crate::domain::account::decision::Decision;
use crate::domain::account::headline::ago;
use crate::domain::account::input::LogPosition;
use crate::domain::account::lines;
use crate::domain::account::standing::{Episode, Stage};
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{stand, wake};
use crate::domain::evidence::company::Attribute;
use crate::domain::profile::Priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use crate::engine::view::{Common, PartitionView, Views};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Reasons that are named for a call; the others are counted.
const REASONS: usize = 3;

/// The accounts in buying mode, and those to leave alone.
#[derive(Clone, Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Calls {
    /// The last day of the log.
    pub as_of: Option<Day>,
    /// Accounts in buying mode that sales is free to call, the first to call first.
    pub to_call: Vec<Call>,
    /// In buying mode, and sales is in touch: alerts are muted.
    #[schemars(with = "Vec<String>")]
    pub in_touch: Vec<Text>,
    /// In buying mode, but customers or open opportunities: only their owner is informed.
    #[schemars(with = "Vec<String>")]
    pub with_owner: Vec<Text>,
    /// Accounts that asked not to be contacted.
    #[schemars(with = "Vec<String>")]
    pub do_not_contact: Vec<Text>,
}

/// An account to call: whom, why, and by when.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Call {
    pub account: AccountKey,
    /// The company's name.
    #[schemars(with = "String")]
    pub name: Text,
    /// Accounts that were merged into it.
    pub merged: Vec<AccountKey>,
    pub priority: Priority,
    #[schemars(with = "String")]
    pub route: Text,
    /// Who owns the account.
    #[schemars(with = "Option<String>")]
    pub owner: Option<Text>,
    /// The strongest events, as they stand on that day.
    pub why: Vec<String>,
    /// How many more events count.
    #[serde(rename = "more_count")]
    pub more: usize,
    /// Events that speak against it, such as layoffs.
    pub against: Vec<String>,
    /// Each persona, with what to open with.
    pub ask_for: Vec<String>,
    /// The deadline of the announcement.
    pub call_by: Option<Timestamp>,
    /// The same for people, in the zone of the business hours and in the reader's.
    #[serde(skip)]
    pub call_by_shown: Option<String>,
}

impl Call {
    /// Urgent first. Among equals a deadline to come goes before one that has passed; the next one to
    /// come is the first, and of those that have passed the last, as its news is the freshest.
    fn rank(&self, now: Timestamp) -> impl Ord + use<> {
        let by = self.call_by.map_or(i64::MAX, |by| by.0);
        let has_passed = by < now.0;
        let order = if has_passed { -by } else { by };
        (Reverse(self.priority), has_passed, order, self.name.clone())
    }
}

/// Reads every account of the partitions that the worker holds.
pub(super) fn calls(
    views: &Views,
    mut codec: Codec,
    follower: &mut Follower,
) -> anyhow::Result<Calls> {
    let mut found = Found::default();
    for partition in views.partitions() {
        if let Some(view) = views.get(partition) {
            found.read(&mut codec, partition, &view)?;
        }
    }
    let keys =
        found.open.iter().flat_map(|open| [Some(&open.call.account), open.as_entered.as_ref()]);
    let announced = latest(follower.announcements(&keys.flatten().cloned().collect())?);
    let mut calls = found.calls;
    let calls_of = |open: Open| announced.get(&open.episode).map(|d| open.with(d));
    calls.to_call = found.open.into_iter().filter_map(calls_of).collect();
    let now = found.time;
    calls.to_call.sort_by_cached_key(|call| call.rank(now));
    calls.in_touch.sort_unstable();
    calls.with_owner.sort_unstable();
    calls.do_not_contact.sort_unstable();
    Ok(calls)
}

/// An open episode that sales is free to act on, before its announcement is known.
struct Open {
    episode: Uuid,
    /// The account that entered, where it was merged into this one since.
    as_entered: Option<AccountKey>,
    call: Call,
}

impl Open {
    fn with(self, announced: &Decision) -> Call {
        Call {
            priority: announced.priority,
            ask_for: announced.personas.iter().map(whom).collect(),
            call_by: announced.sla_deadline,
            call_by_shown: deadline(announced, machine_zone()),
            ..self.call
        }
    }
}

#[derive(Default)]
struct Found {
    calls: Calls,
    open: Vec<Open>,
    time: Timestamp,
}

impl Found {
    fn read(
        &mut self,
        codec: &mut Codec,
        partition: i32,
        view: &PartitionView,
    ) -> anyhow::Result<()> {
        let common = view.common();
        self.time = self.time.max(common.time);
        self.calls.as_of = Some(self.time.day());
        for entry in &view.accounts {
            let state = codec.decode_state(&entry.bytes)?;
            // Most accounts are neither: they need no evaluation.
            if entry.stage == Stage::Buying || !state.suppressions.is_empty() {
                self.account(entry.key(), state, partition, &common);
            }
        }
        Ok(())
    }

    /// The account as `explain` shows it: what is due by now is done on a copy.
    fn account(
        &mut self,
        account: &AccountKey,
        mut state: AccountState,
        partition: i32,
        c: &Common,
    ) {
        let offset = state.offset.max(c.world.last_offset());
        let at = LogPosition { partition, offset, time: c.time.max(state.through.start()) };
        wake(&c.world, account, &mut state, at);
        let today = at.time.day();
        let stands = stand(&c.world, account, &state, today);
        let name = stands.first().and_then(|a| a.facts.name());
        let name = name.unwrap_or_else(|| account.as_str().into());
        if state.suppressed(today).is_some_and(|s| s.list == SuppressionList::DoNotContact) {
            self.calls.do_not_contact.push(name.clone());
        }
        for a in &stands {
            let product = &a.profile().profile.product;
            let Some(standing) = state.product(product) else { continue };
            let Some(episode) = standing.episode.as_ref() else { continue };
            if standing.stage != Stage::Buying || a.excluded.is_some() {
                continue;
            }
            if a.owner_only {
                self.calls.with_owner.push(name.clone());
            } else if standing.muted {
                self.calls.in_touch.push(name.clone());
            } else {
                self.open.push(Open {
                    episode: episode.id(account, product),
                    as_entered: episode.account.clone(),
                    call: call(a, &state, name.clone(), episode),
                });
            }
        }
    }
}

fn call(a: &Assessment<'_>, state: &AccountState, name: Text, episode: &Episode) -> Call {
    let intent = lines::intent(a);
    let (mut why, mut against): (Vec<String>, Vec<String>) = Default::default();
    for line in &intent.contributions {
        let side = if line.contribution > MilliPoints::ZERO { &mut why } else { &mut against };
        let event = format!("{}{}", line.what, ago(line));
        if !side.contains(&event) {
            side.push(event);
        }
    }
    let more = why.len().saturating_sub(REASONS);
    why.truncate(REASONS);
    Call {
        account: a.facts.account.clone(),
        name,
        merged: state.members().iter().map(|m| m.account.clone()).collect(),
        priority: episode.announced,
        route: episode.route.clone(),
        owner: a.facts.text(Attribute::Owner),
        why,
        more,
        against,
        ask_for: Vec::new(),
        call_by: None,
        call_by_shown: None,
    }
}

/// The last announcement of each episode: its entry, or what strengthened it since.
fn latest(decisions: Vec<Decision>) -> BTreeMap<Uuid, Decision> {
    let mut latest: BTreeMap<Uuid, Decision> = BTreeMap::new();
    for decision in decisions {
        let Some(episode) = decision.episode_id else { continue };
        let is_later = |known: &Decision| {
            (known.decided_at, known.sequence) < (decision.decided_at, decision.sequence)
        };
        if latest.get(&episode).is_none_or(is_later) {
            latest.insert(episode, decision);
        }
    }
    latest
}
