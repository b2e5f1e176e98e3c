//! The six kinds of signals.

use super::check::{amount, known, optional, people, required, terms};
use super::head::{Head, Whose, signal_record};
use crate::codec::datum::record;
use crate::codec::error::Flaw;
use crate::codec::symbols::Open;
use crate::domain::account::input::Input;
use crate::domain::evidence::signal;
use crate::domain::evidence::signal::Event;
use crate::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, NewsKind, NoticeChange,
    Seniority, TechnologyAction,
};
use crate::domain::terms::figures::counted;
use crate::domain::terms::limits::TERMS_MAX;
use crate::domain::terms::term::Term;
use crate::domain::terms::titles::classify;

signal_record! {
    "buymode.Funding" Funding<'a> of Whose<'a> {
        stage: Open<FundingStage>,
        instrument: Open<Instrument>,
        amount_usd: Option<i64>,
        raw_amount: Option<&'a str>,
        raw_currency: Option<&'a str>,
        lead_investor: Option<&'a str>,
    }
}
signal_record! {
    "buymode.Hiring" Hiring<'a> of Whose<'a> {
        action: Open<HiringAction>,
        title: &'a str,
        function: Open<Function>,
        seniority: Open<Seniority>,
        place: Option<&'a str>,
        posting: Option<&'a str>,
        agency: bool,
        first_in_function: Option<bool>,
    }
}
signal_record! {
    "buymode.Headcount" Headcount<'a> of Whose<'a> {
        total: Option<i64>,
        departments: Vec<Department>,
        growth: Option<Growth>,
    }
}
signal_record! {
    "buymode.Technology" Technology<'a> of Whose<'a> {
        tool: &'a str,
        action: Open<TechnologyAction>,
        category: Option<&'a str>,
    }
}
signal_record! {
    "buymode.News" News<'a> of Option<&'a str> {
        kind: Open<NewsKind>,
        summary: Option<&'a str>,
        amount_usd: Option<i64>,
        people: Option<i64>,
        place: Option<&'a str>,
        change: Open<NoticeChange>,
        industries: Vec<&'a str>,
        regions: Vec<&'a str>,
    }
}
signal_record! {
    "buymode.Engagement" Engagement<'a> of Whose<'a> {
        kind: Open<EngagementKind>,
        contact: Option<&'a str>,
        topic: Option<&'a str>,
    }
}

record! {
    "buymode.DepartmentHeadcount"
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Department {
        pub function: Open<Function>,
        pub people: i64,
    }
}

record! {
    "buymode.HeadcountGrowth"
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Growth {
        months: i32,
        percent: f64,
    }
}

impl Funding<'_> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        if let Some(retraction) = self.head().retraction()? {
            return Ok(retraction);
        }
        self.head().signal(Event::Funding(signal::Funding {
            stage: self.stage.0,
            instrument: self.instrument.0.unwrap_or(Instrument::Other),
            amount_usd: amount("amount_usd", self.amount_usd)?,
            lead_investor: optional(self.lead_investor),
        }))
    }

    pub(crate) fn of<'a>(head: Head<'a>, event: &'a signal::Funding) -> Funding<'a> {
        let amount_usd = event.amount_usd.map(dollars);
        let lead = event.lead_investor.as_deref();
        Funding::new(
            head,
            Open(event.stage),
            Open(Some(event.instrument)),
            amount_usd,
            None,
            None,
            lead,
        )
    }
}

impl Hiring<'_> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        if let Some(retraction) = self.head().retraction()? {
            return Ok(retraction);
        }
        let title = required("title", self.title)?;
        let (function, seniority) = match (self.function.0, self.seniority.0) {
            (Some(function), Some(seniority)) => (function, seniority),
            (function, seniority) => {
                let by_title = classify(&title);
                (function.unwrap_or(by_title.0), seniority.unwrap_or(by_title.1))
            }
        };
        self.head().signal(Event::Hiring(signal::Hiring {
            action: known("action", self.action)?,
            title,
            function,
            seniority,
            place: optional(self.place),
            posting: optional(self.posting),
            agency: self.agency,
            first_in_function: self.first_in_function,
        }))
    }

    pub(crate) fn of<'a>(head: Head<'a>, event: &'a signal::Hiring) -> Hiring<'a> {
        Hiring::new(
            head,
            Open(Some(event.action)),
            &event.title,
            Open(Some(event.function)),
            Open(Some(event.seniority)),
            event.place.as_deref(),
            event.posting.as_deref(),
            event.agency,
            event.first_in_function,
        )
    }
}

