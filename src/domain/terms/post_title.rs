//! Titles of job posts, compared as people mean them: the same words in the same order, whatever the
//! case, the accents and the signs between them, words written out or not, and without what says that
//! all genders are meant ("(m/f/d)", "H/F", "(all genders)", "Manager:in").

use super::place::{is_remote, is_town_or_remote, names_town, same_place};
use super::term::Term;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::cell::LazyCell;

/// The form in which titles are equal.
pub type TitleKey = SmallVec<[u8; 64]>;

/// A short form of it: equal keys have equal ones, and most of those that differ have others. Source:
/// FNV-1a, 32 bits.
pub fn digest(key: &TitleKey) -> u32 {
    key.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Words that one source writes out and another does not.
const SHORT: &[(&str, &str)] = &[
    ("vp", "vice president"),
    ("svp", "senior vice president"),
    ("evp", "executive vice president"),
    ("sr", "senior"),
    ("jr", "junior"),
    ("mgr", "manager"),
    ("rep", "representative"),
];
/// Little words that one has and another leaves out. "in" is also the end of "Manager:in".
const FILLERS: &[&str] = &["of", "the", "and", "for", "in"];
/// Letters that stand for genders: male, man, masculino; female, femme, Frau, fő; w, v, k, ž of women;
/// d, x, i, n of all others.
const GENDERS: &[&str] =
    &["m", "f", "d", "w", "x", "h", "v", "k", "i", "n", "ž", "z", "div", "divers", "nb", "gn"];
/// The same in words, in brackets or at the end.
const ALL_GENDERS: &[&str] = &[
    "all genders",
    "all gender",
    "any gender",
    "all genders welcome",
    "gender neutral",
    "alle geschlechter",
    "alle gender",
    "geschlecht egal",
    "tous genres",
    "tous les genres",
    "gn",
    "divers",
    "div",
    "mensch",
    "human",
    "tutti i generi",
    "todos los generos",
    "todos os generos",
    "alle genders",
];
/// Ends of a French word that make it a woman's: "Chargé·e", "Développeur·euse".
const ENDS: &[&str] = &["e", "ne", "se", "euse", "rice", "trice", "ère", "ere", "a", "o", "r"];

/// Whether two titles are of the same job.
pub fn same_title(x: &str, y: &str) -> bool {
    // Most titles differ in their first letter: short forms keep it, but little words may lead.
    let first = |text: &str| text.bytes().next().map(|b| b.to_ascii_lowercase());
    let plain = |b: u8| b.is_ascii_alphabetic() && !matches!(b, b'o' | b't' | b'a' | b'f' | b'i');
    if let (Some(a), Some(b)) = (first(x), first(y))
        && a != b
        && plain(a)
        && plain(b)
    {
        return false;
    }
    x == y || title_key(x) == title_key(y)
}

/// The words that make a title the title of a job.
pub fn title_key(title: &str) -> TitleKey {
    key(&without_genders(title))
}

/// The same without the post's own town where the title repeats it: "Account Executive - Berlin". A
/// vacancy that is posted in ten towns is one. A country in a title is a market to work on, and stays,
/// unless the title says that people may sit there: "Remote (Brazil)".
pub fn vacancy_key(title: &str, place: Option<&str>) -> TitleKey {
    let title = without_genders(title);
    let own = LazyCell::new(|| place.filter(|place| names_town(place) || is_remote(&title)));
    let mut left: Vec<&str> = Vec::new();
    for (at, part) in title.split([',', '(', ')', '[', ']', '|', '–', '—']).enumerate() {
        for (inner, piece) in part.split(" - ").enumerate() {
            let is_place =
                || is_town_or_remote(piece) || own.is_some_and(|own| same_place(piece.trim(), own));
            if at + inner == 0 || !is_place() {
                left.push(piece);
            }
        }
    }
    key(&left.join(" "))
}

fn key(title: &str) -> TitleKey {
    let mut key = TitleKey::new();
    let Ok(term) = Term::parse(title) else { return key };
    for word in term.as_str().split('-').filter(|word| !FILLERS.contains(word)) {
        let whole = SHORT.iter().find(|(short, _)| *short == word).map_or(word, |(_, whole)| whole);
        if !key.is_empty() {
            key.push(b' ');
        }
        key.extend_from_slice(whole.as_bytes());
    }
    key
}

/// The title without what says that all genders are meant.
fn without_genders(title: &str) -> Cow<'_, str> {
    let may = |c: char| matches!(c, '(' | '[' | '/' | '|' | '*' | ':' | '·' | '_' | '.' | '•');
    if !title.contains(may) && !title.to_lowercase().contains("gender") {
        return Cow::Borrowed(title);
    }
    let lower = title.to_lowercase();
    let outside = without_brackets(&lower);
    let ended = ALL_GENDERS.iter().filter(|phrase| phrase.contains(' ')).find_map(|phrase| {
        let rest = outside.trim_end().strip_suffix(phrase)?;
        Some(rest.trim_end_matches([' ', ',', '-', '–', '|', '/']).to_owned())
    });
    Cow::Owned(without_letters(&ended.unwrap_or(outside)))
}

