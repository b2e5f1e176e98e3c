//! Which lines can be reached: the maximum score, and the parts that a line depends on.

use super::Advice;
use crate::domain::profile::variant::{CompiledProfile, Member, Variant};
use crate::domain::profile::when::When;
use crate::domain::terms::by_kind::ByKind;
use crate::domain::terms::catalogue::Kind;
use crate::report::words::counted;
use std::collections::BTreeSet;

/// The parts of a profile that give points, each with its name.
struct Points<'a> {
    profile: &'a CompiledProfile,
    variant: &'a Variant,
}

/// A part that can be left out of the maximum.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Criterion(usize),
    Rule(usize),
}

pub(super) fn lines(profile: &CompiledProfile, advice: &mut Advice) {
    for variant in &profile.variants {
        let points = Points { profile, variant };
        let (intent, fit) = places(profile, variant);
        let bands = profile.profile.intent.bands;
        let enter = variant.enter.0 / 1_000;
        let parts = points.parts(profile.is_additive());
        let most = |without| points.most(without);
        line(&format!("{intent}.enter"), enter, &parts, &most, &points, advice);
        if variant.segment == "primary" {
            let (high, medium) = (i64::from(bands.high), i64::from(bands.medium));
            if high != enter {
                line("intent.bands.high", high, &parts, &most, &points, advice);
            }
            advice.add(
                high <= enter,
                "intent.bands",
                format!("high ({high}) is not above intent.enter ({enter}): every entry has the band high, and rows for other bands never apply"),
            );
            advice.add(
                medium > enter && high > medium && !has_row_for_low(profile),
                "intent.bands",
                format!("medium ({medium}) is above intent.enter ({enter}): some entries have the band low, and priority.table has no row for it"),
            );
        }
        if profile.is_additive() {
            continue;
        }
        let criteria = points.criteria();
        let most = |without| points.most_fit(without);
        for (name, at) in [
            ("tier_1", variant.tiers.tier_1),
            ("tier_2", variant.tiers.tier_2),
            ("tier_3", variant.tiers.tier_3),
        ] {
            // Tier 1 is meant to need nearly every criterion.
            let parts = if name == "tier_3" { criteria.as_slice() } else { &[] };
            line(&format!("{fit}.{name}"), i64::from(at), parts, &most, &points, advice);
        }
    }
}

/// The maximum intent in points: every trigger at its strongest, all at once.
pub fn most_intent(profile: &CompiledProfile, variant: &Variant) -> i64 {
    Points { profile, variant }.most_intent(None)
}

/// The same by evidence of these kinds alone.
pub(super) fn most_of_kinds(
    profile: &CompiledProfile,
    variant: &Variant,
    kinds: &BTreeSet<Kind>,
) -> i64 {
    Points { profile, variant }.most_if(&|at| kinds.contains(&variant.rules[at].kind()))
}

/// The places of the variant's lines in the file: of intent, and of its tiers.
fn places(profile: &CompiledProfile, variant: &Variant) -> (String, String) {
    let segment = profile.profile.segments.iter().find(|s| s.segment == variant.segment);
    let Some(segment) = segment else { return ("intent".into(), "fit.tiers".into()) };
    let at = format!("segments[{}]", segment.segment);
    let tiers = if segment.tiers.is_some() { format!("{at}.tiers") } else { at.clone() };
    (at, tiers)
}

fn has_row_for_low(profile: &CompiledProfile) -> bool {
    use crate::domain::profile::Band;
    let table = &profile.profile.priority.table;
    table.iter().any(|row| row.band.is_none_or(|band| band == Band::Low))
}

/// Warns of a line that cannot be reached, or only by nearly all parts together.
fn line(
    at: &str,
    line: i64,
    parts: &[Part],
    most: &dyn Fn(Option<Part>) -> i64,
    points: &Points<'_>,
    advice: &mut Advice,
) {
    let all = most(None);
    if all < line {
        advice.add(
            true,
            at,
            format!("{line} can never be reached: all parts together give {all}; lower it, or add points"),
        );
        return;
    }
    let spare: Vec<Part> = parts.iter().copied().filter(|part| most(Some(*part)) >= line).collect();
    if parts.len() < 2 || spare.len() > 1 || line <= 0 {
        return;
    }
    let needs = match spare.first() {
        Some(part) => format!("every part but {:?}", points.name(*part)),
        None => "every part".to_owned(),
    };
    advice.add(
        true,
        at,
        format!(
            "{line} of at most {} needs {needs}; lower it if that is too strict",
            counted(all, "point")
        ),
    );
}

