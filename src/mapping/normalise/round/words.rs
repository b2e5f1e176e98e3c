//! The words that names of rounds are made of, as lists to extend.

use crate::domain::terms::catalogue::FundingStage as Stage;

/// Words of money that is lent.
pub(super) const DEBT: &str = "\
    debt loan loans credit mezzanine bond bonds notes debenture debentures facility \
    lending revenue royalty";
/// Words that make a round of what stands before them, and alone say only that there was one.
pub(super) const HEADS: &str =
    "round rounds funding fundings financing financings raise runde ronde ronda";
/// Words of a round that does not say its stage.
pub(super) const UNSAID: &str = "\
    venture ventures vc undisclosed unknown unattributed unspecified equity corporate \
    strategic placement investment capital minority disclosed";
/// Words that stand beside others and say nothing of stage or kind.
pub(super) const BESIDE: &str = "\
    series stage early later non not specified new first second third final initial tranche \
    close closing preferred common stock shares share based market sale line of revolving term \
    structured secured product reward offering direct management leveraged pre post to and \
    prime money agreement family incubator expansion transaction take going follow on up between mid 1st \
    2nd 3rd 4th i ii iii";
/// Words that make out a stage or a kind of money. Those in [`DOUBTFUL`] also begin names of companies.
pub(super) const TELLING: &str = "\
    seed seed+ preseed angel angels angle aa accelerator bootstrapped friends ipo preipo \
    public pipe listing private pe backed buyout lbo mbo growth late convertible safe note \
    grant grants crowdfunding crowd secondary bridge extension extended ext plus ico coin \
    token assistance other partial";
/// Companies are called so too: one counts only where the words of a round go on, or end, behind it.
pub(super) const DOUBTFUL: &str = "\
    angel angels bridge plus token coin safe secondary public growth note notes credit private \
    pe crowd late first new capital ventures venture of on and to up prime line market equity \
    strategic corporate i family friends other partial unknown raise investment bond bonds \
    common direct final close grant term product expansion early share shares stock initial \
    second third mid based series facility money offering accelerator sale management \
    placement revenue royalty minority take going";
/// A company can hardly be called so: they may follow a dash.
pub(super) const NO_COMPANY: &str = "\
    series seed pre extension ext debt convertible note notes loan bridge tranche round \
    unknown undisclosed a b c d e f g h";

pub(super) fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// The words of a term, with the spellings of "series A" made one.
pub(super) fn letters_of(term: &str) -> Vec<String> {
    let mut words: Vec<String> =
        term.split('-').filter(|w| !w.is_empty()).flat_map(apart).collect();
    // "5. Later Stage VC": a number of the list, not of the round.
    while words.len() > 1 && words[0].bytes().all(|b| b.is_ascii_digit()) {
        words.remove(0);
    }
    // "Round B", "B round", "B series", "Pre-A": the letter is a series.
    let letter = |words: &[String], at: usize| {
        words.get(at).is_some_and(|word| word.len() == 1 && letter_stage(word).is_some())
    };
    if words.len() == 2 && words[0] == "round" && letter(&words, 1) {
        "series".clone_into(&mut words[0]);
    }
    let at = usize::from(words.first().is_some_and(|word| word == "pre"));
    let head = |at: usize| words.get(at).is_none_or(|word| is_in(HEADS, word));
    let next = words.get(at + 1).map(String::as_str);
    // "A" in front of more words is an article.
    let round = words.len() == at + 2 && head(at + 1) || next == Some("round") && words[at] != "a";
    let named = round || next == Some("series") && head(at + 2);
    if letter(&words, at) && (named || at == 1) {
        words.insert(at, "series".to_owned());
    }
    words
}

/// "seriesb" and "preseries" in two words, "serie" as "series".
fn apart(word: &str) -> Vec<String> {
    let parts = match word {
        "serie" | "ser" => vec!["series"],
        "preseries" => vec!["pre", "series"],
        word => match word.strip_prefix("series") {
            Some(letter) if letter_stage(letter).is_some() => vec!["series", letter],
            _ => vec![word],
        },
    };
    parts.into_iter().map(str::to_owned).collect()
}

/// Whether the word at a place is one that names of rounds are made of.
pub(super) fn is_word(words: &[String], at: usize) -> bool {
    let word = words[at].as_str();
    let behind_series = || {
        let before = words[..at].iter().rev().find(|w| !w.bytes().all(|b| b.is_ascii_digit()));
        before.is_some_and(|before| before == "series" || letter_stage(before).is_some())
    };
    let number = || word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    let lists = [DEBT, HEADS, UNSAID, BESIDE, TELLING];
    lists.iter().any(|list| is_in(list, word))
        || (letter_stage(word).is_some() && at > 0 && behind_series())
        || (number() && at > 0)
}

pub(super) fn is_doubtful(words: &[String], at: usize) -> bool {
    let word = words[at].as_str();
    // A letter or a number belongs to what stands before it, whatever follows.
    is_in(DOUBTFUL, word) && !(at > 0 && words[at - 1] == "series")
}

/// `b`, `b2`, `c+`.
pub(super) fn letter_stage(word: &str) -> Option<Stage> {
    let letter = word.chars().next()?;
    let rest = word[letter.len_utf8()..].trim_end_matches('+');
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

/// The stage that comes before another. `None`: any may.
pub(super) fn before(stage: Stage) -> Option<Stage> {
    match stage {
        Stage::Seed => Some(Stage::PreSeed),
        Stage::SeriesA => Some(Stage::Seed),
        Stage::SeriesB => Some(Stage::SeriesA),
        Stage::SeriesC => Some(Stage::SeriesB),
        Stage::SeriesD => Some(Stage::SeriesC),
        Stage::SeriesE => Some(Stage::SeriesD),
        Stage::SeriesF => Some(Stage::SeriesE),
        Stage::Public => Some(Stage::LateStage),
        _ => None,
    }
}
