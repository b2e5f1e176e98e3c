//! Job posts: whether one is still open, and which seats are empty.

use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::job::is_vacancy;
use crate::domain::evidence::post;
use crate::domain::evidence::signal::{Event, Hiring};
use crate::domain::terms::catalogue::{Function, HiringAction, Kind, Seniority};
use crate::domain::terms::titles::classify;

/// A post that no source has closed counts as open for this many days: many are never closed.
const OPEN_DAYS: i32 = 180;

/// Of a job post: whether it is still open, as far as sources say. A post that was seen again after it
/// was closed is open again. `None` of any other event.
pub(super) fn is_open(facts: &Facts<'_>, evidence: &Evidence) -> Option<bool> {
    let post = posted(evidence)?;
    let open = post::is_open(facts.evidence, evidence, facts.today)?;
    let seen = evidence.filed();
    let mut jobs = facts.evidence.iter().filter(|e| e.kind() == Kind::Hiring);
    let is_filled = jobs.any(|other| {
        let Event::Hiring(h) = other.event() else { return false };
        h.action == HiringAction::Hired
            && (is_vacancy(post, h) || is_seat(h, post.function, post.seniority))
            && other.day().is_some_and(|day| day >= seen && day <= facts.today)
    });
    Some(open && !is_filled)
}

fn posted(evidence: &Evidence) -> Option<&Hiring> {
    match evidence.event() {
        Event::Hiring(h) if h.action == HiringAction::Posted => Some(h),
        _ => None,
    }
}

/// The post by which the seat of a title is empty: one that is open, for the same function and rank,
/// where a company has only one such seat.
pub(super) fn empty_seat<'a>(facts: &Facts<'a>, title: &str) -> Option<&'a Hiring> {
    let (function, seniority) = classify(title);
    let posts = facts.evidence.iter().rev().filter(|e| {
        let fresh = |day| (0..=OPEN_DAYS).contains(&facts.today.since(day));
        e.kind() == Kind::Hiring && e.day().is_some_and(fresh)
    });
    posts.filter_map(|e| Some((e, posted(e)?))).find_map(|(e, post)| {
        let same = post.title.eq_ignore_ascii_case(title) && seniority >= Seniority::Manager;
        let seat = same || is_seat(post, function, seniority);
        (seat && !post.agency && is_open(facts, e) == Some(true)).then_some(post)
    })
}

/// Whether a job is the one seat of this function and rank. A team has many representatives and
/// managers; who heads a function is called head of it here and vice president there.
fn is_seat(job: &Hiring, function: Function, seniority: Seniority) -> bool {
    let rank = |seniority: Seniority| match seniority {
        Seniority::Head | Seniority::VicePresident => Some(2),
        Seniority::Director => Some(1),
        Seniority::CLevel => Some(3),
        _ => None,
    };
    // Founders and chief executives are several seats under one function.
    let is_one = !matches!(function, Function::Other | Function::Executive);
    is_one
        && job.function == function
        && rank(seniority).is_some()
        && rank(job.seniority) == rank(seniority)
}
