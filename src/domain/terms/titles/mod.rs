//! Job titles onto function and seniority. Part of the rules version: a change here changes what a
//! log folds to.

mod words;

use super::catalogue::{Function, Seniority};
use words::{FUNCTIONS, HELPERS, NOT_CHIEFS, NOT_MANAGERS, NOT_VICE_PRESIDENTS, SENIORITIES};

/// What a job is for and how senior it is, by its title. Words in brackets count only where
/// the rest does not say, but for an intern's.
pub fn classify(title: &str) -> (Function, Seniority) {
    let (by_all, senior_by_all) = read(title);
    let (function, seniority) =
        if title.contains(['(', '[']) { read(&outside_brackets(title)) } else { (None, None) };
    let seniority = match senior_by_all {
        Some(Seniority::Intern) => Seniority::Intern,
        _ => seniority.or(senior_by_all).unwrap_or(Seniority::Individual),
    };
    (function.or(by_all).unwrap_or(Function::Other), seniority)
}

fn read(title: &str) -> (Option<Function>, Option<Seniority>) {
    let padded = normal(title);
    let padded = without_superior(&padded);
    let has = |phrase: &&str| contains_word(padded, phrase);
    let function = FUNCTIONS.iter().find(|(_, phrases)| phrases.iter().any(has));
    let helps = HELPERS.iter().any(has);
    let seniority = SENIORITIES
        .iter()
        .filter(|(seniority, _)| match seniority {
            Seniority::CLevel => !helps && !NOT_CHIEFS.iter().any(has),
            Seniority::VicePresident => !helps && !NOT_VICE_PRESIDENTS.iter().any(has),
            Seniority::Director | Seniority::Head => !helps,
            Seniority::Manager => !NOT_MANAGERS.iter().any(has),
            _ => true,
        })
        .find(|(_, phrases)| phrases.iter().any(has));
    (function.map(|(function, _)| *function), seniority.map(|(seniority, _)| *seniority))
}

fn outside_brackets(title: &str) -> String {
    let mut depth = 0_u32;
    let mut outside = |c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth > 0 => {
                depth -= 1;
                return ' ';
            }
            _ => {}
        }
        if depth == 0 { c } else { ' ' }
    };
    title.chars().map(&mut outside).collect()
}

/// "… to the CRO": whose title follows is another's.
fn without_superior(padded: &str) -> &str {
    let leads = |rest: &str| {
        let rest = rest.strip_prefix("the ").unwrap_or(rest);
        let leaders = SENIORITIES.iter().filter(|(seniority, _)| {
            matches!(seniority, Seniority::CLevel | Seniority::VicePresident)
        });
        let mut words = leaders.flat_map(|(_, phrases)| phrases.iter());
        words.any(|word| rest.strip_prefix(word).is_some_and(|r| r.starts_with([' ', 's'])))
    };
    let ends = padded.match_indices(" to ").find(|(at, to)| leads(&padded[at + to.len()..]));
    ends.map_or(padded, |(at, to)| &padded[..at + to.len()])
}

/// Lower case; everything but letters, digits, `&` and `-` becomes a single space.
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
    use crate::domain::terms::catalogue::{Function as F, Seniority as S};

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
            // Found among real posts.
            ("Executive Assistant to the VP Sales", F::Operations, S::Individual),
            ("Executive Assistant (to CEO) & Office Manager", F::Operations, S::Manager),
            ("Chief of Staff to the CRO", F::Operations, S::Lead),
            ("Founder's Associate (Sales)", F::Operations, S::Junior),
            ("Business Development Lead to the CEO", F::Sales, S::Lead),
            ("CRO - Chief Risk Officer", F::Finance, S::CLevel),
            ("Senior Webflow Developer & CRO Specialist", F::Marketing, S::Senior),
            ("CRO", F::Sales, S::CLevel),
            ("Head of Revenue", F::Sales, S::Head),
            ("SVP, Revenue", F::Sales, S::VicePresident),
            ("VP, Global Revenue", F::Sales, S::VicePresident),
            ("Head of Revenue Cycle Management", F::Finance, S::Head),
            ("Head of GTM (Path to COO)", F::Sales, S::Head),
            ("Founding GTM Lead", F::Sales, S::Lead),
            ("GTM Engineer", F::RevenueOperations, S::Individual),
            ("Head of Sales Enablement", F::RevenueOperations, S::Head),
            ("Senior Data Scientist I, GTM", F::Data, S::Senior),
            ("Account Executive - Growth", F::Sales, S::Individual),
            ("Member of Technical Staff (Summer Intern)", F::Other, S::Intern),
            ("Account Executive, GTM Strategy", F::Sales, S::Individual),
            ("Founding AE", F::Sales, S::Individual),
            ("VP Marketing & Sales", F::Sales, S::VicePresident),
            ("Senior Director Demand Generation", F::Marketing, S::Director),
            ("Head of Partnerships", F::Other, S::Head),
            ("Junior Partnerships", F::Other, S::Junior),
            ("Channel Sales & Partnerships Manager", F::Sales, S::Manager),
            ("Assistant Vice President, Operations", F::Operations, S::Individual),
            ("Vice-président des ventes", F::Sales, S::VicePresident),
            ("Leiter Vertrieb (m/w/d)", F::Sales, S::Head),
            ("Regional Sales Mgr", F::Sales, S::Manager),
        ] {
            assert_eq!(classify(title), (function, seniority), "{title}");
        }
    }

    proptest::proptest! {
        #[test]
        fn only_words_count_not_how_they_are_set(
            known in proptest::collection::vec(proptest::sample::select(phrases()), 0..4),
            other in "\\PC{0,40}",
            apart in proptest::sample::select(vec![" ", ", ", "  ", " / ", " – ", "\t"]),
        ) {
            let _any_text_is_some_title = classify(&other);
            let title = known.join(apart);
            let found = classify(&title);
            proptest::prop_assert_eq!(classify(&title.to_uppercase()), found);
            proptest::prop_assert_eq!(classify(&normal(&title)), found);
            proptest::prop_assert_eq!(classify(&known.join(" ")), found);
        }
    }

    fn phrases() -> Vec<&'static str> {
        let functions = FUNCTIONS.iter().flat_map(|(_, phrases)| phrases.iter());
        let seniorities = SENIORITIES.iter().flat_map(|(_, phrases)| phrases.iter());
        functions.chain(seniorities).map(|phrase| phrase.trim_end_matches([',', ' '])).collect()
    }
}
