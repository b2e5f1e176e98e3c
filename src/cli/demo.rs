//! `buymode demo`: see it work, with nothing installed and nothing set up.

use super::delivered;
use super::interrupt::{STOPPED, on_signal};
use super::output::page_columns;
use super::place::prefix;
use crate::admin::place::Place;
use crate::config::{Config, Prefix};
use crate::demo::make::Recipe;
use crate::demo::{Options, Pace, Screen, Site, run_at};
use crate::domain::terms::time::Timestamp;
use crate::embedded::{EmbeddedOptions, EmbeddedStore};
use crate::log::{Replication, Store};
use crate::runtime::worker::now_ms;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// See it work: made-up companies and signals through the real pipeline, in a folder or on a broker
///
/// Makes companies and the signals they give off, writes them into a log in a folder, or with --config
/// into topics of their own on the settings' cluster, scores them with the same worker as `buymode run`, and shows each decision with its reasons. Time in the
/// demo runs faster than the clock, so that decay and exits can be seen. A second run on the same
/// folder goes on where the first stopped. Ends by itself after 45 seconds, or sooner with Ctrl-C, and
/// shows whom to call now, why and by when. On a broker it also ends where its calendar reaches today,
/// since brokers refuse records from the future.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  buymode demo\n  buymode demo --speed 2 --for 3m\n  buymode demo --deliver\n  buymode demo --embedded ./try --signals 5000 --rate max --json\n  buymode demo --config deploy/buymode.yaml"
)]
pub(super) struct Args {
    /// The folder of the log; made if it does not exist
    #[arg(long, visible_alias = "data", value_name = "FOLDER", default_value = "buymode-data")]
    embedded: PathBuf,
    /// The log is in the cluster of these settings, in topics under a prefix of their own
    #[arg(long, value_name = "FILE", conflicts_with = "embedded")]
    config: Option<PathBuf>,
    /// That prefix [default: topics.prefix of the settings, and `demo.`]
    #[arg(long, value_name = "PREFIX", requires = "config", value_parser = prefix)]
    prefix: Option<Prefix>,
    /// How long to run, such as 30s, 500ms or 5m; without this and --signals: 45s
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// End after so many signals
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    signals: Option<u64>,
    /// Signals a second, or `max`
    #[arg(long, value_name = "N|max", default_value = "40", value_parser = rate)]
    rate: Pace,
    /// Days of the demo's calendar a second, instead of --rate; 2 can be read along
    #[arg(long, value_name = "DAYS", conflicts_with = "rate",
          value_parser = clap::value_parser!(u32).range(1..))]
    speed: Option<u32>,
    /// Companies in a new folder [default: 120, with --rate max 20000]
    #[arg(long, value_name = "N", value_parser = companies)]
    companies: Option<usize>,
    /// What a new folder's companies and signals follow from
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// At the end, show the messages that a sales team would have got, or post them to this address: a
    /// Slack or Teams webhook, or any program
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "", conflicts_with = "json",
          value_parser = address)]
    deliver: Option<Deliver>,
    /// Print JSON, one object a line: the decisions, and the summary last
    #[arg(long)]
    json: bool,
}

/// Where the demo's messages go.
#[derive(Clone, Debug)]
enum Deliver {
    Screen,
    To(Box<url::Url>),
}

