//! `buymode deliver report`: what people did with the accounts that they were given.

use crate::cli::output::{self, line};
use crate::cli::place::PlaceArgs;
use crate::deliver::report::{Reckoning, Report, Share};
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::log::scan::Scan;
use crate::report::layout::rows;
use crate::report::words::count;
use crate::runtime::worker::now_ms;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Shows which accounts people acted on: by rule, profile, person and week
///
/// An account counts once, from its first message on. Taken: accepted, in touch, or a CRM says that someone
/// works on it. Rejected: not worth it, not true, or not to be contacted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    buymode deliver report --days 90 --config deploy/buymode.yaml")]
pub(super) struct Args {
    /// Days to look back (1 to 400)
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
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
    let mut reader = place.store.reader()?;
    let (mut codec, mut reckoning) = (place.codec.clone(), Reckoning::default());
    let mut failed = Ok(());
    Scan::whole(&mut *reader, &place.topics.desk, 0)?.each(&mut *reader, &mut |record| {
        if failed.is_ok() {
            failed = reckoning.read(&mut codec, &record);
        }
    })?;
    failed.context("cannot read the desk's log")?;
    let report = reckoning.report(Timestamp(now_ms() - i64::from(args.days) * DAY_MS));
    if args.json {
        line(&as_json(&report).to_string())?;
    } else {
        output::whole(&for_people(&report, args.days))?;
    }
    Ok(ExitCode::SUCCESS)
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
    let more = match shares.len().saturating_sub(LINES_MAX) {
        0 => String::new(),
        more => format!("  … and {} more; --json has them all\n", count(more)),
    };
    format!("{title}\n{}\n{more}\n", rows(&lines, columns))
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
    })
}
