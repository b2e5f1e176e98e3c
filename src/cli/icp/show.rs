//! `buymode icp show [VERSION]`: a published profile, byte for byte as it was published.

use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use crate::cli::answer;
use crate::cli::output::{aside, verbatim};
use crate::cli::place::PlaceArgs;
use anyhow::bail;
use std::process::ExitCode;

/// Prints a published profile, the active one or the version named, byte for byte as it was published
///
/// Saved to a file it has the same version. The version, when it was published, by whom and why go
/// to the standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp show --config deploy/buymode.yaml\n  \
    buymode icp show 3 --embedded ./data > before.yaml")]
pub(super) struct Args {
    /// A number, or a version or its first four digits or more, as `icp history` lists them
    #[arg(value_name = "VERSION")]
    named: Option<String>,
    /// The product, where several are published
    #[arg(long)]
    product: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object: the profile
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let versions = published::all(&place)?;
    let product = args.product.as_deref();
    let version = match &args.named {
        Some(name) => published::named(&versions, name, product)?.clone(),
        None => active(versions, product)?,
    };
    let profile = &version.activation.profile;
    if args.json {
        answer::line(&profile.profile)?;
    } else {
        let note = version.activation.note.as_deref();
        let note = note.map_or_else(String::new, |note| format!(": {note}"));
        aside(&format!(
            "version {}, activation {}, published {} by {}{note}",
            profile.version,
            version.activation.number,
            version.at.to_rfc3339(),
            version.who()
        ));
        verbatim(&profile.text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The active version of the product, or of the only one there is.
pub(super) fn active(versions: Vec<Version>, product: Option<&str>) -> anyhow::Result<Version> {
    let mut latest = published::latest_of(versions);
    latest.retain(|v| product.is_none_or(|product| v.product() == product));
    match (latest.len(), product) {
        (1, _) => Ok(latest.remove(0)),
        (0, None) => bail!("nothing was ever published; use `buymode icp publish FILE`"),
        (0, Some(product)) => bail!(
            "no profile of {product:?} was ever published; `buymode icp history` lists those that were"
        ),
        _ => {
            let products: Vec<&str> = latest.iter().map(|v| v.product().as_str()).collect();
            bail!(
                "several products are published ({}); use --product to choose one",
                products.join(", ")
            )
        }
    }
}
