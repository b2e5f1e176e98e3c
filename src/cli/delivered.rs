//! `buymode demo --deliver`: the messages that a made-up sales team would have got of the demo's decisions.

use super::deliver::rehearse::{minute, spread};
use super::output::{self, line};
use crate::credentials::Web;
use crate::deliver::address;
use crate::deliver::given::decisions;
use crate::deliver::message::email::text;
use crate::deliver::rehearse::{Rehearsal, Sent, rehearse};
use crate::deliver::roster::RosterRead;
use crate::deliver::trial;
use crate::demo::Site;
use crate::desk::roster::Roster;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::engine::topics::Topics;
use crate::log::Store;
use crate::report::words::counted;
use anyhow::{Context, anyhow};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The team that would have got them.
const ROSTER: &str = include_str!("../../deploy/demo-roster.yaml");
/// Messages that are shown or posted.
const MESSAGES_MAX: usize = 10;
/// Slack takes one message a second.
const PAUSE: Duration = Duration::from_millis(1_100);
/// All days of the demo's calendar.
const DAYS: i64 = 400;

pub(super) fn show(store: &dyn Store, site: &Site) -> anyhow::Result<ExitCode> {
    let (roster, rehearsal) = played(store, site)?;
    let chosen = chosen(&rehearsal);
    for sent in &chosen {
        let to =
            sent.person.as_ref().map(|person| format!(", {} takes it on", roster.shown(person)));
        let head =
            format!("── {} to {}{}", minute(sent.at), sent.destination, to.unwrap_or_default());
        output::whole(&format!("\n{head}\n{}", text(&sent.message)))?;
    }
    line(&format!(
        "\n{} of {}, as deploy/demo-roster.yaml would send them. Nothing was sent; --deliver URL posts them.",
        chosen.len(),
        counted(posts(&rehearsal).len(), "message")
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn post(store: &dyn Store, site: &Site, url: &Url) -> anyhow::Result<ExitCode> {
    let (_, rehearsal) = played(store, site)?;
    let http = Web::new(address::is_private).map_err(|why| anyhow!(why))?;
    // The rest of an address can be a secret.
    let host = url.host_str().unwrap_or_default();
    let chosen = chosen(&rehearsal);
    for (at, sent) in chosen.iter().enumerate() {
        if at > 0 && trial::Form::of(url) != trial::Form::Webhook {
            std::thread::sleep(PAUSE);
        }
        trial::post(&http, url, &sent.message, &sent.action)
            .map_err(|why| anyhow!(why))
            .with_context(|| {
                format!("message {} of {} did not reach {host}", at + 1, chosen.len())
            })?;
    }
    line(&format!("posted {} to {host}", counted(chosen.len(), "message")))?;
    Ok(ExitCode::SUCCESS)
}

fn played(store: &dyn Store, site: &Site) -> anyhow::Result<(Arc<Roster>, Rehearsal)> {
    let roster = RosterRead::of(ROSTER).roster;
    let roster = roster.map_err(|_| anyhow!("the demo's roster cannot be read"))?;
    let roster = Arc::new(roster);
    let topics = Topics::with_prefix(&site.prefix);
    let given = decisions(store, &mut site.codec.clone(), &topics.route_prefix)?;
    let last = given.iter().map(|one| one.decision.written.time).max().unwrap_or_default();
    let from = Timestamp(last.0.saturating_sub(DAYS * DAY_MS));
    let rehearsal = rehearse(&roster, given, from, last);
    Ok((roster, rehearsal))
}

/// New messages; edits show the same again.
fn posts(rehearsal: &Rehearsal) -> Vec<&Sent> {
    rehearsal.sent.iter().filter(|sent| matches!(sent.how, "post" | "digest")).collect()
}

fn chosen(rehearsal: &Rehearsal) -> Vec<&Sent> {
    spread(&posts(rehearsal), MESSAGES_MAX)
}
