//! Posts that speak of one need. A company that looks for one person posts the vacancy in ten towns,
//! and again when it is not filled: that is one need, as old as the first of its posts.

use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::job::{REPOST_DAYS, SHUT_DAYS, is_same_posting, is_vacancy};
use crate::domain::evidence::post::closed_before;
use crate::domain::evidence::report::Report;
use crate::domain::evidence::signal::{Event, Hiring};
use crate::domain::terms::catalogue::HiringAction;
use crate::domain::terms::post_title::{TitleKey, vacancy_key};
use crate::domain::terms::time::Day;
use smallvec::SmallVec;

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
    let mut posts: SmallVec<[(TitleKey, Piece<'a>); 8]> = SmallVec::new();
    let mut single: Option<Piece<'a>> = None;
    for piece in matching {
        match posted(piece.2) {
            None => needs.push(Need::from_iter([piece])),
            // Most accounts have one post that matches: it needs no key.
            Some(_) if single.is_none() && posts.is_empty() => single = Some(piece),
            Some(h) => {
                let first = single.take().and_then(|piece| Some((posted(piece.2)?, piece)));
                posts.extend(first.map(|(h, piece)| (key(h), piece)));
                posts.push((key(h), piece));
            }
        }
    }
    needs.extend(single.map(|piece| Need::from_iter([piece])));
    posts.sort_by(|(a, x), (b, y)| (a, x.1, x.0).cmp(&(b, y.1, y.0)));
    for of_title in posts.chunk_by(|a, b| a.0 == b.0) {
        let mut need = Need::new();
        for (_, piece) in of_title {
            if !need.is_empty() && !continues(&need, *piece, all, today) {
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

fn key(h: &Hiring) -> TitleKey {
    vacancy_key(&h.title, h.place.as_deref())
}

/// Whether a later post of the same title speaks of the need still: posted within the time of a
/// repost, or the same post again, that was not shut for long.
fn continues(need: &Need<'_>, later: Piece<'_>, all: &[Evidence], today: Day) -> bool {
    let (Some((_, first, _)), Some(h)) = (need.first(), posted(later.2)) else { return false };
    if later.1.since(*first) <= REPOST_DAYS {
        return true;
    }
    let is_again = |earlier: &Piece<'_>| {
        let last = earlier.2.last_day(today).unwrap_or(earlier.1);
        let same_posting = earlier.2.reports().iter().any(|r| is_of(r, later.2));
        let vacancy = || posted(earlier.2).is_some_and(|e| is_vacancy(e, h));
        if !same_posting && !vacancy() {
            return false;
        }
        let shut = closed_before(all, earlier.2, later.1).filter(|day| *day >= earlier.1);
        match shut {
            Some(shut) => later.1.since(shut) < SHUT_DAYS,
            None => same_posting || later.1.since(last) <= REPOST_DAYS,
        }
    };
    need.iter().any(is_again)
}

/// Whether a report is of a posting that the evidence names too.
fn is_of(report: &Report, evidence: &Evidence) -> bool {
    evidence.reports().iter().any(|other| is_same_posting(report, other))
}
