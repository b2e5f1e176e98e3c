//! `buymode icp diff OLD NEW`: what another profile would change, before it is live.

use super::show::active;
use crate::admin::profiles::diff::{Event, diff};
use crate::admin::profiles::file::compile;
use crate::admin::profiles::published;
use crate::admin::profiles::published::Version;
use crate::analysis::diff::{Change, Findings, From, Side};
use crate::cli::answer;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::{Bar, line, shown, table};
use crate::cli::place::PlaceArgs;
use crate::domain::profile::Priority;
use crate::domain::profile::variant::CompiledProfile;
use crate::report::words::counted;
use anyhow::bail;
use comfy_table::Table;
use indicatif::HumanCount;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Scores the same log by two profiles, and lists the accounts that the new one would let in, let go,
/// or rank otherwise; nothing is published
///
/// Each side is scored as if its profile had been the product's only one since the first activation,
/// up to the log's last time, so that the sides differ by the profiles alone. Publishing the new one
/// today does less at once: an open episode goes on until its exit line, and a cooldown stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode icp diff live changed.yaml --config deploy/buymode.yaml\n  \
    buymode icp diff 3f9a 4 --embedded ./history --json")]
pub(crate) struct Args {
    /// A profile file, a published version (as `icp history` lists them), or `live`: the active one
    old: String,
    /// The same for the new side
    new: String,
    /// The product, where several are published and neither side is a file
    #[arg(long)]
    product: Option<String>,
    /// Score from the first record, not from the product's first activation
    #[arg(long, alias = "from-beginning")]
    from_start: bool,
    /// How many accounts to list with their reasons
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let versions = published::all(&place)?;
    let (old, new) = sides(args, &versions)?;
    let product = &new.profile.product;
    if old.profile.product != *product {
        bail!(
            "{} is a profile of {}, and {} of {product}; compare profiles of one product",
            args.old,
            old.profile.product,
            args.new
        );
    }
    let published = versions.iter().any(|v| v.product() == product);
    let from = match args.from_start || !published {
        true => From::Beginning,
        false => From::FirstActivation,
    };
    let bar = Bar::new("folding under both")?;
    let done = bar.done();
    ends_at_once(move || {
        let read = counted(done(), "record");
        format!("the comparison is not finished and has no result; {read} read so far")
    })?;
    let findings = diff(&place, [&old, &new], from, args.show, &mut |event| match event {
        Event::Progress(at) => bar.show(at),
        Event::Note(note) => bar.note(&note),
    })?;
    bar.clear();
    if args.json {
        answer::lines(&findings)?;
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
    for changed in &f.first {
        let what: Vec<String> = changed.changes.iter().map(ToString::to_string).collect();
        let name = changed.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        line(&format!("{}{name}: {}: {}", changed.account, what.join(", "), changed.reason))?;
    }
    let upto = f.upto.map_or_else(String::new, |day| format!(" up to {day}"));
    let accounts = counted(f.accounts, "account");
    line(&format!("{accounts}{upto}, by version {} and by {}", f.old.version, f.new.version))?;
    line(&shown(&sides_table(f)))?;
    let changes = [
        (Change::Enters, "would be in buying mode, and are not"),
        (Change::Leaves, "would not be in buying mode, and are"),
        (Change::Priority, "would have another priority"),
        (Change::Tier, "would have another tier"),
        (Change::Segment, "would be in another segment"),
    ];
    let n = |change| f.changes.get(&change).copied().unwrap_or_default();
    if changes.iter().all(|(change, _)| n(*change) == 0) {
        line("no account would change")?;
    }
    for (change, what) in changes.into_iter().filter(|(change, _)| n(*change) > 0) {
        line(&format!("{:>6} {what}", HumanCount(n(change)).to_string()))?;
    }
    Ok(())
}

fn sides_table(f: &Findings) -> Table {
    let mut rows = table(&["", "old", "new"], 1..3);
    let (old, new) = (&f.old, &f.new);
    let mut row = |what: &str, of: &dyn Fn(&Side) -> u64, always: bool| {
        if always || of(old) > 0 || of(new) > 0 {
            let count = |side| HumanCount(of(side)).to_string();
            rows.add_row([what.to_owned(), count(old), count(new)]);
        }
    };
    row("in buying mode", &|side| side.buying, true);
    for priority in [Priority::Urgent, Priority::High, Priority::Normal] {
        let of = |side: &Side| side.priorities.get(&priority).copied().unwrap_or_default();
        row(&format!("  {priority}"), &of, false);
    }
    let tiers: BTreeSet<_> = old.tiers.keys().chain(new.tiers.keys()).copied().collect();
    for tier in tiers {
        let of = |side: &Side| side.tiers.get(&tier).copied().unwrap_or_default();
        row(&tier.to_string(), &of, false);
    }
    row("entries over the log", &|side| side.entries, true);
    row("  by a first load alone", &|side| side.baseline_entries, false);
    let weeks: BTreeSet<&String> =
        old.entries_by_week.keys().chain(new.entries_by_week.keys()).collect();
    let hidden = weeks.len().saturating_sub(WEEKS_SHOWN);
    for week in weeks.into_iter().skip(hidden) {
        let of = |side: &Side| side.entries_by_week.get(week).copied().unwrap_or_default();
        row(&format!("  in the week of {week}"), &of, false);
    }
    row("exits over the log", &|side| side.exits, true);
    rows
}

/// With the other rows, the counts fit a screen of 24 lines; `--json` has every week.
const WEEKS_SHOWN: usize = 4;
