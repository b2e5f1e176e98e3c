//! A made-up company with its true facts on a day. Signals report these facts, more or less exactly.

use super::names::{COMPETITORS, CRMS, FIRST, OWNERS, PLACES, SECOND, TOOLS};
use super::pick;
use crate::domain::Text;
use crate::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{Function, FundingStage};
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// The relation of the company to the sales team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Prospect,
    /// Sells a similar product: always excluded.
    Competitor,
    Customer,
}

/// When the team's data vendor has a record of the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    FromTheFirstDump,
    /// Its signals arrive before its record.
    Later,
    Never,
}

#[derive(Clone, Debug)]
pub struct Firm {
    pub name: String,
    pub account: AccountKey,
    pub industry: &'static str,
    pub sub_industry: &'static str,
    pub country: &'static str,
    pub region: &'static str,
    pub city: &'static str,
    pub founded: u64,
    pub employees: u32,
    pub sellers: u32,
    pub stage: Option<FundingStage>,
    pub tools: Vec<&'static str>,
    pub owner: &'static str,
    pub role: Role,
    pub known: Known,
    /// Whether vendors know its size and stage; otherwise it cannot have a tier.
    pub is_measured: bool,
    /// The first day on which another story of this company may start.
    pub free_from: Day,
}

impl Firm {
    /// The company number `index`; names do not repeat.
    pub fn make(index: usize, rng: &mut ChaCha8Rng) -> Firm {
        let pairs = FIRST.len() * SECOND.len();
        // A prime that divides neither length, so that every pair occurs once before any occurs again.
        let pair = index.wrapping_mul(7_919) % pairs;
        let (first, second) = (FIRST[pair % FIRST.len()], SECOND[pair / FIRST.len()]);
        let (noun, industry, sub_industry) = second;
        let name = match index / pairs {
            0 => format!("{first} {noun}"),
            round => format!("{first} {noun} {}", round + 1),
        };
        let (country, region, city) = place(rng);
        let tech = SECOND.iter().take(15).any(|s| s.0 == noun);
        let (stage, employees) = size(tech, rng);
        let mut tools: Vec<&'static str> =
            TOOLS.iter().filter(|_| rng.random_ratio(1, 3)).map(|(tool, _)| *tool).collect();
        if rng.random_ratio(if tech { 3 } else { 1 }, 4) {
            tools.push(pick(CRMS, rng));
        }
        if tech && rng.random_ratio(1, 7) {
            tools.push(pick(COMPETITORS, rng));
        }
        Firm {
            account: AccountKey::parse(&domain_of(&name)).expect("a term is a domain label"),
            name,
            industry,
            sub_industry,
            country,
            region,
            city,
            founded: 2024 - rng.random_range(2..22),
            employees,
            sellers: (employees / rng.random_range(7..14)).max(1),
            stage,
            tools,
            owner: pick(OWNERS, rng),
            role: match rng.random_range(0..100) {
                0 => Role::Competitor,
                1..5 => Role::Customer,
                _ => Role::Prospect,
            },
            known: match rng.random_range(0..100) {
                0..4 => Known::Never,
                4..14 => Known::Later,
                _ => Known::FromTheFirstDump,
            },
            is_measured: !rng.random_ratio(1, 14),
            free_from: Day(0),
        }
    }

    /// Whether it is a good prospect.
    pub fn is_promising(&self) -> bool {
        self.role == Role::Prospect
            && matches!(
                self.industry,
                "software" | "fintech" | "cybersecurity" | "health-tech" | "developer-tools"
            )
            && (25..=700).contains(&self.employees)
            && self.stage.is_some_and(|s| s <= FundingStage::SeriesD)
    }

