//! Where accounts stand, for lists of them: ranked as a salesperson would call them, with the reasons.

use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::input::LogPosition;
use crate::domain::account::lines;
use crate::domain::account::standing::Stage;
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{stand, wake};
use crate::domain::account::world::World;
use crate::domain::account::{call, explain};
use crate::domain::evidence::company::Attribute;
use crate::domain::profile::Priority;
use crate::domain::score::fit::Tier;
use crate::domain::score::priority::priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use serde::Serialize;
use std::cmp::Reverse;

/// Reasons of an account.
const REASONS_MAX: usize = 3;

/// An account and a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Standing {
    pub account: AccountKey,
    /// The company's name.
    #[schemars(with = "Option<String>")]
    pub name: Option<Text>,
    /// Its website; null where the account's key is not a domain.
    #[schemars(with = "Option<String>")]
    pub website: Option<Text>,
    #[schemars(with = "String")]
    pub product: Text,
    #[schemars(with = "String")]
    pub segment: Text,
    pub stage: Stage,
    pub tier: Tier,
    /// Only in buying mode.
    pub priority: Option<Priority>,
    #[serde(rename = "fit_millipoints")]
    pub fit: MilliPoints,
    /// The number that is compared with the lines: intent, or fit and intent in an additive profile.
    #[serde(rename = "score_millipoints")]
    pub score: MilliPoints,
    /// When it entered.
    pub since: Option<Day>,
    /// Who owns the account, as the CRM names them.
    #[schemars(with = "Option<String>")]
    pub owner: Option<Text>,
    /// As the CRM names it.
    #[schemars(with = "Option<String>")]
    pub territory: Option<Text>,
    /// As a source names it.
    #[schemars(with = "Option<String>")]
    pub industry: Option<Text>,
    /// As a source names it.
    #[schemars(with = "Option<String>")]
    pub country: Option<Text>,
    /// `system:id` in the team's CRMs.
    #[schemars(with = "Vec<String>")]
    pub crm_ids: Vec<Text>,
    /// What the company is, in a few words.
    #[schemars(with = "String")]
    pub about: Text,
    /// Why, the strongest first.
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Reason {
    /// What happened, for people.
    pub what: String,
    /// The day on which it was announced.
    pub announced: Day,
    /// Who says so.
    #[schemars(with = "Vec<String>")]
    pub sources: Vec<Text>,
    /// A page about it.
    #[schemars(with = "Option<String>")]
    pub url: Option<Text>,
    /// A fact without a date, such as a tool in use.
    pub is_standing: bool,
}

/// Which accounts a list takes; an empty list of words takes all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub product: Option<Text>,
    pub tiers: Vec<u8>,
    pub stages: Vec<Stage>,
    pub territories: Vec<Term>,
    pub owners: Vec<Term>,
    /// Also customers and open opportunities, which their owner calls.
    pub with_customers: bool,
}

/// Where an account stands at `now`, under each product that wants it. Accounts that were merged into
/// another, and those on an exclusion list, are left out: a list is for people who write to them.
pub fn standings(
    world: &World,
    account: &AccountKey,
    state: &AccountState,
    now: Timestamp,
    wanted: &Wanted,
) -> Vec<Standing> {
    let mut state = state.clone();
    let now = now.max(state.through.start());
    let offset = state.offset.max(world.last_offset());
    // Midnights that it has not seen yet are processed on a copy.
    wake(world, account, &mut state, LogPosition { partition: 0, offset, time: now });
    if state.moved_to().is_some() {
        return Vec::new();
    }
    let stands = stand(world, account, &state, now.day());
    stands.iter().filter_map(|a| standing(a, &state, wanted)).collect()
}

fn standing(a: &Assessment<'_>, state: &AccountState, wanted: &Wanted) -> Option<Standing> {
    let profile = a.profile();
    let product = &profile.profile.product;
    let known = state.product(product);
    let stage = known.map_or(Stage::Dormant, |p| p.stage);
    let of = |attribute| a.facts.text(attribute);
    let (owner, territory) = (of(Attribute::Owner), of(Attribute::Territory));
    let term = |text: &Option<Text>| text.as_deref().and_then(|text| Term::parse(text).ok());
    let is_among = |all: &[Term], text: &Option<Text>| {
        all.is_empty() || term(text).is_some_and(|term| all.contains(&term))
    };
    let takes = wanted.product.as_ref().is_none_or(|wanted| wanted == product)
        && (wanted.stages.is_empty() || wanted.stages.contains(&stage))
        && (wanted.tiers.is_empty() || a.tier.number().is_some_and(|t| wanted.tiers.contains(&t)))
        && is_among(&wanted.territories, &territory)
        && is_among(&wanted.owners, &owner)
        && a.excluded.is_none()
        && (wanted.with_customers || !a.owner_only);
    if !takes {
        return None;
    }
    let reasons = lines::intent(a).contributions;
    let mut reasons: Vec<Reason> = reasons
        .into_iter()
        .filter(|c| c.contribution > MilliPoints::ZERO)
        .map(|c| Reason {
            is_standing: c.is_standing(),
            what: c.what,
            announced: c.announced,
            sources: c.sources,
            url: c.url,
        })
        .collect();
    reasons.dedup();
    reasons.truncate(REASONS_MAX);
    let (row, _) = priority(profile, a.tier, a.band);
    Some(Standing {
        account: a.facts.account.clone(),
        name: a.facts.name(),
        website: call::website(a.facts.account),
        product: product.clone(),
        segment: a.variant.segment.clone(),
        stage,
        tier: a.tier,
        priority: (stage == Stage::Buying).then_some(row),
        fit: explain::fit(a).lower,
        score: a.score,
        since: known.and_then(|p| p.episode.as_ref()).map(|episode| episode.since.day()),
        owner,
        territory,
        industry: of(Attribute::Industry),
        country: of(Attribute::Country).map(|code| code.to_uppercase()),
        crm_ids: a.facts.texts(Attribute::CrmId).map(Text::new).collect(),
        about: call::about(a),
        reasons,
    })
}

impl Standing {
    /// The order of a list: buying mode first, then priority, tier, score; the same each time.
    pub fn rank(&self) -> impl Ord + use<> {
        let stage = match self.stage {
            Stage::Buying => 0_u8,
            Stage::Warming => 1,
            Stage::Cooling => 2,
            Stage::Dormant => 3,
        };
        let tier = self.tier.number().unwrap_or(u8::MAX);
        let by = (Reverse(self.priority), tier, Reverse(self.score), Reverse(self.fit));
        (stage, by, self.account.clone(), self.product.clone())
    }
}
