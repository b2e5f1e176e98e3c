//! `buymode icp new FILE`: a first profile by questions in plain words, or by flags.

mod ask;
mod text;
mod triggers;

use super::matching::{show, table, trial};
use crate::admin::profiles::file::ProfileFile;
use crate::analysis::advice;
use crate::analysis::companies::Companies;
use crate::analysis::matching::{Options, tally, words};
use crate::cli::import::Mapped;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use anyhow::{Context, bail};
use ask::{Asker, Topic};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use text::Answers;

/// Writes a first profile: asks in plain words whom you sell to and what makes them ready, or takes
/// the answers as flags
///
/// With files of companies or a log it shows the words that they have, and in the end how many
/// companies match. Without questions where every answer is given, or with --yes, which takes the
/// usual answer for the rest.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file to write
    #[arg(default_value = "profile.yaml")]
    file: PathBuf,
    /// Files with your companies
    #[arg(value_name = "INPUT", requires = "mapping")]
    inputs: Vec<PathBuf>,
    /// The mapping that reads the rows of the files
    #[arg(long, value_name = "FILE", requires = "inputs")]
    mapping: Option<PathBuf>,
    /// What you sell
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// How many people work at a good customer: 10-500, 50+
    #[arg(long, value_name = "RANGE")]
    sizes: Option<String>,
    /// Industries of good customers
    #[arg(long, value_name = "WORDS")]
    industries: Option<String>,
    /// Countries where you sell
    #[arg(long, value_name = "WORDS")]
    countries: Option<String>,
    /// Tools that good customers use
    #[arg(long, value_name = "WORDS")]
    tools: Option<String>,
    /// What shows that a company is ready: funding, sales-leader, sales-team, growth, tools, expansion,
    /// inbound
    #[arg(long, value_name = "WORDS")]
    triggers: Option<String>,
    /// Companies to leave alone: domains, and `tag:WORD` for those with a tag
    #[arg(long, value_name = "WORDS")]
    exclude: Option<String>,
    /// Who acts on it: names a route, and so a topic
    #[arg(long, value_name = "NAME")]
    acts: Option<String>,
    /// Job titles of the people to write to
    #[arg(long, value_name = "WORDS")]
    titles: Option<String>,
    /// Who owns the profile
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Ask nothing: take the usual answer where none is given
    #[arg(long)]
    yes: bool,
    /// Overwrite the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

const EXAMPLES: &str = "\
Examples:
  buymode icp new mine.yaml
  buymode icp new mine.yaml companies-*.csv.gz --mapping deploy/mappings/yc-radar.yaml
  buymode icp new mine.yaml --yes --product crm --sizes 50-1000 --industries software,fintech \\
    --countries us,gb --triggers funding,sales-leader";

/// Words of an attribute that are shown to choose from.
const WORDS_SHOWN: usize = 20;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.file.exists() && !args.force {
        bail!("{} exists; use another name, or --force to overwrite it", args.file.display());
    }
    let given = given(args);
    let asks = !args.yes && Topic::all().any(|topic| !given.contains_key(&topic));
    if asks && !std::io::stdin().is_terminal() {
        let missing: Vec<String> = Topic::all()
            .filter(|topic| !given.contains_key(topic))
            .map(|topic| format!("--{topic}"))
            .collect();
        bail!(
            "questions need a terminal; give {}, or --yes for the usual answers",
            missing.join(", ")
        );
    }
    let companies = companies(args)?;
    let mut stdin = std::io::stdin().lock();
    let mut asker = Asker {
        input: if asks { Some(&mut stdin) } else { None },
        output: &mut std::io::stdout(),
        words: companies.as_ref().map(held).unwrap_or_default(),
    };
    let answers = Answers::ask(&given, &mut asker)?;
    let text = answers.profile();
    let file = ProfileFile::of(&text);
    let profile = match &file.profile {
        Ok(profile) => profile,
        Err(errors) => {
            let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
            bail!("the answers make no profile that can be published: {}", said.join("; "));
        }
    };
    let written = || format!("{}: cannot be written", args.file.display());
    let mut out = std::fs::File::create(&args.file).with_context(written)?;
    out.write_all(text.as_bytes()).with_context(written)?;
    line(&format!("{}: written, version {}", args.file.display(), profile.version))?;
    let mut findings = advice::warnings(profile, super::check::today());
    if let Some(companies) = &companies {
        findings.extend(advice::unheld(profile, companies));
    }
    for finding in findings {
        line(&file.remark(finding).shown(&args.file, "warning: "))?;
    }
    match companies {
        Some(companies) => {
            let options = Options { market: None, samples: 5 };
            line("")?;
            show::print(&tally(&trial(profile.clone()), &companies, options))?;
        }
        None => {
            let name = args.file.display();
            line(&format!(
                "see whom it takes: buymode icp match {name} --mapping MAPPING COMPANIES\n\
                 read it as a page: buymode icp render {name}"
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn given(args: &Args) -> BTreeMap<Topic, String> {
    let all = [
        (Topic::Product, &args.product),
        (Topic::Sizes, &args.sizes),
        (Topic::Industries, &args.industries),
        (Topic::Countries, &args.countries),
        (Topic::Tools, &args.tools),
        (Topic::Triggers, &args.triggers),
        (Topic::Exclude, &args.exclude),
        (Topic::Acts, &args.acts),
        (Topic::Titles, &args.titles),
        (Topic::Owner, &args.owner),
    ];
    all.into_iter().filter_map(|(topic, given)| Some((topic, given.clone()?))).collect()
}

fn companies(args: &Args) -> anyhow::Result<Option<Companies>> {
    if let Some(mapping) = &args.mapping {
        let (mapping, inputs) = (mapping.as_path(), args.inputs.as_slice());
        let files = Mapped { mapping, inputs, format: None, snapshot_at: None };
        return Ok(Some(table::of_files(&files, None)?.0));
    }
    args.place.given()?.map(|place| table::of_log(&place, None)).transpose()
}

/// The words that the companies have, as a line for each attribute.
fn held(companies: &Companies) -> BTreeMap<Topic, String> {
    let asked = |name: &str| matches!(name, "industry" | "country" | "technologies");
    let each = words::count(companies, asked, WORDS_SHOWN).into_iter().filter_map(|of| {
        let topic = match of.attribute.as_str() {
            "industry" => Topic::Industries,
            "country" => Topic::Countries,
            "technologies" => Topic::Tools,
            _ => return None,
        };
        let words = of.words.iter().map(|w| format!("{} ({})", w.value, w.companies));
        Some((topic, words.collect::<Vec<_>>().join(", ")))
    });
    each.collect()
}
