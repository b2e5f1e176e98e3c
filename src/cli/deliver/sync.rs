//! `buymode deliver sync NAME`: every account's standing into a CRM.

use super::follow::Follow;
use crate::admin::accounts::each;
use crate::admin::place::Place;
use crate::analysis::synced::{self, Row};
use crate::cli::answer;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::{aside, line};
use crate::cli::place::{WritableArgs, existing};
use crate::credentials::Web;
use crate::deliver::address;
use crate::deliver::publish::Desk;
use crate::deliver::roster::RosterRead;
use crate::deliver::send::target::Services;
use crate::deliver::sync::compare::differences;
use crate::deliver::sync::ledger::{Kept, Ledger, ids};
use crate::deliver::sync::pass::{Account, Pace, Pass, Report};
use crate::desk::roster::tool::Crm;
use crate::domain::terms::time::Timestamp;
use crate::report::words::counted;
use crate::runtime::worker::now_ms;
use crate::telemetry::sync_page;
use anyhow::{Context, anyhow, bail};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Differences that are shown.
const SHOWN_MAX: usize = 100;
/// How often the end of the accounts' topic is looked at.
const FOLLOW: Duration = Duration::from_secs(2);
/// After a look that left something undone.
const AGAIN: Duration = Duration::from_secs(60);

/// Writes every account's standing and facts into a CRM that the roster names under `sync`
///
/// Accounts whose values are others than were last confirmed are written in batches, the newest first, within the
/// limits that the field map gives; then it follows what changes, until it is stopped. It can be stopped at any instant: what was
/// not confirmed is written again, which changes nothing. An account that was merged into another has the other's values.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  buymode deliver sync hubspot --config deploy/buymode.yaml\n  \
    buymode deliver sync hubspot --once --json\n  \
    buymode deliver sync hubspot --full"
)]
pub(super) struct Args {
    /// The CRM, as the roster names it under `sync`
    name: String,
    /// Look at all accounts once, and end
    #[arg(long)]
    once: bool,
    /// Write nothing: read the CRM, and list what it shows otherwise than it should; exits with 1 if there is any
    #[arg(long)]
    full: bool,
    /// Seconds between two looks at all accounts; what changes between them is followed
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600, value_parser = clap::value_parser!(u64).range(10..=86_400))]
    every: u64,
    /// Write each look into this file too, as metrics for the textfile collector of Prometheus' node exporter
    #[arg(long, value_name = "FILE", conflicts_with = "full")]
    metrics: Option<PathBuf>,
    /// Print JSON, one object for each look
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: WritableArgs,
}

/// A look at all accounts, or at those that changed; with `--full` a difference.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Answer<'a> {
    /// What a look came to, in accounts.
    Look {
        /// Accounts that were written.
        written: u64,
        /// As last confirmed.
        unchanged: u64,
        /// They are not in the CRM, and the map does not create them.
        left_out: u64,
        /// Left to the next look, after several attempts.
        put_off: u64,
        /// Accounts that the CRM refused for what they hold.
        refused: u64,
        /// Requests to the CRM.
        calls: u64,
        /// The first of those refused.
        refusals: Vec<Refusal<'a>>,
        /// Why it ended before all was written; null: it did not.
        stopped: Option<&'a str>,
    },
    /// With `--full`: what the CRM shows otherwise.
    Difference {
        account: &'a str,
        /// The CRM's property; null: the account is not there.
        property: Option<&'a str>,
        /// What it should show.
        expected: &'a str,
        /// What it shows.
        found: &'a str,
    },
}

/// An account that the CRM refused for what it holds.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Refusal<'a> {
    account: &'a str,
    why: &'a str,
}

struct Clock;

impl Pace for Clock {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn wait(&self, ms: i64) {
        std::thread::sleep(Duration::from_millis(ms.max(0).unsigned_abs()));
    }

