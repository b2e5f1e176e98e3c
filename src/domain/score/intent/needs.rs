//! Posts that speak of one need. A company that looks for one person posts the vacancy in ten towns,
//! and again when it is not filled: that is one need, as old as the first of its posts.

use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::job::{REPOST_DAYS, SHUT_DAYS, is_same_posting, is_vacancy};
use crate::domain::evidence::post::Closings;
use crate::domain::evidence::report::Report;
use crate::domain::evidence::signal::{Event, Hiring};
use crate::domain::terms::catalogue::HiringAction;
use crate::domain::terms::time::Day;
use smallvec::SmallVec;
use std::cell::LazyCell;

/// Evidence of one need: its place, the day from which it counts, and itself.
pub(super) type Piece<'a> = (u16, Day, &'a Evidence);

/// Pieces of evidence that are one need, the oldest first.
pub(super) type Need<'a> = SmallVec<[Piece<'a>; 1]>;

/// Groups evidence that matches a rule, in the order of the first of each need. A person hired is a
/// need of its own.
pub(super) fn needs<'a>(
    matching: impl Iterator<Item = Piece<'a>>,
    all: &[Evidence],
    today: Day,
) -> SmallVec<[Need<'a>; 8]> {
    let mut needs: SmallVec<[Need<'a>; 8]> = SmallVec::new();
    let mut posts: SmallVec<[Piece<'a>; 8]> = SmallVec::new();
    let mut single: Option<Piece<'a>> = None;
    for piece in matching {
        match posted(piece.2) {
            None => needs.push(Need::from_iter([piece])),
            // Most accounts have one post that matches: it needs no key.
            Some(_) if single.is_none() && posts.is_empty() => single = Some(piece),
            Some(_) => posts.extend(single.take().into_iter().chain([piece])),
        }
    }
    needs.extend(single.map(|piece| Need::from_iter([piece])));
    let mut posts: SmallVec<[(&str, Piece<'a>); 8]> =
        posts.into_iter().map(|piece| (piece.2.vacancy(), piece)).collect();
    posts.sort_unstable_by_key(|(words, (place, day, _))| (*words, *day, *place));
    let closings = LazyCell::new(|| Closings::of(all));
    let closed = |post: &Evidence, day: Day| closings.last_before(post, day);
    for of_title in posts.chunk_by(|a, b| a.0 == b.0) {
        let mut need = Need::new();
        for (_, piece) in of_title {
            if !need.is_empty() && !continues(&need, *piece, today, closed) {
                needs.push(std::mem::take(&mut need));
            }
            need.push(*piece);
        }
        needs.push(need);
    }
    needs.sort_by_key(|need| need.first().map(|(place, day, _)| (*day, *place)));
    needs
}

fn posted(evidence: &Evidence) -> Option<&Hiring> {
    match evidence.event() {
        Event::Hiring(h) if h.action == HiringAction::Posted => Some(h),
        _ => None,
    }
}

/// Whether a later post of the same title speaks of the need still: posted within the time of a
/// repost, or the same post again, that was not shut for long.
/// `closed`: the last day before another on which a post was closed.
fn continues(
    need: &Need<'_>,
    later: Piece<'_>,
    today: Day,
    closed: impl Fn(&Evidence, Day) -> Option<Day>,
) -> bool {
    let (Some((_, first, _)), Some(h)) = (need.first(), posted(later.2)) else { return false };
    if later.1.since(*first) <= REPOST_DAYS {
        return true;
    }
    let is_again = |earlier: &Piece<'_>| {
        let last = earlier.2.last_day(today).unwrap_or(earlier.1);
        let same_posting = earlier.2.reports().iter().any(|r| is_of(r, later.2));
        let shut = closed(earlier.2, later.1).filter(|day| *day >= earlier.1);
        let is_near = match shut {
            Some(shut) => later.1.since(shut) < SHUT_DAYS,
            None => same_posting || later.1.since(last) <= REPOST_DAYS,
        };
        // Reading titles and places takes longest.
        is_near && (same_posting || posted(earlier.2).is_some_and(|e| is_vacancy(e, h)))
    };
    // The nearest first: it is the most likely one.
    need.iter().rev().any(is_again)
}

/// Whether a report is of a posting that the evidence names too.
fn is_of(report: &Report, evidence: &Evidence) -> bool {
    evidence.reports().iter().any(|other| is_same_posting(report, other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::signal::Signal;
    use crate::domain::terms::post_title::{digest, title_key};
    use crate::domain::terms::time::{Occurred, Precision, Timestamp};
    use crate::domain::terms::titles::classify;
    use crate::domain::terms::units::BasisPoints;
    use uuid::Uuid;

    fn post(number: i32, title: &str) -> Evidence {
        let (function, seniority) = classify(title);
        let signal = Signal {
            id: Uuid::from_u128(number as u128),
            source: "board".into(),
            occurred: Occurred { day: Day(20_000 + number), precision: Precision::Day },
            observed_at: Timestamp(0),
            confidence: BasisPoints::FULL,
            evidence_url: None,
            planned: false,
            baseline: false,
            supersedes: None,
            event: Event::Hiring(Hiring {
                action: HiringAction::Posted,
                title: title.into(),
                function,
                seniority,
                place: None,
                posting: None,
                agency: false,
                first_in_function: None,
            }),
        };
        Evidence::new(Report::of(&signal, Timestamp(0)))
    }

    #[test]
    fn titles_with_the_same_short_form_are_of_different_needs() {
        let titles = ["Junior Glazier Forest Port", "Night Printer Market Island"];
        let [one, other] = titles.map(|title| digest(&title_key(title)));
        assert_eq!(one, other, "made to collide");
        let said = [titles[0], titles[1], "Night Printer, Market Island", titles[0], "Glazier"];
        let posts: Vec<Evidence> = (0..).zip(said).map(|(n, title)| post(n, title)).collect();
        let all = posts.iter().enumerate().map(|(at, e)| (at as u16, Day(20_000 + at as i32), e));
        let needs = needs(all, &posts, Day(20_100));
        let places = |need: &Need<'_>| need.iter().map(|(at, ..)| *at).collect::<Vec<_>>();
        assert_eq!(needs.iter().map(places).collect::<Vec<_>>(), [vec![0, 3], vec![1, 2], vec![4]]);
    }
}
