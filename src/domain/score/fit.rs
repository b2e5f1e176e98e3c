//! Fit: how well a company matches a profile, with bounds where not everything is known.

use crate::domain::evidence::facts::Facts;
use crate::domain::profile::variant::{CompiledProfile, Variant};
use crate::domain::profile::when::{Answer, Answered, Question};
use crate::domain::profile::{Criterion, Unknown};
use crate::domain::terms::limits::CRITERIA_MAX;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use serde::Serialize;
use smallvec::SmallVec;

/// Tier 1 fits best. An account outside the profile, or not known well enough, has none.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Tier {
    #[strum(serialize = "tier_1")]
    #[serde(rename = "tier_1")]
    One,
    #[strum(serialize = "tier_2")]
    #[serde(rename = "tier_2")]
    Two,
    #[strum(serialize = "tier_3")]
    #[serde(rename = "tier_3")]
    Three,
    NotIcp,
}

impl Tier {
    pub fn is_icp(self) -> bool {
        self != Tier::NotIcp
    }

    pub fn number(self) -> Option<u8> {
        match self {
            Tier::One => Some(1),
            Tier::Two => Some(2),
            Tier::Three => Some(3),
            Tier::NotIcp => None,
        }
    }
}

/// In the order of a variant's criteria.
pub type Answers = SmallVec<[Answer; 12]>;

/// A fit with its bounds: `0 ≤ lower ≤ upper ≤ 100` points in a gate profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// Unknown answers count as their criterion says (as no, unless it says otherwise).
    pub lower: MilliPoints,
    /// Every unknown answer turns out well.
    pub upper: MilliPoints,
    /// Share of the weight that is known.
    pub known_percent: i32,
    /// A required criterion is answered no.
    pub missing_required: bool,
    /// A required criterion is not answered.
    pub unsure_required: bool,
    /// In the order of the variant's criteria.
    pub answers: Answers,
    /// The criteria, by their place, whose answer is known, but older than the profile allows.
    pub stale: SmallVec<[u16; 4]>,
    /// The next day on which time alone may change it.
    pub flips: Option<Day>,
}

pub fn evaluate(variant: &Variant, facts: &Facts<'_>) -> Fit {
    let mut answers = Answers::new();
    let mut flips: Option<Day> = None;
    let mut stale = SmallVec::new();
    for (at, (question, criterion)) in variant.questions.iter().zip(&variant.criteria).enumerate() {
        let asked = match criterion.stale_after_days {
            None => question.ask(facts),
            Some(days) => {
                let asked = ask_fresh(question, criterion, facts, i32::from(days));
                if asked.answer == Answer::Unknown && question.ask(facts).answer != Answer::Unknown
                {
                    stale.push(at as u16);
                }
                asked
            }
        };
        answers.push(asked.answer);
        flips = [flips, asked.flips].into_iter().flatten().min();
    }
    Fit { flips, stale, ..Fit::of(variant, answers) }
}

/// The answer by what was confirmed in the last `days`; it may change when the next of it grows too old.
fn ask_fresh(question: &Question, criterion: &Criterion, facts: &Facts<'_>, days: i32) -> Answered {
    let oldest = facts.today.plus(-days);
    let asked = question.ask(&facts.not_before(oldest));
    let confirmed = criterion.when.confirmed_on(facts).into_iter();
    let ends = confirmed.filter(|day| *day >= oldest).map(|day| day.plus(days + 1)).min();
    Answered { flips: [asked.flips, ends].into_iter().flatten().min(), ..asked }
}

#[derive(Default)]
struct Sum {
    lower: i64,
    upper: i64,
    weight: i32,
    known: i32,
    missing_required: bool,
    unsure_required: bool,
}

impl Sum {
    fn add(&mut self, criterion: &Criterion, answer: Answer) {
        let weight = criterion.weight;
        let points = i64::from(weight) * 1_000;
        self.weight += weight.abs();
        if answer != Answer::Unknown {
            self.known += weight.abs();
        }
        let counted = counted(criterion, answer).0;
        self.lower += counted;
        self.upper += if answer == Answer::Unknown { points.max(0) } else { counted };
        if criterion.required {
            self.missing_required |= answer == Answer::No;
            self.unsure_required |= answer == Answer::Unknown && criterion.unknown != Unknown::Yes;
        }
    }
}

