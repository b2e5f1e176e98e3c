//! `buymode audit`: folds the inputs again and compares with what was written.

use super::output::Bar;
use super::place::PlaceArgs;
use crate::admin::audit::audit;
use crate::engine::audit::Findings;
use std::process::ExitCode;

/// Fold the inputs again and compare, record for record, with the decisions, dead letters and
/// account states that were written.
///
/// Exits with 1 if anything is lost, twice or different. Can run beside scoring instances: what is
/// written after the audit began is not looked at.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  buymode audit --config deploy/buymode.yaml\n  buymode audit --embedded ./buymode-data --json"
)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// How many differences to print in full.
    #[arg(long, default_value_t = 10)]
    show: usize,
    /// Print the findings as one JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let bar = Bar::new("{msg}")?;
    let findings =
        audit(&*place.store, place.topics, place.codec, args.show, &mut |at| bar.show(at))?;
    bar.clear();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        print(&findings);
    }
    Ok(if findings.differences > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(findings: &Findings) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["folded again", "records"]);
    table.add_row(["inputs".to_owned(), findings.inputs.to_string()]);
    for (what, n) in &findings.verdicts {
        table.add_row([format!("  {what}"), n.to_string()]);
    }
    table.add_row(["decisions".to_owned(), findings.decisions.to_string()]);
    table.add_row(["account states".to_owned(), findings.states.to_string()]);
    table.add_row(["dead letters".to_owned(), findings.dead_letters.to_string()]);
    if findings.no_longer_held > 0 {
        let name = "  of these no longer held by their topics".to_owned();
        table.add_row([name, findings.no_longer_held.to_string()]);
    }
    table.add_row(["differences".to_owned(), findings.differences.to_string()]);
    println!("{table}");
    for difference in &findings.first {
        println!("{}", serde_json::to_string(difference).unwrap_or_default());
    }
    if findings.differences == 0 {
        println!("nothing lost, nothing twice, nothing different");
    }
}
