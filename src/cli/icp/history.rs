//! `buymode icp history`: every version that was ever published.

use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use crate::cli::answer;
use crate::cli::output::{line, shown, table};
use crate::cli::place::PlaceArgs;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::process::ExitCode;

/// Lists every published version, the newest last, with who published it, why, and which one is
/// active
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp history --config deploy/buymode.yaml\n  \
    buymode icp history --embedded ./data --product crm --json")]
pub(super) struct Args {
    /// Only the versions of this product
    #[arg(long)]
    product: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let mut versions = published::all(&place)?;
    if let Some(product) = &args.product {
        versions.retain(|v| v.product() == product);
    }
    let latest = published::latest_of(versions.clone());
    let active: BTreeSet<_> = latest.iter().map(|v| (v.product(), v.activation.number)).collect();
    let is_active = |v: &Version| active.contains(&(v.product(), v.activation.number));
    if args.json {
        for version in &versions {
            answer::line(&Answer::of(version, is_active(version)))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if versions.is_empty() {
        line("nothing was ever published; use `buymode icp publish FILE`")?;
        return Ok(ExitCode::SUCCESS);
    }
    let header = ["#", "", "version", "published", "by", "profile", "note"];
    let mut rows = table(&header, 0..1);
    for version in &versions {
        let (activation, profile) = (&version.activation, &version.activation.profile.profile);
        rows.add_row([
            activation.number.to_string(),
            if is_active(version) { "active" } else { "" }.to_owned(),
            activation.profile.version.to_string(),
            minute(&version.at.to_rfc3339()),
            version.who().to_owned(),
            format!("{} for {}", profile.profile, profile.product),
            activation.note.as_deref().unwrap_or_default().to_owned(),
        ]);
    }
    line(&shown(&rows))?;
    Ok(ExitCode::SUCCESS)
}

/// `2026-11-29 21:40` of an RFC 3339 time in UTC.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replacen('T', " ", 1)
}

/// A version that was published.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// The number of the publication, from 1 on for each product.
    activation: u64,
    profile_version: &'a str,
    /// Whether accounts are scored by it now.
    active: bool,
    published_at: Timestamp,
    published_by: Option<&'a str>,
    /// Why, in the publisher's words.
    note: Option<&'a str>,
    product: &'a str,
    /// The profile's name.
    profile: &'a str,
    /// Who answers for the profile.
    owner: &'a str,
    /// When it was last reviewed, as the profile says.
    reviewed_at: Option<NaiveDate>,
    /// The version of the rules that it was published for.
    rules_version: i32,
}

impl Answer<'_> {
    fn of(version: &Version, active: bool) -> Answer<'_> {
        let (activation, profile) = (&version.activation, &version.activation.profile.profile);
        Answer {
            activation: activation.number,
            profile_version: &activation.profile.version,
            active,
            published_at: version.at,
            published_by: activation.published_by.as_deref(),
            note: activation.note.as_deref(),
            product: &profile.product,
            profile: &profile.profile,
            owner: &profile.owner,
            reviewed_at: profile.reviewed_at,
            rules_version: activation.rules_version,
        }
    }
}
