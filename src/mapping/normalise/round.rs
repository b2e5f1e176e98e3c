//! Names of funding rounds to the ordered stages and the instruments.

use crate::domain::terms::catalogue::{FundingStage as Stage, Instrument};
use crate::domain::terms::term::Term;

/// `None`: not the name of a round. A round without a stage ("venture") is equity of an unknown stage.
/// An open-ended name ("series C+") gives its earliest stage.
pub fn parse(text: &str) -> Option<(Option<Stage>, Instrument)> {
    let name = Term::parse(text).ok()?;
    let name = name.as_str();
    let words: Vec<&str> = name.split('-').filter(|w| !w.is_empty()).collect();
    // "Serie A", "Round B", "B round".
    let words: Vec<&str> = match words[..] {
        ["serie" | "round", letter] if letter.len() == 1 => vec!["series", letter],
        [letter, "round"] if letter.len() == 1 => vec!["series", letter],
        _ => words,
    };
    let has = |word: &str| words.contains(&word);
    // Between two rounds: an extension of the earlier one.
    if let ["pre", rest @ ..] = &words[..]
        && let Some(next) = series(rest)
        && !has("debt")
    {
        return Some((before(next), Instrument::Extension));
    }
    let stage = series(&words).or_else(|| named_stage(name, &words));
    let instrument = match () {
        () if ["debt", "loan", "loans", "credit", "mezzanine", "bond", "bonds", "notes"]
            .iter()
            .any(|word| has(word))
            && !has("convertible") =>
        {
            Instrument::Debt
        }
        () if has("grant") || has("grants") => Instrument::Grant,
        () if ["convertible", "safe", "note"].iter().any(|word| has(word)) => {
            Instrument::Convertible
        }
        () if has("crowdfunding") || has("crowd") => Instrument::Crowdfunding,
        () if has("secondary") => Instrument::Secondary,
        () if ["bridge", "extension", "ext", "plus"].iter().any(|word| has(word)) => {
            Instrument::Extension
        }
        () if has("ico") || has("coin") || has("token") || has("assistance") => Instrument::Other,
        () if stage.is_some() => Instrument::Equity,
        () if matches!(
            name.strip_suffix("-round").unwrap_or(name),
            "venture"
                | "undisclosed"
                | "series-unknown"
                | "venture-series-unknown"
                | "equity"
                | "unknown"
                | "unattributed"
                | "corporate"
                | "funding"
                | "unspecified"
                | "venture-round-not-specified"
                | "venture-capital"
                | "vc"
                | "early-stage-vc"
                | "later-stage-vc"
                | "strategic"
                | "strategic-investment"
                | "equity-financing"
        ) =>
        {
            Instrument::Equity
        }
        () if matches!(name, "other" | "partial") => Instrument::Other,
        () => return None,
    };
    // Only equity and instruments priced like it show the company's stage.
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

/// The stage that comes before a series.
fn before(stage: Stage) -> Option<Stage> {
    match stage {
        Stage::SeriesA => Some(Stage::Seed),
        Stage::SeriesB => Some(Stage::SeriesA),
        Stage::SeriesC => Some(Stage::SeriesB),
        Stage::SeriesD => Some(Stage::SeriesC),
        Stage::SeriesE => Some(Stage::SeriesD),
        Stage::SeriesF => Some(Stage::SeriesE),
        _ => None,
    }
}

fn named_stage(name: &str, words: &[&str]) -> Option<Stage> {
    let has = |word: &str| words.contains(&word);
    match () {
        () if has("bootstrapped") => Some(Stage::Bootstrapped),
        () if name.starts_with("pre-seed") || has("preseed") || has("accelerator") => {
            Some(Stage::PreSeed)
        }
        // "Series AA" names the share class of early rounds.
        () if ["seed", "seed+", "angel", "aa"].iter().any(|word| has(word)) => Some(Stage::Seed),
        // The last private round before a public offering.
        () if name.starts_with("pre-ipo") || has("preipo") => Some(Stage::LateStage),
        () if name.starts_with("post-ipo")
            || has("ipo")
            || has("public")
            || has("pipe")
            || name == "direct-listing" =>
        {
            Some(Stage::Public)
        }
        () if name.contains("private-equity")
            || name == "pe-backed"
            || name == "pe"
            || has("buyout")
            || has("lbo") =>
        {
            Some(Stage::PeBacked)
        }
        () if name == "growth" || name == "late-stage" || name.starts_with("growth-equity") => {
            Some(Stage::LateStage)
        }
        () if matches!(name, "growth-round" | "growth-capital" | "growth-financing") => {
            Some(Stage::LateStage)
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_names_mean_themselves() {
        use strum::IntoEnumIterator;
        for stage in Stage::iter() {
            let read = parse(&stage.to_string());
            assert_eq!(read, Some((Some(stage), Instrument::Equity)), "{stage}");
        }
        for instrument in Instrument::iter() {
            assert_eq!(parse(&instrument.to_string()), Some((None, instrument)));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_name_makes_it_panic(text in "\\PC{0,40}", word in "(pre)?[ -]?series[ -]\\PC{0,3}") {
            let _ = (parse(&text), parse(&word));
        }
    }

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
            ("Seed+", Some(Stage::Seed), I::Equity),
            ("Series AA", Some(Stage::Seed), I::Equity),
            ("Serie A", Some(Stage::SeriesA), I::Equity),
            ("B round", Some(Stage::SeriesB), I::Equity),
            ("Seed / Angel Funding", Some(Stage::Seed), I::Equity),
            ("pre_seed", Some(Stage::PreSeed), I::Equity),
            ("venture", None, I::Equity),
            ("private-equity", Some(Stage::PeBacked), I::Equity),
            ("post-ipo", Some(Stage::Public), I::Equity),
            ("Pre-IPO", Some(Stage::LateStage), I::Equity),
            ("pre_ipo placement", Some(Stage::LateStage), I::Equity),
            ("Pre-IPO Debt", None, I::Debt),
            ("IPO", Some(Stage::Public), I::Equity),
            ("post_ipo_debt", None, I::Debt),
            ("Venture Debt", None, I::Debt),
            ("equity_crowdfunding", None, I::Crowdfunding),
            ("convertible_note", None, I::Convertible),
            ("grant", None, I::Grant),
            ("other", None, I::Other),
            ("Pre-Series A", Some(Stage::Seed), I::Extension),
            ("pre_series_b_debt", None, I::Debt),
            ("Series A-1", Some(Stage::SeriesA), I::Equity),
            ("Series B Extension", Some(Stage::SeriesB), I::Extension),
            ("seed_bridge", Some(Stage::Seed), I::Extension),
            ("Venture (Round not Specified)", None, I::Equity),
            ("series_unknown", None, I::Equity),
            ("Venture - Series Unknown", None, I::Equity),
            ("Undisclosed Round", None, I::Equity),
            ("Funding Round", None, I::Equity),
            ("Debt Financing", None, I::Debt),
            ("Revolving credit facility", None, I::Debt),
            ("Convertible Notes", None, I::Convertible),
            ("PE", Some(Stage::PeBacked), I::Equity),
            ("post_ipo_secondary", None, I::Secondary),
            ("non_equity_assistance", None, I::Other),
            ("corporate_round", None, I::Equity),
            ("Growth Equity", Some(Stage::LateStage), I::Equity),
        ] {
            assert_eq!(parse(name), Some((stage, instrument)), "{name}");
        }
        for name in ["", "lunch", "series", "series-名"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
