//! `buymode icp diff OLD NEW`: what another profile would change, before it is live.

use super::show::active;
use crate::admin::profiles::diff::{Event, diff};
use crate::admin::profiles::file::compile;
use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use crate::analysis::diff::{Change, Findings, From};
use crate::cli::output::{Bar, line};
use crate::cli::place::PlaceArgs;
use crate::domain::profile::Priority;
use crate::domain::profile::variant::CompiledProfile;
use crate::report::words::counted;
use anyhow::bail;
use comfy_table::{Table, presets};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Folds the same log under two profiles, and says whom the new one would let in, let go, or rank
/// otherwise; nothing is published
///
/// Both are folded as if each had been the product's only profile from its first activation on, to the
/// log's last time. So the two sides differ by the profiles alone, and what the new side shows is what
/// a log would show that had begun with it. It is not what publishing it today would do at once: an
/// open episode then goes on until its exit line, and a cooldown stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode icp diff live changed.yaml --config deploy/buymode.yaml\n  \
    buymode icp diff 3f9a 4 --embedded ./history --json")]
pub struct Args {
    /// A profile file, a published version (as `history` lists them), or `live`: the active one
    old: String,
    /// The same for the new side
    new: String,
    /// Which product's, where several are published and neither side is a file
    #[arg(long)]
    product: Option<String>,
    /// Let both count from the first record, not from the product's first activation
    #[arg(long)]
    from_beginning: bool,
    /// How many accounts to list with their reasons
    #[arg(long, default_value_t = 20)]
    show: usize,
    #[command(flatten)]
    place: PlaceArgs,
    /// For machines: one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let versions = published::all(&place)?;
    let (old, new) = sides(args, &versions)?;
    let product = &new.profile.product;
    if old.profile.product != *product {
        bail!(
            "{} is about {}, and {} about {product}: compare profiles of one product",
            args.old,
            old.profile.product,
            args.new
        );
    }
    let published = versions.iter().any(|v| v.product() == product);
    let from = match args.from_beginning || !published {
        true => From::Beginning,
        false => From::FirstActivation,
    };
    let bar = Bar::new("folding under both")?;
    let findings = diff(&place, [&old, &new], from, args.show, &mut |event| match event {
        Event::Progress(at) => bar.show(at),
        Event::Note(note) => bar.note(&note),
    })?;
    bar.clear();
    if args.json {
        line(&serde_json::to_string_pretty(&findings)?)?;
    } else {
        show(&findings)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A file says its product; a version and `live` may take it from there.
fn sides(
    args: &Args,
    versions: &[Version],
) -> anyhow::Result<(Arc<CompiledProfile>, Arc<CompiledProfile>)> {
    let is_file = |name: &str| name != "live" && Path::new(name).is_file();
    let file = |name: &str| compile(Path::new(name)).map(Arc::new);
    let mut product = args.product.clone();
    for name in [&args.old, &args.new] {
        if product.is_none() && is_file(name) {
            product = Some(file(name)?.profile.product.to_string());
        }
    }
    let side = |name: &str| -> anyhow::Result<Arc<CompiledProfile>> {
        let product = product.as_deref();
        Ok(match name {
            "live" => active(versions.to_vec(), product)?.activation.profile,
            name if is_file(name) => file(name)?,
            name if name.ends_with(".yaml") || name.contains('/') => file(name)?,
            name => published::named(versions, name, product)?.activation.profile.clone(),
        })
    };
    Ok((side(&args.old)?, side(&args.new)?))
}

fn show(f: &Findings) -> anyhow::Result<()> {
    let upto = f.upto.map_or_else(String::new, |day| format!(" up to {day}"));
    line(&format!(
        "{}{upto}, under {} and under {}",
        counted(f.accounts, "account"),
        f.old.version,
        f.new.version
    ))?;
    line(&sides_table(f).to_string())?;
    let counted = [
        (Change::Enters, "would be in buying mode, and are not"),
        (Change::Leaves, "would not be in buying mode, and are"),
        (Change::Priority, "would have another priority"),
        (Change::Tier, "would have another tier"),
        (Change::Segment, "would be in another segment"),
    ];
    for (change, what) in counted {
        let n = f.changes.get(&change).copied().unwrap_or_default();
        line(&format!("{n:>8}  {what}"))?;
    }
    if !f.first.is_empty() {
        line("")?;
    }
    for changed in &f.first {
        let what: Vec<String> = changed.changes.iter().map(ToString::to_string).collect();
        let name = changed.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        line(&format!("{}{name}: {}\n    {}", changed.account, what.join(", "), changed.reason))?;
    }
    Ok(())
}

fn sides_table(f: &Findings) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["", "old", "new"]);
    let mut row = |what: &str, old: String, new: String| {
        table.add_row([what.to_owned(), old, new]);
    };
    let (old, new) = (&f.old, &f.new);
    row("in buying mode", old.buying.to_string(), new.buying.to_string());
    for priority in [Priority::Urgent, Priority::High, Priority::Normal] {
        let of = |side: &crate::analysis::diff::Side| {
            side.priorities.get(&priority).copied().unwrap_or_default().to_string()
        };
        row(&format!("  {priority}"), of(old), of(new));
    }
    let tiers: BTreeSet<_> = old.tiers.keys().chain(new.tiers.keys()).copied().collect();
    for tier in tiers {
        let of = |side: &crate::analysis::diff::Side| {
            side.tiers.get(&tier).copied().unwrap_or_default().to_string()
        };
        row(&tier.to_string(), of(old), of(new));
    }
    row("entries over the log", old.entries.to_string(), new.entries.to_string());
    row(
        "  by a first load alone",
        old.baseline_entries.to_string(),
        new.baseline_entries.to_string(),
    );
    row("exits over the log", old.exits.to_string(), new.exits.to_string());
    let weeks: BTreeSet<&String> =
        old.entries_by_week.keys().chain(new.entries_by_week.keys()).collect();
    let shown = weeks.len().saturating_sub(WEEKS_SHOWN);
    for week in weeks.into_iter().skip(shown) {
        let of = |side: &crate::analysis::diff::Side| {
            side.entries_by_week.get(week).copied().unwrap_or_default().to_string()
        };
        row(&format!("  entries in the week of {week}"), of(old), of(new));
    }
    table
}

const WEEKS_SHOWN: usize = 8;
