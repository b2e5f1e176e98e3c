//! What the press writes about the made-up companies.

use super::craft::news;
use super::firm::Firm;
use super::names::PLACES;
use super::pick;
use crate::domain::evidence::signal::Event;
use crate::domain::terms::catalogue::NewsKind;
use crate::domain::terms::figures::counted;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const PRODUCTS: &[&str] = &[
    "a mobile app",
    "a version for small teams",
    "an interface for partners",
    "a plan for large companies",
    "its third major release",
];
const PARTNERS: &[&str] =
    &["a reseller", "an auditor", "a cloud provider", "a university", "two consultancies"];
const CLIENTS: &[&str] = &["a public tender", "a hospital group", "a national retailer", "a bank"];
const AWARDS: &[&str] =
    &["a prize for design", "a place among the best employers", "an award for growth"];

/// News without consequences.
pub(super) fn everyday_news(firm: &Firm, rng: &mut ChaCha8Rng) -> Event {
    let name = &firm.name;
    let (kind, text) = match rng.random_range(0..6) {
        0 => (NewsKind::ProductLaunch, format!("{name} ships {}", pick(PRODUCTS, rng))),
        1 => (NewsKind::Award, format!("{name} wins {}", pick(AWARDS, rng))),
        2 => (NewsKind::Partnership, format!("{name} and {} team up", pick(PARTNERS, rng))),
        3 => (NewsKind::NewClient, format!("{name} wins {}", pick(CLIENTS, rng))),
        4 => {
            let years = counted(2026 - firm.founded, "year");
            (NewsKind::Other, format!("{name} turns {years} old"))
        }
        _ => (NewsKind::Expansion, format!("{name} now sells in {}", elsewhere(firm, rng))),
    };
    news(kind, text, None)
}

/// A growing company goes to another town.
pub(super) fn opening(firm: &Firm, rng: &mut ChaCha8Rng) -> Event {
    let (name, town) = (&firm.name, elsewhere(firm, rng));
    let (kind, text) = match rng.random_range(0..4) {
        0 => (NewsKind::Expansion, format!("{name} starts to sell from {town}")),
        1 => (NewsKind::Expansion, format!("{name} brings its product to {town}")),
        2 => (NewsKind::NewOffice, format!("{name} moves into a second office in {town}")),
        _ => (NewsKind::NewOffice, format!("{name} opens an office in {town}")),
    };
    news(kind, text, None)
}

pub(super) fn layoffs(name: &str, gone: u32, rng: &mut ChaCha8Rng) -> Event {
    let people = counted(gone, "person");
    let text = match rng.random_range(0..3) {
        0 => format!("{name} lets {people} go"),
        1 => format!("{name} parts with {people} after a weak quarter"),
        _ => format!("{name} cuts its staff by {people}"),
    };
    news(NewsKind::Layoffs, text, Some(gone))
}

/// A town where the company is not.
pub(super) fn elsewhere(firm: &Firm, rng: &mut ChaCha8Rng) -> &'static str {
    let start = rng.random_range(0..PLACES.len());
    let towns = PLACES.iter().cycle().skip(start).map(|(_, _, town)| *town);
    towns.take(PLACES.len()).find(|town| *town != firm.city).unwrap_or(firm.city)
}
