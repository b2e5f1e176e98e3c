//! The variables of templates. A fact that is not known has no value.

use std::collections::BTreeMap;

/// Values by the name of their variable.
pub type Values = BTreeMap<&'static str, String>;

/// One variable; `job.title` is the title of `job`.
pub struct Variable {
    pub name: &'static str,
    pub says: &'static str,
    /// A made-up value, for examples.
    pub sample: &'static str,
}

const fn variable(name: &'static str, says: &'static str, sample: &'static str) -> Variable {
    Variable { name, says, sample }
}

/// Every variable. Of several events the one that counts most.
pub const VARIABLES: &[Variable] = &[
    variable("company", "the company's name", "Tidegate"),
    variable("industry", "its industry", "fintech"),
    variable("employees", "how many people work there", "180"),
    variable("stage", "its funding stage", "Series B"),
    variable("persona", "the first job title to ask for", "VP of Sales"),
    variable("hires_for", "the open seat that this persona hires for", "Head of Sales"),
    variable("pain", "the pain of this persona", "a slow ramp"),
    variable("angle", "the angle for this persona", "a faster ramp"),
    variable("funding.round", "the round: `Series B`, `Seed round`, `funding round`", "Series B"),
    variable("funding.amount", "its amount, in dollars", "$25M"),
    variable("funding.investor", "who led it", "Northbank Ventures"),
    variable("funding.date", "the day it was announced", "24 November"),
    variable("job.title", "the title of an open job post", "Head of Sales"),
    variable("job.place", "where that job is", "Berlin"),
    variable("job.date", "the day it was posted", "20 November"),
    variable("jobs.count", "how many jobs a rule for several found", "4"),
    variable("jobs.titles", "the titles of up to three of them", "SDR and Account Executive"),
    variable("hire.title", "the title of a person who has just joined", "VP of Sales"),
    variable("hire.date", "the day of that news", "18 November"),
    variable("growth.team", "the team that grew", "sales"),
    variable("growth.from", "how many people there were", "12"),
    variable("growth.to", "how many there are now", "19"),
    variable("growth.time", "in how long", "6 months"),
    variable("adopted.tool", "a tool that they have introduced", "HubSpot"),
    variable("adopted.date", "the day of that news", "9 November"),
    variable("dropped.tool", "a tool that they have given up", "Pipedrive"),
    variable("dropped.date", "the day of that news", "9 November"),
    variable("uses.tool", "a tool in use that a rule asks for", "Salesforce"),
    variable("news.kind", "the kind of news", "new office"),
    variable("news.place", "the place that it is about", "Dublin"),
    variable("news.date", "the day of that news", "2 November"),
    variable("asked.kind", "an inbound request: demo request, form or sign up", "demo request"),
    variable("asked.date", "the day of that request", "27 November"),
    variable("engagement.kind", "what they did with you", "pricing page"),
    variable("engagement.topic", "what it was about", "sales forecasting"),
    variable("engagement.date", "the day on which they did", "27 November"),
];

/// The made-up values of all variables.
pub fn samples() -> Values {
    VARIABLES.iter().map(|v| (v.name, v.sample.to_owned())).collect()
}

/// Every name that a template may write: variables, and the things that they are of (`job`).
pub fn all() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().flat_map(|v| {
        let group = v.name.split_once('.').map(|(group, _)| group);
        group.into_iter().chain([v.name])
    })
}
