//! Accounts of companies that are known by name and country only: the last resort.

use super::IdentityError;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;
use crate::mapping::normalise::country;

/// Legal forms that end a name, as terms without hyphens.
const LEGAL_FORMS: &[&str] = &[
    "inc",
    "incorporated",
    "llc",
    "lp",
    "llp",
    "lllp",
    "pllc",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "plc",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "kgaa",
    "ug",
    "ohg",
    "ev",
    "eg",
    "se",
    "sa",
    "sas",
    "sasu",
    "sarl",
    "eurl",
    "snc",
    "bv",
    "nv",
    "vof",
    "ab",
    "as",
    "asa",
    "aps",
    "oy",
    "oyj",
    "spa",
    "srl",
    "srls",
    "sl",
    "slu",
    "sau",
    "lda",
    "ltda",
    "sapi",
    "cv",
    "pty",
    "pte",
    "pvt",
    "private",
    "kk",
    "gk",
    "sdn",
    "bhd",
    "jsc",
    "ojsc",
    "pjsc",
    "ooo",
    "oao",
    "zao",
    "doo",
    "dd",
    "kft",
    "zrt",
    "sro",
    "ood",
    "ead",
    "eood",
    "spzoo",
    "zoo",
    "tbk",
];

/// Words that do not identify a company.
const GENERAL: &[&str] = &[
    "the",
    "and",
    "of",
    "group",
    "holding",
    "holdings",
    "services",
    "service",
    "solutions",
    "solution",
    "consulting",
    "international",
    "technologies",
    "technology",
    "tech",
    "global",
    "systems",
    "software",
    "enterprises",
    "enterprise",
    "partners",
    "ventures",
    "industries",
    "stealth",
    "startup",
    "confidential",
    "unknown",
    "undisclosed",
    "anonymous",
    "employed",
    "self",
    "freelance",
    "none",
    "test",
    "n",
    "a",
];

/// The provisional account of a company known by name and country only: `name:us:acme-robotics`. A
/// person resolves it with an alias.
pub fn by_name(name: &str, country: Option<&str>) -> Result<AccountKey, IdentityError> {
    let term = Term::parse(&name.replace(['.', '\'', '’'], ""));
    let term = term.map_err(|_| IdentityError::Vague(name.to_owned()))?;
    let mut words: Vec<&str> = term.as_str().split('-').collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL_FORMS.contains(word)) {
        words.pop();
    }
    if words.len() > 1 && words.first() == Some(&"the") {
        words.remove(0);
    }
    let said = words.iter().filter(|w| !GENERAL.contains(w) && !LEGAL_FORMS.contains(w));
    if said.map(|word| word.chars().count()).sum::<usize>() < 3 {
        return Err(IdentityError::Vague(name.to_owned()));
    }
    let country = country.and_then(country::iso2);
    let country = country.ok_or_else(|| IdentityError::NoCountry(name.to_owned()))?;
    AccountKey::parse(&format!("name:{country}:{}", words.join("-")))
        .map_err(|_| IdentityError::Unreadable(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::identity::resolve;

    #[test]
    fn a_name_stands_for_a_company_only_with_a_country_and_if_it_says_something() {
        for (name, country, key) in [
            ("Acme Robotics Inc.", "US", "name:us:acme-robotics"),
            ("Acme Robotics, L.L.C.", "USA", "name:us:acme-robotics"),
            ("ACME ROBOTICS", "United States", "name:us:acme-robotics"),
            ("Kühne Loom GmbH & Co. KG", "de", "name:de:kuhne-loom"),
            ("Société Brantix S.A.", "FR", "name:fr:societe-brantix"),
            ("Socie\u{301}te\u{301} Brantix", "FR", "name:fr:societe-brantix"),
            ("Łódź Ørsteds Straße", "PL", "name:pl:lodz-orsteds-strasse"),
            ("The Brantix Corporation", "US", "name:us:brantix"),
            ("がたろう株式会社", "JP", "name:jp:がたろう株式会社"),
            ("Harbour Loom Pty Ltd", "AU", "name:au:harbour-loom"),
            ("Brightwater S.A.S.", "France", "name:fr:brightwater"),
            ("O'Neill Group", "IE", "name:ie:oneill-group"),
        ] {
            let got = by_name(name, Some(country)).map(String::from);
            assert_eq!(got, Ok(key.to_owned()), "{name}");
            assert_eq!(resolve(key).map(String::from), Ok(key.to_owned()), "a key stays itself");
        }
        for name in
            ["The Company Inc", "Global Solutions LLC", "X", "AB", "Stealth Startup", "", "—"]
        {
            assert_eq!(by_name(name, Some("us")), Err(IdentityError::Vague(name.to_owned())));
        }
        for country in [None, Some("Oz"), Some("")] {
            let got = by_name("Acme Robotics", country);
            assert_eq!(got, Err(IdentityError::NoCountry("Acme Robotics".to_owned())));
        }
    }
}
