//! `buymode deliver report`: what people did with the accounts that they were given.

use crate::admin::place::Place;
use crate::admin::progress::Meter;
use crate::admin::snapshot::Known;
use crate::cli::answer;
use crate::cli::output::{self, Bar};
use crate::cli::place::PlaceArgs;
use crate::deliver::audit::{Base, restored};
use crate::deliver::report::{Note, Reckoning, Report, Share};
use crate::domain::terms::plain::plain;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::log::scan::Scan;
use crate::report::layout::rows;
use crate::report::words::count;
use crate::runtime::worker::now_ms;
use anyhow::{Context, ensure};
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Shows which accounts people acted on: by rule, profile, person and week
///
/// An account counts once, from its first message on. Taken: accepted, in touch, or a CRM says that someone
/// works on it. Rejected: not worth it, not true, or not to be contacted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode deliver report --days 90 --config deploy/buymode.yaml\n  \
    buymode deliver report --days 30 --from monday.snapshot --config deploy/buymode.yaml")]
pub(super) struct Args {
    /// Days to look back (1 to 400)
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// Begin with what the desk remembered in this snapshot, and not with the beginning of its log: only accounts
    /// that were announced since are counted
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// More lines of one kind are not printed; JSON has them all.
const LINES_MAX: usize = 30;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let topic = &place.topics.desk;
    let mut reader = place.store.reader()?;
    let marks = reader.watermarks(topic, 0)?;
    let (begin, mut reckoning) = begin(args.from.as_deref(), &place)?;
    ensure!(
        (marks.low..=marks.stable).contains(&begin),
        "{topic} has the offsets from {} to {}, and not {begin}, where the report begins; use --from FILE with a \
         snapshot that was taken in between",
        marks.low,
        marks.stable
    );
    let bar = Bar::new("{msg}")?;
    let show = &mut |at| bar.show(at);
    let mut meter = Meter::new(show);
    meter.phase("reading the desk's log");
    let range = begin..marks.stable;
    meter.expect(&range);
    let (mut codec, mut failed) = (place.codec.clone(), Ok(()));
    let report = &mut |passed| meter.passed(passed);
    Scan::range(topic, 0, range).report(report).each(&mut *reader, &mut |record| {
        if failed.is_ok() {
            failed = reckoning.read(&mut codec, &record);
        }
    })?;
    bar.clear();
    failed.context("cannot read the desk's log")?;
    let report = reckoning.report(Timestamp(now_ms() - i64::from(args.days) * DAY_MS));
    if args.json {
        answer::line(&Answer::of(&report))?;
    } else {
        output::whole(&for_people(&report, args.days))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The first offset that is read, and what was known before.
fn begin(from: Option<&Path>, place: &Place) -> anyhow::Result<(i64, Reckoning)> {
    let Some(file) = from else { return Ok((0, Reckoning::default())) };
    let desk = Known::open(file)?.desk(&*place.store, &place.topics.desk)?;
    let desk = desk.with_context(|| {
        format!("snapshot {} holds no desk; use one that was taken beside deliver", file.display())
    })?;
    let fold = restored(Base { next_offset: desk.next_offset, records: &desk.records })?;
    Ok((desk.next_offset, Reckoning::after(fold)))
}

fn for_people(report: &Report, days: u16) -> String {
    let columns = output::page_columns();
    let mut page = format!(
        "Of {} accounts announced in {days} days, {} were acted on ({} %).\n\n",
        count(report.all.announced),
        count(report.all.acted_on()),
        report.all.percent()
    );
    let parts = [
        ("Rules", &report.rules),
        ("Profiles", &report.profiles),
        ("People", &report.people),
        ("Weeks", &report.weeks),
    ];
    for (title, shares) in parts.into_iter().filter(|(_, shares)| !shares.is_empty()) {
        page += &section(title, shares, columns);
    }
    if !report.reasons.is_empty() {
        let mut reasons: Vec<_> = report.reasons.iter().collect();
        reasons.sort_by_key(|(reason, n)| (Reverse(**n), *reason));
        let reasons = reasons.into_iter().take(LINES_MAX);
        let lines: Vec<_> =
            reasons.map(|(reason, n)| ([count(*n)], plain(reason).into_owned())).collect();
        page += &format!("Why accounts were rejected\n{}\n\n", rows(&lines, columns));
    }
    if !report.notes.is_empty() {
        let notes = report.notes.iter().take(LINES_MAX).map(|said| {
            let cells = [said.day.to_string(), said.account.to_string()];
            (cells, format!("{}: {}", plain(&said.person), plain(&said.note)))
        });
        let lines: Vec<_> = notes.collect();
        let more = more(report.notes.len());
        page += &format!("In their own words\n{}\n{more}\n", rows(&lines, columns));
    }
    page
}

fn section(title: &str, shares: &BTreeMap<String, Share>, columns: usize) -> String {
    let all = shares.iter().take(LINES_MAX).map(|(name, share)| {
        let cells = [format!("{} %", share.percent()), format!("of {}", count(share.announced))];
        let said = format!(
            "{name}: {} taken, {} rejected, {} snoozed",
            count(share.taken),
            count(share.rejected),
            count(share.snoozed)
        );
        (cells, said)
    });
    let lines: Vec<([String; 2], String)> = all.collect();
    format!("{title}\n{}\n{}\n", rows(&lines, columns), more(shares.len()))
}

fn more(lines: usize) -> String {
    match lines.saturating_sub(LINES_MAX) {
        0 => String::new(),
        more => format!("  … and {} more; --json has them all\n", count(more)),
    }
}

/// What became of the accounts that were announced.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// All together.
    all: Counts,
    /// By the rules that had a part in it.
    rules: Vec<OfRule<'a>>,
    /// By profile.
    profiles: Vec<OfProfile<'a>>,
    /// By person of the roster.
    people: Vec<OfPerson<'a>>,
    /// By week.
    weeks: Vec<OfWeek<'a>>,
    /// How often each reason of a rejection was given.
    reasons: Vec<OfReason<'a>>,
    /// What people wrote about rejections, the latest first.
    notes: &'a [Note],
}

/// Accounts that were announced, and what became of them.
#[derive(Serialize, JsonSchema)]
struct Counts {
    /// Accounts that were announced.
    announced_count: u64,
    /// Taken, rejected or snoozed.
    acted_on_count: u64,
    /// Of those announced, from 0 to 100.
    acted_on_percent: u64,
    /// Accounts that someone took on.
    taken_count: u64,
    /// Accounts that someone rejected.
    rejected_count: u64,
    /// Accounts that someone put off.
    snoozed_count: u64,
}

/// Those that a rule had a part in.
#[derive(Serialize, JsonSchema)]
struct OfRule<'a> {
    #[serde(flatten)]
    counts: Counts,
    /// The rule's name in the profile.
    rule: &'a str,
}

