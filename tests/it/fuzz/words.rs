//! The parsers of single values: what a person or a vendor writes into a field.

use super::{fuzz, texts};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::country;
use buymode::domain::terms::time::Timestamp;
use buymode::domain::terms::titles;
use buymode::mapping::identity;
use buymode::mapping::normalise::{age, amount, band, date, round};

/// As text; what is no UTF-8 never reaches these.
fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn an_amount_is_a_range_or_none() {
    let examples =
        ["$3.5M", "INR 2,00,00,000", "€1.2bn", "$5M - $10M", "2 crore", "3,5 million EUR"];
    fuzz!(texts(&examples), |bytes: &[u8]| {
        if let Some(amount) = amount::parse(&as_text(bytes)) {
            assert!(amount.low <= amount.high);
        }
    });
}

#[test]
fn a_date_lies_between_1800_and_2199_or_is_none() {
    let examples = [
        "2012-06-30",
        "7/5/2020 12:00 AM",
        "5th Sept 2020",
        "2025-10-10T21:10:27+05:30",
        "2012-Q2",
    ];
    fuzz!(texts(&examples), |bytes: &[u8]| {
        if let Some((at, _)) = date::parse(&as_text(bytes)) {
            let year = at.day().to_string()[..4].parse::<i32>().unwrap();
            assert!((1800..=2199).contains(&year), "{year}");
        }
    });
}

#[test]
fn a_number_is_a_date_or_none() {
    bolero::check!().with_type::<i64>().for_each(|number| {
        let _ = date::from_number(&(*number).into());
    });
}

#[test]
fn an_age_counts_back_from_when_it_was_written() {
    let written = Timestamp(1_790_000_000_000);
    fuzz!(texts(&["3 days ago", "over 8 years", "yesterday", "30+ days ago"]), |bytes: &[u8]| {
        if let Some((at, _)) = age::parse(&as_text(bytes), written) {
            assert!(at <= written);
        }
    });
}

#[test]
fn a_band_has_its_ends_in_order() {
    fuzz!(texts(&["11-50", "1,001 to 5,000", "10000+", "c_00051_00100"]), |bytes: &[u8]| {
        if let Some((low, high)) = band::parse(&as_text(bytes)) {
            assert!(low <= high);
        }
    });
}

#[test]
fn a_country_is_two_letters_or_none() {
    fuzz!(texts(&["USA", "United Kingdom", "de", "Korea, Republic of"]), |bytes: &[u8]| {
        if let Some(code) = country::iso2(&as_text(bytes)) {
            assert!(code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()), "{code}");
        }
    });
}

#[test]
fn a_round_is_on_the_scale_or_none() {
    let examples = ["Seed / Angel Funding", "series_e3_bridge", "Post-IPO Debt", "series-c+"];
    fuzz!(texts(&examples), |bytes: &[u8]| {
        let _ = round::parse(&as_text(bytes));
    });
}

#[test]
fn every_title_has_a_function_and_a_seniority() {
    let examples = ["VP of Sales, EMEA", "Sr. SDR (m/w/d)", "Head of RevOps", "Leiter Vertrieb"];
    fuzz!(texts(&examples), |bytes: &[u8]| {
        let _ = titles::classify(&as_text(bytes));
    });
}

#[test]
fn what_names_an_account_names_it_again() {
    let examples = [
        "https://www.acme.co.uk/about?x=1",
        "jane@sales.acme.com",
        "crunchbase:waywire",
        "https://bücher.de",
        "linkedin.com/company/acme",
    ];
    fuzz!(texts(&examples), |bytes: &[u8]| {
        if let Ok(account) = identity::resolve(&as_text(bytes)) {
            assert_eq!(AccountKey::parse(account.as_str()).as_ref(), Ok(&account));
            // A landlord's own page is an account only at its front door, where the domain leads.
            assert_eq!(identity::resolve(account.as_str()), Ok(account));
        }
    });
}
