//! `buymode icp suggest FILES…`: a profile from a company's own records.

use crate::cli::answer;
use crate::cli::crm::export::{Export, today};
use crate::cli::crm::read::tables;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::{columns, line, prose};
use crate::domain::terms::term::Term;
use crate::evidence::crm::fields::Field;
use crate::evidence::crm::{self, Checked, Ground, Report};
use crate::evidence::deals::rows::deals;
use crate::evidence::suggest::best::{Best, By, relabel};
use crate::evidence::suggest::document::document;
use crate::evidence::suggest::prove::P_MAX;
use crate::evidence::suggest::suggestion::{Criterion, Suggestion};
use crate::evidence::suggest::triggers::{self, Events};
use crate::evidence::suggest::{self, KIND_MIN, Options, profile};
use crate::evidence::table::Table;
use crate::evidence::table::dates::Choice;
use crate::mapping::rows::Reading;
use crate::report::layout::paragraph;
use crate::report::page::markdown::markdown;
use crate::report::words::{count, counted};
use anyhow::{Context, anyhow, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Suggests a profile from won and lost records: which properties of a company go with winning
///
/// It compares won records with lost ones (with all others, where the files hold no lost ones), looks at every
/// value, absence and range of the columns that say something of the company, and keeps those that go with
/// winning by more than chance, judged all together and by account. Of these it chooses at most eight with whole
/// weights that sum to 100, and says how well the same choice ranks records that it was not made on. Where
/// nothing is proven it says so, and shows the likeliest as hypotheses. Columns that may leak the outcome
/// (`buymode crm check`) are left out and named. "Goes with" is not "causes".
///
/// Exits with 1 where no criterion is chosen.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    export: Export,
    /// The product in the profile
    #[arg(long, value_name = "NAME", default_value = "our-product")]
    product: String,
    /// What makes a customer one of the best: win (every won record), ltv, arr, retention, expansion, nps, deal or cycle;
    /// each but win needs its columns
    #[arg(long, value_name = "FIGURE", default_value = "win", value_parser = by)]
    by: By,
    /// How many of the best [default: a quarter, 20 to 50; ten of few customers]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(5..=1_000))]
    top: Option<u64>,
    /// A file of events, each with an account, a day and its kind: what happened in the 90 days before deals began, or
    /// did not
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Write the profile to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Let hypotheses into the profile too; each is commented as one
    #[arg(long)]
    hypotheses: bool,
    /// A column that is used although the check asks about it; several times
    #[arg(long, value_name = "COLUMN")]
    keep: Vec<String>,
    /// Write the way to the profile in seven steps as Markdown, with questions for customers and for those who sell
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// The seed of permutations and resamples: the same one gives the same figures
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  buymode icp suggest opportunities.csv accounts.csv
  buymode icp suggest opportunities.csv accounts.csv --product deal-desk --out suggested.yaml
  buymode icp suggest opportunities.csv --hypotheses --out suggested.yaml
  buymode icp suggest opportunities.csv accounts.csv customers.csv --by ltv --markdown steps.md
  buymode icp suggest opportunities.csv accounts.csv --events funding-and-hires.csv
  buymode icp suggest deals.xlsx --outcome Result --won Signed --lost Declined --json";

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ends_at_once(|| "nothing was written".to_owned())?;
    let product = Term::parse(&args.product).with_context(|| {
        format!("invalid product {:?}; use letters, digits and hyphens", args.product)
    })?;
    let Read { mut checked, best, events } = read(args)?;
    let checked = &mut checked;
    let options = Options {
        seed: args.seed,
        keep: args.keep.iter().cloned().collect(),
        hypotheses: args.hypotheses,
        events,
    };
    known(args, checked)?;
    let Some(suggestion) = suggest::suggest(checked, best, &options) else {
        bail!("{}", too_few(checked));
    };
    let yaml = profile::yaml(&suggestion, product.as_str(), &fields(&checked.report));
    if args.json {
        answer::line(&suggestion)?;
    } else {
        show(&suggestion)?;
    }
    if let Some(path) = &args.markdown {
        let text = markdown(&document(&suggestion, &checked.report, product.as_str()));
        std::fs::write(path, text)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        if !args.json {
            line(&format!("\nwrote {}", path.display()))?;
        }
    }
    match (&args.out, &yaml) {
        (Some(path), Some(yaml)) => {
            std::fs::write(path, yaml)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
            if !args.json {
                line(&format!("\nwrote {}; check it: buymode icp check {0}", path.display()))?;
            }
        }
        (Some(path), None) if !args.json => {
            line(&format!("\n{} is not written: there is no criterion to write", path.display()))?;
        }
        _ => {}
    }
    Ok(if yaml.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn by(text: &str) -> Result<By, &'static str> {
    text.parse().map_err(|_| "use win, ltv, arr, retention, expansion, nps, deal or cycle")
}

/// The check, with the best customers in the place of won records where they are asked for, and the file of events.
struct Read {
    checked: Checked,
    best: Option<Best>,
    events: Option<String>,
}

fn read(args: &Args) -> anyhow::Result<Read> {
    let (tables, read) = args.export.read()?;
    let mut checked = crm::check(&tables, &read, today());
    if args.by == By::Win {
        ensure!(args.top.is_none(), "--top takes the best by a figure; name it: --by ltv");
        if args.events.is_none() {
            return Ok(Read { checked, best: None, events: None });
        }
    }
    let Some(view) = &mut checked.view else {
        bail!("no column says which records were won; see `buymode crm check --help`");
    };
    let Some(deals) = deals(&tables, &read, &BTreeSet::new()) else {
        bail!("no record has a day of creation or of its end; --by and --events need days");
    };
    let names = names(&tables, &read);
    let events = args.events.as_ref().map(|file| events_of(file, read.dates)).transpose()?;
    if let Some(events) = &events {
        triggers::add(view, &deals, &names, events).map_err(|why| anyhow!("{why}"))?;
    }
    let best = match args.by {
        By::Win => None,
        by => Some(
            relabel(view, &deals, &names, by, args.top)
                .map_err(|why| anyhow!("{why}; see `buymode crm check`, or name it: --column"))?,
        ),
    };
    Ok(Read { checked, best, events: events.map(|events| events.file) })
}

fn events_of(file: &Path, dates: Option<Choice>) -> anyhow::Result<Events> {
    let tables = tables(&[file.to_owned()], &Reading::default())?;
    let [table] = &tables[..] else {
        bail!("{}: several tables; give one file of events", file.display());
    };
    triggers::events(table, dates).map_err(|why| anyhow!("{why}"))
}

/// The account of each row of the records.
fn names<'t>(tables: &'t [Table], read: &crm::Options) -> impl Fn(usize) -> Option<String> + 't {
    let Ground { fields, outcomes, .. } = crm::ground(tables, read);
    let at = outcomes.map(|outcomes| outcomes.table);
    let column = at.and_then(|at| tables[at].column(fields[at].get(&Field::Account)?));
    move |row| column.and_then(|column| column.get(row)).map(str::to_owned)
}