impl Points<'_> {
    fn parts(&self, with_fit: bool) -> Vec<Part> {
        let rules = self.variant.rules.iter().enumerate();
        let rules = rules.filter(|(_, r)| r.points > 0).map(|(at, _)| Part::Rule(at));
        let criteria = if with_fit { self.criteria() } else { Vec::new() };
        criteria.into_iter().chain(rules).collect()
    }

    fn criteria(&self) -> Vec<Part> {
        let criteria = self.variant.criteria.iter().enumerate();
        criteria.filter(|(_, c)| c.weight > 0).map(|(at, _)| Part::Criterion(at)).collect()
    }

    fn name(&self, part: Part) -> &str {
        match part {
            Part::Criterion(at) => &self.variant.criteria[at].name,
            Part::Rule(at) => &self.variant.rules[at].name,
        }
    }

    /// The maximum score without one part.
    fn most(&self, without: Option<Part>) -> i64 {
        let fit = if self.profile.is_additive() { self.most_fit(without) } else { 0 };
        fit + self.most_intent(without)
    }

    fn most_intent(&self, without: Option<Part>) -> i64 {
        self.most_if(&|at| without != Some(Part::Rule(at)))
    }

    fn most_if(&self, counts: &dyn Fn(usize) -> bool) -> i64 {
        let mut by_kind = ByKind::<i64>::default();
        for (at, rule) in self.variant.rules.iter().enumerate() {
            if counts(at) && rule.points > 0 {
                let pieces = i64::from(rule.count);
                by_kind[rule.kind()] += i64::from(rule.points) * pieces;
            }
        }
        for (kind, cap) in &self.profile.profile.intent.caps {
            let sum = &mut by_kind[*kind];
            *sum = (*sum).min(i64::from(*cap));
        }
        let conjunctions = self.variant.conjunctions.iter().filter(|c| {
            c.members.iter().all(|member| match member {
                Member::Rule(at) => counts(*at),
                Member::Kind(kind) => self
                    .variant
                    .rules
                    .iter()
                    .enumerate()
                    .any(|(at, rule)| counts(at) && rule.kind() == *kind && rule.points > 0),
            })
        });
        let conjunctions = conjunctions.map(|c| i64::from(c.conjunction.points).max(0));
        by_kind.values().sum::<i64>() + conjunctions.sum::<i64>()
    }

    /// The maximum fit: of criteria whose ranges exclude each other, only some can be met.
    fn most_fit(&self, without: Option<Part>) -> i64 {
        let mut groups: std::collections::BTreeMap<&str, Vec<(u64, u64, i64)>> = [].into();
        let mut sum = 0;
        for (at, criterion) in self.variant.criteria.iter().enumerate() {
            let weight = i64::from(criterion.weight);
            if weight <= 0 || without == Some(Part::Criterion(at)) {
                continue;
            }
            match range(&criterion.when) {
                Some((name, low, high)) => {
                    groups.entry(name).or_default().push((low, high, weight))
                }
                None => sum += weight,
            }
        }
        for ranges in groups.values() {
            // The maximum is reached at the start of some range.
            let begins: BTreeSet<u64> = ranges.iter().map(|(low, _, _)| *low).collect();
            let at = |place: u64| {
                let holding =
                    ranges.iter().filter(|(low, high, _)| (*low..=*high).contains(&place));
                holding.map(|(_, _, weight)| weight).sum::<i64>()
            };
            sum += begins.into_iter().map(at).max().unwrap_or(0);
        }
        sum
    }
}

/// The range of a condition that tests exactly one number or stage.
fn range(when: &When) -> Option<(&'static str, u64, u64)> {
    let mut ranges = when.number_tests().map(|(attribute, test)| {
        let (low, high) = (test.min.map_or(0, |a| a.0), test.max.map_or(u64::MAX, |a| a.0));
        (attribute.into(), low, high)
    });
    let stage = when.funding_stage.as_ref().filter(|stage| stage.any_of.is_empty()).map(|stage| {
        let low = stage.min.map_or(0, |s| s as u64);
        ("funding_stage", low, stage.max.map_or(u64::MAX, |s| s as u64))
    });
    ranges.next().or(stage)
}
