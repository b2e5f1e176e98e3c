//! Finds errors in a condition.

use super::Findings;
use crate::domain::profile::when::{StageTest, TermTest, Test, When};
use crate::domain::terms::account::CompanyRef;
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::vocabulary::COUNTRIES;

pub(super) fn condition(at: &str, when: &When, found: &mut Findings) {
    found.add(
        when.is_empty(),
        at,
        "empty condition; name an attribute, such as { employees: { min: 50 } }",
    );
    for (attribute, test) in when.term_tests() {
        words(&format!("{at}.{attribute}"), test, found);
    }
    if let Some(test) = &when.technologies {
        words(&format!("{at}.technologies"), test, found);
    }
    if let Some(test) = &when.parent {
        words(&format!("{at}.parent"), test, found);
    }
    if let Some(test) = &when.account {
        let at = format!("{at}.account");
        words(&at, test, found);
        for company in test.words() {
            let CompanyRef::Name(name) = company else { continue };
            let remedy = "use a domain (acme.com) or a key with its kind (crunchbase:acme)";
            found.add(true, &at, format!("invalid account key {:?}: {remedy}", name.as_str()));
        }
    }
    if let Some(test) = &when.country {
        countries(&format!("{at}.country"), test, found);
    }
    for (name, test) in [
        ("employees", when.employees),
        ("revenue_usd", when.revenue_usd),
        ("arr_usd", when.arr_usd),
        ("founded_year", when.founded_year),
        ("age_years", when.age_years),
    ] {
        let Some(test) = test else { continue };
        found.add(
            test.min.is_none() && test.max.is_none(),
            format!("{at}.{name}"),
            "needs min or max; both belong to the range",
        );
        if let (Some(min), Some(max)) = (test.min, test.max) {
            found.add(
                min > max,
                format!("{at}.{name}"),
                format!("min ({}) is greater than max ({}); exchange them", min.0, max.0),
            );
        }
    }
    if let Some(stage) = &when.funding_stage {
        stages(&format!("{at}.funding_stage"), stage, found);
    }
    if let Some(test) = when.department {
        let at = format!("{at}.department");
        found.add(
            test.min.is_none() && test.max.is_none(),
            at.clone(),
            "needs min or max; `max: 0` asks for an empty department",
        );
        if let (Some(min), Some(max)) = (test.min, test.max) {
            let remedy = format!("min ({min}) is greater than max ({max}); exchange them");
            found.add(min > max, at.clone(), remedy);
        }
        if let Some(days) = test.or_first_hire_within_days {
            found.add(
                days == 0 || i32::from(days) > HORIZON_DAYS,
                format!("{at}.or_first_hire_within_days"),
                format!("{days} must lie between 1 and {HORIZON_DAYS}, the days evidence is kept"),
            );
        }
    }
    for inner in when.all.iter().chain(&when.any).chain(when.not.as_deref()) {
        condition(at, inner, found);
    }
}

pub(super) fn stages(at: &str, test: &StageTest, found: &mut Findings) {
    found.add(
        *test == StageTest::default(),
        at,
        "asks nothing; give min, max or any_of, such as { min: series_b }",
    );
    if let (Some(min), Some(max)) = (test.min, test.max) {
        let remedy = format!("min ({min}) is a later stage than max ({max}); exchange them");
        found.add(min > max, at, remedy);
    }
    let never = !test.any_of.is_empty() && !test.any_of.iter().any(|stage| test.holds(*stage));
    found.add(never, at, "any_of names no stage between min and max: nothing can hold");
}

fn words<W, P>(at: &str, test: &Test<W, P>, found: &mut Findings)
where
    W: PartialEq + AsRef<str>,
    P: AsRef<str>,
{
    found.add(test.is_empty(), at, "is an empty list; name at least one, or leave it out");
    let both = test.any_of.iter().chain(&test.all_of).find(|word| test.none_of.contains(word));
    if let Some(word) = both {
        found.add(
            true,
            at,
            format!("asks for {:?} and forbids it; remove one of them", word.as_ref()),
        );
    }
}

/// A country by its code or by one of its names.
fn countries(at: &str, test: &TermTest, found: &mut Findings) {
    for word in test.words().filter(|word| COUNTRIES.thing(word).is_none()) {
        let remedy = match COUNTRIES.nearest(word) {
            Some(code) => format!("did you mean {code}?"),
            None => "use its ISO 3166 code of two letters (us, gb, ca, de), or `region`".to_owned(),
        };
        found.add(true, at, format!("invalid country {:?}; {remedy}", word.as_str()));
    }
}
