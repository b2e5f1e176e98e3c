//! Names of months and days of the week, as people write them in dates.

pub(super) fn month(name: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = name.trim_end_matches('.').to_lowercase();
    let lower = if lower == "sept" { "sep" } else { &lower };
    let at =
        MONTHS.iter().position(|m| *m == lower || (lower.len() == 3 && m.starts_with(lower)))?;
    Some(at as u32 + 1)
}

/// The months in German, French, Spanish, Italian, Portuguese and Dutch, without accents, and how they are
/// shortened; by number.
const OTHER_MONTHS: &[(u32, &[&str])] = &[
    (
        1,
        &[
            "januar", "janner", "jan", "janvier", "janv", "enero", "ene", "gennaio", "gen",
            "janeiro", "januari",
        ],
    ),
    (
        2,
        &[
            "februar",
            "feber",
            "fevrier",
            "fevr",
            "fev",
            "febrero",
            "febbraio",
            "fevereiro",
            "februari",
        ],
    ),
    (3, &["marz", "maerz", "mrz", "mars", "marzo", "marco", "maart", "mrt"]),
    (4, &["avril", "avr", "abril", "abr", "aprile"]),
    (5, &["mai", "mayo", "maggio", "mag", "maio", "mei"]),
    (6, &["juni", "juin", "junio", "jun", "giugno", "giu", "junho"]),
    (7, &["juli", "juillet", "juil", "julio", "jul", "luglio", "lug", "julho"]),
    (8, &["aout", "agosto", "ago", "augustus"]),
    (9, &["septembre", "septiembre", "setiembre", "settembre", "setembro", "set"]),
    (10, &["oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out"]),
    (11, &["novembre", "noviembre", "novembro"]),
    (12, &["dezember", "dez", "decembre", "diciembre", "dic", "dicembre", "dezembro"]),
];

/// The days of the week in the same languages, where they are not as in English.
const WEEKDAYS: &[&str] = &[
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "lunedi",
    "martedi",
    "mercoledi",
    "giovedi",
    "venerdi",
    "sabato",
    "domenica",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
];

/// A month in any of the languages that are read.
pub(super) fn any_month(name: &str) -> Option<u32> {
    month(name).or_else(|| month(&folded(name))).or_else(|| {
        let name = folded(name.trim_end_matches('.'));
        let known = |(_, names): &&(u32, &[&str])| names.contains(&name.as_str());
        OTHER_MONTHS.iter().find(known).map(|(month, _)| *month)
    })
}

/// In small letters, without accents.
fn folded(word: &str) -> String {
    let lower = word.to_lowercase();
    let plain = |c: char| match c {
        'ä' | 'á' | 'à' => 'a',
        'é' | 'è' | 'ê' => 'e',
        'í' | 'ì' => 'i',
        'û' | 'ü' | 'ú' => 'u',
        'ç' => 'c',
        c => c,
    };
    lower.chars().map(plain).collect()
}

/// A day of the week in any of these languages.
pub(super) fn is_weekday(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.parse::<chrono::Weekday>().is_ok() || WEEKDAYS.contains(&folded(name).as_str())
}
