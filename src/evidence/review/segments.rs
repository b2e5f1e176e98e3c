//! Segments: the words that companies' attributes have, as far as a profile can ask for them.

use crate::domain::evidence::attribute::{Attribute, Value};
use crate::evidence::deals::rows::{Deal, Deals};
use std::collections::BTreeMap;

/// Attributes by which a profile can be tightened.
const ATTRIBUTES: [Attribute; 5] = [
    Attribute::Industry,
    Attribute::SubIndustry,
    Attribute::Country,
    Attribute::Region,
    Attribute::BusinessModel,
];

/// An attribute and one of its words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub attribute: &'static str,
    pub word: String,
}

impl std::fmt::Display for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.attribute.replace('_', " "), self.word)
    }
}

pub(super) fn of(deal: &Deal) -> Vec<Segment> {
    let mut found = Vec::new();
    for (attribute, value) in &deal.said.facts {
        if let (true, Value::Terms(terms)) = (ATTRIBUTES.contains(attribute), value) {
            let attribute: &'static str = attribute.into();
            found.extend(
                terms.iter().map(|term| Segment { attribute, word: term.as_str().to_owned() }),
            );
        }
    }
    found
}

/// The deals of each segment among these.
pub(super) fn segments<'a>(
    deals: &'a Deals,
    is_among: &dyn Fn(usize) -> bool,
) -> BTreeMap<Segment, Vec<(usize, &'a Deal)>> {
    let mut found: BTreeMap<Segment, Vec<(usize, &Deal)>> = BTreeMap::new();
    for (at, deal) in deals.deals.iter().enumerate().filter(|(at, _)| is_among(*at)) {
        for segment in of(deal) {
            found.entry(segment).or_default().push((at, deal));
        }
    }
    found
}
