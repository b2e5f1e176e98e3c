//! `buymode mapping test [PATH…]`: the cases of mappings.

use crate::cli::answer;
use crate::cli::cases;
use crate::cli::output::line;
use crate::ingest::cases::{Report, mappings, test};
use crate::report::words::counted;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs the cases beside mappings and shows each difference; exits with 1 if there is one
///
/// A case of deploy/mappings/NAME.yaml is an input deploy/mappings/cases/NAME/CASE.json (or .jsonl,
/// .csv, .xml, each also .gz; or a folder CASE of files that are read together) with what it
/// becomes, CASE.expected.yaml: of every row the records, `skipped`, or the dead letter. Above
/// `rows:` that file may say what is assumed: observed_at (a live feed), snapshot_at, file (what
/// the file is called), baseline, ids (hold them too), repeats (another case whose ids these
/// records must have).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Mappings, or folders of them
    #[arg(default_value = "deploy/mappings", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write the results as the new expectations; read them before you commit them
    #[arg(long)]
    update: bool,
    /// A mapping without a case is an error
    #[arg(long)]
    strict: bool,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  buymode mapping test
  buymode mapping test deploy/mappings/ashby.yaml
  buymode mapping test --update mappings/acme.yaml   # after a change, or for a new case";

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    for path in &args.paths {
        files.extend(mappings(path).map_err(anyhow::Error::msg)?);
    }
    let mut all = Vec::new();
    let mut failed = 0;
    for path in files {
        let tested = test(&path, args.update);
        failed += match &tested {
            Err(_) => 1,
            Ok(reports) if reports.is_empty() => usize::from(args.strict),
            Ok(reports) => reports.iter().filter(|report| report.outcome.is_failure()).count(),
        };
        if !args.json {
            show(&path, &tested, args.strict)?;
        }
        all.push(Mapping::of(path, tested));
    }
    if args.json {
        answer::lines(&Answer { mappings: all, failed })?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The mappings with their cases.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer {
    /// Each mapping that was named or found.
    mappings: Vec<Mapping>,
    /// Cases that differ, and mappings that cannot be read or, with `--strict`, have no case.
    failed: usize,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Mapping {
    /// It can be read.
    Tested {
        /// The mapping's file.
        mapping: PathBuf,
        /// The cases beside it.
        cases: Vec<Report>,
    },
    /// It cannot.
    Failed {
        /// The mapping's file.
        mapping: PathBuf,
        /// Why not, for people.
        error: String,
    },
}

impl Mapping {
    fn of(mapping: PathBuf, tested: Result<Vec<Report>, String>) -> Mapping {
        match tested {
            Ok(cases) => Mapping::Tested { mapping, cases },
            Err(error) => Mapping::Failed { mapping, error },
        }
    }
}

fn show(path: &Path, tested: &Result<Vec<Report>, String>, strict: bool) -> anyhow::Result<()> {
    let name = path.display();
    let reports = match tested {
        Err(message) => {
            line(&format!("{name}: {message}"))?;
            return Ok(());
        }
        Ok(reports) if reports.is_empty() => {
            let beside = path.parent().unwrap_or(Path::new(".")).join("cases");
            let folder = beside.join(path.file_stem().unwrap_or_default());
            let kind = if strict { "" } else { "warning: " };
            line(&format!("{name}: {kind}no case; put an input into {}", folder.display()))?;
            return Ok(());
        }
        Ok(reports) => reports,
    };
    for Report { case, outcome, .. } in reports {
        cases::show(path, case, outcome)?;
    }
    let rows: usize = reports.iter().map(|report| report.rows).sum();
    let how = cases::ended(reports.iter().map(|report| &report.outcome));
    let (all, rows) = (counted(reports.len(), "case"), counted(rows, "row"));
    line(&format!("{name}: {all}, {rows}: {how}"))?;
    Ok(())
}
