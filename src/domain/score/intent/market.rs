//! Which accounts a market event concerns.

use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::facts::Facts;
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::term::Term;

/// Whether a market event concerns the company: where its industry or place is not known, no.
pub fn concerns(market: &MarketEvent, facts: &Facts<'_>) -> bool {
    let any = |attributes: &[Attribute], wanted: &[Term]| {
        let known = attributes.iter().filter_map(|attribute| facts.company.fact(*attribute));
        let mut terms = known.flat_map(|fact| fact.value.as_terms());
        wanted.is_empty() || terms.any(|term| wanted.contains(term))
    };
    any(&[Attribute::Industry, Attribute::SubIndustry], &market.industries)
        && any(&[Attribute::Country, Attribute::Region, Attribute::OperatesIn], &market.regions)
}
