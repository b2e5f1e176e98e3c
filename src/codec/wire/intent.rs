//! The intent of a decision: its lines, conjunctions and caps.

use super::check::uuid;
use super::evidence::{basis_points, count};
use super::{UuidText, borrow, own};
use crate::codec::symbols::Code;
use crate::domain::account::decision::{ContributionExplained, IntentExplained, Piece};
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct IntentWire<'a> {
    total_millipoints: i64,
    score_millipoints: i64,
    enter_millipoints: i64,
    exit_millipoints: i64,
    #[serde(borrow)]
    contributions: Vec<ContributionWire<'a>>,
    #[serde(borrow)]
    conjunctions: Vec<ConjunctionWire<'a>>,
    capped: Vec<CappedWire>,
}

#[derive(Serialize, Deserialize)]
struct ContributionWire<'a> {
    rule: &'a str,
    kind: Code<Kind>,
    what: &'a str,
    announced: i32,
    first_seen: Option<i64>,
    age_days: i32,
    points: i32,
    magnitude_ppm: i64,
    confidence: i32,
    decay_ppm: i64,
    contribution_millipoints: i64,
    #[serde(borrow)]
    evidence: Vec<UuidText<'a>>,
    #[serde(borrow)]
    sources: Vec<&'a str>,
    url: Option<&'a str>,
    is_open: Option<bool>,
    #[serde(borrow)]
    pieces: Vec<PieceWire<'a>>,
}

#[derive(Serialize, Deserialize)]
struct PieceWire<'a> {
    what: &'a str,
    announced: i32,
    url: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct ConjunctionWire<'a> {
    name: &'a str,
    millipoints: i64,
}

#[derive(Serialize, Deserialize)]
struct CappedWire {
    kind: Code<Kind>,
    millipoints: i64,
}

impl<'a> IntentWire<'a> {
    pub(crate) fn of(intent: &'a IntentExplained) -> IntentWire<'a> {
        let conjunctions = intent.conjunctions.iter();
        let capped = intent.capped.iter();
        IntentWire {
            total_millipoints: intent.total.0,
            score_millipoints: intent.score.0,
            enter_millipoints: intent.enter.0,
            exit_millipoints: intent.exit.0,
            contributions: intent.contributions.iter().map(ContributionWire::of).collect(),
            conjunctions: conjunctions
                .map(|(name, points)| ConjunctionWire { name, millipoints: points.0 })
                .collect(),
            capped: capped
                .map(|(kind, points)| CappedWire { kind: Code(*kind), millipoints: points.0 })
                .collect(),
        }
    }

    pub(super) fn intent(self) -> Result<IntentExplained, String> {
        let contributions = self.contributions.into_iter().map(ContributionWire::contribution);
        let conjunctions = self.conjunctions.into_iter();
        let capped = self.capped.into_iter();
        Ok(IntentExplained {
            total: MilliPoints(self.total_millipoints),
            score: MilliPoints(self.score_millipoints),
            enter: MilliPoints(self.enter_millipoints),
            exit: MilliPoints(self.exit_millipoints),
            contributions: contributions.collect::<Result<_, String>>()?,
            conjunctions: conjunctions
                .map(|c| (c.name.into(), MilliPoints(c.millipoints)))
                .collect(),
            capped: capped.map(|c| (c.kind.0, MilliPoints(c.millipoints))).collect(),
        })
    }
}

impl<'a> ContributionWire<'a> {
    fn of(c: &'a ContributionExplained) -> ContributionWire<'a> {
        ContributionWire {
            rule: &c.rule,
            kind: Code(c.kind),
            what: &c.what,
            announced: c.announced.0,
            first_seen: c.first_seen.map(|at| at.0),
            age_days: c.age_days,
            points: c.points,
            magnitude_ppm: c.magnitude_ppm,
            confidence: c.confidence.get() as i32,
            decay_ppm: i64::from(c.decay_ppm),
            contribution_millipoints: c.contribution.0,
            evidence: c.evidence.iter().copied().map(UuidText::Write).collect(),
            sources: borrow(&c.sources),
            url: c.url.as_deref(),
            is_open: c.is_open,
            pieces: c.pieces.iter().map(PieceWire::of).collect(),
        }
    }

    fn contribution(self) -> Result<ContributionExplained, String> {
        Ok(ContributionExplained {
            rule: self.rule.into(),
            kind: self.kind.0,
            what: self.what.to_owned(),
            announced: Day(self.announced),
            first_seen: self.first_seen.map(Timestamp),
            age_days: self.age_days,
            points: self.points,
            magnitude_ppm: self.magnitude_ppm,
            confidence: basis_points(self.confidence)?,
            decay_ppm: count(self.decay_ppm)?,
            contribution: MilliPoints(self.contribution_millipoints),
            evidence: self.evidence.into_iter().map(signal).collect::<Result<_, _>>()?,
            sources: own(self.sources),
            url: self.url.map(Into::into),
            is_open: self.is_open,
            pieces: self.pieces.into_iter().map(PieceWire::piece).collect(),
        })
    }
}

fn signal(id: UuidText<'_>) -> Result<Uuid, String> {
    uuid("evidence", id).map_err(|flaw| flaw.message)
}

impl<'a> PieceWire<'a> {
    fn of(piece: &'a Piece) -> PieceWire<'a> {
        PieceWire { what: &piece.what, announced: piece.announced.0, url: piece.url.as_deref() }
    }

    fn piece(self) -> Piece {
        Piece {
            what: self.what.to_owned(),
            announced: Day(self.announced),
            url: self.url.map(Into::into),
        }
    }
}
