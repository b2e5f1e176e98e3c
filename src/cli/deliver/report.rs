//! `buymode deliver report`: what people did with the accounts that they were given.

use crate::admin::place::Place;
use crate::admin::progress::Meter;
use crate::admin::snapshot::Known;
use crate::cli::output::{self, Bar, line};
use crate::cli::place::PlaceArgs;
use crate::deliver::audit::{Base, restored};
use crate::deliver::report::{Reckoning, Report, Share};
use crate::domain::terms::plain::plain;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::log::scan::Scan;
use crate::report::layout::rows;
use crate::report::words::count;
use crate::runtime::worker::now_ms;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
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
        line(&as_json(&report).to_string())?;
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

fn as_json(report: &Report) -> Value {
    let share = |share: &Share| {
        json!({
            "announced_count": share.announced,
            "acted_on_count": share.acted_on(),
            "acted_on_percent": share.percent(),
            "taken_count": share.taken,
            "rejected_count": share.rejected,
            "snoozed_count": share.snoozed,
        })
    };
    let list = |name: &str, shares: &BTreeMap<String, Share>| {
        let all = shares.iter().map(|(key, one)| {
            let mut one = share(one);
            one[name] = json!(key);
            one
        });
        all.collect::<Vec<_>>()
    };
    json!({
        "all": share(&report.all),
        "rules": list("rule", &report.rules),
        "profiles": list("profile", &report.profiles),
        "people": list("person", &report.people),
        "weeks": list("week", &report.weeks),
        "reasons": report.reasons.iter().map(|(reason, n)| json!({ "reason": reason, "count": n }))
            .collect::<Vec<_>>(),
        "notes": report.notes,
    })
}
