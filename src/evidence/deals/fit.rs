//! Whether a company fits a profile, by the core's own fit.

use super::company::Said;
use super::rows::Deals;
use crate::domain::RULES_VERSION;
use crate::domain::account::assess::assess;
use crate::domain::account::input::Activation;
use crate::domain::account::state::AccountState;
use crate::domain::account::world::World;
use crate::domain::evidence::company::CompanyUpdate;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::when::{Answer, When};
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How a company stands with a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// It has a tier, passes the gate, and nothing excludes it.
    pub is_icp: bool,
    pub tier: Tier,
    /// The segment of the profile that fits it best.
    pub segment: String,
    pub points: f64,
    /// How much of the profile's weight is known, in percent.
    pub known_percent: i32,
    /// By criterion of the segment.
    pub answers: Vec<(String, Answer)>,
}

/// Asks the profile.
struct Judge {
    activation: Activation,
    world: World,
}

impl Judge {
    fn new(profile: &Arc<CompiledProfile>) -> Judge {
        let activation = Activation {
            number: 1,
            profile: profile.clone(),
            rules_version: RULES_VERSION,
            published_by: None,
            note: None,
        };
        Judge { activation, world: World::default() }
    }

    /// The fit on a day.
    fn fit(&self, said: &Said, on: Day) -> Fitted {
        let row = || AccountKey::parse("crm:row").expect("a kind and an id");
        let account = said.account.clone().unwrap_or_else(row);
        let mut state = AccountState::new(-1, on);
        let update = CompanyUpdate {
            id: uuid::Uuid::nil(),
            source: "crm".into(),
            as_of: on.start(),
            baseline: false,
            facts: said.facts.clone(),
            tools: said.tools.iter().map(|tool| (tool.clone(), true)).collect(),
            tools_complete: false,
            departments: Vec::new(),
            departments_complete: false,
        };
        state.company.absorb(&account, &update);
        let profile = &*self.activation.profile;
        let found = assess(&self.world, &account, &state, &self.activation, on);
        let passes = found.fit.passes(profile, found.variant);
        let answers = found.variant.criteria.iter().zip(&found.fit.answers);
        Fitted {
            is_icp: passes && found.excluded.is_none(),
            tier: if found.excluded.is_some() { Tier::NotIcp } else { found.tier },
            segment: found.variant.segment.to_string(),
            points: found.fit.lower.0 as f64 / 1_000.0,
            known_percent: found.fit.known_percent,
            answers: answers.map(|(c, answer)| (c.name.to_string(), *answer)).collect(),
        }
    }
}

/// The tags that a profile asks for.
pub fn tags(profile: &CompiledProfile) -> BTreeSet<Term> {
    let mut found = BTreeSet::new();
    let criteria = profile.variants.iter().flat_map(|v| &v.criteria).map(|c| &c.when);
    let exclusions = profile.profile.fit.exclusions.iter().map(|e| &e.when);
    criteria.chain(exclusions).for_each(|when| of(when, &mut found));
    found
}

fn of(when: &When, found: &mut BTreeSet<Term>) {
    found.extend(when.tags.iter().flat_map(|test| test.words().cloned()));
    when.all.iter().chain(&when.any).chain(when.not.as_deref()).for_each(|part| of(part, found));
}

/// The fits of deals on the day that each began, and whether each customer fits.
pub fn fits(deals: &Deals, profile: &Arc<CompiledProfile>) -> (Vec<Fitted>, Vec<bool>) {
    let judge = Judge::new(profile);
    let on = |day: Option<Day>| day.unwrap_or(deals.upto);
    let of_deals = deals.deals.iter().map(|deal| judge.fit(&deal.said, on(deal.created))).collect();
    let of_customers = deals.customers.iter();
    let of_customers = of_customers.map(|one| judge.fit(&one.said, on(one.start)).is_icp).collect();
    (of_deals, of_customers)
}
