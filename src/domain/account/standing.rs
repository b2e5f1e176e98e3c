//! Where an account stands with each product, and what suppresses it.

use crate::domain::Text;
use crate::domain::account::ids::decision_id;
use crate::domain::profile::Priority;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{OutcomeKind, SuppressionList};
use crate::domain::terms::time::{Day, Timestamp};
use serde::Serialize;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppression {
    pub list: SuppressionList,
    pub reason: Option<Text>,
    pub owner: Option<Text>,
    pub since: Day,
    /// The first day it no longer holds.
    pub until: Option<Day>,
}

/// Where an account stands with one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductState {
    pub product: Text,
    /// Decisions made so far: with account and product it names each one.
    pub sequence: u32,
    pub stage: Stage,
    /// The last tier that was decided; none before the company was known.
    pub tier: Option<Tier>,
    pub episode: Option<Episode>,
    pub cooldown: Option<Cooldown>,
    /// The company version for which enrichment was last asked.
    pub enrich_asked: Option<u32>,
    /// Sales is in touch: alerts are muted until the episode ends.
    pub muted: bool,
}

/// Dormant, warming, buying, cooling.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    Dormant,
    /// Some intent, or all of it without the fit.
    Warming,
    /// An episode is open.
    Buying,
    /// After an episode, until the cooldown ends.
    Cooling,
}

/// One stay in buying mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Episode {
    pub since: Timestamp,
    /// The sequence number of the decision that opened it.
    pub entered: u32,
    pub segment: Text,
    pub route: Text,
    /// The highest priority announced.
    pub announced: Priority,
    pub announced_on: Day,
    /// The account that entered, where it was merged into this one since.
    pub account: Option<AccountKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cooldown {
    /// The instant of the exit: only evidence first seen from then on may break it.
    pub since: Timestamp,
    /// The first day it no longer holds.
    pub until: Day,
    /// Sales' word that set it and gave a reason: the same word without one says nothing new.
    pub explained: Option<OutcomeKind>,
}

impl Episode {
    /// The id of the entry that opened it, and so its own, wherever merges have taken it; `holder`:
    /// the account that has it now.
    pub fn id(&self, holder: &AccountKey, product: &str) -> Uuid {
        decision_id(self.account.as_ref().unwrap_or(holder), product, self.entered)
    }
}

impl ProductState {
    pub fn new(product: Text) -> ProductState {
        ProductState {
            product,
            sequence: 0,
            stage: Stage::Dormant,
            tier: None,
            episode: None,
            cooldown: None,
            enrich_asked: None,
            muted: false,
        }
    }
}
