//! `buymode import`: a vendor's files into the log, by a mapping.

mod feeds;
mod report;

use super::aliases::filing;
use super::interrupt::STOPPED;
use super::output::{aside, line};
use super::place::WritableArgs;
use crate::aliases::Aliases;
use crate::cli::answer;
use crate::domain::terms::time::Timestamp;
use crate::engine::topics::Topics;
use crate::ingest::import::{Destination, ImportOptions, Part, import_all};
use crate::mapping::Mapping;
use crate::mapping::rows::{Format, Reading};
use encoding_rs::Encoding;
use feeds::Feeds;
use report::{Meter, Stop};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// Maps rows of files to signals and company facts and writes them to the log
///
/// Files are CSV (also with tabs, semicolons or bars), a JSON list, JSON lines, an XML document, an Excel
/// workbook (.xlsx) or Parquet, plain, gzip or in a zip, as the content shows; text is UTF-8, UTF-16 or,
/// where it is neither, windows-1252. Several are merged. On a live topic rows are written as they are read; on a history topic (`buymode
/// topics create --history`) in order of event time, ended by a tick. Importing the same files twice
/// is harmless, also after Ctrl-C: the scorer knows the records by their ids. Rows that do not map
/// become dead letters. A file in which no rule of its mapping matches any row, and a file that was cut on
/// its way, end the command with exit code 1. Files of several mappings are merged in order of event time; an import most of
/// which is older than the end of a history is refused (--accept-late).
///
/// What the last snapshot of a source held is kept (`buymode.sources`) if its mapping has `gone` rules, so
/// that one snapshot a week, each in a command of its own, does what all of them in one command do.
/// Name all files of a snapshot in one command, or use --partial in all commands but the last. Rows of
/// an older snapshot than the last one are left out.
///
/// A live log forwards the records of an alias (`buymode aliases`). Into a history, records are
/// written under the account that the alias stands for, by the aliases of the log and those of
/// --aliases, since a record that is forwarded comes at the end of the log, too late for its date.
/// `aliases remove` does not separate records that were written this way.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    feeds: Feeds,
    /// Topic for the records [default: buymode.inputs, with the prefix]
    #[arg(long)]
    topic: Option<String>,
    /// Topic for rows that do not map [default: buymode.dead-letters, with the prefix]
    #[arg(long, value_name = "TOPIC")]
    dead_letters: Option<String>,
    /// Topic for what the last snapshots held [default: buymode.sources, with the prefix; none with
    /// --topic]
    #[arg(long, value_name = "TOPIC")]
    sources: Option<String>,
    /// Further aliases for a history, in the format of `buymode aliases import`; they are not
    /// written to the log
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// The files' format [default: detected from their first bytes]
    #[arg(long)]
    format: Option<FormatArg>,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The encoding of text that is not UTF-8, such as shift_jis or iso-8859-2 [default: windows-1252]
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// When the files were taken, where their names do not say it
    #[arg(long, value_name = "DATE")]
    snapshot_at: Option<String>,
    /// The files are a vendor's first dump: facts from now on, but no news
    #[arg(long)]
    baseline: bool,
    /// Further files of the same snapshots follow in another command: no row counts as gone yet
    #[arg(long)]
    partial: bool,
    /// Import a snapshot that lacks more than half of the rows of the one before
    #[arg(long)]
    accept_gone: bool,
    /// Import into a history that stands at a later time than most records
    #[arg(long)]
    accept_late: bool,
    /// Stop at the first row that does not map
    #[arg(long)]
    strict: bool,
    /// Map and count, write nothing; needs no log
    #[arg(long)]
    dry_run: bool,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
    /// Memory for sorting a history, in MiB; more goes to temporary files
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=16_384))]
    sort_memory: u16,
    /// Folder for temporary files [default: the system's]
    #[arg(long, value_name = "FOLDER")]
    temp: Option<PathBuf>,
    #[command(flatten)]
    place: WritableArgs,
}

const EXAMPLES: &str = "\
Examples:
  buymode import --dry-run --mapping deploy/mappings/ashby.yaml posts.jsonl.gz
  buymode import --embedded ./history --mapping deploy/mappings/crunchbase-2013.yaml \\
    companies.csv.gz rounds.csv.gz acquisitions.csv.gz
  buymode import --embedded ./history --mapping rounds.yaml rounds.csv --mapping posts.yaml posts.csv
  buymode import --config settings.yaml --mapping deploy/mappings/yc-radar.yaml *-2026-10-05.csv
  buymode import --embedded ./history --aliases rebrands.csv --mapping MAPPING rounds.csv";

