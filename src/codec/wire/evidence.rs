//! Evidence in account states and transfers. Exact: decoding gives the encoded value.

use super::Fixed16;
use crate::codec::datum::{Datum, Put, Take, Taken, put_list, record, variants, written};
use crate::codec::symbols::{Code, Open};
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::report::Report;
use crate::domain::evidence::signal;
use crate::domain::evidence::signal::Event;
use crate::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, NewsKind, NoticeChange,
    Seniority, TechnologyAction,
};
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Occurred, Precision, Timestamp};
use crate::domain::terms::units::BasisPoints;
use smallvec::SmallVec;

/// The sources of an account's evidence, each once. Reports refer to them by index, since a few sources
/// send many reports.
#[derive(Default)]
pub(crate) struct Sources<'a>(pub(super) Vec<&'a str>);

pub(crate) struct EvidenceList<'a> {
    pub evidence: &'a [Evidence],
    pub sources: &'a Sources<'a>,
}

written! {
    "buymode.Evidence"
    pub(super) struct EvidenceOut<'a> {
        reports: Reports<'a>,
    }
}

pub(super) struct Reports<'a> {
    pub(super) reports: &'a [Report],
    pub(super) sources: &'a Sources<'a>,
}

record! {
    "buymode.Report"
    pub(crate) struct ReportWire<'a> {
        id: Fixed16,
        source: i32,
        day: i32,
        precision: Open<Precision>,
        first_seen: i64,
        /// Since the first report was seen.
        observed: i64,
        confidence: i32,
        planned: bool,
        baseline: bool,
        corrected: bool,
        url: Option<&'a str>,
        event: EventWire<'a>,
    }
}

variants! {
    pub(super) enum EventWire<'a> {
        Funding as "buymode.FundingEvent" {
            stage: Open<FundingStage>,
            instrument: Code<Instrument>,
            amount_usd: Option<i64>,
            lead_investor: Option<&'a str>,
        }
        Hiring as "buymode.HiringEvent" {
            action: Code<HiringAction>,
            title: &'a str,
            function: Code<Function>,
            seniority: Code<Seniority>,
            place: Option<&'a str>,
            posting: Option<&'a str>,
            agency: bool,
            first_in_function: Option<bool>,
        }
        Headcount as "buymode.HeadcountEvent" {
            total: Option<i64>,
            departments: Vec<Department>,
            growth: Option<Growth>,
        }
        Technology as "buymode.TechnologyEvent" {
            tool: &'a str,
            action: Code<TechnologyAction>,
            category: Option<&'a str>,
        }
        News as "buymode.NewsEvent" {
            kind: Code<NewsKind>,
            summary: Option<&'a str>,
            amount_usd: Option<i64>,
            people: Option<i64>,
            place: Option<&'a str>,
            change: Open<NoticeChange>,
        }
        Engagement as "buymode.EngagementEvent" {
            kind: Code<EngagementKind>,
            contact: Option<&'a str>,
            topic: Option<&'a str>,
        }
    }
}

record! {
    "buymode.DepartmentCount"
    #[derive(Clone, Copy)]
    pub(crate) struct Department {
        function: Code<Function>,
        people: i64,
    }
}

record! {
    "buymode.Growth"
    #[derive(Clone, Copy)]
    pub(super) struct Growth {
        months: i32,
        permille: i32,
    }
}

impl<'a> Sources<'a> {
    pub(crate) fn of(evidence: &'a [Evidence]) -> Sources<'a> {
        let mut sources: Vec<&str> = Vec::new();
        for report in evidence.iter().flat_map(Evidence::reports) {
            if !sources.contains(&report.source.as_str()) {
                sources.push(&report.source);
            }
        }
        Sources(sources)
    }

    /// The index of a source, which must be one of the evidence.
    fn place(&self, source: &str) -> i32 {
        self.0.iter().position(|known| *known == source).map_or(-1, |at| at as i32)
    }
}

impl Put for Sources<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.0.iter(), out);
    }
}