    /// The company record as a vendor would send it on `day`.
    pub fn record(&self, id: SignalId, source: &str, day: Day, baseline: bool) -> CompanyUpdate {
        let as_of = Timestamp(day.start().0 + 1);
        let mut facts: Vec<(Attribute, Value)> = Vec::new();
        let mut say = |attribute, value: Option<Value>| {
            facts.extend(value.map(|value| (attribute, value)));
        };
        let mut word = |attribute, text: &str| say(attribute, Value::said(attribute, [text]));
        word(Attribute::Name, &self.name);
        word(Attribute::Industry, self.industry);
        word(Attribute::SubIndustry, self.sub_industry);
        word(Attribute::Country, self.country);
        word(Attribute::Region, self.region);
        word(Attribute::Owner, self.owner);
        word(Attribute::Territory, self.region);
        match self.role {
            Role::Competitor => word(Attribute::Tags, "competitor"),
            Role::Customer => word(Attribute::Lifecycle, "customer"),
            Role::Prospect => {}
        }
        say(Attribute::FoundedYear, Some(Value::number(self.founded)));
        if self.is_measured {
            say(Attribute::Employees, Some(Value::number(u64::from(self.employees))));
            say(Attribute::FundingStage, self.stage.map(Value::Stage));
        }
        facts.sort_unstable_by_key(|(attribute, _)| *attribute);
        CompanyUpdate {
            id,
            source: Text::new(source),
            as_of,
            baseline,
            facts,
            tools: self.tools.iter().map(|tool| (term(tool), true)).collect(),
            tools_complete: false,
            departments: if self.is_measured {
                vec![(Function::Sales, self.sellers)]
            } else {
                Vec::new()
            },
            departments_complete: false,
        }
    }
}

/// A word of the generator as a term.
pub(super) fn term(word: &str) -> Term {
    Term::parse(word).expect("the generator's words have letters")
}

pub(super) fn domain_of(name: &str) -> String {
    format!("{}.example", term(name))
}

fn place(rng: &mut ChaCha8Rng) -> (&'static str, &'static str, &'static str) {
    // The lower of two draws, so that the first places are the most frequent.
    let at = rng.random_range(0..PLACES.len()).min(rng.random_range(0..PLACES.len()));
    PLACES[at]
}

/// Stage and headcount, which depend on each other; only technology companies are often venture-backed.
fn size(tech: bool, rng: &mut ChaCha8Rng) -> (Option<FundingStage>, u32) {
    use FundingStage as S;
    let stage = match (tech, rng.random_range(0..100)) {
        (true, 0..12) => S::PreSeed,
        (true, 12..36) => S::Seed,
        (true, 36..62) => S::SeriesA,
        (true, 62..80) => S::SeriesB,
        (true, 80..89) => S::SeriesC,
        (true, 89..93) => S::SeriesD,
        (true, _) => S::Public,
        (false, 0..55) => S::Bootstrapped,
        (false, 55..75) => S::PeBacked,
        (false, 75..88) => S::Seed,
        (false, _) => S::Public,
    };
    let people = match stage {
        S::PreSeed => 3..12,
        S::Seed => 8..45,
        S::SeriesA => 28..120,
        S::SeriesB => 70..300,
        S::SeriesC => 180..650,
        S::SeriesD => 350..1_100,
        S::Public => 900..20_000,
        S::PeBacked => 120..3_000,
        _ => 5..900,
    };
    (Some(stage), rng.random_range(people))
}

/// The next stage of a company that still raises money.
pub(super) fn next_stage(stage: Option<FundingStage>) -> Option<FundingStage> {
    use FundingStage as S;
    match stage {
        Some(S::PreSeed) => Some(S::Seed),
        Some(S::Seed) => Some(S::SeriesA),
        Some(S::SeriesA) => Some(S::SeriesB),
        Some(S::SeriesB) => Some(S::SeriesC),
        Some(S::SeriesC) => Some(S::SeriesD),
        _ => None,
    }
}

/// A typical amount of a round of this stage in whole dollars, rounded as in press releases.
pub(super) fn amount_of(stage: FundingStage, rng: &mut ChaCha8Rng) -> u64 {
    use FundingStage as S;
    let millions = match stage {
        S::Seed => rng.random_range(2..6),
        S::SeriesA => rng.random_range(8..20),
        S::SeriesB => rng.random_range(20..48),
        S::SeriesC => rng.random_range(40..100),
        _ => rng.random_range(80..220),
    };
    let tenths = match rng.random_range(0..6) {
        0..3 => 0,
        3..5 if millions < 50 => 5,
        _ if millions < 50 => rng.random_range(1..10),
        _ => 0,
    };
    millions * 1_000_000 + tenths * 100_000
}
