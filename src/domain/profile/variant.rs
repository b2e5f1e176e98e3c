//! A profile made ready to score with: one variant for the primary and one for each segment, decay
//! tables worked out, names resolved to places.

use super::rules::{Conjunction, Rule, Scale};
use super::trigger::Trigger;
use super::{Criterion, Profile, Segment, TierLines, Value, check};
use crate::domain::Text;
use crate::domain::profile::overlay::overlay;
use crate::domain::profile::when::{Question, When};
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::term::Term;
use crate::domain::terms::units::{MilliPoints, PPM, half_life_ppm};
use sha2::{Digest, Sha256};

/// A checked profile with its variants. Only this can be activated.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledProfile {
    pub profile: Profile,
    /// The profile as it was published, YAML or JSON: what the log carries, byte for byte, and the
    /// version is made of. Reading it never changes it.
    pub text: String,
    /// The first 12 hexadecimal digits of the SHA-256 of `text`.
    pub version: Text,
    /// The segments first, the primary last: at equal fit the more special one wins.
    pub variants: Vec<Variant>,
    /// What each exclusion asks, in the same order.
    pub exclusions: Vec<Question>,
}

/// What an account is scored by.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// `primary`, or the segment's name.
    pub segment: Text,
    /// Which companies it is for; none: any.
    pub when: Option<Question>,
    pub criteria: Vec<Criterion>,
    /// What each criterion asks, in the same order.
    pub questions: Vec<Question>,
    pub tiers: TierLines,
    pub gate: MilliPoints,
    pub enter: MilliPoints,
    pub exit: MilliPoints,
    pub warm: MilliPoints,
    pub rules: Vec<CompiledRule>,
    pub conjunctions: Vec<CompiledConjunction>,
    pub value: Value,
}

/// A rule ready to score with. The fields are the profile's own, see [`Rule`].
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledRule {
    pub name: Text,
    pub trigger: Trigger,
    pub points: i32,
    pub hold_days: u16,
    pub half_life_days: Option<u16>,
    pub window_days: u16,
    pub count: u8,
    pub scale: Option<Scale>,
    /// The share of the points left at each age in days; 0 beyond the end.
    pub decay_ppm: Vec<u32>,
}

impl CompiledRule {
    /// `None` unless the rule names exactly one trigger, which the check of a profile refuses.
    fn new(rule: Rule) -> Option<CompiledRule> {
        Some(CompiledRule {
            trigger: Trigger::of(&rule)?.spelt(),
            decay_ppm: decay(&rule),
            name: rule.name,
            points: rule.points,
            hold_days: rule.hold_days,
            half_life_days: rule.half_life_days,
            window_days: rule.window_days,
            count: rule.count,
            scale: rule.scale,
        })
    }

    pub fn kind(&self) -> Kind {
        self.trigger.kind()
    }

    /// Whether it takes points away.
    pub fn is_bad_news(&self) -> bool {
        self.points < 0
    }

    /// The share left at an age. Good news of a day to come is worth nothing yet; bad news counts in
    /// full from the day it is known.
    pub fn decay_at(&self, age_days: i32) -> u32 {
        let age_days = if self.is_bad_news() { age_days.max(0) } else { age_days };
        usize::try_from(age_days).ok().and_then(|age| self.decay_ppm.get(age)).copied().unwrap_or(0)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CompiledConjunction {
    pub conjunction: Conjunction,
    pub members: Vec<Member>,
}

/// What a conjunction asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    Rule(usize),
    Kind(Kind),
}

impl CompiledProfile {
    /// Of a profile that code has made: its text is the profile as JSON.
    ///
    /// # Errors
    /// What keeps the profile from being published; warnings do not.
    pub fn new(profile: Profile) -> Result<CompiledProfile, Vec<check::Finding>> {
        let text = serde_json::to_string(&profile).unwrap_or_default();
        CompiledProfile::of(profile, text)
    }

    /// Of a profile's text, as a file holds it or the log carries it.
    ///
    /// # Errors
    /// Why it cannot be read, or published.
    pub fn read(text: &str) -> Result<CompiledProfile, String> {
        let profile = read(text)?;
        CompiledProfile::of(profile, text.to_owned()).map_err(|findings| {
            findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        })
    }

