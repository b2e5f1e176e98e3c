//! From a text to the places it names.

use super::names::{AREAS, BESIDE_REMOTE, EMEA, LITTLE, NOISE, REMOTE, REMOTE_PHRASES, TOWNS};
use super::regions::{LIKE_THEIR_TOWN, PROVINCES, REGIONS};
use super::{Land, Lands, Place, folded};
use crate::domain::terms::country;

/// More places, and more parts of one, are not read: no post has them.
const PLACES_MAX: usize = 32;
const PARTS_MAX: usize = 8;
/// Most words of a country's or state's name behind a town.
const LAND_WORDS_MAX: usize = 4;

/// The places that a text names, without those that say only how people work there.
pub(super) fn places(text: &str) -> Vec<Place> {
    if text.bytes().all(|b| b.is_ascii_alphabetic()) {
        // One word, as most are.
        return of_parts(&[text.to_ascii_lowercase()]);
    }
    let mut lower = text.to_lowercase();
    // As each of them begins.
    if lower.contains("europe,") {
        for phrase in EMEA {
            lower = lower.replace(phrase, "emea");
        }
    }
    let is_between = |word: &str| matches!(word, "&" | "and" | "or" | "+" | "und" | "et");
    if lower.split(' ').any(is_between) {
        for between in [" & ", " and ", " or ", " + ", " und ", " et "] {
            lower = lower.replace(between, ";");
        }
    }
    let several = lower.split([';', '|', '/', '\n', '•']);
    several.take(PLACES_MAX).flat_map(|one| of_parts(&parts(one))).collect()
}

/// "Santa Clara, CA (US)", "DE - Berlin", and with a country's code "US-CA-Santa Clara".
fn parts(one: &str) -> Vec<String> {
    let spaced = one.replace(" - ", ",").replace([':', '·', '–', '—', '(', ')', '[', ']'], ",");
    let coded = spaced.split_once('-').is_some_and(|(code, rest)| {
        !spaced.contains(',')
            && is_code(code.trim())
            && !rest.is_empty()
            && !spaced.split_whitespace().any(noisy)
    });
    let parts = spaced.split(|c| c == ',' || coded && c == '-');
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts.take(PARTS_MAX).map(str::to_owned).collect()
}

fn is_code(text: &str) -> bool {
    text.len() == 2 && country::iso2(text).is_some() || text == "usa"
}

fn noisy(word: &str) -> bool {
    NOISE.contains(&word)
}

#[derive(Default)]
struct Reading {
    place: Place,
    /// Names that no table knows, and whether a country or region stood before the first.
    unknown: Vec<String>,
    land_first: bool,
    /// Names of a state that are a town's too.
    double: Vec<&'static str>,
    towns: Vec<&'static (&'static str, &'static str, &'static str, &'static str)>,
}

fn of_parts(parts: &[String]) -> Vec<Place> {
    let mut reading = Reading::default();
    for (at, part) in parts.iter().enumerate() {
        let state = parts.get(1).map(String::as_str);
        // The state of Louisiana has no other name for itself alone, and is not in California.
        let is_town = at == 0 && part == "la" && matches!(state, None | Some("ca" | "california"));
        reading.part(if is_town { "los angeles" } else { part });
    }
    reading.places()
}

impl Reading {
    fn part(&mut self, part: &str) {
        let mut words: Vec<&str> = part.split_whitespace().collect();
        let is_phrase = REMOTE_PHRASES.iter().any(|phrase| part.contains(phrase));
        if is_phrase || words.iter().any(|word| REMOTE.contains(word)) {
            self.place.remote = true;
            let office = |word: &str| is_phrase && word == "office" || word == "home-based";
            words.retain(|w| !REMOTE.contains(w) && !BESIDE_REMOTE.contains(w) && !office(w));
        }
        // A postal code, and words that say nothing of where.
        let all = words.len();
        words.retain(|word| !word.contains(|c: char| c.is_ascii_digit()) && !noisy(word));
        if words.len() < all {
            let end = words.iter().position(|word| !LITTLE.contains(word)).unwrap_or(words.len());
            words.drain(..end);
        }
        if words.is_empty() {
            return;
        }
        if !self.whole(&words.join(" ")) {
            self.behind(&words);
        }
    }

    /// Whether the part as a whole is a name that a table knows.
    fn whole(&mut self, name: &str) -> bool {
        let fold = folded(name);
        if fold.is_empty() {
            return true;
        }
        if let Some((_, area)) = AREAS.iter().find(|(known, _)| *known == fold) {
            self.place.area = Some(area);
        } else if let Some(town) = LIKE_THEIR_TOWN.iter().find(|town| **town == fold) {
            self.double.push(town);
        } else if let Some(town) = TOWNS.iter().find(|(known, ..)| *known == fold) {
            self.towns.push(town);
        } else {
            let lands = lands(name, &fold);
            if lands.is_empty() {
                return false;
            }
            self.land(&lands);
        }
        true
    }

