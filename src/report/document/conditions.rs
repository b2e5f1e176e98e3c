//! Conditions about a company as plain sentences: "Series B or later", "200 to 2,000 employees".
//!
//! Every part of a condition is taken apart by name, so that a new one cannot be left out.

use super::terms::{dollars, function, place, proper, stage, words};
use crate::domain::profile::amount::Amount;
use crate::domain::profile::when::{
    DepartmentTest, KeyTest, NumberTest, StageTest, TermTest, Test, When,
};
use crate::domain::terms::account::CompanyRef;
use crate::domain::terms::spelling::tool;
use crate::domain::terms::term::Term;
use crate::report::words::{all, count, counted, either, noun_of};

/// What a condition asks of a company.
pub(super) fn condition(when: &When) -> String {
    parts(when).join("; ")
}

fn parts(when: &When) -> Vec<String> {
    let When {
        industry,
        sub_industry,
        employees,
        revenue_usd,
        arr_usd,
        country,
        region,
        operates_in,
        business_model,
        founded_year,
        age_years,
        funding_stage,
        growth_stage,
        organisation,
        lifecycle,
        status,
        parent,
        owner,
        territory,
        tags,
        decision_style,
        budget_owner,
        urgency,
        technical_maturity,
        regulated_by,
        account,
        technologies,
        department,
        all: every,
        any,
        not,
    } = when;
    let plain = |what: &str, test: &Option<TermTest>| {
        test.as_ref().map(|test| terms(what, test, |t| words(t.as_str())))
    };
    let named = |what: &str, test: &Option<TermTest>| {
        test.as_ref().map(|test| terms(what, test, |t| proper(t.as_str())))
    };
    let placed = |what: &str, test: &Option<TermTest>| {
        test.as_ref().map(|test| terms(what, test, |t| place(t.as_str())))
    };
    let keyed =
        |what: &str, test: &Option<KeyTest>| test.as_ref().map(|test| terms(what, test, company));
    let year = |amount: Amount| amount.0.to_string();
    let mut said: Vec<String> = [
        plain("industry is", industry),
        plain("sub-industry is", sub_industry),
        employees.map(|test| ranged(test, "employee")),
        revenue_usd.map(|test| format!("{} of yearly revenue", range(test, dollars))),
        arr_usd.map(|test| format!("{} of ARR", range(test, dollars))),
        placed("based in", country),
        placed("based in", region),
        placed("operates in", operates_in),
        plain("business model is", business_model),
        founded_year.map(|test| format!("founded in {}", years(test, year))),
        age_years.map(|test| format!("{} old", ranged(test, "year"))),
        funding_stage.as_ref().map(stages),
        plain("growth stage is", growth_stage),
        plain("organisation is", organisation),
        plain("lifecycle stage in the CRM is", lifecycle),
        plain("status is", status),
        keyed("parent company is", parent),
        named("owner in the CRM is", owner),
        named("territory is", territory),
        plain("tagged", tags),
        plain("decides by", decision_style),
        plain("the budget is with", budget_owner),
        plain("urgency is", urgency),
        plain("technical maturity is", technical_maturity),
        named("regulated by", regulated_by),
        keyed("the account is", account),
        technologies.as_ref().map(tools),
        department.as_ref().map(team),
    ]
    .into_iter()
    .flatten()
    .collect();
    said.extend(every.iter().flat_map(parts));
    if !any.is_empty() {
        let choices: Vec<String> = any.iter().map(|when| parts(when).join(" and ")).collect();
        said.push(format!("either {}", either(&choices)));
    }
    said.extend(not.as_ref().map(|when| format!("not: {}", parts(when).join(" and "))));
    said
}

/// `industry is SaaS or fintech`.
fn terms<W, P: AsRef<str>>(what: &str, test: &Test<W, P>, name: fn(&W) -> String) -> String {
    let Test { any_of, all_of, none_of, contains } = test;
    let names = |list: &[W]| list.iter().map(name).collect::<Vec<_>>();
    let quoted: Vec<String> = contains.iter().map(|part| format!("“{}”", part.as_ref())).collect();
    let parts = [
        (any_of.is_empty(), either(&names(any_of))),
        (all_of.is_empty(), all(&names(all_of))),
        (none_of.is_empty(), format!("not {}", either(&names(none_of)))),
        (contains.is_empty(), format!("something with {}", either(&quoted))),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(is_empty, _)| !is_empty).map(|(_, text)| text).collect();
    format!("{what} {}", parts.join(", and "))
}

/// A key as it is, a name as people write one.
fn company(company: &CompanyRef) -> String {
    match company {
        CompanyRef::Key(key) => key.to_string(),
        CompanyRef::Name(name) => proper(name.as_str()),
    }
}

/// `uses Salesforce or HubSpot`.
fn tools(test: &TermTest) -> String {
    let TermTest { any_of, all_of, none_of, contains } = test;
    let names = |list: &[Term]| list.iter().map(tool).collect::<Vec<_>>();
    let parts = [
        (any_of, format!("uses {}", either(&names(any_of)))),
        (all_of, format!("uses {}", all(&names(all_of)))),
        (none_of, format!("does not use {}", either(&names(none_of)))),
        (contains, format!("uses something called {}", either(&names(contains)))),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(list, _)| !list.is_empty()).map(|(_, text)| text).collect();
    parts.join(" and ")
}

/// `200 to 2,000`, `500 or more`, `at most 50`.
fn range(test: NumberTest, name: fn(Amount) -> String) -> String {
    match (test.min, test.max) {
        (Some(min), Some(max)) if min == max => name(min),
        (Some(min), Some(max)) => format!("{} to {}", name(min), name(max)),
        (Some(min), None) => format!("{} or more", name(min)),
        (None, Some(max)) => format!("at most {}", name(max)),
        (None, None) => "any number of".to_owned(),
    }
}

