//! Country names and codes to ISO 3166-1 alpha-2, in lower case as profiles compare them.

use crate::domain::Text;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Common names that the standard does not have.
const COMMON: &[(&str, &str)] = &[
    ("america", "us"),
    ("united states", "us"),
    ("u.s.", "us"),
    ("u.s.a.", "us"),
    ("uk", "gb"),
    ("u.k.", "gb"),
    ("great britain", "gb"),
    ("united kingdom", "gb"),
    ("england", "gb"),
    ("scotland", "gb"),
    ("wales", "gb"),
    ("northern ireland", "gb"),
    ("south korea", "kr"),
    ("korea", "kr"),
    ("north korea", "kp"),
    ("vietnam", "vn"),
    ("russia", "ru"),
    ("iran", "ir"),
    ("syria", "sy"),
    ("laos", "la"),
    ("bolivia", "bo"),
    ("venezuela", "ve"),
    ("tanzania", "tz"),
    ("moldova", "md"),
    ("taiwan", "tw"),
    ("turkey", "tr"),
    ("the netherlands", "nl"),
    ("netherlands", "nl"),
    ("holland", "nl"),
    ("czech republic", "cz"),
    ("ivory coast", "ci"),
    ("macedonia", "mk"),
    ("palestine", "ps"),
    ("uae", "ae"),
    ("hong kong sar", "hk"),
    ("brunei", "bn"),
    ("cape verde", "cv"),
    ("the bahamas", "bs"),
    ("democratic republic of the congo", "cd"),
    ("dr congo", "cd"),
    ("the gambia", "gm"),
    ("deutschland", "de"),
    ("österreich", "at"),
    ("schweiz", "ch"),
    ("suisse", "ch"),
    ("españa", "es"),
    ("italia", "it"),
    ("brasil", "br"),
    ("méxico", "mx"),
    ("nederland", "nl"),
    ("belgië", "be"),
    ("belgique", "be"),
    ("sverige", "se"),
    ("norge", "no"),
    ("danmark", "dk"),
    ("suomi", "fi"),
    ("polska", "pl"),
    ("türkiye", "tr"),
    ("republic of korea", "kr"),
    ("frankreich", "fr"),
    ("spanien", "es"),
    ("italien", "it"),
    ("niederlande", "nl"),
    ("polen", "pl"),
    ("indien", "in"),
    ("kanada", "ca"),
    ("vereinigtes königreich", "gb"),
    ("vereinigte staaten", "us"),
    ("allemagne", "de"),
    ("royaume-uni", "gb"),
    ("états-unis", "us"),
    ("espagne", "es"),
    ("italie", "it"),
    ("pays-bas", "nl"),
    ("alemania", "de"),
    ("francia", "fr"),
    ("reino unido", "gb"),
    ("estados unidos", "us"),
    ("alemanha", "de"),
    ("germania", "de"),
    ("regno unito", "gb"),
    ("stati uniti", "us"),
];

/// The country's code; `None` for an unknown country.
pub fn iso2(text: &str) -> Option<Text> {
    let lower = text.trim().to_lowercase();
    if let Some(code) = TABLES.common.get(lower.as_str()) {
        return Some(Text::const_new(code));
    }
    let upper = lower.to_uppercase();
    let code = match upper.len() {
        2 => rust_iso3166::from_alpha2(&upper)?.alpha2,
        3 => rust_iso3166::from_alpha3(&upper)?.alpha2,
        _ => TABLES.names.get(&lower)?,
    };
    Some(code.to_lowercase().into())
}

/// Titles and places of job posts are looked through for countries word by word.
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut names = BTreeMap::new();
    for country in rust_iso3166::ALPHA2_MAP.values() {
        // The standard's name, with or without its part in brackets.
        let short = country.name.split_once(" (").map_or(country.name, |(short, _)| short);
        for name in [country.name, short] {
            names.entry(name.to_lowercase()).or_insert(country.alpha2);
        }
    }
    let mut common = BTreeMap::new();
    for (name, code) in COMMON {
        common.entry(*name).or_insert(*code);
    }
    Tables { common, names }
});

struct Tables {
    common: BTreeMap<&'static str, &'static str>,
    /// In lower case.
    names: BTreeMap<String, &'static str>,
}

/// Every country's code with its names: the standard's, with and without its part in brackets, and
/// ours.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let standard = rust_iso3166::ALPHA2_MAP.values().flat_map(|country| {
        let short = country.name.split_once(" (").map_or(country.name, |(short, _)| short);
        [country.name, short, country.alpha3].map(|name| (country.alpha2, name))
    });
    COMMON.iter().map(|(name, code)| (*code, *name)).chain(standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_name_the_same_country() {
        for (text, code) in [
            ("USA", Some("us")),
            ("us", Some("us")),
            ("United States", Some("us")),
            ("UK", Some("gb")),
            ("United Kingdom", Some("gb")),
            ("Germany", Some("de")),
            ("Deutschland", Some("de")),
            ("MÉXICO", Some("mx")),
            ("India", Some("in")),
            ("South Korea", Some("kr")),
            ("United Arab Emirates", Some("ae")),
            ("Democratic Republic of the Congo", Some("cd")),
            ("Remote", None),
            ("", None),
            ("XX", None),
        ] {
            assert_eq!(iso2(text).as_deref(), code, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(
            text in "\\PC{0,24}|[a-zA-Z]{2,3}",
            known in proptest::sample::select(names()),
        ) {
            for text in [text, known] {
                if let Some(code) = iso2(&text) {
                    proptest::prop_assert_eq!(code.len(), 2);
                    proptest::prop_assert_eq!(iso2(&code), Some(code.clone()), "{}", text);
                    proptest::prop_assert_eq!(iso2(&format!(" {text}\t")), Some(code), "{}", text);
                }
            }
        }
    }

    fn names() -> Vec<String> {
        let ours = COMMON.iter().map(|(name, _)| name.to_string());
        let standard = rust_iso3166::ALPHA2_MAP.values().map(|c| c.name.to_owned());
        ours.chain(standard).collect()
    }

    #[test]
    fn every_name_of_the_standard_and_ours_is_a_country() {
        for name in names() {
            assert!(iso2(&name).is_some(), "{name}");
            assert_eq!(iso2(&name.to_uppercase()), iso2(&name), "{name}");
        }
    }
}