    fn is_over(&self) -> bool {
        false
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = existing(args.place.settings()?)?;
    let crm = crm(&place, &args.name)?;
    let name = format!("{}sync-{}", place.config.topics.prefix.as_str(), args.name);
    let _alone = place.store.claim(&name, "buymode deliver sync")?;
    let topic = place.topics.sync.clone();
    place.store.create_topics(&[place.topics.sync_spec()])?;
    let services = Services {
        http: Arc::new(Web::new(address::is_private).map_err(|why| anyhow!(why))?),
        secrets: place.config.deliver.secrets.clone(),
        variable: |name| std::env::var(name).ok(),
        slack_api: String::new(),
        links: None,
        opted_out: None,
    };
    ends_at_once(|| {
        "the ledger holds all that was confirmed; the rest is written at the next start".to_owned()
    })?;
    let prefix = place.config.topics.prefix.as_str();
    let mut kept = Kept::read(&*place.store, place.codec.clone(), &topic, prefix, &args.name)?;
    let clock = place.clock()?;
    loop {
        let mut follow = Follow::from_now(&place)?;
        let all = accounts(&place, &crm, &kept, &mut follow)?;
        if args.full {
            return full(args, &services, &crm, &all);
        }
        let mut look = |accounts: Vec<Account>| -> anyhow::Result<bool> {
            let report = Pass::new(&services, &crm.tool, &mut kept, &Clock).run(accounts)?;
            if let Some(file) = &args.metrics {
                write_metrics(file, &args.name, &report)
                    .with_context(|| format!("cannot write the metrics to {}", file.display()))?;
            }
            show(args, &report)?;
            let is_left = report.stopped.is_some() || report.put_off > 0;
            Ok(!is_left && (!args.once || report.refused_count == 0))
        };
        let mut is_done = look(all)?;
        if args.once {
            return Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let (began, today) = (Instant::now(), Timestamp(now_ms()).day());
        // Scores change at midnight, of accounts too that nothing is written about.
        while is_done
            && began.elapsed() < Duration::from_secs(args.every)
            && Timestamp(now_ms()).day() == today
        {
            std::thread::sleep(FOLLOW);
            let as_of = |time| clock.as_of(time, now_ms());
            match follow.changed(&place, crm.product.as_deref(), &as_of)? {
                Some(changed) if changed.is_empty() => {}
                Some(changed) => is_done = look(changed)?,
                None => break,
            }
        }
        if !is_done {
            std::thread::sleep(AGAIN);
        }
    }
}

fn crm(place: &Place, name: &str) -> anyhow::Result<Crm> {
    let prefix = place.config.topics.prefix.as_str();
    let codec = place.codec.clone();
    let mut desk = Desk { store: &*place.store, codec, topics: &place.topics, prefix };
    let published = desk.latest()?;
    let published = published.context("no roster is published; use `buymode deliver publish`")?;
    let roster = RosterRead::of(&published.text).roster.map_err(|flaws| {
        anyhow!(
            "roster {}: {}",
            published.number,
            flaws.first().map(ToString::to_string).unwrap_or_default()
        )
    })?;
    let found = roster.sync.iter().find(|(known, _)| known.as_str() == name);
    match found {
        Some((_, crm)) => Ok(crm.clone()),
        None => {
            let names: Vec<&str> = roster.sync.keys().map(|name| name.as_str()).collect();
            bail!(
                "unknown CRM {name:?}; roster {} names {} under sync",
                published.number,
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            )
        }
    }
}

/// Every account as it should be shown. A member is shown where it was shown before it was merged.
fn accounts(
    place: &Place,
    crm: &Crm,
    kept: &dyn Ledger,
    follow: &mut Follow,
) -> anyhow::Result<Vec<Account>> {
    let clock = place.clock()?;
    let mut own: BTreeMap<String, Account> = BTreeMap::new();
    let mut members: Vec<(String, String)> = Vec::new();
    each(place, &mut |world, account, state, time| {
        follow.note(world, account, time);
        let now = clock.as_of(time, now_ms());
        match synced::row(world, account, state, now, crm.product.as_deref()) {
            Some(Row::Own { changed, row }) => {
                let key = account.as_str().to_owned();
                own.insert(key.clone(), Account { key, changed, row });
            }
            Some(Row::Member(root)) => {
                members.push((account.as_str().to_owned(), root.as_str().to_owned()));
            }
            None => {}
        }
    })?;
    let roots: BTreeMap<String, String> = members.iter().cloned().collect();
    for (member, root) in members {
        let Some(known) = kept.known(&member) else { continue };
        // A root may have been merged in its turn.
        let mut root = root;
        for _ in 0..10 {
            match roots.get(&root) {
                Some(next) => root = next.clone(),
                None => break,
            }
        }
        let Some(mut shown) = own.get(&root).cloned() else { continue };
        shown.row.insert("account".to_owned(), json!(member));
        shown.row.insert("merged_into".to_owned(), json!(root));
        follow.note_root(&root);
        // Found there by the ids that it had itself.
        for (id, own) in ids(known) {
            shown.row.insert(id.to_owned(), json!(own));
        }
        shown.key.clone_from(&member);
        own.insert(member, shown);
    }
    Ok(own.into_values().collect())
}

fn full(
    args: &Args,
    services: &Services,
    crm: &Crm,
    accounts: &[Account],
) -> anyhow::Result<ExitCode> {
    let found = differences(services, &crm.tool, &Clock, accounts)?;
    let count = found.len();
    for difference in found.iter().take(SHOWN_MAX) {
        let property = difference.property.as_deref();
        let (expected, is) = (&difference.expected, &difference.found);
        if args.json {
            let account = difference.account.as_str();
            answer::line(&Answer::Difference { account, property, expected, found: is })?;
        } else {
            let of = property.map(|name| format!(", {name}")).unwrap_or_default();
            line(&format!("{}{of}: is {is:?}, should be {expected:?}", difference.account))?;
        }
    }
    aside(&format!("{}: {}", counted(accounts.len(), "account"), counted(count, "difference")));
    Ok(if count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The collector never sees half a file.
fn write_metrics(file: &Path, crm: &str, report: &Report) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut written = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let results = [
        ("written", report.written),
        ("unchanged", report.unchanged),
        ("left_out", report.left_out),
        ("refused", report.refused_count),
        ("put_off", report.put_off),
    ];
    written.write_all(sync_page(crm, &results, report.calls)?.as_bytes())?;
    // The exporter runs as another user.
    written.as_file().set_permissions(Permissions::from_mode(0o644))?;
    written.persist(file)?;
    Ok(())
}

fn show(args: &Args, report: &Report) -> anyhow::Result<()> {
    if args.json {
        let refused = report.refused.iter();
        answer::line(&Answer::Look {
            written: report.written,
            unchanged: report.unchanged,
            left_out: report.left_out,
            put_off: report.put_off,
            refused: report.refused_count,
            calls: report.calls,
            refusals: refused.map(|(account, why)| Refusal { account, why }).collect(),
            stopped: report.stopped.as_deref(),
        })?;
        return Ok(());
    }
    line(&format!(
        "{} written in {}; {} as they were, {} not there, {} refused, {} put off",
        counted(report.written as usize, "account"),
        counted(report.calls as usize, "request"),
        report.unchanged,
        report.left_out,
        report.refused_count,
        report.put_off
    ))?;
    for (account, why) in &report.refused {
        line(&format!("refused: {account}: {why}"))?;
    }
    if let Some(why) = &report.stopped {
        line(&format!("nothing more was written: {why}"))?;
    }
    Ok(())
}
