//! A trigger signal: one report, by one source, of one event at one account.

use crate::domain::Text;
use crate::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, Kind, NewsKind, NoticeChange,
    Seniority, TechnologyAction,
};
use crate::domain::terms::limits;
use crate::domain::terms::plain::plain;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Occurred, Timestamp};
use crate::domain::terms::units::BasisPoints;
use serde::Serialize;
use uuid::Uuid;

/// A signal's id, unique over all sources. Ingest derives it from source, kind and source record
/// id, so that a vendor's retry, and its later deletion, name the same signal.
pub type SignalId = Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signal {
    pub id: SignalId,
    pub source: Text,
    pub occurred: Occurred,
    pub observed_at: Timestamp,
    pub confidence: BasisPoints,
    /// Where a person can read about it; the first is kept.
    pub evidence_url: Option<Text>,
    /// Announced for later, or merely intended: no fact yet.
    pub planned: bool,
    /// Part of a vendor's first dump: known from now on, but no news.
    pub baseline: bool,
    /// The earlier signal that this one corrects.
    pub supersedes: Option<SignalId>,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    Funding(Funding),
    Hiring(Hiring),
    Headcount(Headcount),
    Technology(Technology),
    News(News),
    Engagement(Engagement),
}

impl Event {
    pub fn kind(&self) -> Kind {
        match self {
            Event::Funding(_) => Kind::Funding,
            Event::Hiring(_) => Kind::Hiring,
            Event::Headcount(_) => Kind::Headcount,
            Event::Technology(_) => Kind::Technology,
            Event::News(_) => Kind::News,
            Event::Engagement(_) => Kind::Engagement,
        }
    }

    /// Whether it amends or takes back what the same source said before.
    pub fn changes_notice(&self) -> bool {
        matches!(self, Event::News(news) if news.change.is_some())
    }

    pub fn is_inbound_request(&self) -> bool {
        matches!(self, Event::Engagement(e) if e.engagement.is_inbound_request())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Funding {
    /// `None`: the source does not say ("venture round").
    pub stage: Option<FundingStage>,
    pub instrument: Instrument,
    /// Whole US dollars.
    pub amount_usd: Option<u64>,
    pub lead_investor: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Hiring {
    pub action: HiringAction,
    pub title: Text,
    pub function: Function,
    pub seniority: Seniority,
    pub place: Option<Text>,
    /// The source's id of the post, where one names it.
    pub posting: Option<Text>,
    /// Posted by a staffing agency for one of its clients.
    pub agency: bool,
    /// `None`: the source would not know.
    pub first_in_function: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Headcount {
    pub total: Option<u32>,
    /// Sorted by function, no function twice.
    pub departments: Vec<(Function, u32)>,
    /// Growth as the vendor gives it, where it gives no counts.
    pub growth: Option<Growth>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Growth {
    pub months: u16,
    /// Tenths of a percent; negative is decline.
    pub permille: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Technology {
    /// As in the catalogue (`salesforce`).
    pub tool: Term,
    pub action: TechnologyAction,
    pub category: Option<Term>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct News {
    pub news: NewsKind,
    pub summary: Option<Text>,
    pub amount_usd: Option<u64>,
    /// People concerned: laid off, hired.
    pub people: Option<u32>,
    /// The site that a notice is of.
    pub place: Option<Text>,
    /// `None`: a notice of its own, or no notice.
    pub change: Option<NoticeChange>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Engagement {
    pub engagement: EngagementKind,
    /// Who, as the source names them (an id, never a mail address).
    pub contact: Option<Text>,
    /// As the source writes it, for people; compared as a term.
    pub topic: Option<Text>,
}

/// Cuts a text to [`limits::TEXT_BYTES_MAX`] at a character, and drops what is blank. What would command
/// a terminal, turn the direction of a line or hide is taken out, see [`plain`].
pub fn bounded(text: &str) -> Option<Text> {
    let text = plain(text);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let mut end = text.len().min(limits::TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Some(Text::new(&text[..end]))
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn a_text_from_outside_commands_no_terminal() {
        for (text, kept) in [
            ("VP Sales", Some("VP Sales")),
            ("VP\tSales\n", Some("VP Sales")),
            ("VP\u{1b}[31m Sales", Some("VP [31m Sales")),
            ("\u{9b}2J\u{7}", Some("2J")),
            ("\u{202e}selaS PV", Some("selaS PV")),
            ("\u{1b}\u{0}", None),
            ("がたろう – Müller", Some("がたろう – Müller")),
        ] {
            assert_eq!(bounded(text).as_deref(), kept, "{text:?}");
        }
    }
}