fn known(args: &Args, checked: &Checked) -> anyhow::Result<()> {
    let Some(view) = &checked.view else { return Ok(()) };
    for name in &args.keep {
        if !view.columns.iter().any(|column| column.name == *name) {
            bail!("unknown column {name:?} in --keep; it must be one of the records' columns");
        }
    }
    Ok(())
}

fn too_few(checked: &Checked) -> String {
    let Some(view) = &checked.view else {
        return "no column says which records were won; see `buymode crm check --help`".to_owned();
    };
    let won = view.won.iter().filter(|won| **won).count();
    let others = view.won.len() - won;
    format!(
        "not enough: {} won and {} others; at least {KIND_MIN} of each are needed to look for anything",
        counted(won, "record"),
        count(others as u64)
    )
}

fn fields(report: &Report) -> BTreeMap<(String, String), Field> {
    let files = report.files.iter();
    let pairs = files.flat_map(|file| {
        file.fields.iter().map(|(field, column)| ((file.file.clone(), column.clone()), *field))
    });
    pairs.collect()
}

fn show(suggestion: &Suggestion) -> anyhow::Result<()> {
    let Suggestion { records, won, accounts, candidates, proven, seed, .. } = suggestion;
    let what = suggestion.what();
    let of = match suggestion.has_accounts {
        true => format!(" of {}", counted(*accounts, "account")),
        false => String::new(),
    };
    prose(&format!(
        "{}{of}, {} of them {what}. {} looked at together; {} with being {what} by more than chance (adjusted p at most {P_MAX}; \
         seed {seed}).",
        counted(*records, "record"),
        count(*won),
        counted(*candidates, "property"),
        if *proven == 1 { "1 goes".to_owned() } else { format!("{} go", count(*proven)) },
    ))?;
    if let Some(best) = &suggestion.best {
        let (by, of) = (best.by, counted(best.customer_count, "customer"));
        prose(&format!(
            "\nThe {} best of {of} by {by}: {}. {}",
            count(best.best_count),
            by.how(),
            by.suits()
        ))?;
    } else {
        prose(By::Win.suits())?;
    }
    shares(suggestion)?;
    if suggestion.criteria.is_empty() {
        prose(
            "\nNothing is proven. With so few records, or so little difference, that is the usual answer.",
        )?;
    } else {
        line("\nSuggested criteria, by weight")?;
        suggestion.criteria.iter().try_for_each(|c| criterion(c, suggestion.what()))?;
    }
    if let Some(ranking) = &suggestion.ranking {
        let owner = match ranking.by_owner {
            Some(auc) => format!(" Each owner's records by what the others' show: AUC {auc:.3}."),
            None => String::new(),
        };
        prose(&format!(
            "\nOn records that the choice was not made on, one that is {what} ranks above another with probability {:.3} \
             (AUC; mean of {} times five folds, {:.3} to {:.3}; 0.5 is chance).{owner}",
            ranking.auc, ranking.repeats, ranking.least, ranking.most
        ))?;
    }
    if !suggestion.triggers.is_empty() {
        line("\nIn the 90 days before deals began; proven where the adjusted p is at most 0.05")?;
        suggestion.triggers.iter().try_for_each(|c| criterion(c, suggestion.what()))?;
    }
    for other in &suggestion.alternatives {
        let parts: Vec<String> =
            other.iter().map(|w| format!("{} ({})", w.name, w.weight)).collect();
        line(&paragraph(
            "",
            &format!("\nExplains the outcomes nearly as well: {}", parts.join(", ")),
            columns(),
        ))?;
    }
    if !suggestion.hypotheses.is_empty() {
        line("\nHypotheses: likeliest of what is not proven")?;
        suggestion.hypotheses.iter().try_for_each(|c| criterion(c, suggestion.what()))?;
    }
    for left_out in &suggestion.left_out {
        prose(&format!(
            "left out: {} {:?}: {}; --keep {1:?} uses it",
            left_out.file, left_out.column, left_out.why
        ))?;
    }
    prose("\nThe columns are those of the export: as of today, not of the day of purchase.")?;
    Ok(())
}

