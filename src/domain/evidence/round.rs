//! Rounds of funding: when two reports are of one round, and which stage a round shows.
//!
//! Measured on pairs of real rounds: `tests/independent/duplicate_rounds.py` has the same rules.

use super::signal::Funding;
use crate::domain::terms::catalogue::{FundingStage, Instrument};

/// Days between two vendors' dates of one round of which one does not say the stage.
const DAYS: i32 = 14;
/// Days where both say the same stage: a press release and a filing lie weeks apart.
const DAYS_SAME_STAGE: i32 = 30;
/// Days where both say the same sum.
const DAYS_SAME_SUM: i32 = 45;
/// How much two amounts of one round may differ, in percent of the larger: a filing counts what has
/// been paid in so far, a press release what was promised.
const ALIKE_PERCENT: u64 = 20;
/// How much two amounts may differ that are the same sum, rounded by one of them.
const SAME_PERCENT: u64 = 2;
/// The least sum that can be the purchase of a company by private equity, US dollars. Below it, and
/// where the sum is unknown, private equity says who pays, not how far the company has come: of 442
/// real rounds called private equity with a sum, 434 are smaller, most of them a start-up's.
const BUYOUT_USD: u64 = 100_000_000;

/// The stage that the round shows the company to be at. `None`: it shows none.
pub fn stage_shown(round: &Funding) -> Option<FundingStage> {
    let buyout = || round.amount_usd.is_some_and(|usd| usd >= BUYOUT_USD);
    round.stage.filter(|stage| *stage != FundingStage::PeBacked || buyout())
}

/// Whether two reports, `days` apart, are of one round. One of them may know less: an unknown amount
/// contradicts nothing, and "venture", "private equity" and "other" may be any stage.
pub(super) fn same_round(x: &Funding, y: &Funding, days: i32) -> bool {
    let known = x.amount_usd.is_some() && y.amount_usd.is_some();
    let alike = close(x.amount_usd, y.amount_usd, ALIKE_PERCENT);
    let same_sum = known && close(x.amount_usd, y.amount_usd, SAME_PERCENT);
    if !may_be_one(x.instrument, y.instrument, known) {
        return false;
    }
    match (stage_said(x), stage_said(y)) {
        // One vendor is wrong about the stage: few raise one sum twice within a month.
        (Some(p), Some(q)) if p != q => same_sum && days <= DAYS_SAME_STAGE,
        (Some(_), Some(_)) => alike && days <= DAYS_SAME_STAGE || same_sum && days <= DAYS_SAME_SUM,
        _ => alike && days <= DAYS || same_sum && days <= DAYS_SAME_SUM,
    }
}

/// "Other" is what a source says that does not know. An extension differs from the round that it
/// extends in its sum.
fn may_be_one(x: Instrument, y: Instrument, known: bool) -> bool {
    use Instrument::{Equity, Extension, Other};
    match (x, y) {
        (x, y) if x == y => true,
        (Other, _) | (_, Other) => true,
        (Equity, Extension) | (Extension, Equity) => known,
        _ => false,
    }
}

/// Private equity says who pays; such a round may be any stage.
fn stage_said(round: &Funding) -> Option<FundingStage> {
    round.stage.filter(|stage| *stage != FundingStage::PeBacked)
}

/// How much a report knows of the round: its stage, then what kind of money it is, then the amount.
pub(super) fn detail(round: &Funding) -> u8 {
    u8::from(stage_said(round).is_some()) * 8
        + u8::from(round.instrument != Instrument::Other) * 4
        + u8::from(round.amount_usd.is_some()) * 2
        + u8::from(round.stage.is_some())
}

/// Equal within a share of the larger; an unknown amount contradicts nothing.
pub(super) fn close(x: Option<u64>, y: Option<u64>, percent: u64) -> bool {
    match (x, y) {
        (Some(x), Some(y)) => {
            u128::from(x.abs_diff(y)) * 100 <= u128::from(x.max(y)) * u128::from(percent)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FundingStage::{PeBacked, Seed, SeriesA, SeriesB, SeriesC};

    /// "series_a 3.0": stage, or another word for money, and millions.
    fn round(text: &str) -> Funding {
        let (kind, sum) = text.split_once(' ').unwrap();
        let (stage, instrument) = match kind {
            "venture" => (None, Instrument::Equity),
            "private_equity" => (Some(PeBacked), Instrument::Equity),
            "angel" => (Some(Seed), Instrument::Equity),
            "a_extension" => (Some(SeriesA), Instrument::Extension),
            other => match other.parse() {
                Ok(instrument) => (None, instrument),
                Err(_) => (Some(other.parse().unwrap()), Instrument::Equity),
            },
        };
        let millions = |sum: f64| (sum * 1_000_000.0).round() as u64;
        let amount_usd = sum.parse().ok().map(millions);
        Funding { stage, instrument, amount_usd, lead_investor: None }
    }

    fn is_one(one: &str, other: &str, days: i32) -> bool {
        let (x, y) = (round(one), round(other));
        assert_eq!(same_round(&x, &y, days), same_round(&y, &x, days), "{one} {other}");
        same_round(&x, &y, days)
    }

    #[test]
    fn two_reports_of_one_round_are_one() {
        for (one, other, days) in [
            ("series_a 3.0", "private_equity 3.100003", 9),
            ("venture ?", "private_equity ?", 7),
            ("private_equity 1.2", "series_a ?", 5),
            ("series_a 2.0", "venture 2.45", 1),
            ("series_a 3.3", "private_equity 3.400003", 9),
            ("other 4.0", "series_c 4.1", 14),
            ("series_b 9.0", "series_b ?", 30),
            ("angel ?", "angel ?", 30),
            ("series_b 9.0", "series_b 7.2", 30),
            ("series_b 9.0", "venture 9.1", 45),
            ("series_b 9.0", "series_b 9.0", 45),
            // One of them names the wrong letter.
            ("series_b 9.0", "series_c 9.05", 20),
            ("series_a 5.0", "a_extension 5.0", 3),
            ("debt 5.0", "other 5.0", 3),
        ] {
            assert!(is_one(one, other, days), "{one} {other} {days}");
        }
    }

    #[test]
    fn two_rounds_are_two() {
        for (one, other, days) in [
            ("series_c 50.0", "other 10.0", 0),
            ("angel 0.05", "angel 0.025", 0),
            ("series_a 2.0", "venture 2.6", 1),
            ("series_a 2.0", "venture 2.3", 15),
            ("series_a 2.0", "series_a 2.3", 31),
            ("series_a 2.0", "venture 2.0", 46),
            ("venture ?", "private_equity ?", 15),
            ("angel ?", "series_a ?", 0),
            ("angel ?", "series_a 2.0", 0),
            ("series_a 2.0", "series_b 2.2", 3),
            ("series_a 5.0", "debt 5.0", 0),
            ("series_a 5.0", "grant ?", 0),
            ("series_a 5.0", "a_extension ?", 3),
        ] {
            assert!(!is_one(one, other, days), "{one} {other} {days}");
        }
    }

    #[test]
    fn private_equity_shows_a_stage_only_where_it_can_have_bought_the_company() {
        for (text, shown) in [
            ("private_equity 0.075", None),
            ("private_equity 40", None),
            ("private_equity ?", None),
            ("private_equity 900", Some(PeBacked)),
            ("series_b 0.075", Some(SeriesB)),
            ("series_c ?", Some(SeriesC)),
        ] {
            assert_eq!(stage_shown(&round(text)), shown, "{text}");
        }
    }
}
