//! What a log says of accounts: who entered buying mode and when, what sales reported afterwards, which
//! accounts are one company family; and the outcome that counts, a rule with a window.

use crate::domain::Text;
use crate::domain::account::decision::{Decision, Origin};
use crate::domain::profile::Band;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::Day;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use strum::IntoEnumIterator;

/// An entry into buying mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub account: AccountKey,
    pub on: Day,
    pub activation: u64,
    pub arm: Arm,
    pub origin: Origin,
    pub route: Text,
    pub segment: Text,
    pub tier: Tier,
    pub band: Band,
    /// 0 to 100; in an additive profile any number.
    pub fit_points: f64,
    /// What the profile compares with its enter line.
    pub score_points: f64,
    /// The age of the newest signal that counts.
    pub newest_days: Option<i32>,
    /// The source of the signal that is worth most.
    pub source: Option<Text>,
    /// A person owns the account.
    pub is_claimed: bool,
    /// The rules whose signals count in it.
    pub rules: Vec<Text>,
}

impl Entry {
    pub fn of(decision: &Decision) -> Entry {
        let most = decision.intent.contributions.iter().max_by_key(|c| c.contribution);
        Entry {
            account: decision.account.clone(),
            on: decision.decided_at.day(),
            activation: decision.activation,
            arm: decision.arm,
            origin: decision.origin,
            route: decision.route.clone(),
            segment: decision.segment.clone(),
            tier: decision.tier,
            band: decision.band,
            fit_points: decision.fit.lower.0 as f64 / 1_000.0,
            score_points: decision.intent.score.0 as f64 / 1_000.0,
            newest_days: decision.intent.contributions.iter().map(|c| c.age_days).min(),
            source: most.and_then(|c| c.sources.first().cloned()),
            is_claimed: decision.owner.is_some(),
            rules: {
                let mut rules: Vec<Text> =
                    decision.intent.contributions.iter().map(|c| c.rule.clone()).collect();
                rules.sort_unstable();
                rules.dedup();
                rules
            },
        }
    }
}

/// What can be the outcome of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// As sales reported it.
    Sales(OutcomeKind),
    /// The company raised money or was acquired: for a history that has no sales.
    FundingOrAcquisition,
}

const FUNDING_OR_ACQUISITION: &str = "funding_or_acquisition";

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happened::Sales(kind) => write!(f, "{kind}"),
            Happened::FundingOrAcquisition => f.write_str(FUNDING_OR_ACQUISITION),
        }
    }
}

/// What sales reported of an account, or what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub account: AccountKey,
    pub outcome: Happened,
    pub on: Day,
    /// The day on which the log has it.
    pub known_on: Day,
    /// Whole US dollars.
    pub amount_usd: Option<u64>,
    pub opportunity: Option<Text>,
    pub lead_source: Option<Text>,
    /// Why it was lost or rejected.
    pub reason: Option<Text>,
}

/// Which account leads each company family: the one it was merged into, its parent.
#[derive(Clone, Debug, Default)]
pub struct Families {
    pub above: BTreeMap<AccountKey, AccountKey>,
    /// The day on which the log has it, where that is known.
    pub since: BTreeMap<AccountKey, Day>,
}

/// More steps up are a circle.
const STEPS_MAX: usize = 32;

impl Families {
    /// The head of the account's family, as all of the log knows it; the account itself where it has none.
    pub fn head<'a>(&'a self, account: &'a AccountKey) -> &'a AccountKey {
        self.climbed(account, None)
    }

    /// The same as the log knew it on a day.
    pub fn head_on<'a>(&'a self, account: &'a AccountKey, on: Day) -> &'a AccountKey {
        self.climbed(account, Some(on))
    }

    fn climbed<'a>(&'a self, account: &'a AccountKey, on: Option<Day>) -> &'a AccountKey {
        let is_known = |account: &AccountKey| {
            let since = self.since.get(account);
            since.zip(on).is_none_or(|(since, on)| *since <= on)
        };
        let (mut at, mut least) = (account, account);
        for _ in 0..STEPS_MAX {
            let above = self.above.get(at).filter(|_| is_known(at));
            let Some(above) = above else { return at };
            (at, least) = (above, least.min(above));
        }
        // In a circle every member gets the same.
        least
    }
}

/// A log as evidence sees it.
pub struct World<'a> {
    /// In any order.
    pub entries: &'a [Entry],
    /// The first day on which the log has a record of each account.
    pub known: &'a BTreeMap<AccountKey, Day>,
    pub told: &'a [Told],
    pub families: &'a Families,
    /// The last day that the log reports outcomes of: windows that reach beyond it have not ended.
    pub upto: Day,
    /// The first activation of the product's profile in the log.
    pub live_since: Option<Day>,
}

/// An outcome that counts: it happens within so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub outcome: Happened,
    pub days: u32,
}

/// Longer windows than any sales cycle.
const DAYS_MAX: u32 = 3_650;

impl Default for Rule {
    fn default() -> Rule {
        Rule { outcome: Happened::Sales(OutcomeKind::Won), days: 180 }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} within {} days", self.outcome, self.days)
    }
}

impl FromStr for Rule {
    type Err = String;

    /// `won within 180 days`.
    fn from_str(text: &str) -> Result<Rule, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let wrong = |what: &str| {
            let all: Vec<String> = OutcomeKind::iter().map(|kind| kind.to_string()).collect();
            format!(
                "invalid outcome {text:?}: {what}; use \"won within 180 days\", with one of {}, {FUNDING_OR_ACQUISITION}",
                all.join(", ")
            )
        };
        let [outcome, "within", days, "day" | "days"] = words[..] else {
            return Err(wrong("not an outcome with a window"));
        };
        let outcome = match outcome {
            FUNDING_OR_ACQUISITION => Happened::FundingOrAcquisition,
            outcome => Happened::Sales(outcome.parse().map_err(|_| wrong("unknown outcome"))?),
        };
        let days: u32 = days.parse().map_err(|_| wrong("the days are not a whole number"))?;
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(wrong("the window has 1 to 3,650 days"));
        }
        Ok(Rule { outcome, days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_a_rule_with_a_window() {
        let rule: Rule = "won within 180 days".parse().unwrap();
        assert_eq!((rule, rule.to_string()), (Rule::default(), "won within 180 days".to_owned()));
        for (text, expected) in [
            ("won", "not an outcome with a window"),
            ("bought within 3 days", "unknown outcome"),
            ("won within many days", "not a whole number"),
            ("won within 0 days", "1 to 3,650"),
        ] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(error.contains(expected) && error.contains("expanded"), "{error}");
        }
    }

    #[test]
    fn a_family_has_one_head_even_in_a_circle() {
        let key = |name: &str| AccountKey::parse(name).unwrap();
        let pairs =
            [("b.com", "a.com"), ("c.com", "b.com"), ("x.com", "y.com"), ("y.com", "x.com")];
        let above = pairs.map(|(from, to)| (key(from), key(to))).into();
        let since = [(key("c.com"), Day(9))].into();
        let families = Families { above, since };
        assert_eq!(families.head_on(&key("c.com"), Day(8)), &key("c.com"));
        assert_eq!(families.head_on(&key("c.com"), Day(9)), &key("a.com"));
        for (account, head) in
            [("c.com", "a.com"), ("a.com", "a.com"), ("y.com", "x.com"), ("x.com", "x.com")]
        {
            assert_eq!(families.head(&key(account)), &key(head), "{account}");
        }
    }
}
