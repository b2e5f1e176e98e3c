//! `buymode icp publish FILE`: the profile into the profiles topic and its activation into every
//! partition of the inputs, in one transaction, so that the switch has a place in the log.

use super::reported::report;
use crate::admin::place::Place;
use crate::admin::profiles::file::compile;
use crate::admin::profiles::published;
use crate::admin::profiles::switch::{Published, Unless, Wish, switch};
use crate::cli::answer;
use crate::cli::output::{aside, line};
use crate::cli::place::WritableArgs;
use crate::domain::Text;
use crate::domain::evidence::signal::bounded;
use crate::domain::profile::variant::CompiledProfile;
use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Makes a profile the one that accounts are scored by, from its place in the log on
///
/// Exits with 1, and writes nothing, if the profile has errors, if it is active already, or if
/// another person published at the same moment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode icp publish deploy/profiles/example.yaml --config deploy/buymode.yaml\n  \
    buymode icp publish deploy/profiles/example.yaml --embedded ./data --note \"after the Q3 review\"")]
pub(crate) struct Args {
    /// The profile, as YAML
    file: PathBuf,
    #[command(flatten)]
    switch: SwitchArgs,
}

/// What every command that switches profiles takes.
#[derive(Debug, clap::Args)]
pub(crate) struct SwitchArgs {
    #[command(flatten)]
    pub place: WritableArgs,
    /// Publish also when this version is active already, or another person just published
    #[arg(long)]
    force: bool,
    /// Your name, for the history [default: the login's name, $USER]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Report to the channel of the roster without counting how many accounts change; the count reads
    /// the whole log
    #[arg(long)]
    without_counts: bool,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// The profile that accounts are scored by now.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// False: it was active already; nothing was written, and the exit code is 1.
    published: bool,
    /// The profile's name.
    profile: &'a str,
    product: &'a str,
    profile_version: &'a str,
    /// The number of the publication, from 1 on for each product.
    activation: u64,
    published_by: Option<&'a str>,
    /// Why, in the publisher's words.
    note: Option<&'a str>,
    /// The version before; null: it is the product's first.
    replaced_profile_version: Option<&'a str>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let profile = Arc::new(compile(&args.file)?);
    let place = args.switch.place.open()?;
    let seen = active_number(&place, &profile.profile.product)?;
    args.switch.grant(&place, profile, seen, "published")
}

impl SwitchArgs {
    /// Switches, and prints the result.
    pub(crate) fn grant(
        &self,
        place: &Place,
        profile: Arc<CompiledProfile>,
        seen: u64,
        done: &str,
    ) -> anyhow::Result<ExitCode> {
        let unless = if self.force { Unless::Never } else { Unless::SameOrOvertaken };
        let by = who(self.by.as_deref());
        if by.is_none() {
            aside("buymode: who publishes is recorded as unknown; --by NAME records a name");
        }
        let note = self.note.as_deref().and_then(bounded);
        let report = report(place, &profile, done != "published", self.without_counts)?;
        let granted = switch(place, &Wish { profile, by, note, seen, unless, report })?;
        let (now, before) = match &granted {
            Published::Activated { now, before } => (now, before.as_ref()),
            Published::Kept(active) => (&active.activation, None),
        };
        let name = &now.profile.profile.profile;
        let product = &now.profile.profile.product;
        let (version, number) = (&now.profile.version, now.number);
        let is_new = matches!(granted, Published::Activated { .. });
        if self.json {
            let replaced = before.map(|b| b.activation.profile.version.as_str());
            answer::line(&Answer {
                published: is_new,
                profile: name,
                product,
                profile_version: version,
                activation: number,
                published_by: now.published_by.as_deref(),
                note: now.note.as_deref(),
                replaced_profile_version: replaced,
            })?;
        } else if is_new {
            let replaced = before.map_or_else(String::new, |b| {
                let before = &b.activation;
                format!(
                    " (before: version {}, activation {})",
                    before.profile.version, before.number
                )
            });
            line(&format!(
                "{done} {name} for {product}: version {version}, activation {number}{replaced}"
            ))?;
        }
        if !is_new {
            bail!(
                "unchanged: version {version} of {product} is active already (activation {number}); --force publishes it again"
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The name given, or the login's. The profile's owner is another thing: who answers for it.
fn who(by: Option<&str>) -> Option<Text> {
    let login = |name: &str| std::env::var(name).ok().as_deref().and_then(bounded);
    by.and_then(bounded).or_else(|| login("USER")).or_else(|| login("LOGNAME"))
}

/// 0: nothing of the product was ever published.
fn active_number(place: &Place, product: &str) -> anyhow::Result<u64> {
    let latest = published::latest(place)?;
    Ok(latest.iter().find(|v| v.product() == product).map_or(0, |v| v.activation.number))
}

/// Publishes the configured profile where the log has none of its product.
pub(crate) fn ensure(place: &Place) -> anyhow::Result<Option<Published>> {
    let Some(file) = &place.config.profile else { return Ok(None) };
    let profile = Arc::new(compile(file)?);
    let product = &profile.profile.product;
    // Without opening the publisher's id: instances that start should not disturb a publisher.
    let latest = published::latest(place)?;
    if let Some(active) = latest.into_iter().find(|v| v.product() == product) {
        return Ok(Some(Published::Kept(Box::new(active))));
    }
    let (by, note) = (Some("buymode run".into()), Some("the profile of the settings".into()));
    let report = report(place, &profile, false, true)?;
    let wish = Wish { profile, by, note, seen: 0, unless: Unless::Any, report };
    let published = switch(place, &wish);
    published.map(Some).with_context(|| format!("cannot publish {}", file.display()))
}
