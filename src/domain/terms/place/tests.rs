//! Places of posts as vendors write them, side by side.

use super::names::{AREAS, TOWNS};
use super::regions::{LIKE_THEIR_TOWN, REGIONS};
use super::{folded, is_town_or_remote, same_place};
use proptest::prelude::*;

#[test]
fn places_compare_as_people_mean_them() {
    for (x, y) in [
        // One says more, or says it in another way.
        ("Boston", "Boston, MA"),
        ("Boston, Massachusetts, US", "BOSTON"),
        ("Berlin, Berlin, Germany", "berlin, DE"),
        ("DE-Berlin", "Berlin, Germany"),
        ("Salzburg AT", "Salzburg, Österreich"),
        ("Amsterdam NL", "Amsterdam, The Netherlands"),
        ("Leeds UK", "Leeds, United Kingdom"),
        ("Tampa, FL 33602", "Tampa, Florida"),
        ("US-WA-Bellevue", "Bellevue, Washington, USA"),
        ("US, TX, Plano", "Plano, Texas"),
        ("Brooklyn, New York", "Brooklyn, NY"),
        ("New York, New York", "NYC"),
        ("Washington D.C.", "Washington, DC"),
        ("Greater Denver Area", "Denver, CO"),
        ("Paris Metropolitan Region", "Paris, FR"),
        ("St. Gallen", "St Gallen, Switzerland"),
        ("Saint Paul, MN", "St. Paul, Minnesota"),
        ("LA", "Los Angeles, CA"),
        ("LA, California", "Los Angeles"),
        ("Québec City", "Quebec, QC"),
        ("Newcastle upon Tyne", "Newcastle, UK"),
        ("Perth, WA", "Perth, Western Australia"),
        ("Augsburg, Bayern", "Augsburg, Bavaria, Germany"),
        // Other languages and spellings.
        ("Wien", "Vienna, Austria"),
        ("Köln", "Cologne"),
        ("Koeln", "Köln, Deutschland"),
        ("København", "Copenhagen, Denmark"),
        ("Tübingen", "Tuebingen"),
        ("Genève", "Geneva, CH"),
        ("Mumbai, Maharashtra, India", "Bombay"),
        ("Albuquerque, NM", "Albuquerque, New Mexico"),
        // How people work there.
        ("Remote", "Remote - Germany"),
        ("Remote (Canada)", "Canada, Remote"),
        ("Fully remote within the UK", "Remote, United Kingdom"),
        ("Remote in the US", "Work from home, USA"),
        ("Oslo (Hybrid)", "Oslo, Norway"),
        ("Austin, TX (In Office)", "Austin, Texas"),
        ("Hybrid in Lyon", "Lyon"),
        ("Hybrid, 3 days a week in office, Lyon", "Lyon, France"),
        ("Home based, UK", "Remote - United Kingdom"),
        ("Remote, US or Canada", "Remote - Canada / US"),
        ("On-site - Leeds", "Leeds Office"),
        ("Remote, EMEA", "Remote - Europe, Middle East and Africa"),
        // Lists.
        ("Austin; Boston", "Boston; Austin"),
        ("Austin, TX | Boston, MA", "Boston / Austin"),
        ("Paris, London", "London and Paris"),
        ("Remote or Lyon", "Lyon; Remote"),
    ] {
        assert!(same_place(x, y) && same_place(y, x), "{x} is {y}");
    }
    for (x, y) in [
        ("Boston", "Austin"),
        ("Paris", "Paris, TX"),
        ("Birmingham, AL", "Birmingham, UK"),
        ("Birmingham, AL", "Birmingham, West Midlands"),
        ("Manchester", "Manchester, NH"),
        ("San Jose, CA", "San José, Costa Rica"),
        ("Ottawa, ON", "Ottawa, IL"),
        ("London", "Remote, UK"),
        ("New York, NY", "New Jersey"),
        ("Rome, GA", "Rome"),
        ("Melbourne, FL", "Melbourne, Australia"),
        ("Columbus, OH", "Columbus, Georgia"),
        ("Hamilton, Ontario", "Hamilton, New Zealand"),
        ("Newcastle, NSW", "Newcastle, England"),
        ("US, CA, Santa Clara", "US, CA, San Jose"),
        ("Germany, Berlin", "Germany, Munich"),
        ("Germany", "Germany, Munich"),
        ("Remote, US", "Remote, Germany"),
        ("Remote - EMEA", "Remote - US"),
        ("Remote", "Boston"),
        ("California", "Washington"),
        ("Austin; Boston", "Austin; Denver"),
        ("EMEA", "APAC"),
        ("Hybrid", "Remote"),
    ] {
        assert!(!same_place(x, y) && !same_place(y, x), "{x} is not {y}");
    }
}

#[test]
fn a_town_in_a_title_is_known_as_one() {
    for (text, is) in [
        ("Berlin", true),
        ("New York, NY", true),
        ("Remote", true),
        ("Hybrid", false),
        ("EMEA", false),
        ("Germany", false),
        ("Remote US", false),
        ("Growth", false),
        ("", false),
    ] {
        assert_eq!(is_town_or_remote(text), is, "{text}");
    }
}

#[test]
fn the_tables_are_written_as_texts_are_compared() {
    let towns = TOWNS.iter().flat_map(|(name, usual, ..)| [*name, *usual]);
    let regions = REGIONS.iter().flat_map(|(_, code, name)| [*code, *name]);
    let areas = AREAS.iter().map(|(name, _)| *name);
    for name in towns.chain(regions).chain(areas).chain(LIKE_THEIR_TOWN.iter().copied()) {
        assert_eq!(folded(name), name);
    }
    for (name, usual, ..) in TOWNS {
        let town = TOWNS.iter().find(|(other, ..)| other == usual);
        assert!(town.is_none_or(|town| town.1 == *usual), "{name} is {usual}, which is another");
    }
}

proptest! {
    #[test]
    fn any_text_is_the_same_place_as_itself_in_other_letters(
        known in prop::collection::vec(prop::sample::select(TOWNS), 0..3),
        text in "\\PC{0,30}",
        apart in prop::sample::select(vec!["; ", " / ", " & "]),
    ) {
        let towns: Vec<_> = known.iter().map(|town| town.0.replace('-', " ")).collect();
        let text = [towns.join(apart), text].join(", ");
        prop_assert!(same_place(&text, &text.clone()));
        prop_assert_eq!(same_place(&text, "Boston"), same_place("Boston", &text));
        let listed = towns.join(apart);
        let turned = towns.iter().rev().cloned().collect::<Vec<_>>().join(apart);
        prop_assert!(same_place(&listed.to_uppercase(), &turned), "{} {}", listed, turned);
    }
}
