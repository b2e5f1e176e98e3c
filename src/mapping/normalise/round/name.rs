//! The name of a round, read word by word.

use super::Round;
use super::words::{
    DEBT, HEADS, NO_COMPANY, TELLING, UNSAID, before, is_doubtful, is_in, is_word, letter_stage,
};
use crate::domain::terms::catalogue::{FundingStage as Stage, Instrument};

/// A run of words that name a round.
pub(super) struct Name {
    words: Vec<String>,
}

impl Name {
    /// The first run of words in which a round is named.
    pub(super) fn of(words: Vec<String>) -> Option<Name> {
        let bought = ["merger", "acquisition", "acquired", "joint"];
        if words.starts_with(&["up".to_owned(), "to".to_owned()])
            || words.iter().any(|word| bought.contains(&word.as_str()))
        {
            return None;
        }
        let mut from = 0;
        while from < words.len() {
            let Some(first) = (from..words.len()).find(|at| is_word(&words, *at)) else { break };
            let end = (first..words.len()).find(|at| !is_word(&words, *at)).unwrap_or(words.len());
            let mut run = first..end;
            // In front of a word that is none of a round, the last words may begin a company's name.
            while end < words.len() && !run.is_empty() && is_doubtful(&words, run.end - 1) {
                run.end -= 1;
            }
            let name = Name { words: words[run.clone()].to_vec() };
            // "Fresh funding" is funding, whatever fresh is; "lunch round" is none of many words.
            let known = name.tells() || first == 0 || end == words.len() && first <= 2;
            if known && name.round().is_some() {
                return Some(name);
            }
            from = end;
        }
        None
    }

    /// The same where every word is one of a round.
    pub(super) fn whole(words: Vec<String>) -> Option<Name> {
        let whole = !words.is_empty() && (0..words.len()).all(|at| is_word(&words, at));
        whole.then_some(Name { words })
    }

    pub(super) fn is_no_company(&self) -> bool {
        self.words
            .iter()
            .all(|word| is_in(NO_COMPANY, word) || word.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Whether it names more than the fact that there was a round.
    fn tells(&self) -> bool {
        let tells = |word: &String| [TELLING, DEBT, UNSAID].iter().any(|list| is_in(list, word));
        self.series().is_some() || self.words.iter().any(tells)
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    fn has_any(&self, list: &str) -> bool {
        self.words.iter().any(|word| is_in(list, word))
    }

    /// Whether the words stand in this order, one after the other.
    fn says(&self, phrase: &[&str]) -> bool {
        self.words.windows(phrase.len()).any(|run| run.iter().eq(phrase.iter()))
    }

    fn begins(&self, word: &str) -> bool {
        self.words.first().is_some_and(|first| first == word)
    }

    pub(super) fn round(&self) -> Option<Round> {
        let debt = self.has_any(DEBT) && !self.has("convertible");
        // Between two rounds: an extension of the earlier one.
        if let Some(next) = self.next().filter(|_| !debt) {
            let lent = self.has("convertible");
            let instrument = if lent { Instrument::Convertible } else { Instrument::Extension };
            return Some((before(next), instrument));
        }
        let stage = self.series().or_else(|| self.stage());
        let instrument = self.instrument(debt, stage)?;
        // Only equity and instruments priced like it show the company's stage.
        let priced = matches!(
            instrument,
            Instrument::Equity | Instrument::Extension | Instrument::Convertible
        );
        Some((stage.filter(|_| priced), instrument))
    }

    fn instrument(&self, debt: bool, stage: Option<Stage>) -> Option<Instrument> {
        let safe = self.has("safe")
            && (self.words.last().is_some_and(|word| word == "safe")
                || self.has_any("note money agreement")
                || self.has_any(HEADS));
        Some(match () {
            () if debt => Instrument::Debt,
            () if self.has_any("grant grants") => Instrument::Grant,
            () if safe || self.has_any("convertible note") => Instrument::Convertible,
            () if self.has_any("crowdfunding crowd") => Instrument::Crowdfunding,
            () if self.has("secondary") && stage != Some(Stage::PeBacked) => Instrument::Secondary,
            () if self.has_any("bridge extension extended ext plus") => Instrument::Extension,
            () if self.begins("post") && self.says_stage_after_post() => Instrument::Extension,
            () if self.says(&["between", "series"]) => Instrument::Extension,
            () if self.has_any("ico coin token assistance") => Instrument::Other,
            () if stage.is_some() => Instrument::Equity,
            () if self.has_any("other partial") => Instrument::Other,
            () if self.has_any(UNSAID) || self.has_any(HEADS) => Instrument::Equity,
            () => return None,
        })
    }

    /// The round that the money leads to: "pre-series A", "bridge to series B", "bridge to IPO".
    fn next(&self) -> Option<Stage> {
        let to = self.words.iter().position(|word| word == "to").filter(|_| self.has("bridge"));
        if to.is_none() && !(self.begins("pre") && self.series().is_some()) {
            return None;
        }
        let behind = Name { words: self.words[to.map_or(0, |at| at + 1)..].to_vec() };
        behind.series().or_else(|| behind.stage())
    }

    /// "Post series A", "post seed": after it, and not yet at the next; "post IPO" is another thing.
    fn says_stage_after_post(&self) -> bool {
        self.words.get(1).is_some_and(|next| next == "series" || next == "seed")
    }

    /// `series-b`, `series-b2`, `series-c+`, `series-e3-bridge`: the first of several.
    fn series(&self) -> Option<Stage> {
        let at = self.words.iter().position(|word| word == "series")?;
        letter_stage(self.words.get(at + 1)?)
    }

    fn stage(&self) -> Option<Stage> {
        match () {
            () if self.has("bootstrapped") => Some(Stage::Bootstrapped),
            () if self.says(&["pre", "seed"])
                || self.has_any("preseed accelerator incubator")
                || self.says(&["friends", "family"])
                || self.says(&["friends", "and", "family"]) =>
            {
                Some(Stage::PreSeed)
            }
            // "Series AA" names the share class of early rounds.
            () if self.has_any("seed seed+ angel angels angle aa") => Some(Stage::Seed),
            // The last private round before a public offering.
            () if self.says(&["pre", "ipo"]) || self.has("preipo") => Some(Stage::LateStage),
            () if self.has_any("buyout lbo mbo")
                || self.says(&["take", "private"])
                || self.says(&["going", "private"]) =>
            {
                Some(Stage::PeBacked)
            }
            () if self.has_any("ipo public pipe")
                || self.says(&["direct", "listing"])
                || self.says(&["follow", "on", "offering"]) =>
            {
                Some(Stage::Public)
            }
            () if self.has("growth") || self.says(&["late", "stage"]) => Some(Stage::LateStage),
            () if self.says(&["private", "equity"]) || self.has("pe") => Some(Stage::PeBacked),
            () => None,
        }
    }
}