/// Those of a profile.
#[derive(Serialize, JsonSchema)]
struct OfProfile<'a> {
    #[serde(flatten)]
    counts: Counts,
    profile: &'a str,
}

/// Those of a person of the roster.
#[derive(Serialize, JsonSchema)]
struct OfPerson<'a> {
    #[serde(flatten)]
    counts: Counts,
    person: &'a str,
}

/// Those of a week.
#[derive(Serialize, JsonSchema)]
struct OfWeek<'a> {
    #[serde(flatten)]
    counts: Counts,
    /// Its Monday.
    week: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct OfReason<'a> {
    reason: &'a str,
    /// How often it was given.
    count: u64,
}

impl Counts {
    fn of(share: &Share) -> Counts {
        Counts {
            announced_count: share.announced,
            acted_on_count: share.acted_on(),
            acted_on_percent: share.percent(),
            taken_count: share.taken,
            rejected_count: share.rejected,
            snoozed_count: share.snoozed,
        }
    }
}

impl Answer<'_> {
    fn of<'a>(report: &'a Report) -> Answer<'a> {
        let of = |(name, share): (&'a String, &Share)| (Counts::of(share), name.as_str());
        let reasons = report.reasons.iter();
        Answer {
            all: Counts::of(&report.all),
            rules: report
                .rules
                .iter()
                .map(of)
                .map(|(counts, rule)| OfRule { counts, rule })
                .collect(),
            profiles: report
                .profiles
                .iter()
                .map(of)
                .map(|(counts, profile)| OfProfile { counts, profile })
                .collect(),
            people: report
                .people
                .iter()
                .map(of)
                .map(|(counts, person)| OfPerson { counts, person })
                .collect(),
            weeks: report
                .weeks
                .iter()
                .map(of)
                .map(|(counts, week)| OfWeek { counts, week })
                .collect(),
            reasons: reasons.map(|(reason, count)| OfReason { reason, count: *count }).collect(),
            notes: &report.notes,
        }
    }
}