impl Put for EvidenceList<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.pieces(), out);
    }
}

impl<'a> EvidenceList<'a> {
    pub(super) fn pieces(&self) -> impl ExactSizeIterator<Item = EvidenceOut<'a>> {
        let sources = self.sources;
        self.evidence.iter().map(move |piece| EvidenceOut {
            reports: Reports { reports: piece.reports(), sources },
        })
    }
}

impl Put for Reports<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.wires(), out);
    }
}

impl<'a> Reports<'a> {
    pub(super) fn wires(&self) -> impl ExactSizeIterator<Item = ReportWire<'a>> {
        let sources = self.sources;
        self.reports.iter().map(move |report| ReportWire::of(report, sources))
    }
}

/// The list of evidence after the list of its sources.
pub(crate) fn take(from: &mut Datum<'_>) -> Taken<Vec<Evidence>> {
    let sources: SmallVec<[&str; 8]> = Take::take(from)?;
    from.list(|from| {
        let mut reports: SmallVec<[Report; 1]> = SmallVec::new();
        from.each(|from| {
            reports.push(ReportWire::take(from)?.report(&sources)?);
            Ok(())
        })?;
        Evidence::from_reports(reports)
            .ok_or_else(|| "a piece of evidence has no report".to_owned())
    })
}

impl<'a> ReportWire<'a> {
    fn of(report: &'a Report, sources: &Sources<'_>) -> ReportWire<'a> {
        let precision = report.occurred.precision;
        ReportWire {
            id: Fixed16(report.id),
            source: sources.place(&report.source),
            day: report.occurred.day.0,
            precision: super::head::precision(precision),
            first_seen: report.first_seen.0,
            observed: report.observed_at.0.wrapping_sub(report.first_seen.0),
            confidence: report.confidence.get() as i32,
            planned: report.planned,
            baseline: report.baseline,
            corrected: report.corrected,
            url: report.url.as_deref(),
            event: EventWire::of(&report.event),
        }
    }

    fn report(self, sources: &[&str]) -> Result<Report, String> {
        let source = usize::try_from(self.source).ok().and_then(|at| sources.get(at));
        let source = source.ok_or_else(|| format!("invalid source index {}", self.source))?;
        Ok(Report {
            id: self.id.0,
            source: (*source).into(),
            occurred: Occurred {
                day: Day(self.day),
                precision: self.precision.0.unwrap_or(Precision::Unknown),
            },
            first_seen: Timestamp(self.first_seen),
            observed_at: Timestamp(self.first_seen.wrapping_add(self.observed)),
            confidence: basis_points(self.confidence)?,
            planned: self.planned,
            baseline: self.baseline,
            corrected: self.corrected,
            url: self.url.map(Into::into),
            event: self.event.event()?,
        })
    }
}