    /// Of a profile that was read from this text.
    ///
    /// # Errors
    /// What keeps the profile from being published.
    pub fn of(profile: Profile, text: String) -> Result<CompiledProfile, Vec<check::Finding>> {
        let errors = check::errors(&profile);
        if !errors.is_empty() {
            return Err(errors);
        }
        let digest = Sha256::digest(text.as_bytes());
        let version: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
        let primary = variant(&profile, None);
        let variants = profile.segments.iter().map(|s| variant(&profile, Some(s)));
        let variants = variants.chain([primary]).collect();
        let exclusions = profile.fit.exclusions.iter().map(|e| e.when.question()).collect();
        Ok(CompiledProfile { text, version: version.into(), variants, exclusions, profile })
    }

    /// Whether any criterion, segment or exclusion asks about a tool.
    pub fn asks_of_tool(&self, tool: &Term) -> bool {
        self.questions().any(|question| question.asks_of_tool(tool))
    }

    /// Whether time alone may change how well a company fits, or whether it is excluded.
    pub fn may_flip(&self) -> bool {
        let expires = self.profile.fit.exclusions.iter().any(|e| e.expires.is_some());
        let criteria = || self.variants.iter().flat_map(|v| &v.criteria);
        let stales = criteria().any(|criterion| criterion.stale_after_days.is_some());
        expires || stales || self.questions().any(Question::may_flip)
    }

    fn questions(&self) -> impl Iterator<Item = &Question> {
        let asked = self.variants.iter().flat_map(|v| v.questions.iter().chain(&v.when));
        asked.chain(&self.exclusions)
    }

    pub fn is_additive(&self) -> bool {
        self.profile.model == super::Model::Additive
    }
}

/// No profile is nested deeper. What makes a file is not stricter than this, so that the log can be
/// read by anyone who could publish.
pub const DEPTH_MAX: usize = 24;

/// Reads a text: YAML, or JSON, which is YAML too. Editors on Windows put a mark in front.
fn read(text: &str) -> Result<Profile, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let budget = serde_saphyr::budget! { max_depth: DEPTH_MAX };
    let options = serde_saphyr::options! { budget: budget };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| error.without_snippet().to_string())
}

fn variant(profile: &Profile, segment: Option<&Segment>) -> Variant {
    let tiers = segment.and_then(|s| s.tiers).unwrap_or(profile.fit.tiers);
    let gate = segment.and_then(|s| s.gate).or(profile.fit.gate).unwrap_or(tiers.tier_3);
    let exit = segment.and_then(|s| s.exit).unwrap_or(profile.intent.exit);
    let criteria = overlay(
        &profile.fit.criteria,
        segment.map_or(&[], |s| &s.criteria),
        segment.map_or(&[], |s| &s.without),
        |c| &c.name,
    );
    let rules: Vec<CompiledRule> = overlay(
        &profile.intent.rules,
        segment.map_or(&[], |s| &s.rules),
        segment.map_or(&[], |s| &s.without),
        |r| &r.name,
    )
    .into_iter()
    .filter_map(CompiledRule::new)
    .collect();
    let conjunctions = profile.intent.conjunctions.iter();
    let conjunctions = conjunctions.filter_map(|c| conjunction(c, &rules)).collect();
    Variant {
        segment: segment.map_or(Text::const_new("primary"), |s| s.segment.clone()),
        when: segment.and_then(|s| s.when.as_ref()).map(When::question),
        questions: criteria.iter().map(|c| c.when.question()).collect(),
        criteria,
        tiers,
        gate: MilliPoints::points(gate),
        enter: MilliPoints::points(segment.and_then(|s| s.enter).unwrap_or(profile.intent.enter)),
        exit: MilliPoints::points(exit),
        warm: MilliPoints::points(profile.intent.warm.unwrap_or(exit)),
        rules,
        conjunctions,
        value: segment.and_then(|s| s.value.clone()).unwrap_or_else(|| profile.value.clone()),
    }
}

fn decay(rule: &Rule) -> Vec<u32> {
    let window = i32::from(rule.window_days).min(HORIZON_DAYS);
    (0..=window as u32)
        .map(|age| {
            let past_hold = age.saturating_sub(u32::from(rule.hold_days));
            match rule.half_life_days {
                Some(half_life) if past_hold > 0 => half_life_ppm(past_hold, u32::from(half_life)),
                _ => PPM as u32,
            }
        })
        .collect()
}

/// `None` where a segment has left out a member.
fn conjunction(conjunction: &Conjunction, rules: &[CompiledRule]) -> Option<CompiledConjunction> {
    let members = conjunction.all_of.iter().map(|name| {
        let rule = rules.iter().position(|r| r.name == *name).map(Member::Rule);
        rule.or_else(|| name.parse().ok().map(Member::Kind))
    });
    let members = members.collect::<Option<Vec<Member>>>()?;
    Some(CompiledConjunction { conjunction: conjunction.clone(), members })
}
