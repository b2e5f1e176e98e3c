//! Remarks on the words of a profile: one that no list knows is more often misspelt than new.

use super::Advice;
use crate::domain::evidence::company::Attribute;
use crate::domain::profile::Profile;
use crate::domain::profile::rules::Rule;
use crate::domain::profile::when::{TermTest, When, vocabulary};
use crate::domain::terms::term::Term;
use crate::domain::terms::vocabulary::{INDUSTRIES, TOOL_CATEGORIES, TOOLS, Vocabulary};

/// More words of a list are not written out.
const LISTED_MAX: usize = 16;

pub(super) fn spelling(profile: &Profile, advice: &mut Advice) {
    for (at, when) in conditions(profile) {
        condition(&at, when, advice);
    }
    for (at, rule) in rules(profile) {
        if let Some(m) = &rule.technology {
            list(&format!("{at}.technology.any_of"), &m.any_of, &TOOLS, "tool", advice);
            let at = format!("{at}.technology.categories");
            list(&at, &m.categories, &TOOL_CATEGORIES, "kind of tool", advice);
        }
        if let Some(m) = &rule.uses {
            list(&format!("{at}.uses.any_of"), &m.any_of, &TOOLS, "tool", advice);
        }
    }
}

/// The remark on one word of a file that is not a profile yet, by the path of its key:
/// `fit.criteria[2].when.industry`. `None` for words that are fine, and below keys without a list.
pub fn misspelt(path: &str, word: &str) -> Option<String> {
    let word = Term::parse(word).ok()?;
    let keys: Vec<&str> = path.split('.').map(|k| k.split('[').next().unwrap_or(k)).collect();
    let tests = ["any_of", "all_of", "none_of"];
    let named = keys.iter().rposition(|key| !tests.contains(key))?;
    let (key, test) = (keys[named], keys.get(named + 1));
    let mut advice = Advice(Vec::new());
    match key {
        "technologies" => nearly(path, &word, &TOOLS, "tool", &mut advice),
        "technology" | "uses" if test.is_some() => {
            nearly(path, &word, &TOOLS, "tool", &mut advice);
        }
        "categories" => nearly(path, &word, &TOOL_CATEGORIES, "kind of tool", &mut advice),
        key => {
            let asks = matches!(keys.first(), Some(&"fit" | &"segments"));
            let attribute = key.parse::<Attribute>().ok().filter(|_| asks)?;
            let words = vocabulary(attribute)?;
            if words.thing(&word).is_none() {
                let what = attribute.to_string().replace('_', " ");
                unknown(path, &word, words, &what, &mut advice);
            }
        }
    }
    advice.0.pop().map(|finding| finding.problem)
}

/// Every condition about a company, with its place.
pub(super) fn conditions(profile: &Profile) -> Vec<(String, &When)> {
    let criteria = profile.fit.criteria.iter();
    let criteria = criteria.map(|c| (format!("fit.criteria[{}].when", c.name), &c.when));
    let exclusions = profile.fit.exclusions.iter();
    let exclusions = exclusions.map(|e| (format!("fit.exclusions[{}].when", e.name), &e.when));
    let segments = profile.segments.iter().flat_map(|s| {
        let at = format!("segments[{}]", s.segment);
        let own = s.when.iter().map({
            let at = at.clone();
            move |when| (format!("{at}.when"), when)
        });
        let criteria = s.criteria.iter();
        own.chain(criteria.map(move |c| (format!("{at}.criteria[{}].when", c.name), &c.when)))
    });
    criteria.chain(exclusions).chain(segments).collect()
}

/// Every rule, with its place.
pub(super) fn rules(profile: &Profile) -> Vec<(String, &Rule)> {
    let primary = profile.intent.rules.iter().map(|r| (format!("intent.rules[{}]", r.name), r));
    let segments = profile.segments.iter().flat_map(|s| {
        s.rules.iter().map(|r| (format!("segments[{}].rules[{}]", s.segment, r.name), r))
    });
    primary.chain(segments).collect()
}

fn condition(at: &str, when: &When, advice: &mut Advice) {
    for (attribute, test) in when.term_tests() {
        let Some(words) = vocabulary(attribute) else { continue };
        let (at, what) = (format!("{at}.{attribute}"), attribute.to_string().replace('_', " "));
        let industry = std::ptr::eq(words, &*INDUSTRIES);
        for word in test.words() {
            match words.thing(word) {
                // Many names of an industry are as good as ours; a status has one.
                Some(thing) if thing.word == *word || industry || what == "country" => {}
                Some(thing) => {
                    let (said, meant) = (word.as_str(), thing.word.as_str());
                    let says = format!("{said:?} is read as {meant:?}; use {meant:?}");
                    advice.add(what != "operates in", &*at, says);
                }
                None => unknown(&at, word, words, &what, advice),
            }
        }
    }
    if let Some(test) = &when.technologies {
        let named: Vec<Term> = TermTest::words(test).cloned().collect();
        list(&format!("{at}.technologies"), &named, &TOOLS, "tool", advice);
    }
    for inner in when.all.iter().chain(&when.any).chain(when.not.as_deref()) {
        condition(at, inner, advice);
    }
}

/// There are more tools, and markets, than any list has: only one that is nearly a known one is
/// remarked.
fn list(at: &str, named: &[Term], words: &Vocabulary, what: &str, advice: &mut Advice) {
    for word in named {
        nearly(at, word, words, what, advice);
    }
}

fn nearly(at: &str, word: &Term, words: &Vocabulary, what: &str, advice: &mut Advice) {
    if words.thing(word).is_none() && words.nearest(word).is_some() {
        unknown(at, word, words, what, advice);
    }
}

fn unknown(at: &str, word: &Term, words: &Vocabulary, what: &str, advice: &mut Advice) {
    let said = word.as_str();
    let says = match words.nearest(word) {
        Some(near) => format!("unknown {what} {said:?}; did you mean {:?}?", near.as_str()),
        None if what == "operates in" => return,
        None if words.words().count() <= LISTED_MAX => {
            let all: Vec<&str> = words.words().map(Term::as_str).collect();
            format!("unknown {what} {said:?}; the known ones are {}", all.join(", "))
        }
        None => format!(
            "unknown {what} {said:?}: only companies whose source writes exactly this match; use a \
             word of deploy/mappings/industries.yaml"
        ),
    };
    advice.add(true, at, says);
}