impl Headcount<'_> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        if let Some(retraction) = self.head().retraction()? {
            return Ok(retraction);
        }
        self.head().signal(Event::Headcount(signal::Headcount {
            total: self.total.map(|total| people("total", total)).transpose()?,
            departments: departments(&self.departments)?,
            growth: self.growth.map(Growth::checked).transpose()?,
        }))
    }

    pub(crate) fn of<'a>(head: Head<'a>, event: &'a signal::Headcount) -> Headcount<'a> {
        let departments = event.departments.iter().map(Department::of).collect();
        let growth = event.growth.map(|growth| Growth {
            months: i32::from(growth.months),
            percent: f64::from(growth.permille) / 10.0,
        });
        Headcount::new(head, event.total.map(i64::from), departments, growth)
    }
}

impl Department {
    pub(crate) fn of((function, people): &(Function, u32)) -> Department {
        Department { function: Open(Some(*function)), people: i64::from(*people) }
    }
}

/// Sorted, each function once, with the larger of two counts.
pub(crate) fn departments(listed: &[Department]) -> Result<Vec<(Function, u32)>, Flaw> {
    let read = |d: &Department| {
        let function = d.function.0.unwrap_or(Function::Other);
        people("departments.people", d.people).map(|people| (function, people))
    };
    let mut departments = listed.iter().map(read).collect::<Result<Vec<_>, Flaw>>()?;
    departments.sort_unstable_by_key(|(function, people)| (*function, std::cmp::Reverse(*people)));
    departments.dedup_by_key(|(function, _)| *function);
    Ok(departments)
}

impl Growth {
    /// A headcount cannot fall by more than 100 %; growth above 100,000 % is an error of the source.
    fn checked(self) -> Result<signal::Growth, Flaw> {
        let months = u16::try_from(self.months).ok().filter(|months| (1..=120).contains(months));
        let believable = (-100.0..=100_000.0).contains(&self.percent);
        match months {
            Some(months) if believable => {
                Ok(signal::Growth { months, permille: (self.percent * 10.0).round() as i32 })
            }
            _ => Err(Flaw::value(format!(
                "invalid growth: {} percent in {}; use -100 to 100000 percent in 1 to 120 months",
                self.percent,
                counted(self.months, "month")
            ))),
        }
    }
}

impl Technology<'_> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        if let Some(retraction) = self.head().retraction()? {
            return Ok(retraction);
        }
        self.head().signal(Event::Technology(signal::Technology {
            tool: Term::parse(self.tool).map_err(|why| Flaw::value(format!("tool: {why}")))?,
            action: known("action", self.action)?,
            category: self.category.and_then(|category| Term::parse(category).ok()),
        }))
    }

    pub(crate) fn of<'a>(head: Head<'a>, event: &'a signal::Technology) -> Technology<'a> {
        let category = event.category.as_ref().map(Term::as_str);
        Technology::new(head, event.tool.as_str(), Open(Some(event.action)), category)
    }
}

impl News<'_> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        if let Some(retraction) = self.head().retraction()? {
            return Ok(retraction);
        }
        self.head().signal(Event::News(self.news()?))
    }

    pub(crate) fn news(&self) -> Result<signal::News, Flaw> {
        Ok(signal::News {
            news: self.kind.0.unwrap_or(NewsKind::Other),
            summary: optional(self.summary),
            amount_usd: amount("amount_usd", self.amount_usd)?,
            people: self.people.map(|count| people("people", count)).transpose()?,
            place: optional(self.place),
            change: self.change.0,
        })
    }

    pub(crate) fn of<'a>(head: Head<'a>, event: &'a signal::News) -> News<'a> {
        News::new(
            head,
            Open(Some(event.news)),
            event.summary.as_deref(),
            event.amount_usd.map(dollars),
            event.people.map(i64::from),
            event.place.as_deref(),
            Open(event.change),
            Vec::new(),
            Vec::new(),
        )
    }

    /// Industries and regions of news about a market.
    pub(crate) fn scope(&self) -> (Vec<Term>, Vec<Term>) {
        (terms(&self.industries, TERMS_MAX), terms(&self.regions, TERMS_MAX))
    }
}

impl Engagement<'_> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        if let Some(retraction) = self.head().retraction()? {
            return Ok(retraction);
        }
        self.head().signal(Event::Engagement(signal::Engagement {
            engagement: known("kind", self.kind)?,
            contact: optional(self.contact),
            topic: optional(self.topic),
        }))
    }

    pub(crate) fn of<'a>(head: Head<'a>, event: &'a signal::Engagement) -> Engagement<'a> {
        let (contact, topic) = (event.contact.as_deref(), event.topic.as_deref());
        Engagement::new(head, Open(Some(event.engagement)), contact, topic)
    }
}

/// Decoded amounts always fit; a larger amount of our own is reduced to the maximum.
pub(crate) fn dollars(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
