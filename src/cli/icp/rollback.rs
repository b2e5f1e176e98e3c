//! `buymode icp rollback [VERSION]`: an earlier version, published again. Nothing is taken out of
//! the log: going back is another switch, with a new number and a place of its own.

use super::publish::SwitchArgs;
use super::show::active;
use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use anyhow::bail;
use std::process::ExitCode;

/// Makes an earlier version the active one again, from its place in the log on
///
/// Without VERSION: the one that was active before the present one. Tiers and scores become what
/// they would have been without the version in between, but its decisions stay: an episode that it
/// opened goes on until its exit line, and one that it closed opens again where the enter line is
/// reached. Exits with 1, and writes nothing, if the version is active already, or if another person
/// published at the same moment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp rollback --config deploy/buymode.yaml\n  \
    buymode icp rollback 3f9a --config deploy/buymode.yaml --note \"too many entries\"")]
pub(super) struct Args {
    /// A number, or a version or its first four digits or more, as `icp history` lists them
    #[arg(value_name = "VERSION")]
    named: Option<String>,
    /// The product, where several are published
    #[arg(long)]
    product: Option<String>,
    #[command(flatten)]
    switch: SwitchArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.switch.place.open()?;
    let versions = published::all(&place)?;
    let product = args.product.as_deref();
    let target = match &args.named {
        Some(name) => published::named(&versions, name, product)?.clone(),
        None => before(&versions, &active(versions.clone(), product)?)?,
    };
    let seen = active(versions, Some(target.product()))?.activation.number;
    args.switch.grant(&place, target.activation.profile, seen, "rolled back to")
}

/// The last version that differs from the active one.
fn before(versions: &[Version], active: &Version) -> anyhow::Result<Version> {
    let version = &active.activation.profile.version;
    let others = versions
        .iter()
        .filter(|v| v.product() == active.product() && v.activation.profile.version != *version);
    match others.max_by_key(|v| v.activation.number) {
        Some(before) => Ok(before.clone()),
        None => bail!(
            "nothing to go back to: version {version} is the only one of {} that was ever published",
            active.product()
        ),
    }
}