/// Leaves out brackets that hold letters of genders, or the words.
fn without_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['(', '[']) {
        let inside = &rest[open + 1..];
        let Some(close) = inside.find([')', ']']) else { break };
        out.push_str(&rest[..open]);
        let said = inside[..close].trim();
        // "Consultant(e)": the end of the word before.
        let is_end = out.ends_with(char::is_alphanumeric) && ENDS.contains(&said);
        if is_gender(said) {
            out.push(' ');
        } else if !is_end {
            out.push_str(&rest[open..=open + 1 + close]);
        }
        rest = &inside[close + 1..];
    }
    out.push_str(rest);
    out
}

/// The title as people say it: `Head of Sales (m/f/d)` is Head of Sales.
pub fn spoken(title: &str) -> Cow<'_, str> {
    let lower = |text: &str| text.trim().to_lowercase();
    let mut kept = String::with_capacity(title.len());
    let mut rest = title;
    while let Some((before, inside)) = rest.split_once(['(', '[']) {
        let Some((said, after)) = inside.split_once([')', ']']) else { break };
        kept.push_str(before);
        if !is_gender(&lower(said)) {
            kept.push_str(&rest[before.len()..rest.len() - after.len()]);
        }
        rest = after;
    }
    kept.push_str(rest);
    let words: Vec<&str> = kept.split_whitespace().filter(|w| !is_letters(&lower(w))).collect();
    let spoken = words.join(" ").replace(", (", " (").replace(" - (", " (");
    match spoken.trim_end_matches([' ', ',', '-', '–', '|', '/']) {
        "" => Cow::Borrowed(title),
        same if same == title => Cow::Borrowed(title),
        spoken => Cow::Owned(spoken.to_owned()),
    }
}

