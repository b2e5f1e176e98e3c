//! Round names onto the ordered scale of stages and the kinds of money.

use crate::domain::catalogue::{FundingStage as Stage, Instrument};
use crate::domain::signal::slug;

/// `None`: not the name of a round. A round without a stage ("venture") is equity of an unknown one.
/// A name that leaves the stage open upwards ("series C+") gives the earliest it allows.
pub fn parse(text: &str) -> Option<(Option<Stage>, Instrument)> {
    let name = slug(text);
    let words: Vec<&str> = name.split('-').filter(|w| !w.is_empty()).collect();
    let has = |word: &str| words.contains(&word);
    let stage = series(&words).or_else(|| named_stage(&name, &words));
    let instrument = match () {
        () if has("debt") || has("loan") => Instrument::Debt,
        () if has("grant") || has("grants") => Instrument::Grant,
        () if has("convertible") || has("safe") || has("note") => Instrument::Convertible,
        () if has("crowdfunding") || has("crowd") => Instrument::Crowdfunding,
        () if has("secondary") => Instrument::Secondary,
        () if has("bridge") || has("extension") || has("plus") => Instrument::Extension,
        () if has("ico") || has("coin") || has("token") || has("assistance") => Instrument::Other,
        () if stage.is_some() => Instrument::Equity,
        () if matches!(
            name.as_str(),
            "venture"
                | "venture-round"
                | "undisclosed"
                | "series-unknown"
                | "equity"
                | "unknown"
                | "unattributed"
                | "corporate-round"
                | "corporate"
                | "funding-round"
                | "unspecified"
        ) =>
        {
            Instrument::Equity
        }
        () if matches!(name.as_str(), "other" | "partial") => Instrument::Other,
        () => return None,
    };
    // Only equity, and what is priced like it, says how far the company has come.
    let stage = match instrument {
        Instrument::Equity | Instrument::Extension | Instrument::Convertible => stage,
        _ => None,
    };
    Some((stage, instrument))
}

/// `series-b`, `series-b2`, `series-c+`, `series-e3-bridge`.
fn series(words: &[&str]) -> Option<Stage> {
    let at = words.iter().position(|w| *w == "series")?;
    let tail = words.get(at + 1)?;
    let letter = tail.chars().next()?;
    let rest = tail[letter.len_utf8()..].trim_end_matches('+');
    if !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match letter {
        'a' => Some(Stage::SeriesA),
        'b' => Some(Stage::SeriesB),
        'c' => Some(Stage::SeriesC),
        'd' => Some(Stage::SeriesD),
        'e' => Some(Stage::SeriesE),
        'f' => Some(Stage::SeriesF),
        'g'..='z' => Some(Stage::LateStage),
        _ => None,
    }
}

fn named_stage(name: &str, words: &[&str]) -> Option<Stage> {
    let has = |word: &str| words.contains(&word);
    match () {
        () if has("bootstrapped") => Some(Stage::Bootstrapped),
        () if name.starts_with("pre-seed") || has("preseed") => Some(Stage::PreSeed),
        () if has("seed") || has("angel") => Some(Stage::Seed),
        () if name.starts_with("post-ipo") || has("ipo") || has("public") => Some(Stage::Public),
        () if name.contains("private-equity") || has("buyout") || has("lbo") => {
            Some(Stage::PeBacked)
        }
        () if name == "growth" || name == "growth-equity" || name == "late-stage" => {
            Some(Stage::LateStage)
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_names_fall_on_the_scale() {
        use Instrument as I;
        for (name, stage, instrument) in [
            ("series-a", Some(Stage::SeriesA), I::Equity),
            ("Series B", Some(Stage::SeriesB), I::Equity),
            ("series_c", Some(Stage::SeriesC), I::Equity),
            ("series-c+", Some(Stage::SeriesC), I::Equity),
            ("series_e3_bridge", Some(Stage::SeriesE), I::Extension),
            ("Series H", Some(Stage::LateStage), I::Equity),
            ("angel", Some(Stage::Seed), I::Equity),
            ("Seed / Angel Funding", Some(Stage::Seed), I::Equity),
            ("pre_seed", Some(Stage::PreSeed), I::Equity),
            ("venture", None, I::Equity),
            ("private-equity", Some(Stage::PeBacked), I::Equity),
            ("post-ipo", Some(Stage::Public), I::Equity),
            ("post_ipo_debt", None, I::Debt),
            ("Venture Debt", None, I::Debt),
            ("equity_crowdfunding", None, I::Crowdfunding),
            ("convertible_note", None, I::Convertible),
            ("grant", None, I::Grant),
            ("other", None, I::Other),
        ] {
            assert_eq!(parse(name), Some((stage, instrument)), "{name}");
        }
        for name in ["", "lunch", "series", "series-ää"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
