//! `buymode icp show [VERSION]`: a published profile as the file it could have been published from.

use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use anyhow::{Context, bail};
use std::process::ExitCode;

/// Prints a published profile as YAML: the active one, or the version named
///
/// Comments are not kept: what is published is what the file says, not how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp show --config deploy/buymode.yaml\n  \
    buymode icp show 3 --embedded ./data > before.yaml")]
pub struct Args {
    /// An activation's number, or a version or its beginning, as `history` lists them
    #[arg(value_name = "VERSION")]
    named: Option<String>,
    /// Which product's, where several are published
    #[arg(long)]
    product: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// For machines: as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let versions = published::all(&place)?;
    let product = args.product.as_deref();
    let version = match &args.named {
        Some(name) => published::named(&versions, name, product)?.clone(),
        None => active(versions, product)?,
    };
    let profile = &version.activation.profile;
    if args.json {
        line(&profile.json)?;
    } else {
        let yaml = serde_saphyr::to_string(&profile.profile);
        let yaml = yaml.context("the profile cannot be written as YAML; take --json")?;
        line(&format!(
            "# version {}, activation {}, published {} by {}\n{}",
            profile.version,
            version.activation.number,
            version.at.to_rfc3339(),
            version.who(),
            yaml.trim_end()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The active version of the product, or of the only one there is.
pub fn active(versions: Vec<Version>, product: Option<&str>) -> anyhow::Result<Version> {
    let mut latest = published::latest_of(versions);
    latest.retain(|v| product.is_none_or(|product| v.product() == product));
    match (latest.len(), product) {
        (1, _) => Ok(latest.remove(0)),
        (0, None) => bail!("nothing was ever published: `buymode icp publish FILE` does it"),
        (0, Some(product)) => bail!(
            "no profile of {product:?} was ever published; `buymode icp history` lists what was"
        ),
        _ => {
            let products: Vec<&str> = latest.iter().map(|v| v.product().as_str()).collect();
            bail!(
                "several products are published ({}): say which with --product",
                products.join(", ")
            )
        }
    }
}