/// Of what stands in brackets.
fn is_gender(said: &str) -> bool {
    let between =
        |c: char| matches!(c, '/' | '|' | ',' | '-' | '.' | '*' | '+' | ';' | ' ' | ':' | '_');
    let mut letters = said.split(between).filter(|letter| !letter.is_empty()).peekable();
    let listed = letters.peek().is_some() && letters.clone().nth(1).is_some();
    let words = said.replace(['*', '-', '_', '/'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    listed && letters.all(|letter| GENDERS.contains(&letter))
        || ALL_GENDERS.contains(&words.as_str())
}

/// Leaves out letters of genders with a stroke between them ("H/F", "m | w | d"), and the ends that
/// make a word a woman's ("Manager:in", "Chargé·e").
fn without_letters(text: &str) -> String {
    let joined = match text.contains(['/', '|']) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(["/", "|"].iter().fold(text.to_owned(), |text, sign| {
            text.replace(&format!(" {sign} "), sign).replace(&format!("{sign} "), sign)
        })),
    };
    let words = joined.split(' ').filter(|word| !is_letters(word)).map(without_end);
    words.collect::<Vec<_>>().join(" ")
}

/// `h/f`, `m|w|d`: letters of genders with a stroke between them.
fn is_letters(word: &str) -> bool {
    let bare = word.trim_matches([',', '-', '–', '(', ')', '[', ']', '*']);
    let mut letters = bare.split(['/', '|']);
    let has = |letter: &str| bare.split(['/', '|']).any(|other| other == letter);
    letters.clone().nth(1).is_some()
        && letters.all(|letter| GENDERS.contains(&letter))
        && (has("m") || has("h") && has("f"))
}

fn without_end(word: &str) -> &str {
    let is_sign = |b| !u8::is_ascii(&b) || matches!(b, b'*' | b':' | b'_' | b'.' | b'/');
    if !word.bytes().any(is_sign) {
        return word;
    }
    for sign in ['*', ':', '_', '·', '•', '.', '/'] {
        let Some((stem, end)) = word.split_once(sign) else { continue };
        let end = end.trim_start_matches('-').trim_end_matches([',', ')']);
        let german = matches!(end, "in" | "innen" | "r" | "frau");
        let french = matches!(sign, '·' | '•' | '.' | '/') && ENDS.contains(&end);
        if stem.chars().count() > 2 && (german || french) {
            return stem;
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_compare_as_people_mean_them() {
        for (x, y) in [
            ("VP of Sales", "Vice President, Sales"),
            ("Sr. Account Executive", "Senior Account Executive"),
            ("Head of R&D", "head of R & D"),
            ("Account Executive", "Account Executive (m/f/d)"),
            ("Account Executive (m/w/d)", "Account Executive (f/m/x)"),
            ("Account Executive (all genders)", "Account Executive - All genders"),
            ("Account Executive (w|m|div.)", "ACCOUNT EXECUTIVE"),
            ("Account Executive [M/F]", "Account Executive"),
            ("Account Executive H/F", "Account Executive (h/f)"),
            ("Account Executive - F/H", "Account Executive"),
            ("Account Executive M / W / D", "Account Executive"),
            ("Account Executive, m|w|d", "Account Executive"),
            ("Account Executive (gn)", "Account Executive (m,w,d)"),
            ("(Senior) Account Executive (m/v/x)", "Senior Account Executive"),
            ("Specjalista ds. Sprzedaży (k/m)", "Specjalista ds. Sprzedazy"),
            ("Obchodní zástupce (m/ž)", "Obchodni zastupce"),
            ("Vertriebsleiter*in", "Vertriebsleiter (m/w/d)"),
            ("Vertriebsleiter:in", "Vertriebsleiter/in"),
            ("Vertriebsleiter/-in", "Vertriebsleiter_in"),
            ("Chargé·e de clientèle", "Chargé de clientèle (H/F)"),
            ("Consultant(e) avant-vente", "Consultant avant-vente F/H"),
        ] {
            assert!(same_title(x, y) && same_title(y, x), "{x} is {y}");
        }
        for (x, y) in [
            ("VP of Sales", "VP of Sales Operations"),
            ("Account Executive", "Account Manager"),
            ("Engineer (C)", "Engineer (C++)"),
            ("H/W Engineer", "Engineer"),
            ("Manager, M&A", "Manager"),
            ("A/V Technician", "Technician"),
            ("Account Executive (Berlin)", "Account Executive (Munich)"),
            ("Founding AE", "AE"),
            ("Sales Manager (D)", "Sales Manager (W)"),
            ("Engineer (A)", "Engineer (E)"),
        ] {
            assert!(!same_title(x, y) && !same_title(y, x), "{x} is not {y}");
        }
    }

    #[test]
    fn a_vacancy_is_the_title_without_the_post_s_own_place() {
        let key = |title, place| vacancy_key(title, Some(place));
        let plain = key("Account Executive", "Oslo");
        for (title, place) in [
            ("Account Executive - Berlin", "Berlin, Germany"),
            ("Account Executive (m/w/d), Erfurt", "Erfurt, Thüringen, Germany"),
            ("Account Executive (Remote)", "Remote - US"),
            ("Account Executive | NYC", "New York"),
            ("Account Executive - Remote (Brazil)", "BR / Remote (BR)"),
        ] {
            assert_eq!(key(title, place), plain, "{title} in {place}");
        }
        for (title, place) in [
            ("Account Executive - EMEA", "London"),
            ("Account Executive, Enterprise", "London"),
            ("Account Executive, Germany", "Germany"),
            ("Berlin", "Berlin"),
        ] {
            assert_ne!(key(title, place), plain, "{title} in {place}");
        }
    }

    #[test]
    fn a_title_is_spoken_without_genders() {
        for (title, expected) in [
            ("Head of Sales (m/f/d)", "Head of Sales"),
            ("Leiter Vertrieb (m/w/d) Süd", "Leiter Vertrieb Süd"),
            ("SDR (Outbound) (all genders)", "SDR (Outbound)"),
            ("Account Executive - F/H", "Account Executive"),
            ("Account Executive H/F, Paris", "Account Executive Paris"),
            ("VP Sales, H/F (EMEA)", "VP Sales (EMEA)"),
            ("SDR - m/w/d (Outbound)", "SDR (Outbound)"),
            ("VP of Sales (Remote)", "VP of Sales (Remote)"),
            ("H/W Engineer", "H/W Engineer"),
            ("Sales (m/f/d", "Sales"),
            ("(m/f/d)", "(m/f/d)"),
        ] {
            assert_eq!(spoken(title), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_title_is_itself_in_capitals(title in "\\PC{0,40}|[A-Za-z()/|:*·, -]{0,40}") {
            let again = title.to_uppercase();
            let (once, twice) = (title_key(&title.to_lowercase()), title_key(&title));
            proptest::prop_assert_eq!(&once, &twice);
            proptest::prop_assert!(same_title(&title, &title));
            let _any_text_has_a_key = vacancy_key(&again, Some(&title));
        }
    }
}
