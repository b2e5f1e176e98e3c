//! `buymode icp backtest PROFILE…`: a profile on the past of a log, or on a CRM's export.

use super::plain::{self, More, Plain};
use crate::admin::backtest::fold;
use crate::admin::profiles::file::compile;
use crate::admin::profiles::published;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::Bar;
use crate::cli::page::Files;
use crate::cli::place::PlaceArgs;
use crate::evidence::backtest::page::page;
use crate::evidence::backtest::sample::World;
use crate::evidence::backtest::{Backtest, Named, Options, backtest};
use crate::evidence::deals::Tested;
use crate::evidence::history::Rule;
use crate::report::page::Page;
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Compares accounts that a profile would have let enter with others on the same days, by what sales reported
/// afterwards
///
/// The log is folded under each profile as if it had been active from the first record; nothing is published or
/// written to it. Each account counts on the day of its first entry, with the records known by then. Accounts
/// with an open opportunity and customers are left out and counted; those whose window has not ended wait. Every
/// rate has an interval by company family, and stands beside shuffled outcomes and orders that cost nothing. A
/// difference goes with entering; only an experiment shows a cause.
///
/// With --crm it works on exports of a CRM in place of a log: deals with companies that fit beside the others, by
/// win rate, deal, cycle and whatever else the columns allow; it names the figures that they do not allow. An
/// export has no signals, so that triggers are not judged. With both, the files' figures follow those of the log.
///
/// Exits with 1 where no account entered, or no closed deal is with a company that fits.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Profiles, as YAML
    #[arg(required = true, value_name = "PROFILE")]
    profiles: Vec<PathBuf>,
    /// What counts, and within how many days of the entry; in a history without sales
    /// "funding_or_acquisition within 540 days"
    #[arg(long, value_name = "OUTCOME", default_value = "won within 180 days", value_parser = rule)]
    outcome: Rule,
    /// The seed of comparisons, permutations and resamples: the same one gives the same figures
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    files: Files,
    /// Print JSON, one object with a list of backtests
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    plain: Plain,
    #[command(flatten)]
    more: More,
    #[command(flatten)]
    place: PlaceArgs,
}

const EXAMPLES: &str = "\
Examples:
  buymode icp backtest profile.yaml --config deploy/buymode.yaml
  buymode icp backtest now.yaml next.yaml --embedded ./data --outcome \"meeting within 60 days\"
  buymode icp backtest profile.yaml --embedded ./data --html backtest.html --markdown backtest.md
  buymode icp backtest profile.yaml --embedded ./data --pipeline --spend 250000 --margin 75% --crm customers.csv deals.csv
  buymode icp backtest profile.yaml --crm opportunities.csv accounts.csv customers.csv --pipeline
  buymode icp backtest profile.yaml --crm deals.xlsx --won Signed --lost Declined --html backtest.html";

fn rule(text: &str) -> Result<Rule, String> {
    text.parse()
}

/// A list of backtests for each kind of place that was given.
#[derive(Default, Serialize, JsonSchema)]
pub(in crate::cli) struct Answer {
    /// On a log, one for each profile; absent without a log.
    #[serde(skip_serializing_if = "Option::is_none")]
    backtests: Option<Vec<Backtest>>,
    /// On exports of a CRM, one for each profile; absent without such files.
    #[serde(skip_serializing_if = "Option::is_none")]
    exports: Option<Vec<Tested>>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ends_at_once(|| "the records are not read to their end; nothing was written".to_owned())?;
    let (mut parts, mut answer, mut any) = (Vec::new(), Answer::default(), false);
    if !args.plain.is_given() || args.place.is_given() {
        let tests = of_log(args)?;
        any |= tests.iter().any(|test| test.entered.account_count + test.entered.open_count > 0);
        parts.push(page(&tests));
        answer.backtests = Some(tests);
    }
    if args.plain.is_given() {
        let (profiles, seed) = (&args.profiles[..], args.seed);
        let wanted = plain::Wanted { more: &args.more, profiles, rule: args.outcome, seed };
        let files = plain::run(&args.plain, &wanted)?;
        any |= files.shows_any();
        parts.push(files.page());
        answer.exports = Some(files.tests);
    }
    args.files.write(&Page::together("Backtest", parts), args.json.then_some(&answer))?;
    Ok(if any { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn of_log(args: &Args) -> anyhow::Result<Vec<Backtest>> {
    let profiles = args.profiles.iter().map(|file| compile(file).map(Arc::new));
    let profiles: Vec<_> = profiles.collect::<anyhow::Result<_>>()?;
    let place = args.place.open()?;
    let published = published::all(&place)?;
    let (capacity, sales) = (args.more.capacity(), args.more.of_log());
    let options = Options { rule: args.outcome, seed: args.seed, capacity, sales };
    let mut tests = Vec::new();
    for profile in &profiles {
        let head = &profile.profile;
        let bar = Bar::new(&format!("{} ", head.profile))?;
        let folded = fold(&place, profile, args.outcome.outcome, &mut |at| bar.show(at))?;
        bar.clear();
        if folded.known.is_empty() {
            bail!("the log holds no record of any account; import some: buymode import");
        }
        let of_product = published.iter().filter(|version| *version.product() == head.product);
        let world = World {
            entries: &folded.entries,
            known: &folded.known,
            told: &folded.told,
            families: &folded.families,
            upto: folded.told_upto.unwrap_or(folded.upto),
            live_since: of_product.map(|version| version.at.day()).min(),
        };
        let named =
            Named { profile: &head.profile, product: &head.product, version: &profile.version };
        tests.push(backtest(&named, &world, &options));
    }
    Ok(tests)
}
