//! Accounts as units: members of a company family talk to each other, so that a family is one unit, and one
//! with members in two arms belongs to none.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// An account that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The same for accounts of one family.
    pub family: String,
    /// The same for accounts that share a draw. A family of which several draws were made would be missing from an
    /// arm the more often the smaller that arm is: all such families are left out, so that arms stay alike.
    pub draw: String,
    pub arm: usize,
    /// By outcome: 0 or 1, or a number; none where it is not known yet.
    pub outcomes: Vec<Option<f64>>,
    /// A number that was known before: a fit score, for example.
    pub before: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    pub arm: usize,
    pub outcomes: Vec<Option<f64>>,
    pub before: Option<f64>,
}

/// Accounts that count in no arm, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    pub why: String,
    /// How many.
    pub account_count: u64,
}

/// The units, and what was left out. `sums`: by outcome, whether members' numbers add up (money); otherwise a
/// family has the outcome if any member has.
pub fn units(drawn: &[Drawn], sums: &[bool]) -> (Vec<Unit>, Vec<LeftOut>) {
    let mut families: BTreeMap<&str, Vec<&Drawn>> = BTreeMap::new();
    for account in drawn {
        families.entry(&account.family).or_default().push(account);
    }
    let (mut units, mut across, mut apart) = (Vec::new(), 0, 0);
    for members in families.values() {
        let first = members[0];
        if members.iter().any(|member| member.arm != first.arm) {
            across += members.len() as u64;
        } else if members.iter().any(|member| member.draw != first.draw) {
            apart += members.len() as u64;
        } else {
            units.push(Unit {
                arm: first.arm,
                outcomes: (0..sums.len()).map(|at| together(members, at, sums[at])).collect(),
                before: mean(members.iter().filter_map(|member| member.before)),
            });
        }
    }
    let left_out = [
        (across, "merged or related across arms: a company family with accounts in two arms"),
        (
            apart,
            "a company family whose accounts were drawn apart into the same arm: related later, or merged",
        ),
    ];
    let left_out = left_out.into_iter().filter(|(n, _)| *n > 0);
    let left_out = left_out.map(|(n, why)| LeftOut { why: why.to_owned(), account_count: n });
    (units, left_out.collect())
}

fn together(members: &[&Drawn], at: usize, sums: bool) -> Option<f64> {
    let known = members.iter().filter_map(|member| member.outcomes[at]);
    let (all, any) = (known.clone().count() == members.len(), known.clone().any(|v| v != 0.0));
    match sums {
        true => all.then(|| known.sum()),
        // One that has happened cannot be undone by those that are still open.
        false => (all || any).then_some(f64::from(u8::from(any))),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(family: &str, draw: &str, arm: usize, outcome: Option<f64>) -> Drawn {
        let [family, draw] = [family, draw].map(str::to_owned);
        Drawn { family, draw, arm, outcomes: vec![outcome], before: Some(1.0) }
    }

    #[test]
    fn a_family_is_one_unit_or_none() {
        let all = [
            drawn("a", "a", 0, Some(0.0)),
            drawn("b", "b", 1, Some(1.0)),
            drawn("b", "b", 1, None),
            drawn("c", "c", 0, Some(0.0)),
            drawn("c", "c", 1, Some(1.0)),
            drawn("d", "d", 1, Some(0.0)),
            drawn("d", "d", 1, None),
            // Drawn apart, into one arm.
            drawn("e", "e", 1, Some(1.0)),
            drawn("e", "e's daughter", 1, None),
            drawn("e", "e", 1, None),
        ];
        let (units_of_all, left_out) = units(&all, &[false]);
        let seen: Vec<_> = units_of_all.iter().map(|unit| (unit.arm, unit.outcomes[0])).collect();
        assert_eq!(seen, [(0, Some(0.0)), (1, Some(1.0)), (1, None)]);
        assert_eq!(left_out.iter().map(|l| l.account_count).collect::<Vec<_>>(), [2, 3]);
        let (sums, _) = units(&all[1..2], &[true]);
        assert_eq!(sums[0].outcomes, [Some(1.0)]);
    }
}
