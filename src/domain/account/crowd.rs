//! Several events that count as one, such as three posts in thirty days: each is named, dated and
//! linked.

use super::assess::Assessment;
use super::decision::Piece;
use super::explain::{page, what as said};
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::Event;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::score::intent::{Signs, crowd_of};
use crate::domain::terms::catalogue::HiringAction;
use crate::domain::terms::figures::counted;
use crate::domain::terms::limits::PIECES_MAX;

/// Events that a sentence names; more only where the rule asks for more.
const NAMED: usize = 5;
const NAMED_MAX: usize = 12;

/// The events of a crowd, the newest first. `None` where the rule asks for one event.
pub(super) fn of<'a>(
    a: &Assessment<'a>,
    rule: &CompiledRule,
    last: u16,
) -> Option<Vec<&'a Evidence>> {
    let signs = Signs { facts: a.facts, markets: &[], seen_since: None };
    let crowd = crowd_of(rule, &signs, last);
    let evidence = a.facts.evidence;
    (crowd.len() > 1).then(|| crowd.into_iter().map(|at| &evidence[usize::from(at)]).collect())
}

pub(super) fn pieces(crowd: &[&Evidence]) -> Vec<Piece> {
    let piece = |e: &&Evidence| Piece {
        what: said(e.event()),
        announced: e.day().unwrap_or_default(),
        url: page(&e.lead().url),
    };
    crowd.iter().take(PIECES_MAX).map(piece).collect()
}

/// `posted 3 jobs: SDR (Berlin), SDR (Paris) and Account Executive`, `pricing page (3 times)`.
pub(super) fn what(crowd: &[&Evidence], rule: &CompiledRule) -> String {
    let jobs = crowd.iter().map(|e| match e.event() {
        Event::Hiring(h) => Some(h),
        _ => None,
    });
    let jobs: Option<Vec<_>> = jobs.collect();
    let all = |action| jobs.iter().flatten().all(|h| h.action == action) && jobs.is_some();
    let (lead, verb) = match () {
        () if all(HiringAction::Posted) => {
            (format!("posted {}: ", jobs_of(crowd.len())), "posted ")
        }
        () if all(HiringAction::Hired) => {
            (format!("hired {}: ", counted(crowd.len(), "person")), "hired ")
        }
        () => (String::new(), ""),
    };
    // What happened several times is named once.
    let mut named: Vec<(String, usize)> = Vec::new();
    for event in crowd {
        let text = said(event.event());
        let text = text.strip_prefix(verb).unwrap_or(&text);
        match named.iter_mut().find(|(known, _)| known == text) {
            Some((_, times)) => *times += 1,
            None => named.push((text.to_owned(), 1)),
        }
    }
    let most = usize::from(rule.trigger.at_least().unwrap_or(1)).clamp(NAMED, NAMED_MAX);
    let left = named.len().saturating_sub(most);
    let mut texts: Vec<String> = named
        .into_iter()
        .take(most)
        .map(|(text, times)| if times == 1 { text } else { format!("{text} ({times} times)") })
        .collect();
    if left > 0 {
        texts.push(format!("{left} more"));
    }
    let last = texts.pop().unwrap_or_default();
    let listed = if texts.is_empty() { last } else { format!("{} and {last}", texts.join(", ")) };
    format!("{lead}{listed}")
}

fn jobs_of(n: usize) -> String {
    counted(n, "job")
}
