//! `buymode deliver maps`: the field maps of tools, what each guarantees, and their cases.

use crate::cli::cases;
use crate::cli::output::line;
use crate::deliver::sample;
use crate::deliver::tool::cases::test;
use crate::deliver::tool::file::MapFile;
use crate::deliver::tool::{guarantees, shipped};
use crate::mapping::cases::Outcome;
use crate::report::words::counted;
use anyhow::{Context, anyhow};
use serde_json::{Value, json};
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
        all.push(match &tested {
            Err(message) => json!({ "map": file, "error": message }),
            Ok(cases) => {
                let case = |(name, outcome): &(String, Outcome)| {
                    let mut said = json!(outcome);
                    said["case"] = json!(name);
                    said
                };
                json!({ "map": file, "cases": cases.iter().map(case).collect::<Value>() })
            }
        });
    }
    if args.json {
        line(&json!({ "maps": all, "failed": failed }).to_string())?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(as_json: bool) -> anyhow::Result<ExitCode> {
    let mut all = Vec::new();
    for (name, text) in shipped::all() {
        let map = MapFile::parse(text).with_context(|| format!("the map {name}"))?;
        let guarantee = guarantees::of(&map);
        all.push(json!({
            "name": name, "tool": map.tool, "identity": map.identity.to_string(), "guarantee": guarantee,
            "values": map.values.iter().map(|(name, spec)| (name.clone(), json!(spec.what))).collect::<Value>(),
        }));
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
        line(&json!({ "maps": all }).to_string())?;
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
