//! Criteria that a tool asks for by words, and under which filters each tool has them.

use super::Tool;
use crate::domain::profile::when::{TermTest, When};
use crate::domain::terms::term::Term;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Industry,
    Country,
    Technologies,
}

impl Key {
    pub(super) fn said(self) -> &'static str {
        match self {
            Key::Industry => "the industry",
            Key::Country => "the country",
            Key::Technologies => "tools in use",
        }
    }

    /// As a tool asks: any of these.
    pub(super) fn any_of(self, words: &[Term]) -> When {
        let (any_of, none) = (words.to_vec(), Vec::new);
        let test = Some(TermTest { any_of, all_of: none(), none_of: none(), contains: none() });
        match self {
            Key::Industry => When { industry: test, ..When::default() },
            Key::Country => When { country: test, ..When::default() },
            Key::Technologies => When { technologies: test, ..When::default() },
        }
    }

    /// The filters that take some in and keep some out.
    pub(super) fn names(self, tool: Tool) -> (Option<&'static str>, Option<&'static str>) {
        match (self, tool) {
            (Key::Industry, Tool::Apollo) => {
                (Some("q_organization_keyword_tags"), Some("q_not_organization_keyword_tags"))
            }
            (Key::Industry, Tool::Zoominfo) => (Some("industryKeywords"), None),
            (Key::Industry, Tool::Clay) => (Some("industries"), Some("industries_exclude")),
            (Key::Industry, Tool::SalesNavigator) => (Some("industry"), Some("industry_exclude")),
            (Key::Country, Tool::Apollo) => {
                (Some("organization_locations"), Some("organization_not_locations"))
            }
            (Key::Country, Tool::Zoominfo) => (Some("country"), Some("excludedRegions")),
            (Key::Country, Tool::Clay) => (Some("country_names"), Some("country_names_exclude")),
            (Key::Country, Tool::SalesNavigator) => {
                (Some("headquarters_location"), Some("headquarters_location_exclude"))
            }
            (Key::Technologies, Tool::Apollo) => {
                (Some("currently_using_any_of_technology_uids"), None)
            }
            (Key::Technologies, Tool::Zoominfo) => (Some("techAttributeTagList"), None),
            (Key::Technologies, Tool::Clay) => (None, None),
            (Key::Technologies, Tool::SalesNavigator) => (Some("technologies_used"), None),
        }
    }
}
