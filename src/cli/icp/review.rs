//! `buymode icp review PROFILE`: whether its own results say that a profile should change.

use super::plain::Plain;
use crate::admin::history;
use crate::admin::profiles::file::{ProfileFile, compile};
use crate::cli::crm::export::today;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::line;
use crate::cli::page::Files;
use crate::cli::place::PlaceArgs;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::time::Day;
use crate::evidence::deals::fit::{fits, tags};
use crate::evidence::deals::result::known;
use crate::evidence::deals::rows::deals;
use crate::evidence::review::change::written;
use crate::evidence::review::page::page;
use crate::evidence::review::{
    self, Because, Cadence, Change, Finding, Occasion, Review, Says, Verdict,
};
use anyhow::{Context, bail, ensure};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Reviews a profile by its own results, and says what should change and how sure that is
///
/// From exports of a CRM it looks for a segment that most of the revenue comes from, segments without a win in two
/// quarters, a falling win rate, rising churn, segments outside the profile that are won faster, and criteria that
/// drift. From a log it looks at the last quarter's alerts: rejections by reason, rules whose alerts are rejected, and
/// the enter line that would bring more than a half to be acted on. Each finding has its uncertainty and what it
/// proposes; --propose writes the profile with these changes, for `buymode icp diff`.
///
/// Exits with 1 where something should change, for a scheduled job.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The profile, as YAML
    #[arg(value_name = "PROFILE")]
    profile: PathBuf,
    /// The review that is due: weekly (alerts), monthly (also the pipeline), quarterly (also wins, losses, churn, drift), yearly
    /// (also whether to rebuild)
    #[arg(long, value_name = "CADENCE", default_value = "quarterly", value_parser = cadence)]
    cadence: Cadence,
    /// Opens a review out of turn, and says why: product, pricing, market or segment, then a sentence
    #[arg(long, num_args = 2, value_names = ["OCCASION", "TEXT"], requires = "keep")]
    because: Option<Vec<String>>,
    /// Add the review to this file, one JSON object a line, so that the reviews of years stand together
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// Write the profile with the proposed changes to this file
    #[arg(long, value_name = "FILE")]
    propose: Option<PathBuf>,
    /// The day of the review [default: today]
    #[arg(long, value_name = "DATE")]
    on: Option<chrono::NaiveDate>,
    /// The seed of resamples: the same one gives the same figures
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    files: Files,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    plain: Plain,
    #[command(flatten)]
    place: PlaceArgs,
}

const EXAMPLES: &str = "\
Examples:
  buymode icp review profile.yaml --crm opportunities.csv accounts.csv --markdown review.md
  buymode icp review profile.yaml --cadence weekly --config deploy/buymode.yaml
  buymode icp review profile.yaml --crm deals.csv --propose next.yaml
  buymode icp review profile.yaml --crm deals.csv --keep reviews.jsonl --because pricing \"seats cost twice as much\"";

/// The days of alerts that a review looks at.
const WEEK_DAYS: i32 = 7;
const QUARTER_DAYS: i32 = 92;
const YEAR_DAYS: i32 = 366;