    /// "London UK", "Austin Texas": a town with its country or state behind it.
    fn behind(&mut self, words: &[&str]) {
        for from in words.len().saturating_sub(LAND_WORDS_MAX).max(1)..words.len() {
            let name = words[from..].join(" ");
            let lands = lands(&name, &folded(&name));
            if !lands.is_empty() {
                self.town(&words[..from].join(" "));
                self.land(&lands);
                return;
            }
        }
        self.town(&words.join(" "));
    }

    fn town(&mut self, name: &str) {
        let fold = folded(name);
        match TOWNS.iter().find(|(known, ..)| *known == fold) {
            Some(town) => self.towns.push(town),
            None if !self.unknown.contains(&fold) => self.unknown.push(fold),
            None => {}
        }
    }

    fn land(&mut self, lands: &Lands) {
        self.land_first |= self.unknown.is_empty() && self.towns.is_empty();
        self.place.lands = both(&self.place.lands, lands);
    }

    fn places(mut self) -> Vec<Place> {
        let has_town = !self.unknown.is_empty() || !self.towns.is_empty();
        for (at, name) in std::mem::take(&mut self.double).into_iter().enumerate() {
            // "New York, New York": the first is the town, if no other part is.
            if at == 0 && !has_town {
                self.named_like_its_state(name);
            } else {
                self.land(&region_called(name));
            }
        }
        self.towns.dedup_by_key(|town| town.1);
        if self.towns.len() > 1 && self.unknown.is_empty() {
            // "Paris, London": a list after all.
            let several = self.towns.iter().map(|town| {
                let lands = known_lands(&Lands::new(), town.2, town.3);
                let (town, is_known) = (Some(town.1.to_owned()), true);
                Place { remote: self.place.remote, town, is_known, lands, ..Place::default() }
            });
            return several.collect();
        }
        if let Some((_, town, country, region)) = self.towns.first() {
            self.place.town = Some((*town).to_owned());
            self.know(country, region);
        } else if !self.unknown.is_empty() {
            let at = if self.land_first { self.unknown.len() - 1 } else { 0 };
            self.place.town = Some(self.unknown.remove(at));
        } else if self.place.lands.iter().any(|land| land.region == Some("dc")) {
            self.named_like_its_state("washington");
        }
        let town = self.place.town.clone();
        self.unknown.retain(|part| Some(part) != town.as_ref());
        self.place.others = self.unknown;
        let says = self.place != Place::default();
        says.then_some(self.place).into_iter().collect()
    }

    fn named_like_its_state(&mut self, name: &str) {
        self.place.town = Some(name.to_owned());
        match name {
            "new-york" => self.know("US", "ny"),
            "washington" => self.know("US", "dc"),
            _ => self.know("CA", "qc"),
        }
    }

    /// The town that a name alone means, unless another land is named.
    fn know(&mut self, country: &str, region: &'static str) {
        let lands = known_lands(&self.place.lands, country, region);
        let own = land(country, region);
        self.place.is_known = lands.iter().all(|land| land.agrees(own));
        self.place.lands = lands;
    }
}

/// Of the lands that are named those that agree with the usual one of the town, if any does; the
/// usual one, where none is named.
fn known_lands(named: &Lands, country: &str, region: &'static str) -> Lands {
    let own = land(country, region);
    if named.is_empty() {
        return Lands::from_slice(&[own]);
    }
    let agreed: Lands = named.iter().filter_map(|land| land.and(own)).collect();
    if agreed.is_empty() { named.clone() } else { agreed }
}

/// `country`: two letters; no `region`: all of it.
fn land(country: &str, region: &'static str) -> Land {
    let mut code = [0; 2];
    code.iter_mut().zip(country.bytes()).for_each(|(to, from)| *to = from);
    Land { country: code, region: (!region.is_empty()).then_some(region) }
}

/// What two parts may mean together; the later where they contradict.
fn both(known: &Lands, said: &Lands) -> Lands {
    if known.is_empty() {
        return said.clone();
    }
    let together: Lands =
        known.iter().flat_map(|a| said.iter().filter_map(|b| a.and(*b))).collect();
    if together.is_empty() { said.clone() } else { together }
}

fn region_called(name: &str) -> Lands {
    let called = REGIONS.iter().filter(|(_, _, known)| *known == name);
    called.map(|(country, code, _)| land(country, code)).collect()
}

/// The countries and regions that a name or code may mean.
fn lands(name: &str, fold: &str) -> Lands {
    let by = REGIONS.iter().filter(|(_, code, known)| *code == fold || *known == fold);
    let mut lands: Lands = by.map(|(country, code, _)| land(country, code)).collect();
    let province = PROVINCES.iter().filter(|(_, known, _)| *known == fold);
    lands.extend(province.map(|(country, _, name)| land(country, name)));
    let undotted = name.replace('.', "");
    if let Some(country) = country::iso2(&undotted) {
        lands.push(land(&country.to_ascii_uppercase(), ""));
    }
    lands
}
