//! `buymode icp history`: every version that was ever published.

use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use crate::cli::output::{line, shown, table};
use crate::cli::place::PlaceArgs;
use serde_json::{Value, json};
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
            line(&as_json(version, is_active(version)).to_string())?;
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

fn as_json(version: &Version, active: bool) -> Value {
    let (activation, profile) = (&version.activation, &version.activation.profile.profile);
    json!({
        "activation": activation.number,
        "profile_version": activation.profile.version,
        "active": active,
        "published_at": version.at.to_rfc3339(),
        "published_by": activation.published_by,
        "note": activation.note,
        "product": profile.product,
        "profile": profile.profile,
        "owner": profile.owner,
        "reviewed_at": profile.reviewed_at,
        "rules_version": activation.rules_version,
    })
}