impl<'a> EventWire<'a> {
    fn of(event: &'a Event) -> EventWire<'a> {
        match event {
            Event::Funding(e) => EventWire::Funding {
                stage: Open(e.stage),
                instrument: Code(e.instrument),
                amount_usd: e.amount_usd.map(bits),
                lead_investor: e.lead_investor.as_deref(),
            },
            Event::Hiring(e) => EventWire::Hiring {
                action: Code(e.action),
                title: &e.title,
                function: Code(e.function),
                seniority: Code(e.seniority),
                place: e.place.as_deref(),
                posting: e.posting.as_deref(),
                agency: e.agency,
                first_in_function: e.first_in_function,
            },
            Event::Headcount(e) => EventWire::Headcount {
                total: e.total.map(i64::from),
                departments: e.departments.iter().map(|(f, n)| Department::of(*f, *n)).collect(),
                growth: e.growth.map(|growth| Growth {
                    months: i32::from(growth.months),
                    permille: growth.permille,
                }),
            },
            Event::Technology(e) => EventWire::Technology {
                tool: e.tool.as_str(),
                action: Code(e.action),
                category: e.category.as_ref().map(Term::as_str),
            },
            Event::News(e) => EventWire::News {
                kind: Code(e.news),
                summary: e.summary.as_deref(),
                amount_usd: e.amount_usd.map(bits),
                people: e.people.map(i64::from),
                place: e.place.as_deref(),
                change: Open(e.change),
            },
            Event::Engagement(e) => EventWire::Engagement {
                kind: Code(e.engagement),
                contact: e.contact.as_deref(),
                topic: e.topic.as_deref(),
            },
        }
    }

    fn event(self) -> Result<Event, String> {
        Ok(match self {
            EventWire::Funding { stage, instrument, amount_usd, lead_investor } => {
                Event::Funding(signal::Funding {
                    stage: stage.0,
                    instrument: instrument.0,
                    amount_usd: amount_usd.map(unbits),
                    lead_investor: lead_investor.map(Into::into),
                })
            }
            EventWire::Hiring {
                action,
                title,
                function,
                seniority,
                place,
                posting,
                agency,
                first_in_function,
            } => Event::Hiring(signal::Hiring {
                action: action.0,
                title: title.into(),
                function: function.0,
                seniority: seniority.0,
                place: place.map(Into::into),
                posting: posting.map(Into::into),
                agency,
                first_in_function,
            }),
            EventWire::Headcount { total, departments, growth } => {
                Event::Headcount(signal::Headcount {
                    total: total.map(count).transpose()?,
                    departments: departments
                        .into_iter()
                        .map(Department::pair)
                        .collect::<Result<_, String>>()?,
                    growth: growth.map(Growth::growth).transpose()?,
                })
            }
            EventWire::Technology { tool, action, category } => {
                Event::Technology(signal::Technology {
                    tool: kept(tool)?,
                    action: action.0,
                    category: category.map(kept).transpose()?,
                })
            }
            EventWire::News { kind, summary, amount_usd, people, place, change } => {
                Event::News(signal::News {
                    news: kind.0,
                    summary: summary.map(Into::into),
                    amount_usd: amount_usd.map(unbits),
                    people: people.map(count).transpose()?,
                    place: place.map(Into::into),
                    change: change.0,
                })
            }
            EventWire::Engagement { kind, contact, topic } => {
                Event::Engagement(signal::Engagement {
                    engagement: kind.0,
                    contact: contact.map(Into::into),
                    topic: topic.map(Into::into),
                })
            }
        })
    }
}

impl Department {
    pub(crate) fn of(function: Function, people: u32) -> Department {
        Department { function: Code(function), people: i64::from(people) }
    }

    pub(crate) fn pair(self) -> Result<(Function, u32), String> {
        Ok((self.function.0, count(self.people)?))
    }
}

impl Growth {
    fn growth(self) -> Result<signal::Growth, String> {
        let months = u16::try_from(self.months).map_err(|e| format!("months: {e}"))?;
        Ok(signal::Growth { months, permille: self.permille })
    }
}

/// A term that we wrote: normalised again, which changes nothing.
pub(crate) fn kept(term: &str) -> Result<Term, String> {
    Term::parse(term).map_err(|why| why.to_string())
}

/// The bits of an amount: exact for any amount; those decoded from outside are far below 2^63.
pub(crate) fn bits(amount: u64) -> i64 {
    amount.cast_signed()
}

pub(crate) fn unbits(amount: i64) -> u64 {
    amount.cast_unsigned()
}

pub(crate) fn count(count: i64) -> Result<u32, String> {
    u32::try_from(count).map_err(|e| format!("invalid count {count}: {e}"))
}

pub(crate) fn basis_points(value: i32) -> Result<BasisPoints, String> {
    BasisPoints::new(i64::from(value))
        .ok_or_else(|| format!("invalid confidence {value}: use 0 to 10000"))
}