/// Files that are read through a mapping, by a command that writes nothing.
pub(super) struct Mapped<'a> {
    pub mapping: &'a Path,
    pub inputs: &'a [PathBuf],
    pub format: Option<FormatArg>,
    pub snapshot_at: Option<&'a str>,
}

impl Mapped<'_> {
    pub(super) fn options(&self) -> ImportOptions {
        let topics = Topics::with_prefix("");
        ImportOptions {
            inputs: self.inputs.to_vec(),
            topic: topics.inputs,
            dead_letters_topic: topics.dead_letters,
            sources_topic: None,
            reading: Reading { format: self.format.map(Format::from), ..Reading::default() },
            snapshot_at: self.snapshot_at.map(str::to_owned),
            by_file_day: true,
            file_name: None,
            baseline: false,
            strict: false,
            partial: false,
            accept_gone: true,
            accept_late: true,
            aliases: Aliases::default(),
            sort_bytes_max: 0,
            spill: std::env::temp_dir(),
            now: now(),
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum FormatArg {
    Csv,
    /// A list of objects, or objects one after another
    Json,
    Jsonl,
    /// A document is one row
    Xml,
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Format {
        match arg {
            FormatArg::Csv => Format::Csv,
            FormatArg::Json => Format::Json,
            FormatArg::Jsonl => Format::JsonLines,
            FormatArg::Xml => Format::Xml,
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let feeds = &args.feeds.0;
    let mappings: Vec<Mapping> =
        feeds.iter().map(|feed| Mapping::load(&feed.mapping)).collect::<Result<_, _>>()?;
    let mut place = match args.dry_run {
        true => None,
        false => Some(args.place.open()?),
    };
    let topics = place.as_ref().map_or_else(|| Topics::with_prefix(""), |p| p.topics.clone());
    // Rows of a trial in another topic were not seen by the deployment.
    let sources = args.topic.is_none().then_some(topics.sources);
    let topic = args.topic.clone().unwrap_or(topics.inputs);
    let options = ImportOptions {
        aliases: filing::aliases(args.aliases.as_deref(), place.as_ref(), &topic)?,
        inputs: Vec::new(),
        topic,
        dead_letters_topic: args.dead_letters.clone().unwrap_or(topics.dead_letters),
        sources_topic: args.sources.clone().or(sources),
        reading: Reading {
            format: args.format.map(Format::from),
            sheet: args.sheet.clone(),
            encoding: args.encoding,
            temp: args.temp.clone(),
        },
        snapshot_at: args.snapshot_at.clone(),
        by_file_day: true,
        file_name: None,
        baseline: args.baseline,
        strict: args.strict,
        partial: args.partial,
        accept_gone: args.accept_gone,
        accept_late: args.accept_late,
        sort_bytes_max: usize::from(args.sort_memory) << 20,
        spill: args.temp.clone().unwrap_or_else(std::env::temp_dir),
        now: now(),
    };
    let mut meter = Meter::new();
    let stop = Stop::new(args.dry_run)?;
    let destination =
        place.as_mut().map(|place| Destination { store: &*place.store, codec: &mut place.codec });
    let written = destination.is_some();
    let of = mappings.iter().zip(feeds);
    let parts: Vec<Part<'_>> =
        of.map(|(mapping, feed)| Part { mapping, inputs: &feed.inputs }).collect();
    let summary = import_all(destination, &parts, &options, &mut |progress| {
        meter.show(progress);
        stop.heard(progress)
    })?;
    meter.finish();
    if summary.stopped {
        stop.ended(&summary);
    }
    if args.json {
        answer::lines(&summary)?;
    } else if !summary.stopped {
        line(&report::table(&summary, written.then_some(&*options.topic)).to_string())?;
    }
    for unmatched in &summary.unmatched {
        aside(&format!("buymode: {unmatched}"));
    }
    Ok(match (summary.stopped, summary.unmatched.is_empty()) {
        (true, _) => ExitCode::from(STOPPED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

pub(super) fn encoding(label: &str) -> Result<&'static Encoding, String> {
    let unknown = "unknown encoding; use a name of the web, such as shift_jis, gbk or iso-8859-2";
    Encoding::for_label(label.as_bytes()).ok_or_else(|| unknown.to_owned())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
