//! Accounts of companies that are known by name and country only: the last resort.

use super::{IdentityError, legal_forms};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::country;
use crate::domain::terms::term::Term;

/// Names of two characters that are companies: others of that length are too likely something else.
const SHORT: &[&str] = &["bp", "bt", "ey", "ge", "gm", "hp", "ki", "lg", "sk", "ul"];

/// What sets off another name of the company, or a remark on it.
const REMARKS: &[&str] = &[
    "abn",
    "acn",
    "aka",
    "dba",
    "fka",
    "formerly",
    "in-liquidation",
    "registered",
    "doing-business-as",
    "trading-as",
    "t-a",
    "d-b-a",
    "f-k-a",
    "a-k-a",
    "nee",
    "previously",
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

/// The provisional account of a company known by name and country only: `name:us:acmerobotics`. A
/// person resolves it with an alias. Legal forms of the country, remarks in brackets, and spaces do not
/// count.
///
/// # Errors
/// Where the country is not known, or the name is too short or too general.
pub fn by_name(name: &str, country: Option<&str>) -> Result<AccountKey, IdentityError> {
    let vague = || IdentityError::Vague(name.to_owned());
    let country = country.and_then(country::iso2);
    let country = country.as_deref();
    let mut words = words(&without_remarks(&plain(name, country), country));
    legal_forms::strip(&mut words, country);
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    if !identifies(&words) {
        return Err(vague());
    }
    let country = country.ok_or_else(|| IdentityError::NoCountry(name.to_owned()))?;
    AccountKey::parse(&format!("name:{country}:{}", words.concat()))
        .map_err(|_| IdentityError::Unreadable(name.to_owned()))
}

/// The name without entities and abbreviations' dots, with one spelling of "and" and of German umlauts.
fn plain(name: &str, country: Option<&str>) -> String {
    let name = html_escape::decode_html_entities(name).replace(['.', '\'', '’'], "");
    let name = name.replace('&', " and ").replace(" + ", " and ");
    let name = name
        .replace("合同会社", " gk ")
        .replace("有限会社", " yk ")
        .replace(['㈱', '㍿'], "株式会社");
    let name =
        name.replace("(株)", "株式会社").replace("（株）", "株式会社").replace("(주)", "주식회사");
    match country {
        Some("de" | "at" | "ch" | "li") => {
            let spelt =
                [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('Ä', "Ae"), ('Ö', "Oe"), ('Ü', "Ue")];
            spelt.iter().fold(name, |name, (letter, two)| name.replace(*letter, two))
        }
        _ => name,
    }
}

/// Without brackets that hold a legal form, a country or a remark, and without what follows "d/b/a".
fn without_remarks(name: &str, country: Option<&str>) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once(['(', '（']) {
        let Some((inner, after)) = after.split_once([')', '）']) else { break };
        kept.push_str(before);
        kept.push(' ');
        let said = words(inner);
        let is_remark = said.is_empty() || is_remark(&said.join("-"));
        if !is_remark && country::iso2(inner).is_none() && !legal_forms::is_form(&said, country) {
            kept.push_str(inner);
            kept.push(' ');
        }
        rest = after;
    }
    kept.push_str(rest);
    let all = words(&kept);
    let remark = (1..all.len()).find(|at| is_remark(&all[*at..].join("-")));
    all[..remark.unwrap_or(all.len())].join(" ")
}