fn cadence(text: &str) -> Result<Cadence, &'static str> {
    text.parse().map_err(|_| "use weekly, monthly, quarterly or yearly")
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ends_at_once(|| "nothing was written".to_owned())?;
    let profile = Arc::new(compile(&args.profile)?);
    let on = args.on.map_or_else(today, Day::from_date);
    let because = args.because.as_deref().map(because).transpose()?;
    let (mut findings, mut looked_at) = (Vec::new(), Vec::new());
    let place = args.place.given()?;
    if !args.plain.is_given() && place.is_none() {
        bail!(
            "nothing to review by; use --crm FILE… with exports, --config FILE with a log, or both"
        );
    }
    if args.plain.is_given() {
        let (found, looked) = of_files(args, &profile)?;
        findings.extend(found);
        looked_at.extend(looked);
    }
    if let Some(place) = place {
        let product = &profile.profile.product;
        let entries = history::entries(&place, product)?;
        let reports = history::reports(&place, product)?;
        let days = match args.cadence {
            // An alert of the week before has had its time.
            Cadence::Weekly => QUARTER_DAYS / 3 + WEEK_DAYS,
            Cadence::Monthly | Cadence::Quarterly => QUARTER_DAYS,
            Cadence::Yearly => YEAR_DAYS,
        };
        let upto = reports.upto.day();
        let times = (upto.plus(-days), upto);
        let (found, looked) = review::of_log(&entries, &reports.told, &profile, times);
        findings.extend(found);
        looked_at.extend(looked);
    }
    findings.extend(review::reviewed(&profile, on, args.cadence));
    findings.extend(review::rebuilt(args.cadence));
    let review = review::review(&profile, (on, args.cadence), because, looked_at, findings);
    if let Some(file) = &args.keep {
        keep(file, &review)?;
    }
    args.files.write(&page(&review), args.json.then_some(&review))?;
    if let Some(file) = &args.propose {
        propose(file, &profile, &review, args.json)?;
    }
    Ok(if review.verdict == Verdict::Change { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn because(given: &[String]) -> anyhow::Result<Because> {
    let [occasion, text] = given else { bail!("--because takes an occasion and a sentence") };
    let occasion: Occasion = occasion.parse().map_err(|_| {
        anyhow::anyhow!(
            "invalid occasion {occasion:?}; use product, pricing, market or segment, then a sentence"
        )
    })?;
    ensure!(!text.trim().is_empty(), "--because needs a sentence after {occasion}: what happened?");
    Ok(Because { occasion, text: text.trim().to_owned() })
}

fn of_files(
    args: &Args,
    profile: &Arc<CompiledProfile>,
) -> anyhow::Result<(Vec<Finding>, Vec<String>)> {
    let (tables, read) = args.plain.export().read()?;
    let Some(deals) = deals(&tables, &read, &tags(profile)) else {
        bail!(
            "not enough in the files: no column says which deals were won, or none has a day; see `buymode crm check \
             --help`"
        );
    };
    let (of_every, of_customers) = fits(&deals, profile);
    let pipeline = match args.cadence >= Cadence::Monthly {
        true => review::pipeline(&deals, &of_every, args.seed),
        false => Vec::new(),
    };
    let (deals, of_deals, _) = known(deals, of_every);
    let (mut findings, looked_at) =
        review::of_deals(&deals, &of_deals, &of_customers, args.cadence, args.seed);
    findings.extend(pipeline);
    Ok((findings, looked_at))
}

/// Adds a line to the file.
fn keep(file: &Path, review: &Review) -> anyhow::Result<()> {
    let failed = || format!("{}: cannot be written", file.display());
    let mut out =
        std::fs::OpenOptions::new().create(true).append(true).open(file).with_context(failed)?;
    writeln!(out, "{}", serde_json::to_string(review)?).with_context(failed)
}

fn propose(
    file: &Path,
    profile: &CompiledProfile,
    review: &Review,
    json: bool,
) -> anyhow::Result<()> {
    let fires = review.findings.iter().filter(|finding| finding.says == Says::Fires);
    let changes: Vec<&Change> = fires.filter_map(|finding| finding.change.as_ref()).collect();
    let say = |text: String| if json { Ok(()) } else { line(&text).map(drop) };
    if changes.is_empty() {
        return say(format!("{} is not written: no finding has a change for it", file.display()));
    }
    let text = written(&profile.text, &changes);
    let text = text.filter(|text| ProfileFile::of(text).profile.is_ok());
    let Some(text) = text else {
        bail!(
            "{} is not written: the profile's layout does not show where the changes belong; make them by hand",
            file.display()
        );
    };
    std::fs::write(file, text).with_context(|| format!("{}: cannot be written", file.display()))?;
    say(format!("wrote {}; compare: buymode icp diff", file.display()))
}
