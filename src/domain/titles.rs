//! Job titles onto function and seniority. Part of the rules version: a change here changes what a
//! log folds to.

use super::catalogue::{Function, Seniority};

/// The first entry with a phrase in the title decides; special functions come before general ones.
/// Whoever recruits for sales, or is its lawyer, does not sell.
const FUNCTIONS: &[(Function, &[&str])] = &[
    (
        Function::People,
        &[
            "recruiter",
            "recruiting",
            "recruitment",
            "talent acquisition",
            "talent partner",
            "people partner",
            "people business partner",
            "human resources",
        ],
    ),
    (Function::Legal, &["legal", "counsel", "attorney", "paralegal"]),
    (
        Function::RevenueOperations,
        &[
            "revops",
            "revenue operations",
            "revenue ops",
            "sales operations",
            "sales ops",
            "gtm operations",
            "gtm ops",
            "go-to-market operations",
            "marketing operations",
            "deal desk",
        ],
    ),
    (
        Function::SalesDevelopment,
        &["sdr", "bdr", "sales development", "business development representative", "outbound"],
    ),
    (
        Function::CustomerSuccess,
        &[
            "customer success",
            "client success",
            "partner success",
            "account manager",
            "customer experience",
            "onboarding manager",
            "implementation",
        ],
    ),
    (Function::Security, &["security", "infosec", "trust & safety"]),
    (
        Function::SupplyChain,
        &[
            "supply chain",
            "logistics",
            "procurement",
            "warehouse",
            "fulfillment",
            "freight",
            "sourcing",
        ],
    ),
    (Function::Support, &["support", "help desk", "helpdesk"]),
    (Function::Growth, &["growth"]),
    (
        Function::Marketing,
        &[
            "marketing",
            "marketer",
            "content",
            "seo",
            "brand",
            "communications",
            "demand gen",
            "social media",
            "copywriter",
            "public relations",
            "community",
        ],
    ),
    (
        Function::Sales,
        &[
            "sales",
            "account executive",
            "business development",
            "partnerships",
            "chief revenue officer",
            "cro",
            "solutions engineer",
            "solutions consultant",
            "sales engineer",
            "commercial",
            "closer",
        ],
    ),
    (Function::Design, &["designer", "design", "ux", "creative"]),
    (Function::Data, &["data", "analytics", "machine learning", "ml ", "ai engineer", "analyst"]),
    (
        Function::Product,
        &[
            "product manager",
            "product owner",
            "product lead",
            "head of product",
            "director of product",
            "vp product",
            "vp of product",
            "chief product officer",
            "cpo",
            "product",
        ],
    ),
    (
        Function::InformationTechnology,
        &[
            "information technology",
            "it manager",
            "it support",
            "systems administrator",
            "sysadmin",
            "it ",
        ],
    ),
    (
        Function::Engineering,
        &[
            "engineer",
            "engineering",
            "developer",
            "devops",
            "sre",
            "architect",
            "software",
            "frontend",
            "backend",
            "full stack",
            "fullstack",
            "firmware",
            "qa ",
            "cto",
            "chief technology officer",
            "programmer",
        ],
    ),
    (Function::Research, &["research", "scientist"]),
    (
        Function::Finance,
        &[
            "finance",
            "financial",
            "accountant",
            "accounting",
            "controller",
            "cfo",
            "tax",
            "treasury",
            "payroll",
            "bookkeeper",
        ],
    ),
    (Function::Legal, &["compliance", "privacy"]),
    (Function::People, &["people", "hr ", "talent"]),
    (
        Function::Operations,
        &[
            "operations",
            "office manager",
            "project manager",
            "program manager",
            "executive assistant",
            "coo",
            "chief of staff",
        ],
    ),
    (Function::Executive, &["ceo", "chief executive", "founder", "president", "general manager"]),
];

const SENIORITIES: &[(Seniority, &[&str])] = &[
    (Seniority::Intern, &["intern", "internship", "working student", "apprentice", "trainee"]),
    (Seniority::CLevel, &["chief", "ceo", "cto", "cfo", "coo", "cmo", "cro", "cpo", "founder"]),
    (Seniority::VicePresident, &["vp", "vice president", "svp", "evp"]),
    (Seniority::Director, &["director"]),
    (Seniority::Head, &["head of", "head,", "head"]),
    (Seniority::Junior, &["junior", "jr", "entry level", "associate", "graduate", "new grad"]),
    (Seniority::Lead, &["lead", "principal", "staff"]),
    (Seniority::Senior, &["senior", "sr"]),
    (Seniority::Manager, &["manager"]),
];

/// Titles in which "manager" is no rank.
const NOT_MANAGERS: &[&str] = &[
    "account manager",
    "product manager",
    "project manager",
    "program manager",
    "community manager",
    "success manager",
];

/// What a job is for and how senior it is, by its title.
pub fn classify(title: &str) -> (Function, Seniority) {
    let padded = normal(title);
    let has = |phrase: &str| contains_word(&padded, phrase);
    let function = FUNCTIONS
        .iter()
        .find(|(_, phrases)| phrases.iter().any(|p| has(p)))
        .map_or(Function::Other, |(function, _)| *function);
    let seniority = SENIORITIES
        .iter()
        .filter(|(seniority, _)| {
            *seniority != Seniority::Manager || !NOT_MANAGERS.iter().any(|p| has(p))
        })
        .find(|(_, phrases)| phrases.iter().any(|p| has(p)))
        .map_or(Seniority::Individual, |(seniority, _)| *seniority);
    (function, seniority)
}

/// Lower case, with single spaces for everything that is no letter, digit, `&` or `-`.
fn normal(title: &str) -> String {
    let mut out = String::with_capacity(title.len() + 2);
    out.push(' ');
    for c in title.chars().take(200).flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || c == '&' || c == '-' {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// `phrase` at word boundaries; plural forms count.
fn contains_word(padded: &str, phrase: &str) -> bool {
    let phrase = phrase.trim_end_matches([',', ' ']);
    padded.match_indices(phrase).any(|(at, _)| {
        let before = padded[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let rest = &padded[at + phrase.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        before && rest.chars().next().is_none_or(|c| !c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::{Function as F, Seniority as S};

    #[test]
    fn titles_tell_function_and_seniority() {
        for (title, function, seniority) in [
            ("Head of Growth", F::Growth, S::Head),
            ("Sales Development Representative (SDR)", F::SalesDevelopment, S::Individual),
            ("VP of Sales, EMEA", F::Sales, S::VicePresident),
            ("Senior Manager, Revenue Operations", F::RevenueOperations, S::Senior),
            ("Account Executive (Hunter Role – Live Events)", F::Sales, S::Individual),
            ("Staff Software Engineer", F::Engineering, S::Lead),
            ("Director, Channel Marketing", F::Marketing, S::Director),
            ("Developer, Backend", F::Engineering, S::Individual),
            ("Product Manager", F::Product, S::Individual),
            ("Chief Revenue Officer", F::Sales, S::CLevel),
            ("Marketing Intern", F::Marketing, S::Intern),
            ("International Tax Accountant", F::Finance, S::Individual),
            ("Head of Commercial Legal", F::Legal, S::Head),
            ("Director, People Business Partner (Sales & GTM)", F::People, S::Director),
            ("Sales Recruiter", F::People, S::Individual),
            ("Partner Success Director - Commercial Accounts", F::CustomerSuccess, S::Director),
            ("Zookeeper", F::Other, S::Individual),
        ] {
            assert_eq!(classify(title), (function, seniority), "{title}");
        }
    }
}