/// What most of the best have.
fn shares(suggestion: &Suggestion) -> anyhow::Result<()> {
    if suggestion.shares.is_empty() {
        return Ok(());
    }
    let what = if suggestion.best.is_some() { "the best" } else { "the won" };
    line(&format!("\nShared by 60 % of {what} or more"))?;
    for share in &suggestion.shares {
        let text = format!(
            "{}: {:.0} % of {what}, {:.0} % of the others",
            share.name,
            100.0 * share.best_share,
            100.0 * share.others_share
        );
        line(&paragraph("      ", &text, columns()))?;
    }
    Ok(())
}

/// A criterion: its name, and below it the figures.
fn criterion(c: &Criterion, what: &str) -> anyhow::Result<()> {
    let lead = match c.weight {
        0 => "   -  ".to_owned(),
        weight => format!("{weight:>4}  "),
    };
    line(&paragraph(&lead, &c.name, columns()))?;
    let rate = |won: u64, of: u64| {
        format!("{} of {} ({:.0} %)", count(won), count(of), 100.0 * won as f64 / of.max(1) as f64)
    };
    let lift = match (c.lift, c.interval) {
        (Some(lift), Some(interval)) => {
            format!("{lift:.2} times as often ({:.2} to {:.2})", interval.low, interval.high)
        }
        _ => "too few for a ratio".to_owned(),
    };
    let end = match c.more {
        Some(more) => format!("; some {} more accounts would settle it", count(more)),
        None => format!("; kept in {:.0} % of resamples", 100.0 * c.stability),
    };
    let (with, without) = (rate(c.won_with, c.with), rate(c.won_without, c.without));
    let among = c.among_customers.map_or(String::new(), |found| {
        format!(
            "; among customers {:.2} times ({:.2} to {:.2})",
            found.lift, found.interval.low, found.interval.high
        )
    });
    let text = format!(
        "{what} {with} with it, {without} without: {lift}{among}; adjusted p {:.4}{end}",
        c.p
    );
    line(&paragraph("      ", &text, columns()))?;
    Ok(())
}
