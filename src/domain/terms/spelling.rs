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

/// Words that are written in capitals, besides those of [`SPELLINGS`].
const CAPITALS: &[&str] = &[
    "ab", "ae", "ag", "amer", "anz", "apac", "asa", "bdr", "bv", "ceo", "cfo", "cio", "cmo", "coo",
    "cpo", "cro", "cto", "dach", "eu", "evp", "gmbh", "gtm", "ii", "iii", "kg", "latam", "llc",
    "llp", "lp", "mea", "na", "nv", "nyc", "oy", "plc", "sa", "sas", "sdr", "se", "svp", "uk",
    "uki", "us", "usa", "vp",
];
/// Little words of a name or a title.
const LITTLE: &[&str] = &["and", "de", "des", "du", "for", "in", "of", "the", "to", "und", "von"];
/// Capitals in a row that are more than an abbreviation.
const LOUD_LETTERS: usize = 5;

/// A text in capitals as people write it: `DIRECTOR, LOGISTICS` is Director, Logistics; `SDR` and what has
/// small letters stay. Without the state that a registry adds to a name (`/DE/`).
pub fn calm(text: &str) -> String {
    let is_state = |word: &str| {
        word.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).is_some_and(|state| {
            state.chars().count() == 2 && state.chars().all(char::is_uppercase)
        })
    };
    let named: Vec<&str> = text
        .split(' ')
        .enumerate()
        .filter(|(at, word)| *at == 0 || !is_state(word))
        .map(|(_, word)| word)
        .collect();
    let text = named.join(" ");
    let is_loud =
        |word: &str| word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    let keeps = |low: &str| CAPITALS.contains(&low) || spelling(low).is_some();
    let is_long = |word: &str| word.chars().count() >= LOUD_LETTERS && !keeps(&word.to_lowercase());
    // Short words follow those beside them: "SALES OPS" is loud, "SAP" alone is a name.
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let runs = words.chunk_by(|a, b| is_loud(a) && is_loud(b));
    let is_lowered = runs.flat_map(|run| {
        let loud = run.iter().all(|word| is_loud(word)) && run.iter().any(|word| is_long(word));
        run.iter().map(move |_| loud)
    });
    let mut is_lowered = is_lowered.collect::<Vec<_>>().into_iter();
    let mut out = String::with_capacity(text.len());
    let mut is_first = true;
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let low = word.to_lowercase();
        match !word.is_empty() && is_lowered.next() == Some(true) && !keeps(&low) {
            true if !is_first && LITTLE.contains(&low.as_str()) => out.push_str(&low),
            true => out.push_str(&capital(&low)),
            false => out.push_str(word),
        }
        out.push_str(&piece[word.len()..]);
        is_first &= word.is_empty();
    }
    out
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
    #[test]
    fn what_is_in_capitals_is_said_calmly() {
        for (given, said) in [
            ("DIRECTOR, LOGISTICS", "Director, Logistics"),
            ("HEAD OF SALES, EMEA", "Head of Sales, EMEA"),
            ("VP OF SALES (AMERICAS)", "VP of Sales (Americas)"),
            ("SVP, Sales & Customer Success, AMERICAS", "SVP, Sales & Customer Success, Americas"),
            ("CARAWAY PAYMENTS INC", "Caraway Payments Inc"),
            ("PERSONIO SE & Co. KG", "Personio SE & Co. KG"),
            ("MÜNCHEN", "München"),
            ("Nordhaven Holdings Corp /DE/", "Nordhaven Holdings Corp"),
            (
                "Head of Sales; ACCOUNT EXECUTIVE, MID-MARKET; SDR",
                "Head of Sales; Account Executive, Mid-Market; SDR",
            ),
            ("SDR", "SDR"),
            ("IBM", "IBM"),
            ("HubSpot", "HubSpot"),
            ("Senior AE - UKI", "Senior AE - UKI"),
            ("", ""),
            ("  ", "  "),
            ("/DE/", "/DE/"),
        ] {
            assert_eq!(calm(given), said, "{given}");
        }
    }
}