/// The points that an answer gives.
pub fn counted(criterion: &Criterion, answer: Answer) -> MilliPoints {
    let points = MilliPoints::points(criterion.weight);
    match (answer, criterion.unknown) {
        (Answer::Yes, _) | (Answer::Unknown, Unknown::Yes) => points,
        (Answer::Unknown, Unknown::Half) => MilliPoints(points.0 / 2),
        _ => MilliPoints::ZERO,
    }
}

/// The answers of one look in two bits each, kept to see which of them the next one changes. Of more
/// criteria than there is room for, the first ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// The number of the activation; 0: nothing is noted.
    pub activation: u64,
    /// The place of the variant whose criteria they are.
    pub variant: u8,
    pub bits: [u64; 2],
}

/// As one text, which is compared and not read: `1/0/295`.
impl Serialize for Noted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [low, high] = self.bits;
        let bits = u128::from(high) << 64 | u128::from(low);
        serializer.collect_str(&format_args!("{}/{}/{bits:x}", self.activation, self.variant))
    }
}

impl Noted {
    pub fn of(activation: u64, variant: u8, answers: &[Answer]) -> Noted {
        let mut noted = Noted { activation, variant, bits: [0; 2] };
        for (at, answer) in answers.iter().take(CRITERIA_MAX).enumerate() {
            let code = match answer {
                Answer::Unknown => 0,
                Answer::Yes => 1,
                Answer::No => 2,
            };
            noted.bits[at / 32] |= code << (at % 32 * 2);
        }
        noted
    }

    /// The answer at a place; `None`: not kept.
    pub fn get(&self, at: usize) -> Option<Answer> {
        let bits = self.bits.get(at / 32)? >> (at % 32 * 2) & 3;
        match bits {
            0 => Some(Answer::Unknown),
            1 => Some(Answer::Yes),
            2 => Some(Answer::No),
            _ => None,
        }
    }
}

impl Fit {
    /// What these answers come to; time alone changes none of them.
    pub fn of(variant: &Variant, answers: Answers) -> Fit {
        let mut sum = Sum::default();
        for (criterion, answer) in variant.criteria.iter().zip(&answers) {
            sum.add(criterion, *answer);
        }
        let known_percent = if sum.weight == 0 { 100 } else { sum.known * 100 / sum.weight };
        Fit {
            lower: MilliPoints(sum.lower.max(0)),
            upper: MilliPoints(sum.upper.max(sum.lower).max(0)),
            known_percent,
            missing_required: sum.missing_required,
            unsure_required: sum.unsure_required,
            answers,
            stale: SmallVec::new(),
            flips: None,
        }
    }

    /// The fit gate. An additive profile has none but its required criteria.
    pub fn passes(&self, profile: &CompiledProfile, variant: &Variant) -> bool {
        if profile.is_additive() {
            return !self.missing_required && !self.unsure_required;
        }
        let known_percent_min = profile.profile.fit.known_percent;
        self.tier(variant, known_percent_min).is_icp() && self.lower >= variant.gate
    }

    /// Would pass if every unknown turned out well.
    pub fn might_pass(&self, profile: &CompiledProfile, variant: &Variant) -> bool {
        if profile.is_additive() {
            return !self.missing_required;
        }
        self.best_tier(variant).is_icp() && self.upper >= variant.gate
    }

    /// The tier by the lower bound.
    pub fn tier(&self, variant: &Variant, known_percent_min: i32) -> Tier {
        if self.known_percent < known_percent_min || self.unsure_required {
            return Tier::NotIcp;
        }
        self.tier_of(variant, self.lower)
    }

    /// The tier if every unknown turned out well.
    pub fn best_tier(&self, variant: &Variant) -> Tier {
        self.tier_of(variant, self.upper)
    }

    fn tier_of(&self, variant: &Variant, score: MilliPoints) -> Tier {
        let line = |points: i32| score >= MilliPoints::points(points);
        match () {
            () if self.missing_required => Tier::NotIcp,
            () if line(variant.tiers.tier_1) => Tier::One,
            () if line(variant.tiers.tier_2) => Tier::Two,
            () if line(variant.tiers.tier_3) => Tier::Three,
            () => Tier::NotIcp,
        }
    }
}
