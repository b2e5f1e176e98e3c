//! Which accounts a market event concerns.

use crate::domain::facts::Facts;
use crate::domain::input::MarketEvent;
use crate::domain::profile::when::Answer;

/// Whether a market event concerns the company: where its industry or place is not known, no.
pub fn concerns(market: &MarketEvent, facts: &Facts<'_>) -> bool {
    use crate::domain::company::Attribute as A;
    use crate::domain::profile::when::{TermTest, When};
    let test =
        |terms: &[crate::domain::Text]| TermTest { any_of: terms.to_vec(), ..TermTest::default() };
    let any = |attributes: &[A], terms: &[crate::domain::Text]| {
        terms.is_empty()
            || attributes.iter().any(|attribute| {
                let when = match attribute {
                    A::Industry => When { industry: Some(test(terms)), ..When::default() },
                    A::SubIndustry => When { sub_industry: Some(test(terms)), ..When::default() },
                    A::Country => When { country: Some(test(terms)), ..When::default() },
                    A::Region => When { region: Some(test(terms)), ..When::default() },
                    _ => When { operates_in: Some(test(terms)), ..When::default() },
                };
                when.ask(facts).answer == Answer::Yes
            })
    };
    any(&[A::Industry, A::SubIndustry], &market.industries)
        && any(&[A::Country, A::Region, A::OperatesIn], &market.regions)
}
