//! What a rule looks for: exactly one thing. A profile's YAML has a key for each kind of trigger;
//! here the one that was given is the value, so that nothing after the check can meet none or two.

use super::rules::{
    EngagementMatch, FundingMatch, HeadcountMatch, HiringMatch, NewsMatch, Rule, TechnologyMatch,
    UsesMatch,
};
use super::when::both;
use crate::domain::terms::catalogue::Kind;

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    Funding(FundingMatch),
    Hiring(HiringMatch),
    Headcount(HeadcountMatch),
    Technology(TechnologyMatch),
    /// A standing fact: it does not decay while it lives, and cannot alone bring an entry.
    Uses(UsesMatch),
    News(NewsMatch),
    Engagement(EngagementMatch),
}

impl Trigger {
    /// `None` unless the rule names exactly one.
    pub fn of(rule: &Rule) -> Option<Trigger> {
        let given = [
            rule.funding.clone().map(Trigger::Funding),
            rule.hiring.clone().map(Trigger::Hiring),
            rule.headcount.map(Trigger::Headcount),
            rule.technology.clone().map(Trigger::Technology),
            rule.uses.clone().map(Trigger::Uses),
            rule.news.clone().map(Trigger::News),
            rule.engagement.clone().map(Trigger::Engagement),
        ];
        let mut given = given.into_iter().flatten();
        let first = given.next()?;
        given.next().is_none().then_some(first)
    }

    /// With its tools under the catalogue's words too.
    pub(super) fn spelt(self) -> Trigger {
        match self {
            Trigger::Technology(m) => {
                Trigger::Technology(TechnologyMatch { any_of: both(&m.any_of), ..m })
            }
            Trigger::Uses(m) => Trigger::Uses(UsesMatch { any_of: both(&m.any_of) }),
            other => other,
        }
    }

    /// The kind of signal that it looks at.
    pub fn kind(&self) -> Kind {
        match self {
            Trigger::Funding(_) => Kind::Funding,
            Trigger::Hiring(_) => Kind::Hiring,
            Trigger::Headcount(_) => Kind::Headcount,
            Trigger::Technology(_) | Trigger::Uses(_) => Kind::Technology,
            Trigger::News(_) => Kind::News,
            Trigger::Engagement(_) => Kind::Engagement,
        }
    }

    /// How many events together count as one, where it is more than one.
    pub fn at_least(&self) -> Option<u16> {
        let least = match self {
            Trigger::Hiring(m) => m.at_least,
            // Several people do at least as many things.
            Trigger::Engagement(m) => m.at_least.max(m.people),
            Trigger::Funding(_)
            | Trigger::Headcount(_)
            | Trigger::Technology(_)
            | Trigger::Uses(_)
            | Trigger::News(_) => None,
        };
        least.filter(|least| *least > 1)
    }

    /// Within how many days the events that count as one must lie.
    pub fn within_days(&self) -> Option<u16> {
        match self {
            Trigger::Hiring(m) => m.within_days,
            Trigger::Engagement(m) => m.within_days,
            Trigger::Funding(_)
            | Trigger::Headcount(_)
            | Trigger::Technology(_)
            | Trigger::Uses(_)
            | Trigger::News(_) => None,
        }
    }

    /// Whether it is a standing fact.
    pub fn is_standing(&self) -> bool {
        matches!(self, Trigger::Uses(_))
    }
}
