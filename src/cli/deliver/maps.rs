//! `buymode deliver maps`: the field maps of tools, what each guarantees, and their cases.

use crate::cli::answer;
use crate::cli::cases;
use crate::cli::output::line;
use crate::deliver::sample;
use crate::deliver::tool::cases::test;
use crate::deliver::tool::file::MapFile;
use crate::deliver::tool::{guarantees, shipped};
use crate::mapping::cases::Outcome;
use crate::report::words::counted;
use anyhow::{Context, anyhow};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lists the field maps of sales tools that buymode ships, or runs the cases beside maps of your own
///
/// With paths it runs the cases of maps: of NAME.yaml those in cases/NAME/*.yaml beside it. A case names the kind of a
/// made-up decision (`kind`), the tool's answers in order (`answers`: status, headers, body), and may change fields of
/// the row (`row`), give `values`, or say that an attempt before had no answer (`in_doubt`). Its `requests` and its
/// `end` are what the map makes of that; --update writes them. Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode deliver maps\n  \
    buymode deliver maps --show hubspot-company >my-company.yaml\n  \
    buymode deliver maps my-company.yaml --update")]
pub(super) struct Args {
    /// Maps, or folders of them, whose cases are run
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print a map that buymode ships, as a beginning for one of your own
    #[arg(long, value_name = "NAME", conflicts_with = "paths")]
    show: Option<String>,
    /// Write what follows as the new expectation; read it before you commit it
    #[arg(long, requires = "paths")]
    update: bool,
    /// Print JSON, one object
    #[arg(long, conflicts_with = "show")]
    json: bool,
}

/// The maps that buymode ships or, with paths, maps with their cases.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Answer {
    /// With paths.
    Tested {
        /// The maps, in order of their names.
        maps: Vec<Tested>,
        /// Cases that differ, and maps that cannot be read.
        failed: usize,
    },
    /// Without paths.
    Shipped {
        /// The maps, in order of their names.
        maps: Vec<Shipped>,
    },
}

/// A map that buymode ships.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Shipped {
    /// The name that `--show` and a roster take.
    name: String,
    /// The tool that it is for.
    tool: String,
    /// How a second request is known: `key`, `upsert` and so on.
    identity: String,
    /// What that guarantees, for people.
    guarantee: &'static str,
    /// The values that a roster gives, and what each is.
    values: BTreeMap<String, String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Tested {
    /// It can be read.
    Read {
        /// The map's file.
        map: PathBuf,
        /// The cases beside it.
        cases: Vec<Case>,
    },
    /// It cannot.
    Failed {
        /// The map's file.
        map: PathBuf,
        /// Why not, for people.
        error: String,
    },
}

/// A case beside a map.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Case {
    #[serde(flatten)]
    outcome: Outcome,
    /// The case's name.
    case: String,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(name) = &args.show {
        let unknown =
            || anyhow!("unknown map {name:?}; `buymode deliver maps` lists those that there are");
        line(shipped::text(name).ok_or_else(unknown)?.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.paths.is_empty() {
        return list(args.json);
    }
    let mut files = Vec::new();
    for path in &args.paths {
        files.extend(maps(path)?);
    }
    let (mut failed, mut all) = (0, Vec::new());
    for file in files {
        let tested = test(&file, args.update, &sample::body);
        failed += match &tested {
            Err(_) => 1,
            Ok(cases) => cases.iter().filter(|(_, outcome)| outcome.is_failure()).count(),
        };
        if !args.json {
            show(&file, &tested)?;
        }
        all.push(match tested {
            Err(error) => Tested::Failed { map: file, error },
            Ok(cases) => {
                let cases = cases.into_iter().map(|(case, outcome)| Case { outcome, case });
                Tested::Read { map: file, cases: cases.collect() }
            }
        });
    }
    if args.json {
        answer::line(&Answer::Tested { maps: all, failed })?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(as_json: bool) -> anyhow::Result<ExitCode> {
    let mut all = Vec::new();
    for (name, text) in shipped::all() {
        let map = MapFile::parse(text).with_context(|| format!("the map {name}"))?;
        let guarantee = guarantees::of(&map);
        let values =
            map.values.iter().map(|(name, spec)| (name.to_string(), spec.what.to_string()));
        all.push(Shipped {
            name: name.to_string(),
            tool: map.tool.to_string(),
            identity: map.identity.to_string(),
            guarantee,
            values: values.collect(),
        });
        if !as_json {
            line(&format!("{name}: {}", map.tool))?;
            line(&format!("    {guarantee}"))?;
            for (value, spec) in &map.values {
                let usual = match spec.default.as_deref() {
                    None => " (must be given)".to_owned(),
                    Some("") => String::new(),
                    Some(usual) => format!(" [default: {usual}]"),
                };
                line(&format!("    values.{value}: {}{usual}", spec.what))?;
            }
        }
    }
    if as_json {
        answer::line(&Answer::Shipped { maps: all })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A map, or those of a folder.
fn maps(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries =
        std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    Ok(files)
}

fn show(path: &Path, tested: &Result<Vec<(String, Outcome)>, String>) -> anyhow::Result<()> {
    let name = path.display();
    let tested = match tested {
        Err(message) => {
            line(&format!("{name}: {message}"))?;
            return Ok(());
        }
        Ok(tested) if tested.is_empty() => {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            line(&format!(
                "{name}: warning: no case; write one as cases/{stem}/CASE.yaml beside it"
            ))?;
            return Ok(());
        }
        Ok(tested) => tested,
    };
    for (case, outcome) in tested {
        cases::show(path, case, outcome)?;
    }
    let how = cases::ended(tested.iter().map(|(_, outcome)| outcome));
    line(&format!("{name}: {}: {how}", counted(tested.len(), "case")))?;
    Ok(())
}
