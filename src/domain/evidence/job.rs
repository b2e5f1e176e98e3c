//! When two reports are of one post, one closing or one hire.

use super::report::Report;
use super::signal::{Event, Hiring};
use crate::domain::terms::catalogue::HiringAction;
use crate::domain::terms::place::same_place;
use crate::domain::terms::post_title::same_title;

/// A post of the same title and place within this many days is a repost.
pub const REPOST_DAYS: i32 = 60;
/// A post that was shut for this many days is a new need: half a year, after which a company that
/// looks again has decided again.
pub const SHUT_DAYS: i32 = 180;
const HIRED_DAYS: i32 = 45;

/// Whether two reports that lie `days` apart are of one post, one closing or one hire.
pub(super) fn same_job(x: &Hiring, y: &Hiring, same_source: bool, days: i32) -> bool {
    if x.action != y.action {
        return false;
    }
    let within = match x.action {
        HiringAction::Hired => HIRED_DAYS,
        _ => REPOST_DAYS,
    };
    days <= SHUT_DAYS && is_posting(x, y, same_source) || days <= within && is_vacancy(x, y)
}

/// Whether both name one posting of one source.
fn is_posting(x: &Hiring, y: &Hiring, same_source: bool) -> bool {
    same_source && x.posting.is_some() && x.posting == y.posting
}

/// Whether both are of one posting, by the id that their source gives it.
pub fn is_same_posting(x: &Report, y: &Report) -> bool {
    match (&x.event, &y.event) {
        (Event::Hiring(a), Event::Hiring(b)) => is_posting(a, b, x.source == y.source),
        _ => false,
    }
}

/// The same title in the same place, whatever happened to it.
pub fn is_vacancy(x: &Hiring, y: &Hiring) -> bool {
    let place = || match (&x.place, &y.place) {
        (Some(x), Some(y)) => same_place(x, y),
        _ => true,
    };
    same_title(&x.title, &y.title) && place()
}