/// A range with its noun: `at most 1 employee`, `200 to 2,000 employees`.
fn ranged(test: NumberTest, noun: &str) -> String {
    let alone = match (test.min, test.max) {
        (Some(min), Some(max)) if min != max => None,
        (Some(_), None) => None,
        (_, last) => last,
    };
    let last = alone.map_or(0, |amount| amount.0);
    format!("{} {}", range(test, |amount| count(amount.0)), noun_of(last, noun))
}

fn years(test: NumberTest, name: fn(Amount) -> String) -> String {
    match (test.min, test.max) {
        (Some(min), None) => format!("{} or later", name(min)),
        (None, Some(max)) => format!("{} or earlier", name(max)),
        _ => range(test, name),
    }
}

/// `Series B or later`, `seed to Series B`.
pub(super) fn stages(test: &StageTest) -> String {
    let StageTest { min, max, any_of } = test;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(match (*min, *max) {
        (Some(min), Some(max)) if min == max => Some(stage(min).to_owned()),
        (Some(min), Some(max)) => Some(format!("{} to {}", stage(min), stage(max))),
        (Some(min), None) => Some(format!("{} or later", stage(min))),
        (None, Some(max)) => Some(format!("{} or earlier", stage(max))),
        (None, None) => None,
    });
    if !any_of.is_empty() {
        parts.push(either(&any_of.iter().map(|s| stage(*s)).collect::<Vec<_>>()));
    }
    if parts.is_empty() { "any funding stage".to_owned() } else { parts.join(", and ") }
}

/// `no one in marketing yet, or the first one came at most 90 days ago`.
fn team(test: &DepartmentTest) -> String {
    let DepartmentTest { function: asked, min, max, or_first_hire_within_days } = test;
    let name = function(*asked);
    let people = |n: &u32| counted(*n, "person");
    let size = match (min, max) {
        (None | Some(0), Some(0)) => format!("no one in {name} yet"),
        (Some(1), None) => format!("at least 1 person in {name}"),
        (Some(min), Some(max)) if min == max => format!("{} in {name}", people(min)),
        (Some(min), Some(max)) => format!("{} to {} in {name}", count(*min), people(max)),
        (Some(min), None) => format!("{} or more in {name}", people(min)),
        (None, Some(max)) => format!("at most {} in {name}", people(max)),
        (None, None) => format!("headcount in {name} is known"),
    };
    match or_first_hire_within_days {
        Some(days) => {
            format!("{size}, or the first one came at most {} ago", counted(*days, "day"))
        }
        None => size,
    }
}

#[cfg(test)]
mod tests {
    use super::condition;
    use crate::domain::profile::when::When;

    #[test]
    fn conditions_read_as_salespeople_say_them() {
        for (yaml, said) in [
            ("{ employees: { min: 200, max: 2000 } }", "200 to 2,000 employees"),
            ("{ employees: { min: 500 } }", "500 or more employees"),
            ("{ funding_stage: { min: series_b } }", "Series B or later"),
            ("{ funding_stage: { min: seed, max: series_a } }", "seed to Series A"),
            ("{ arr_usd: { min: 500k, max: 3M } }", "$500k to $3M of ARR"),
            ("{ industry: [saas, health-tech] }", "industry is SaaS or health tech"),
            (
                "{ country: [us, ca, gb] }",
                "based in the United States, Canada or the United Kingdom",
            ),
            ("{ technologies: { any_of: [salesforce, hubspot] } }", "uses Salesforce or HubSpot"),
            (
                "{ technologies: { all_of: [hubspot], none_of: [apollo] } }",
                "uses HubSpot and does not use Apollo",
            ),
            (
                "{ department: { function: revenue_operations, min: 1 } }",
                "at least 1 person in RevOps",
            ),
            (
                "{ department: { function: marketing, max: 0, or_first_hire_within_days: 90 } }",
                "no one in marketing yet, or the first one came at most 90 days ago",
            ),
            ("{ department: { function: sales, max: 1 } }", "at most 1 person in sales"),
            ("{ department: { function: sales, min: 1, max: 1 } }", "1 person in sales"),
            ("{ department: { function: sales, min: 2, max: 5 } }", "2 to 5 people in sales"),
            ("{ employees: { max: 1 } }", "at most 1 employee"),
            ("{ employees: { min: 1 } }", "1 or more employees"),
            ("{ age_years: { max: 1 } }", "at most 1 year old"),
            (
                "{ parent: [Acme.com, Acme Holdings] }",
                "parent company is acme.com or Acme Holdings",
            ),
            ("{ department: { function: sales, max: 1 } }", "at most 1 person in sales"),
            ("{ department: { function: sales, min: 1, max: 1 } }", "1 person in sales"),
            ("{ department: { function: sales, min: 2, max: 5 } }", "2 to 5 people in sales"),
            ("{ employees: { max: 1 } }", "at most 1 employee"),
            ("{ employees: { min: 1 } }", "1 or more employees"),
            ("{ age_years: { max: 1 } }", "at most 1 year old"),
            ("{ founded_year: { min: 2015 } }", "founded in 2015 or later"),
            (
                "{ any: [{ country: us }, { employees: { max: 50 } }], not: { tags: competitor } }",
                "either based in the United States or at most 50 employees; not: tagged competitor",
            ),
        ] {
            let when: When = serde_saphyr::from_str(yaml).unwrap();
            assert_eq!(condition(&when), said, "{yaml}");
        }
    }
}
