//! `buymode icp history`: every version that was ever published.

use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use comfy_table::{Table, presets};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::ExitCode;

/// Lists every published version, the newest last, with who published it and which one is active
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp history --config deploy/buymode.yaml\n  \
    buymode icp history --embedded ./data --product crm --json")]
pub struct Args {
    /// Only the versions of this product
    #[arg(long)]
    product: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// For machines: one JSON object a line
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
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
        line("nothing was ever published: `buymode icp publish FILE` does it")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "",
        "activation",
        "version",
        "published",
        "by",
        "product",
        "profile",
        "owner",
    ]);
    for version in &versions {
        let (activation, profile) = (&version.activation, &version.activation.profile.profile);
        table.add_row([
            if is_active(version) { "active" } else { "" }.to_owned(),
            activation.number.to_string(),
            activation.profile.version.to_string(),
            version.at.to_rfc3339(),
            version.who().to_owned(),
            profile.product.to_string(),
            profile.profile.to_string(),
            profile.owner.to_string(),
        ]);
    }
    line(&table.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(version: &Version, active: bool) -> Value {
    let (activation, profile) = (&version.activation, &version.activation.profile.profile);
    json!({
        "activation": activation.number,
        "profile_version": activation.profile.version,
        "active": active,
        "published_at": version.at.to_rfc3339(),
        "published_by": activation.published_by,
        "product": profile.product,
        "profile": profile.profile,
        "owner": profile.owner,
        "reviewed_at": profile.reviewed_at,
        "rules_version": activation.rules_version,
    })
}
