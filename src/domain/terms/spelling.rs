//! Terms as salespeople write them: `hubspot` is HubSpot, `b2b-saas` B2B SaaS.

use super::term::Term;
use super::vocabulary::TOOL_NAMES;

/// What a capital letter at the front does not make right.
const SPELLINGS: &[(&str, &str)] = &[
    ("ai", "AI"),
    ("api", "API"),
    ("arr", "ARR"),
    ("b2b", "B2B"),
    ("b2c", "B2C"),
    ("crm", "CRM"),
    ("emea", "EMEA"),
    ("erp", "ERP"),
    ("hr", "HR"),
    ("it", "IT"),
    ("pe", "PE"),
    ("plg", "PLG"),
    ("saas", "SaaS"),
    ("seo", "SEO"),
    ("sap", "SAP"),
    ("smb", "SMB"),
];

/// A term in running text: `health-tech` is health tech, `b2b-saas` B2B SaaS.
pub fn words(term: &str) -> String {
    let words = term.split(['-', '_']).filter(|word| !word.is_empty());
    words.map(|word| spelling(word).unwrap_or(word)).collect::<Vec<_>>().join(" ")
}

/// A name: `salesforce` is Salesforce, `north-america` North America.
pub fn proper(term: &str) -> String {
    let words = term.split(['-', '_']).filter(|word| !word.is_empty());
    words
        .map(|w| spelling(w).map_or_else(|| capital(w), str::to_owned))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A tool: `hubspot` is HubSpot, `customer-io` Customer.io.
pub fn tool(tool: &Term) -> String {
    TOOL_NAMES.get(tool).cloned().unwrap_or_else(|| proper(tool.as_str()))
}

fn spelling(word: &str) -> Option<&'static str> {
    SPELLINGS.iter().find(|(known, _)| *known == word).map(|(_, name)| *name)
}

/// The first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_as_salespeople_write_them() {
        assert_eq!(words("b2b-saas"), "B2B SaaS");
        assert_eq!(words("health-tech"), "health tech");
        assert_eq!(proper("north-america"), "North America");
        for (slug, name) in [
            ("salesforce", "Salesforce"),
            ("hubspot", "HubSpot"),
            ("oracle-erp", "Oracle ERP"),
            ("customer-io", "Customer.io"),
            ("our-inhouse-crm", "Our Inhouse CRM"),
        ] {
            assert_eq!(tool(&Term::parse(slug).unwrap()), name);
        }
    }
}