fn address(text: &str) -> Result<Deliver, String> {
    if text.is_empty() {
        return Ok(Deliver::Screen);
    }
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let url = url.ok_or("use an address that begins with https:// or http://")?;
    Ok(Deliver::To(Box::new(url)))
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let stop = stop_on_signal()?;
    let pace = args.speed.map_or(args.rate, |per_second| Pace::Days { per_second });
    let companies = args.companies.unwrap_or(if pace == Pace::Max { 20_000 } else { 120 });
    let bounded = args.time.is_some() || args.signals.is_some();
    let (store, site, data) = match &args.config {
        Some(file) => on_cluster(file, args.prefix.as_ref())?,
        None => in_folder(&args.embedded)?,
    };
    let options = Options {
        data,
        recipe: Recipe { seed: args.seed, companies },
        pace,
        signals_max: args.signals,
        time_max: args.time.or((!bounded).then_some(Duration::from_secs(45))),
    };
    // Two would take the log from each other in turns.
    let _alone = store.claim("run", "buymode demo")?;
    let screen = Screen::new(args.json, page_columns());
    match run_at(store.clone(), &site, &options, &screen, &stop) {
        Ok(_) => match &args.deliver {
            None => Ok(ExitCode::SUCCESS),
            Some(Deliver::Screen) => delivered::show(&*store, &site),
            Some(Deliver::To(url)) => delivered::post(&*store, &site, url),
        },
        // The reader of stdout closed the pipe: it has read enough.
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}

type Ground = (Arc<dyn Store>, Site, String);

fn in_folder(folder: &Path) -> anyhow::Result<Ground> {
    let data = shown(folder);
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder))?;
    Ok((Arc::new(store), Site::folder(&data), data))
}

fn on_cluster(file: &Path, prefix: Option<&Prefix>) -> anyhow::Result<Ground> {
    let mut config = Config::read(Some(file), std::env::vars_os())?.checked()?;
    let Some(bootstrap) = config.kafka.as_ref().map(|kafka| kafka.bootstrap.clone()) else {
        bail!(
            "the settings name a folder; use `buymode demo --embedded FOLDER` for a demo in a folder"
        );
    };
    let own = format!("{}demo.", config.topics.prefix.as_str());
    let own = Prefix::new(&own).context("the settings' topics.prefix is too long; use --prefix")?;
    let given = prefix.map(|prefix| format!(" --prefix {}", prefix.as_str())).unwrap_or_default();
    let prefix = prefix.cloned().unwrap_or(own);
    if prefix == config.topics.prefix || prefix.as_str().is_empty() {
        bail!("invalid --prefix: the settings' own topics have it; use another one, such as demo.");
    }
    config.topics.prefix = prefix.clone();
    let Place { store, codec, config, .. } = Place::open(config)?;
    let file = file.display();
    let (flags, again) = (
        format!("--config {file} --prefix {}", prefix.as_str()),
        format!("buymode demo --config {file}{given}"),
    );
    let site = Site::cluster(&bootstrap, prefix.as_str(), codec, flags, again);
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let replication = Replication {
        factor: config.topics.replication_factor.map(|n| number(n.get())),
        min_insync: config.topics.min_insync_replicas.map(|n| number(n.get())),
    };
    let event_source = config.topics.event_source.as_ref().map(|s| s.as_str().to_owned());
    let until = Some(Timestamp(now_ms()));
    let site = Site { replication, event_source, until, ..site };
    Ok((store, site, prefix.as_str().to_owned()))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

/// As it can be typed again.
fn shown(folder: &Path) -> String {
    let plain = folder.display().to_string();
    if folder.components().count() == 1 && folder.is_relative() {
        format!("./{plain}")
    } else {
        plain
    }
}

/// Set by Ctrl-C and by SIGTERM; a second one ends the process at once.
fn stop_on_signal() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    on_signal(move |_, before| {
        told.store(true, Ordering::Relaxed);
        if before > 0 {
            signal_hook::low_level::exit(i32::from(STOPPED));
        }
    })
    .context("cannot wait for signals")?;
    Ok(stop)
}

fn rate(text: &str) -> Result<Pace, String> {
    match (text, text.parse()) {
        ("max", _) => Ok(Pace::Max),
        (_, Ok(per_second)) if per_second > 0 => Ok(Pace::Signals { per_second }),
        _ => Err("write a number of signals a second, or max".to_owned()),
    }
}

fn companies(text: &str) -> Result<usize, String> {
    let fits = |n: &usize| (1..=1_000_000).contains(n);
    text.parse().ok().filter(fits).ok_or_else(|| "write a number from 1 to 1000000".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" | "" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let ms = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).filter(|ms| *ms > 0);
    ms.map(Duration::from_millis).ok_or_else(|| "write a time such as 30s, 500ms or 5m".to_owned())
}
