//! The rounds of funding behind an intent: a later or a larger one is announced within an episode.

use crate::domain::evidence::round::stage_shown;
use crate::domain::evidence::signal::Funding;
use crate::domain::terms::catalogue::FundingStage;
use serde::Serialize;

/// The latest stage and the largest amount of one round, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Round {
    /// The stage of the round, such as `series_b`.
    pub stage: Option<FundingStage>,
    /// Whole US dollars.
    pub amount_usd: Option<u64>,
}

impl Round {
    pub fn of(funding: &Funding) -> Round {
        Round { stage: stage_shown(funding), amount_usd: funding.amount_usd }
    }

    /// The best of both.
    pub fn with(self, other: Round) -> Round {
        Round {
            stage: self.stage.max(other.stage),
            amount_usd: self.amount_usd.max(other.amount_usd),
        }
    }

    /// Of a later stage, or larger. Where the other one's is not known, nothing exceeds it by that.
    pub fn exceeds(self, other: Round) -> bool {
        if other == Round::default() {
            return self != other;
        }
        let later = other.stage.is_some() && self.stage > other.stage;
        later || other.amount_usd.is_some() && self.amount_usd > other.amount_usd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_exceeds_by_stage_or_by_amount() {
        let round = |stage, amount_usd| Round { stage, amount_usd };
        let (a, b) = (Some(FundingStage::SeriesA), Some(FundingStage::SeriesB));
        let known = round(a, Some(9_000_000));
        for (new, exceeds) in [
            (round(b, None), true),
            (round(None, Some(9_000_001)), true),
            (round(a, Some(9_000_000)), false),
            (round(None, Some(8_000_000)), false),
            (round(None, None), false),
        ] {
            assert_eq!(new.exceeds(known), exceeds, "{new:?}");
        }
        // A venture round of unknown size is none to announce, where no other is known either.
        assert!(!round(None, None).exceeds(Round::default()));
        assert!(known.exceeds(Round::default()));
        // A seed round may be earlier than a round of unknown stage, and this one is smaller.
        let seed = round(Some(FundingStage::Seed), Some(80_000));
        assert!(!seed.exceeds(round(None, Some(5_000_000))));
        let best = known.with(round(b, Some(1_000_000)));
        assert_eq!(best, round(b, Some(9_000_000)));
    }
}
