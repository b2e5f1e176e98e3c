//! Terms and names of the catalogues as salespeople write them.

use crate::domain::account::explain::money;
use crate::domain::profile::amount::Amount;
use crate::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, Instrument, Kind, NewsKind, Seniority,
};

pub(super) use crate::domain::terms::spelling::{capital, proper, words};

/// Places that the standard calls otherwise than people do.
const PLACES: &[(&str, &str)] =
    &[("us", "the United States"), ("gb", "the United Kingdom"), ("nl", "the Netherlands")];

/// `us` is the United States.
pub(super) fn place(code: &str) -> String {
    if let Some((_, name)) = PLACES.iter().find(|(known, _)| *known == code) {
        return (*name).to_owned();
    }
    match rust_iso3166::from_alpha2(&code.to_uppercase()) {
        Some(country) => country.name.split(" (").next().unwrap_or(country.name).to_owned(),
        None => proper(code),
    }
}

/// `$10M`.
pub(super) fn dollars(amount: Amount) -> String {
    format!("${}", money(amount.0))
}

pub(super) fn stage(stage: FundingStage) -> &'static str {
    match stage {
        FundingStage::Bootstrapped => "bootstrapped",
        FundingStage::PreSeed => "pre-seed",
        FundingStage::Seed => "seed",
        FundingStage::SeriesA => "Series A",
        FundingStage::SeriesB => "Series B",
        FundingStage::SeriesC => "Series C",
        FundingStage::SeriesD => "Series D",
        FundingStage::SeriesE => "Series E",
        FundingStage::SeriesF => "Series F",
        FundingStage::LateStage => "late stage",
        FundingStage::PeBacked => "PE-backed",
        FundingStage::Public => "public",
    }
}

pub(super) fn instrument(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Equity => "equity",
        Instrument::Extension => "an extension",
        Instrument::Convertible => "a convertible",
        Instrument::Debt => "debt",
        Instrument::Grant => "a grant",
        Instrument::Crowdfunding => "crowdfunding",
        Instrument::Secondary => "a secondary sale",
        Instrument::Other => "another kind of money",
    }
}

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Funding => "funding",
        Kind::Hiring => "hiring",
        Kind::Headcount => "headcount growth",
        Kind::Technology => "technology",
        Kind::News => "news",
        Kind::Engagement => "engagement",
    }
}

pub(super) fn function(function: Function) -> &'static str {
    match function {
        Function::Sales => "sales",
        Function::SalesDevelopment => "sales development (SDR)",
        Function::RevenueOperations => "RevOps",
        Function::Marketing => "marketing",
        Function::Growth => "growth",
        Function::CustomerSuccess => "customer success",
        Function::Support => "support",
        Function::Engineering => "engineering",
        Function::Data => "data",
        Function::Product => "product",
        Function::Design => "design",
        Function::Security => "security",
        Function::InformationTechnology => "IT",
        Function::Finance => "finance",
        Function::Legal => "legal",
        Function::People => "HR",
        Function::Operations => "operations",
        Function::SupplyChain => "supply chain",
        Function::Research => "research",
        Function::Executive => "the executive team",
        Function::Other => "other functions",
    }
}

pub(super) fn seniority(seniority: Seniority) -> &'static str {
    match seniority {
        Seniority::Intern => "intern",
        Seniority::Junior => "junior",
        Seniority::Individual => "individual contributor",
        Seniority::Senior => "senior",
        Seniority::Lead => "lead",
        Seniority::Manager => "manager",
        Seniority::Head => "head",
        Seniority::Director => "director",
        Seniority::VicePresident => "VP",
        Seniority::CLevel => "C-level",
    }
}

pub(super) fn news(kind: NewsKind) -> &'static str {
    match kind {
        NewsKind::Expansion => "an expansion",
        NewsKind::NewOffice => "a new office",
        NewsKind::Acquires => "an acquisition by them",
        NewsKind::Acquired => "being acquired",
        NewsKind::Merger => "a merger",
        NewsKind::Ipo => "an IPO",
        NewsKind::LeadershipChange => "a change of leadership",
        NewsKind::ProductLaunch => "a product launch",
        NewsKind::Partnership => "a partnership",
        NewsKind::NewClient => "a new client",
        NewsKind::Award => "an award",
        NewsKind::Regulation => "a new regulatory requirement",
        NewsKind::Disruption => "a disruption",
        NewsKind::Incident => "an incident",
        NewsKind::Lawsuit => "a lawsuit",
        NewsKind::Layoffs => "layoffs",
        NewsKind::TemporaryLayoff => "a temporary layoff",
        NewsKind::HiringFreeze => "a hiring freeze",
        NewsKind::OfficeClosed => "an office closed",
        NewsKind::Bankruptcy => "a bankruptcy",
        NewsKind::Closure => "going out of business",
        NewsKind::Other => "other news",
    }
}

pub(super) fn engagement(kind: EngagementKind) -> &'static str {
    match kind {
        EngagementKind::DemoRequest => "asks for a demo",
        EngagementKind::Form => "fills in a form",
        EngagementKind::SignUp => "signs up",
        EngagementKind::PricingPage => "reads the pricing page",
        EngagementKind::WebsiteVisit => "visits the website",
        EngagementKind::ProductUsage => "uses the product",
        EngagementKind::ReviewSiteComparison => "compares us on a review site",
        EngagementKind::CompetitorEngagement => "looks at a competitor",
        EngagementKind::IntentTopic => "reads up on the topic",
        EngagementKind::Webinar => "attends a webinar",
        EngagementKind::Email => "answers to an e-mail campaign",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_as_salespeople_write_them() {
        assert_eq!(place("us"), "the United States");
        assert_eq!(place("ca"), "Canada");
        assert_eq!(place("north-america"), "North America");
        assert_eq!(dollars(Amount(500_000)), "$500k");
    }
}
