//! A timeline in words: `day 5 hiring "Head of Sales" (applied) → entered urgent route=ae [buying]`.
//!
//! After the record, in any order: its verdict in round brackets, the account's stage in square
//! ones, and behind the arrow every decision that followed, in order, separated by `+`. Of a
//! decision each word must be true (see `words_of`); decisions that are not foretold are errors.

use super::records::entry_of;
use crate::fold::{Entry, Fold, Network, Record};
use buymode::domain::account::decision::Decision;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::terms::time::{DAY_MS, Day, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A Thursday.
pub(super) const BEGIN: Day = Day(20_454);

/// A timeline of several accounts: a line may begin with `acme.io:`; else it is about acme.com.
/// `merge into=KEY` and `undo into=KEY` are asked of the account; what accounts then send each other
/// arrives at once. The decisions foretold may be of any of them; `of=KEY` says of which.
pub(super) fn play_all(
    profiles: &[Arc<CompiledProfile>],
    accounts: &[&str],
    text: &str,
) -> Network {
    let mut net = Network::new(accounts, BEGIN);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (said, foretold) = line.split_once('→').unwrap_or((line, ""));
        let (account, said) = match said.split_once(": ") {
            Some((account, said)) => (account, said),
            None => ("acme.com", said),
        };
        let said = bracketed(said.trim());
        let (day, words) = day_of(&said.text, line);
        let time = Timestamp(day.start().0 + DAY_MS * 10 / 24 + number as i64 * 60_000);
        let before: Vec<usize> = net.folds.values().map(|fold| fold.decisions.len()).collect();
        net.read(account, time, &entry_of(&words, account, time, profiles));
        let verdict = net.fold(account).verdicts.last().map(ToString::to_string);
        net.deliver_all();
        net.read(account, time, &Entry::Tick);
        let new = net.folds.values().zip(before);
        let new: Vec<Decision> = new.flat_map(|(f, n)| f.decisions[n..].to_vec()).collect();
        compare(line, &new, foretold);
        if let Some(foretold) = said.verdict {
            assert_eq!(verdict, Some(foretold), "{line}");
        }
        if let Some(stage) = said.stage {
            assert_eq!(net.fold(account).state.stage().to_string(), stage, "{line}");
        }
    }
    net
}

pub(super) fn play(profiles: &[Arc<CompiledProfile>], text: &str) -> Fold {
    let mut fold = Fold::new("acme.com", BEGIN);
    let mut last: Option<Record> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (said, foretold) = line.split_once('→').unwrap_or((line, ""));
        let said = bracketed(said.trim());
        let (day, words) = day_of(&said.text, line);
        // Ten in the morning, a minute a line.
        let time = Timestamp(day.start().0 + DAY_MS * 10 / 24 + number as i64 * 60_000);
        let entry = match words.as_str() {
            "again" => last.as_ref().expect("there is a record before").entry.clone(),
            words => entry_of(words, "acme.com", time, profiles),
        };
        let record = Record { offset: number as i64, time, entry };
        let before = fold.decisions.len();
        fold.read(&record);
        // An activation takes effect when the account is looked at: here, at once.
        fold.read(&Record { entry: crate::fold::Entry::Tick, ..record.clone() });
        compare(line, &fold.decisions[before..], foretold);
        if let Some(verdict) = said.verdict {
            assert_eq!(fold.verdicts.last().unwrap().to_string(), verdict, "{line}");
        }
        if let Some(stage) = said.stage {
            assert_eq!(fold.state.stage().to_string(), stage, "{line}");
        }
        last = Some(record);
    }
    fold
}

struct Said {
    text: String,
    verdict: Option<String>,
    stage: Option<String>,
}

fn bracketed(text: &str) -> Said {
    let mut said = Said { text: String::new(), verdict: None, stage: None };
    let mut rest = text.to_owned();
    for (open, close, into) in [('(', ')', &mut said.verdict), ('[', ']', &mut said.stage)] {
        if let (Some(from), Some(to)) = (rest.find(open), rest.find(close)) {
            *into = Some(rest[from + 1..to].to_owned());
            rest.replace_range(from..=to, "");
        }
    }
    said.text = rest.trim().to_owned();
    said
}

fn day_of(text: &str, line: &str) -> (Day, String) {
    let mut words = text.splitn(3, ' ');
    assert_eq!(words.next(), Some("day"), "{line}");
    let day: i32 = words.next().and_then(|n| n.parse().ok()).expect(line);
    (BEGIN.plus(day), words.next().unwrap_or("tick").trim().to_owned())
}

fn compare(line: &str, decisions: &[Decision], foretold: &str) {
    let foretold: Vec<&str> =
        foretold.split('+').map(str::trim).filter(|words| !words.is_empty()).collect();
    let shown: Vec<String> = decisions.iter().map(shown).collect();
    assert_eq!(decisions.len(), foretold.len(), "\n{line}\ngave {shown:#?}");
    for (decision, words) in decisions.iter().zip(foretold) {
        let true_of_it = words_of(decision);
        for word in words.split_whitespace() {
            assert!(true_of_it.contains(word), "\n{line}\n{word:?} is not true of {true_of_it:?}");
        }
    }
}

fn shown(d: &Decision) -> String {
    format!("{} ({:?})", d.headline, words_of(d))
}

/// What can be foretold of a decision.
fn words_of(d: &Decision) -> BTreeSet<String> {
    let day = |day: Day| day.since(BEGIN);
    let mut words: BTreeSet<String> = [
        d.kind.to_string(),
        d.priority.to_string(),
        d.tier.to_string(),
        format!("by={}", d.origin),
        format!("on={}", day(d.decided_at.day())),
        format!("route={}", d.route),
        format!("arm={}", d.arm),
        format!("segment={}", d.segment),
        format!("product={}", d.product),
        format!("score={}", d.intent.score),
        format!("fit={}..{}", d.fit.lower, d.fit.upper),
        format!("band={}", d.band),
    ]
    .into();
    words.insert(format!("of={}", d.account));
    words.extend(d.entered_as.iter().map(|account| format!("entered_as={account}")));
    words.extend(d.previous_tier.map(|tier| format!("was={tier}")));
    words.extend(d.leaves_on.map(|on| format!("leaves={}", day(on))));
    words.extend(d.sla_deadline.map(|at| format!("sla={}", &at.to_rfc3339()[..16])));
    words.extend(d.missing.iter().map(|name| format!("missing={name}")));
    words.extend(d.owner.iter().map(|owner| format!("owner={owner}")));
    if let Some(exit) = d.exit {
        let (reason, advice): (&str, &str) = (exit.reason.into(), exit.advice.into());
        words.extend([reason.to_owned(), advice.to_owned(), format!("ends={}", exit.entered)]);
        words.extend(exit.outcome.map(|o| format!("outcome={o}")));
        words.extend(exit.cooldown_until.map(|until| format!("cooldown={}", day(until))));
    }
    for c in &d.intent.contributions {
        words.insert(format!("{}={}", c.rule, c.contribution));
    }
    words
}
