//! Signals as vendors send them: each is new once, and most rows repeat an earlier one.

use buymode::codec::Codec;
use buymode::domain::account::input::Input;
use buymode::domain::evidence::signal::{Event, Funding, Hiring, News, Signal, Technology};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::{
    Function, FundingStage, HiringAction, Instrument, NewsKind, Seniority, TechnologyAction,
};
use buymode::domain::terms::time::{DAY_MS, Occurred, Precision, Timestamp};
use buymode::domain::terms::units::BasisPoints;
use buymode::log::{Output, Writer};
use uuid::Uuid;

/// Who is written about, and how often again.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub accounts: u64,
    /// One row in so many is new.
    pub new_every: u64,
}

/// The signal that a row holds: new ones go round the accounts, the others repeat any earlier one.
fn number(row: u64, new_every: u64) -> u64 {
    let new = row / new_every;
    if row.is_multiple_of(new_every) {
        return new;
    }
    // Splitmix64: any order will do that is the same in each run.
    let mut x = row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % (new + 1)
}

pub(super) fn account(n: u64) -> AccountKey {
    AccountKey::parse(&format!("company-{n}.com")).unwrap()
}

/// The `i`th signal of the `n`th account: each another event, back to 300 days ago.
pub(super) fn signal(n: u64, i: u64, today: i64) -> Input {
    let at = Timestamp((today - (i as i64 * 3) % 300) * DAY_MS);
    let place = ["Berlin", "London", "San Francisco"][i as usize % 3];
    let event = match i % 10 {
        0 => Event::Funding(Funding {
            stage: Some(FundingStage::SeriesB),
            instrument: Instrument::Equity,
            amount_usd: Some(1_000_000 * (i + 1)),
            lead_investor: Some("Northwind Growth Partners".into()),
        }),
        1..7 => Event::Hiring(Hiring {
            action: HiringAction::Posted,
            title: format!("Account Executive, Team {i}, Midmarket").into(),
            function: Function::Sales,
            seniority: Seniority::Individual,
            place: Some(place.into()),
            posting: Some(format!("{n}-{i}").into()),
            agency: false,
            first_in_function: None,
        }),
        7 => Event::Technology(Technology {
            tool: format!("tool-{i}").parse().unwrap(),
            action: TechnologyAction::Adopted,
            category: None,
        }),
        _ => Event::News(News {
            news: NewsKind::Expansion,
            summary: Some(format!("Company {n} opens an office in {place}, its {i}th").into()),
            ..News::default()
        }),
    };
    Input::Signal(Signal {
        id: Uuid::from_u128(u128::from(n) << 64 | u128::from(i)),
        source: ["crunchbase", "ashby"][i as usize % 2].into(),
        occurred: Occurred::new(Some(at), Precision::Day, at),
        observed_at: at,
        confidence: BasisPoints::FULL,
        evidence_url: Some(format!("https://news.example.com/company-{n}/article-{i}").into()),
        planned: false,
        baseline: false,
        supersedes: None,
        event,
    })
}

/// The `number`th row.
pub(super) fn row(number: u64, load: Load, today: i64) -> (AccountKey, Input) {
    let new = self::number(number, load.new_every);
    let (n, i) = (new % load.accounts, new / load.accounts);
    (account(n), signal(n, i, today))
}

/// Writes rows in one transaction.
pub(super) fn write(
    writer: &mut dyn Writer,
    topic: &str,
    rows: std::ops::Range<u64>,
    load: Load,
    today: i64,
) {
    let (mut codec, mut bytes) = (Codec::local(), Vec::new());
    writer.begin().unwrap();
    for (account, input) in rows.map(|number| row(number, load, today)) {
        bytes.clear();
        codec.encode_input(topic, &account, &input, &mut bytes).unwrap();
        let key = Some(account.as_str().as_bytes());
        let output = Output { topic, key, value: Some(&bytes), ..Output::default() };
        writer.send(&output).unwrap();
    }
    writer.commit(&[]).unwrap();
}
