//! `buymode icp check FILE`: whether a profile could be published, its errors, and advice.

use super::matching::{table, trial};
use crate::admin::place::Place;
use crate::admin::profiles::entries;
use crate::admin::profiles::file::{ProfileFile, Remark};
use crate::admin::profiles::switch::missing_topics;
use crate::analysis::advice;
use crate::analysis::companies::Companies;
use crate::cli::answer;
use crate::cli::import::Mapped;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use crate::domain::profile::check::Finding;
use crate::domain::profile::variant::CompiledProfile;
use crate::report::words::counted;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// Lists a profile's errors and warnings; exits with 1 if it could not be published
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp check deploy/profiles/starter.yaml\n  \
    buymode icp check deploy/profiles/starter.yaml --config deploy/buymode.yaml\n  \
    buymode icp check profile.yaml --mapping deploy/mappings/yc-radar.yaml companies-*.csv.gz\n\n\
    With a log, it also checks that each route has its topic and, where the profile says how many\n\
    accounts the team can take on, that no more enter. With a log or with files of companies it names\n\
    the words of the profile that no company has and, where no account can enter, what is missing.")]
pub(super) struct Args {
    /// The profile, as YAML
    file: PathBuf,
    /// Files with companies, and with signals about them
    #[arg(value_name = "INPUT", requires = "mapping")]
    inputs: Vec<PathBuf>,
    /// The mapping that reads the rows of the files
    #[arg(long, value_name = "FILE", requires = "inputs")]
    mapping: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// The faults of a profile.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Answer<'a> {
    /// It can be published.
    Fine {
        /// The profile's name.
        profile: &'a str,
        product: &'a str,
        profile_version: &'a str,
        /// The routes that its decisions take.
        routes: Vec<String>,
        /// Empty.
        errors: &'a [Remark],
        /// It could be published all the same.
        warnings: &'a [Remark],
    },
    /// It cannot be published.
    Refused {
        /// Each has to go before it can be published.
        errors: &'a [Remark],
        /// It could be published all the same.
        warnings: &'a [Remark],
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let file = ProfileFile::read(&args.file)?;
    let warnings = match &file.profile {
        Ok(profile) => {
            let mut findings = advice::warnings(profile, today());
            let place = args.place.given()?;
            if let Some(place) = &place {
                findings.extend(against(place, profile, &args.file)?);
            }
            if let Some(companies) = companies(args, place.as_ref())? {
                findings.extend(advice::unheld(profile, &companies));
                let entry = advice::entry(&trial(profile.clone()), &companies);
                findings.extend(entry.map(|problem| Finding { at: String::new(), problem }));
            }
            findings.into_iter().map(|finding| file.remark(finding)).collect()
        }
        Err(errors) => misspelt(&file, errors),
    };
    match &file.profile {
        Ok(profile) => fine(args, profile, &warnings),
        Err(errors) => refused(args, errors, &warnings),
    }
}

/// The companies of the files, or of the log; none where neither has any.
fn companies(args: &Args, place: Option<&Place>) -> anyhow::Result<Option<Companies>> {
    let companies = match (&args.mapping, place) {
        (Some(mapping), _) => {
            let (mapping, inputs) = (mapping.as_path(), args.inputs.as_slice());
            let files = Mapped { mapping, inputs, format: None, snapshot_at: None };
            Some(table::of_files(&files, None)?.0)
        }
        (None, Some(place)) => Some(table::of_log(place, None)?),
        (None, None) => None,
    };
    Ok(companies.filter(|companies| !companies.accounts.is_empty()))
}

fn fine(args: &Args, profile: &CompiledProfile, warnings: &[Remark]) -> anyhow::Result<ExitCode> {
    let (name, product, version) =
        (&profile.profile.profile, &profile.profile.product, &profile.version);
    if args.json {
        let routes = profile.profile.route_names().into_iter().map(|name| name.to_string());
        answer::line(&Answer::Fine {
            profile: name,
            product,
            profile_version: version,
            routes: routes.collect(),
            errors: &[],
            warnings,
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    for warning in warnings {
        line(&warning.shown(&args.file, "warning: "))?;
    }
    let but = match warnings.len() {
        0 => "is fine".to_owned(),
        n => format!("could be published, with {}", counted(n, "warning")),
    };
    line(&format!("{}: {name} for {product} {but}, version {version}", args.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The misspelt words of a file that has errors, so that one run shows all there is to correct.
fn misspelt(file: &ProfileFile, errors: &[Remark]) -> Vec<Remark> {
    let refused = |line, column| errors.iter().any(|e| (e.line, e.column) == (line, column));
    let words = file.words().into_iter().filter_map(|(path, word, (line, column))| {
        let problem = advice::misspelt(&path, word)?;
        Some(Remark { line: Some(line), column: Some(column), at: path, problem })
    });
    words.filter(|remark| !refused(remark.line, remark.column)).collect()
}

fn refused(args: &Args, errors: &[Remark], warnings: &[Remark]) -> anyhow::Result<ExitCode> {
    if args.json {
        answer::line(&Answer::Refused { errors, warnings })?;
    } else {
        for error in errors {
            line(&error.shown(&args.file, ""))?;
        }
        for warning in warnings {
            line(&warning.shown(&args.file, "warning: "))?;
        }
    }
    Ok(ExitCode::FAILURE)
}

/// Warnings that need a log: routes without a topic, more entries than the team can take on.
fn against(place: &Place, profile: &CompiledProfile, file: &Path) -> anyhow::Result<Vec<Finding>> {
    let missing = missing_topics(place, profile)?;
    let said = match &missing[..] {
        [] => None,
        [topic] => Some(format!("topic {topic} does not exist")),
        topics => Some(format!("topics {} do not exist", topics.join(", "))),
    };
    let remedy = |said| Finding {
        at: "routes".into(),
        problem: format!(
            "{said}; `buymode topics create --profile {}`, with the same log, makes what is missing",
            file.display()
        ),
    };
    let mut findings: Vec<Finding> = said.map(remedy).into_iter().collect();
    if profile.profile.team.is_some() {
        let entries = entries::a_week(place, &profile.profile.product)?;
        findings.extend(entries.and_then(|entries| advice::capacity(profile, entries)));
    }
    Ok(findings)
}

pub(super) fn today() -> chrono::NaiveDate {
    chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Vec<(String, ProfileFile)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/profiles");
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut all: Vec<_> = entries
            .map(|file| {
                let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
                (name, ProfileFile::read(&file).unwrap())
            })
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    #[test]
    fn every_shipped_profile_checks_clean_but_for_what_is_said_of_the_lead_score() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let all = shipped();
        assert_eq!(all.len(), 9, "{:?}", all.iter().map(|(name, _)| name).collect::<Vec<_>>());
        for (name, file) in &all {
            let profile = file.profile.as_ref().unwrap_or_else(|e| panic!("{name}: {e:?}"));
            let said: Vec<String> =
                advice::warnings(profile, day).iter().map(ToString::to_string).collect();
            if name == "lead-score" {
                let needs = "intent.bands.high: 70 of at most 80 points needs every part but \
                             \"target stack\"; lower it if that is too strict";
                assert_eq!(said, [needs]);
            } else {
                assert_eq!(said, Vec::<String>::new(), "{name}");
            }
        }
    }

    #[test]
    fn the_given_numbers_are_kept() {
        let all = shipped();
        let profile = |wanted: &str| {
            let (_, file) = all.iter().find(|(name, _)| name == wanted).unwrap();
            &file.profile.as_ref().unwrap().profile
        };
        let weights = |wanted: &str| -> Vec<(i32, String)> {
            let criteria = &profile(wanted).fit.criteria;
            criteria.iter().map(|c| (c.weight, c.name.to_string())).collect()
        };
        let given = [
            (30, "200 to 2000 employees"),
            (20, "SaaS or tech industry"),
            (25, "uses Salesforce or HubSpot"),
            (15, "Series B or later"),
            (10, "has a RevOps function"),
        ];
        assert_eq!(weights("example"), given.map(|(w, n)| (w, n.to_owned())));
        let given = [(20, "industry"), (15, "size in range"), (10, "target stack")];
        assert_eq!(weights("lead-score"), given.map(|(w, n)| (w, n.to_owned())));
        let rules: Vec<_> = profile("lead-score").intent.rules.iter().collect();
        assert_eq!([rules[0].points, rules[1].points], [20, 15]);
        assert!(rules.iter().all(|rule| rule.half_life_days.is_none()));
        let series_a = &profile("outbound-sales-tool").intent.rules[2];
        assert_eq!((series_a.name.as_str(), series_a.window_days), ("Series A within 90 days", 90));
    }
}
