//! Places of work as job posts write them, compared as people mean them: "Zürich" is "Zurich,
//! Switzerland", "Remote (US)" is "Remote, United States", "Paris, TX" is not "Paris, France". Of
//! two places one may say more than the other, as long as neither contradicts; a name alone means
//! the best-known town of that name ([`names::TOWNS`]).
//!
//! A text may list several places; two lists are the same in any order.

mod lately;
mod names;
mod read;
mod regions;

use super::term::Term;
use smallvec::SmallVec;

/// A place read from a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    remote: bool,
    /// As [`folded`], by its usual name.
    town: Option<String>,
    /// It is one of those that a name alone means.
    is_known: bool,
    /// What country and region may be meant; empty: neither is named.
    lands: Lands,
    area: Option<&'static str>,
    /// Parts that no table knows: a district, a province.
    others: Vec<String>,
}

type Lands = SmallVec<[Land; 3]>;

/// A country, or a region of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Land {
    country: [u8; 2],
    region: Option<&'static str>,
}

/// Whether two texts may name the same place, or the same places in any order.
pub fn same_place(x: &str, y: &str) -> bool {
    if x == y {
        return true;
    }
    let (ours, theirs) = (lately::places(x), lately::places(y));
    if ours.is_empty() || theirs.is_empty() {
        // Nothing but words about how people work there, or signs: compared as it is written.
        return ours.is_empty() && theirs.is_empty() && folded(x) == folded(y);
    }
    let among = |place: &Place, places: &[Place]| places.iter().any(|other| same(place, other));
    ours.iter().all(|place| among(place, &theirs)) && theirs.iter().all(|p| among(p, &ours))
}

/// Whether the text is the name of a well-known town, or says that a job can be done from anywhere.
pub fn is_town_or_remote(text: &str) -> bool {
    let places = lately::places(text);
    let is = |place: &Place| {
        let bare = place.others.is_empty() && place.area.is_none();
        bare && (place.is_known || place.remote && place.town.is_none() && place.lands.is_empty())
    };
    !places.is_empty() && places.iter().all(is)
}

/// Whether a text names a town.
pub fn names_town(text: &str) -> bool {
    lately::places(text).iter().any(|place| place.town.is_some())
}

/// Whether a text says that people may work from elsewhere.
pub fn is_remote(text: &str) -> bool {
    lately::places(text).iter().any(|place| place.remote)
}

fn same(x: &Place, y: &Place) -> bool {
    let lands_agree = x.lands.is_empty()
        || y.lands.is_empty()
        || x.lands.iter().any(|a| y.lands.iter().any(|b| a.agrees(*b)));
    match (&x.town, &y.town) {
        (Some(a), Some(b)) => a == b && lands_agree && !contradicts(x, y),
        (None, None) => same_land(x, y),
        _ => false,
    }
}

/// Two districts or provinces; of a well-known town they do not matter.
fn contradicts(x: &Place, y: &Place) -> bool {
    let known = x.is_known && y.is_known;
    let both = !x.others.is_empty() && !y.others.is_empty();
    !known && both && !x.others.iter().any(|part| y.others.contains(part))
}

/// Without a town: a bare "Remote" contradicts no remote place.
fn same_land(x: &Place, y: &Place) -> bool {
    let bare =
        |p: &Place| p.remote && p.lands.is_empty() && p.area.is_none() && p.others.is_empty();
    if x.remote && y.remote && (bare(x) || bare(y)) {
        return true;
    }
    let lands = match (x.lands.is_empty(), y.lands.is_empty()) {
        (true, true) => x.area.is_some() || !x.others.is_empty(),
        (false, false) => x.lands.iter().any(|land| y.lands.contains(land)),
        _ => false,
    };
    lands && x.area == y.area && x.others == y.others
}

impl Land {
    fn agrees(self, other: Land) -> bool {
        let regions = self.region.zip(other.region);
        self.country == other.country && regions.is_none_or(|(a, b)| a == b)
    }

    /// Both at once, where they do not contradict.
    fn and(self, other: Land) -> Option<Land> {
        let region = self.region.or(other.region);
        self.agrees(other).then_some(Land { country: self.country, region })
    }
}

/// As towns are compared: words in lower case without accents, a hyphen between them, an umlaut
/// written out or not ("ue" as "u", but not in "Quebec"). Empty where there is no letter or digit.
fn folded(text: &str) -> String {
    let Ok(term) = Term::parse(&text.replace(['.', '\'', '’'], "")) else { return String::new() };
    let words = term.as_str().split('-').map(|word| match word {
        "saint" => "st",
        "sainte" => "ste",
        "fort" => "ft",
        "mount" => "mt",
        word => word,
    });
    let mut out = String::with_capacity(term.as_str().len());
    for c in words.collect::<Vec<_>>().join("-").chars() {
        let mut before = out.chars().rev();
        let written_out = c == 'e'
            && match before.next() {
                Some('a' | 'o') => true,
                Some('u') => !matches!(before.next(), Some('q' | 'g')),
                _ => false,
            };
        if !written_out {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests;
