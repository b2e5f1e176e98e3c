//! Names of funding rounds to the ordered stages and the instruments.
//!
//! A name is read as people read it: from the left, as far as its words are words of rounds
//! ([`words`]). Behind a dash comes the company's name, in brackets a remark. The stage and the kind of
//! money are two things, and both come out of the same few words.

mod name;
mod words;

use crate::domain::terms::catalogue::{FundingStage as Stage, Instrument};
use crate::domain::terms::term::Term;
use name::Name;
use words::letters_of;

/// Stage and kind of money.
type Round = (Option<Stage>, Instrument);

/// `None`: not the name of a round. A round without a stage ("venture") is equity of an unknown stage.
/// An open-ended name ("series C+") gives its earliest stage.
pub fn parse(text: &str) -> Option<Round> {
    let (outside, remarks) = without_brackets(&glued(text));
    let mut parts = separated(&outside).into_iter();
    let mut round = parts.by_ref().chain(remarks.clone()).find_map(|part| read(&part))?;
    for remark in remarks {
        round = with_remark(round, &remark, |_| true);
    }
    // The rest is the company's name, unless it can hardly be one.
    for part in parts {
        round = with_remark(round, &part, Name::is_no_company);
    }
    Some(round)
}

/// Whether a company that is said to be at such a stage was bought: "private equity" alone says who
/// paid last.
pub fn says_bought(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["backed", "buyout", "buy-out", "lbo", "mbo"].iter().any(|word| lower.contains(word))
}

/// In lower case, and in one piece what a separator would tear: "pre - seed", "Series - A".
fn glued(text: &str) -> String {
    // Some exports hold line ends as two letters. 轮 is "round".
    let mut text = text.to_lowercase().replace("\\n", " ").replace('轮', " round ");
    text = text.replace(['–', '—'], "-");
    for stem in ["pre", "post", "non", "series"] {
        for gap in [" - ", "- ", " -"] {
            text = text.replace(&format!("{stem}{gap}"), &format!("{stem} "));
        }
    }
    text
}

/// The text outside of brackets, and the texts within.
fn without_brackets(text: &str) -> (String, Vec<String>) {
    let (mut outside, mut within, mut depth) = (String::new(), Vec::new(), 0_usize);
    for c in text.chars() {
        match c {
            '(' | '[' => {
                depth += 1;
                within.push(String::new());
                outside.push(' ');
            }
            ')' | ']' => depth = depth.saturating_sub(1),
            c if depth > 0 => within.last_mut().expect("pushed above").push(c),
            c => outside.push(c),
        }
    }
    (outside, within)
}

/// Parts between dashes with a space beside them, and between other signs that end a name.
fn separated(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for sign in [" - ", "- ", " -", ": ", " | ", " @ ", ", "] {
        text = text.replace(sign, "\n");
    }
    text.split('\n').map(str::to_owned).collect()
}

fn read(part: &str) -> Option<Round> {
    let term = Term::parse(part).ok()?;
    Name::of(letters_of(term.as_str())).and_then(|name| name.round())
}

/// A round with what a remark about it adds, where the remark is one about rounds and nothing else.
fn with_remark(round: Round, remark: &str, counts: impl Fn(&Name) -> bool) -> Round {
    let name = Term::parse(remark).ok().and_then(|term| Name::whole(letters_of(term.as_str())));
    let Some(name) = name.filter(counts) else { return round };
    match (round, name.round()) {
        ((None, Instrument::Equity), Some(said)) => said,
        ((None, instrument), Some((stage, _))) if instrument == Instrument::Convertible => {
            (stage, instrument)
        }
        ((Some(_), Instrument::Equity), Some((_, Instrument::Debt))) => (None, Instrument::Debt),
        ((stage, Instrument::Equity), Some((_, instrument)))
            if matches!(instrument, Instrument::Extension | Instrument::Convertible) =>
        {
            (stage, instrument)
        }
        _ => round,
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
            // Money on the way to a round is not the round.
            ("Bridge to Series A", Some(Stage::Seed), I::Extension),
            ("Convertible bridge to Series C", Some(Stage::SeriesB), I::Convertible),
            ("Pre-A round", Some(Stage::Seed), I::Extension),
            ("Pre - Series B", Some(Stage::SeriesA), I::Extension),
            ("PreSeries B", Some(Stage::SeriesA), I::Extension),
            ("Bridge to IPO", Some(Stage::LateStage), I::Extension),
            ("C round extension", Some(Stage::SeriesC), I::Extension),
            ("Pre-seed SAFE", Some(Stage::PreSeed), I::Convertible),
            ("SeriesB", Some(Stage::SeriesB), I::Equity),
            ("Post Series A", Some(Stage::SeriesA), I::Extension),
            ("Series A prime", Some(Stage::SeriesA), I::Equity),
            ("Second tranche of the Series B", Some(Stage::SeriesB), I::Equity),
            ("Series A2 Extension", Some(Stage::SeriesA), I::Extension),
            ("Later Stage VC (Series D)", Some(Stage::SeriesD), I::Equity),
            ("5. Later Stage VC (Series B)", Some(Stage::SeriesB), I::Equity),
            ("Series E (Pre-IPO)", Some(Stage::SeriesE), I::Equity),
            ("Series B (debt)", None, I::Debt),
            ("Convertible Note (Seed)", Some(Stage::Seed), I::Convertible),
            ("Series A - Extension", Some(Stage::SeriesA), I::Extension),
            ("Private\\nEquity", Some(Stage::PeBacked), I::Equity),
            ("Secondary Buyout", Some(Stage::PeBacked), I::Equity),
            ("A轮", Some(Stage::SeriesA), I::Equity),
            ("Fresh funding", None, I::Equity),
            // A company's name is no part of its round.
            ("Series B - Credit Kite", Some(Stage::SeriesB), I::Equity),
            ("Series C: Plus One Kites", Some(Stage::SeriesC), I::Equity),
            ("Series A - Token", Some(Stage::SeriesA), I::Equity),
            ("Venture Round - Debt Free Kites", None, I::Equity),
            ("Grant - Angel Kites", None, I::Grant),
            ("Series B Bridge Kites", Some(Stage::SeriesB), I::Equity),
            ("Pilot Kite - Series A", Some(Stage::SeriesA), I::Equity),
            ("Angel Kites Seed Round", Some(Stage::Seed), I::Equity),
            ("Series A led by Debt Kite Partners", Some(Stage::SeriesA), I::Equity),
            ("Safe Harbor Grant", None, I::Grant),
        ] {
            assert_eq!(parse(name), Some((stage, instrument)), "{name}");
        }
        for name in [
            "",
            "-",
            "lunch",
            "series",
            "series-名",
            "A",
            "Acquisition",
            "Up to Series B",
            "Safe Kites",
            "Merger/Acquisition",
            "Joint venture",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
