//! The words of job titles, and short forms of them. Reading a title as people mean it takes long: what is
//! read is kept. It follows from the reports alone, and is worked out when it is first asked for.

use super::job::is_same_posting;
use super::report::Report;
use super::signal::{Event, Hiring};
use crate::domain::Text;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::heap::Heap;
use crate::domain::terms::post_title::{digest, title_key, vacancy_key};
use std::sync::OnceLock;

/// Kept beside the reports of one event. Two of them are always equal: they say nothing of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Titles {
    /// One bit for the title of each report.
    bits: OnceLock<u32>,
    /// The words by which a post is one vacancy.
    vacancy: OnceLock<Text>,
}

impl PartialEq for Titles {
    fn eq(&self, _: &Titles) -> bool {
        true
    }
}

impl Eq for Titles {}

impl Titles {
    /// Of one report, whose bit is known.
    pub(super) fn of(sought: u32) -> Titles {
        Titles { bits: OnceLock::from(sought), ..Titles::default() }
    }

    pub(super) fn vacancy(&self, event: &Event) -> &str {
        self.vacancy.get_or_init(|| match event {
            Event::Hiring(h) => {
                let words = vacancy_key(&h.title, h.place.as_deref());
                Text::from_utf8_lossy(&words)
            }
            _ => Text::default(),
        })
    }

    pub(super) fn bits(&self, reports: &[Report]) -> u32 {
        let of = |r: &Report| posted(r).map_or(0, bit);
        *self.bits.get_or_init(|| reports.iter().map(of).fold(0, |bits, bit| bits | bit))
    }
}

impl Heap for Titles {
    fn heap(&self) -> usize {
        self.vacancy.get().map_or(0, Heap::heap)
    }
}

fn posted(report: &Report) -> Option<&Hiring> {
    match &report.event {
        Event::Hiring(h) => Some(h),
        _ => None,
    }
}

fn bit(h: &Hiring) -> u32 {
    1 << (digest(&title_key(&h.title)) % u32::BITS)
}

/// A report whose event is looked for among what is known.
pub(super) struct Sought<'a> {
    report: &'a Report,
    kind: Kind,
    title: u32,
}

impl<'a> Sought<'a> {
    pub(super) fn of(report: &'a Report) -> Sought<'a> {
        let kind = report.event.kind();
        Sought { report, kind, title: posted(report).map_or(0, bit) }
    }

    /// The bit of its title.
    pub(super) fn title(&self) -> u32 {
        self.title
    }

    /// Whether evidence of this kind, with these reports, may be of the same event: of jobs with the same
    /// title or the same posting, or of anything else of the kind.
    pub(super) fn may_be(&self, kind: Kind, titles: &Titles, reports: &[Report]) -> bool {
        kind == self.kind
            && (kind != Kind::Hiring
                || titles.bits(reports) & self.title != 0
                || reports.iter().any(|r| is_same_posting(r, self.report)))
    }
}