fn is_remark(said: &str) -> bool {
    let begins = |with: &str| {
        said.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    REMARKS.iter().any(|remark| begins(remark))
}

fn words(text: &str) -> Vec<String> {
    let term = Term::parse(text);
    term.map(|term| term.as_str().split('-').map(str::to_owned).collect()).unwrap_or_default()
}

fn identifies(words: &[String]) -> bool {
    let said = || words.iter().filter(|word| !GENERAL.contains(&word.as_str()));
    let letters: usize = said().map(|word| word.chars().count()).sum();
    let text: String = said().map(String::as_str).collect();
    let is_wide = text.chars().any(|c| c >= '\u{2e80}');
    let has_digit =
        text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_alphabetic());
    letters >= 3 || (letters == 2 && (is_wide || has_digit || SHORT.contains(&text.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::identity::resolve;

    #[test]
    fn a_name_stands_for_a_company_only_with_a_country_and_if_it_says_something() {
        for (name, country, key) in [
            ("Acme Robotics Inc.", "US", "name:us:acmerobotics"),
            ("Acme Robotics, L.L.C.", "USA", "name:us:acmerobotics"),
            ("ACME ROBOTICS", "United States", "name:us:acmerobotics"),
            ("Kühne Loom GmbH & Co. KG", "de", "name:de:kuehneloom"),
            ("Société Brantix S.A.", "FR", "name:fr:societebrantix"),
            ("Socie\u{301}te\u{301} Brantix", "FR", "name:fr:societebrantix"),
            ("Łódź Ørsteds Straße", "PL", "name:pl:lodzorstedsstrasse"),
            ("The Brantix Corporation", "US", "name:us:brantix"),
            ("がたろう株式会社", "JP", "name:jp:がたろう"),
            ("Harbour Loom Pty Ltd", "AU", "name:au:harbourloom"),
            ("Brightwater S.A.S.", "France", "name:fr:brightwater"),
            ("O'Neill Group", "IE", "name:ie:oneillgroup"),
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
        for (name, country) in [
            ("HP Inc.", "US"),
            ("F5, Inc.", "US"),
            ("G2", "us"),
            ("小米", "CN"),
            ("3M Company", "US"),
        ] {
            assert!(by_name(name, Some(country)).is_ok(), "{name}");
        }
        for country in [None, Some("Oz"), Some("")] {
            let got = by_name("Acme Robotics", country);
            assert_eq!(got, Err(IdentityError::NoCountry("Acme Robotics".to_owned())));
        }
    }

    /// Two names, and whether they are one company of the country.
    #[test]
    fn legal_forms_and_remarks_do_not_count_but_names_do() {
        let one = [
            ("JP", "株式会社みどり", "みどり"),
            ("JP", "みどり㈱", "みどり株式会社"),
            ("KR", "주식회사 푸른다리", "푸른다리(주)"),
            ("RU", "АО «Синий мост»", "Синий мост"),
            ("ID", "PT Jembatan Biru Tbk", "Jembatan Biru"),
            ("PL", "Niebieski Most Spółka z o.o.", "Niebieski Most"),
            ("SK", "Zelený most, spol. s r.o.", "Zeleny Most s.r.o."),
            ("DK", "Aktieselskabet Grøn Bro", "Grøn Bro A/S"),
            ("FI", "Oy Sininen Silta Ab", "Sininen Silta"),
            ("MX", "Puente Verde S.A. de C.V.", "Puente Verde"),
            ("MX", "Puente Verde, S. de R.L. de C.V.", "Puente Verde"),
            ("FR", "SARL Pont Vert", "Pont Vert"),
            ("DE", "Grüne Brücke UG (haftungsbeschränkt)", "Gruene Bruecke"),
            ("DE", "Müller Söhne GmbH & Co. KG", "Mueller Soehne"),
            ("US", "Green Bridge LLC d/b/a Ladder Works", "Green Bridge"),
            ("US", "Green Bridge (fka Red Ferry)", "Green Bridge"),
            ("US", "Green &amp; Bridge", "Green and Bridge"),
            ("US", "GreenBridge", "Green-Bridge"),
            ("IN", "Green Bridge Private Limited", "M/s. Green Bridge Pvt. Ltd."),
            ("GB", "Green Bridge (UK) Limited", "Green Bridge"),
            ("GB", "Green Bridge PLC", "Green Bridge Public Limited Company"),
            ("BG", "Зелен Мост ООД", "ЕООД Зелен Мост"),
            ("GR", "Πράσινη Γέφυρα Α.Ε.", "Πράσινη Γέφυρα"),
            ("VN", "Công ty TNHH Cầu Xanh", "Cầu Xanh"),
            ("CN", "上海绿桥网络科技股份有限公司", "上海绿桥网络科技"),
            ("HK", "綠橋科技有限公司", "綠橋科技"),
            ("IL", "Green Bridge Ltd. (בע\"מ)", "Green Bridge"),
            ("GE", "შპს მწვანე ხიდი", "მწვანე ხიდი"),
        ];
        for (country, a, b) in one {
            let (first, second) = (by_name(a, Some(country)), by_name(b, Some(country)));
            assert!(first.is_ok(), "{a}: {first:?}");
            assert_eq!(first, second, "{a}, {b}");
        }
        let two = [
            ("JP", "株式会社みどり", "合同会社みどり"),
            ("US", "Green Zoo", "Green"),
            ("US", "Green Private", "Green"),
            ("US", "Coastal SE", "Coastal"),
            ("US", "AB Loom", "Loom AB"),
            ("US", "Green Bridge Capital", "Green Bridge"),
            ("US", "Green Bridge II", "Green Bridge I"),
            ("US", "Green Bridge (North)", "Green Bridge (South)"),
            ("US", "C++ Looms", "C# Looms"),
        ];
        for (country, a, b) in two {
            assert_ne!(by_name(a, Some(country)).ok(), by_name(b, Some(country)).ok(), "{a}, {b}");
        }
    }
}
