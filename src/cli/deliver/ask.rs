//! What a check asks of the services: whom addresses belong to, and whether a message arrives.

use crate::cli::place::PlaceArgs;
use crate::config::DeliverConfig;
use crate::credentials::Web;
use crate::deliver::address;
use crate::deliver::send::target::Services;
use crate::deliver::trial::{self, Member};
use crate::desk::roster::{Roster, Target};
use crate::domain::profile::check::Finding;
use crate::domain::terms::time::Timestamp;
use crate::runtime::worker::now_ms;
use anyhow::{Context, anyhow, bail};
use std::path::Path;
use std::sync::Arc;

/// `folder`: of the roster, which its secrets' paths are relative to.
pub(super) fn services(place: &PlaceArgs, folder: &Path) -> anyhow::Result<Services> {
    let config = match place.given()? {
        Some(place) => place.config.deliver,
        None => DeliverConfig::default(),
    };
    Ok(Services {
        http: Arc::new(Web::new(address::is_private).map_err(|why| anyhow!(why))?),
        secrets: folder.to_owned(),
        variable: |name| std::env::var(name).ok(),
        slack_api: config.slack_api.as_str().trim_end_matches('/').to_owned(),
        // No message that a person answers is sent here.
        links: None,
        opted_out: None,
    })
}

/// Where Slack and the roster name different people, by the first bot of the roster.
pub(super) fn compare(roster: &Roster, services: &Services) -> Vec<Finding> {
    let bots = roster.destinations.iter().filter_map(|(name, d)| match &d.target {
        Target::Slack { token, .. } => Some((name, services.secret(token)?)),
        _ => None,
    });
    let Some((bot, token)) = bots.into_iter().next() else {
        let problem = "no destination is a Slack bot, so no address is compared".to_owned();
        return vec![Finding { at: "destinations".into(), problem }];
    };
    let mut found = Vec::new();
    for (id, person) in &roster.people {
        let Some(email) = &person.email else { continue };
        let at = format!("people[{id}]");
        let mut add = |at: String, problem: String| found.push(Finding { at, problem });
        match trial::member(&*services.http, &services.slack_api, &token, email) {
            Member::Known(member) => match &person.slack {
                Some(slack) if *slack == member => {}
                Some(slack) => add(
                    format!("{at}.slack"),
                    format!("invalid id {slack}: {email} is {member} in Slack; use that"),
                ),
                None => add(at, format!("has no slack id; {email} is {member} in Slack")),
            },
            Member::Gone(member) => {
                add(at, format!("{email} ({member}) is not active in Slack any more"));
            }
            Member::Unknown => {
                add(format!("{at}.email"), format!("Slack has no member with the address {email}"));
            }
            Member::Unasked(why) => {
                // The next one would hear the same.
                add(
                    format!("destinations[{bot}].slack"),
                    format!("addresses are not compared: {why}"),
                );
                break;
            }
        }
    }
    found
}

pub(super) fn send_test(
    roster: &Roster,
    destination: &str,
    person: Option<&str>,
    services: &Services,
) -> anyhow::Result<()> {
    let found = roster.destinations.iter().find(|(name, _)| name.as_str() == destination);
    let Some((name, found)) = found else {
        let names: Vec<&str> = roster.destinations.keys().map(|name| name.as_str()).collect();
        bail!("unknown destination {destination:?}; there are {}", names.join(", "));
    };
    let person = person.map(Into::into);
    let action =
        trial::action(roster, (name.as_str(), found), person.as_ref(), Timestamp(now_ms()));
    let action = action.map_err(|why| anyhow!(why))?;
    trial::send(services, action)
        .map_err(|why| anyhow!(why))
        .with_context(|| format!("the test message did not reach {destination}"))
}
