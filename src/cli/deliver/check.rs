//! `buymode deliver check FILE`: whether a roster could be used, and what is wrong with it.

use super::ask;
use crate::cli::answer;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use crate::config::Remark;
use crate::deliver::roster::RosterRead;
use crate::desk::roster::Roster;
use crate::domain::profile::check::Finding;
use crate::report::words::counted;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lists what is wrong with a roster, its secrets included; exits with 1 if it could not be used
///
/// Nothing is sent unless --send-test asks for it. With a log, it also warns of routes that have no topic
/// there. --compare asks Slack whom each person's e-mail address belongs to (the bot needs the scope
/// users:read.email), and compares that with the roster.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode deliver check deploy/roster.yaml\n  \
    buymode deliver check deploy/roster.yaml --without-secrets --json\n  \
    buymode deliver check roster.yaml --compare\n  \
    buymode deliver check roster.yaml --send-test direct --to ana")]
pub(super) struct Args {
    /// The roster, as YAML
    file: PathBuf,
    /// Do not look for the secrets: they are on another machine
    #[arg(long, conflicts_with_all = ["compare", "send_test"])]
    without_secrets: bool,
    /// Also ask Slack whom people's e-mail addresses belong to
    #[arg(long)]
    compare: bool,
    /// Send one message to this destination that says it is a test
    #[arg(long, value_name = "DESTINATION")]
    send_test: Option<String>,
    /// The person that a test is for, where the destination writes to people
    #[arg(long, value_name = "PERSON", requires = "send_test")]
    to: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// The faults of a roster.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// With one of these it cannot be used.
    errors: &'a [Remark],
    /// It can be used all the same.
    warnings: &'a [Remark],
    /// The destination that a test was sent to; null: none was.
    sent_to: Option<&'a str>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let read = RosterRead::read(&args.file)?;
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let secrets = match args.without_secrets {
        true => Vec::new(),
        false => read.secrets(folder, &|name| std::env::var(name).ok()),
    };
    let mut errors = match &read.roster {
        Ok(_) => Vec::new(),
        Err(errors) => errors.clone(),
    };
    errors.extend(secrets);
    errors.sort_by_key(|error| (error.line, error.column));
    let mut warnings = Vec::new();
    if let (Ok(roster), Some(place)) = (&read.roster, args.place.given()?) {
        let names: BTreeSet<String> = place.store.topic_names()?.into_iter().collect();
        let missing = missing(roster, &|route| {
            let topic = place.topics.route(route);
            (!names.contains(&topic)).then_some(topic)
        });
        warnings.extend(missing.into_iter().map(|finding| read.remark(finding)));
    }
    let mut sent = None;
    if let (Ok(roster), true) = (&read.roster, errors.is_empty()) {
        let services = ask::services(&args.place, folder)?;
        if args.compare {
            let found = ask::compare(roster, &services);
            warnings.extend(found.into_iter().map(|finding| read.remark(finding)));
        }
        if let Some(destination) = &args.send_test {
            match ask::send_test(roster, destination, args.to.as_deref(), &services) {
                Ok(()) => sent = Some(destination),
                Err(error)
                    if roster.destinations.keys().any(|name| name.as_str() == destination) =>
                {
                    let at = format!("destinations[{destination}]");
                    errors.push(read.remark(Finding { at, problem: format!("{error:#}") }));
                }
                Err(error) => return Err(error),
            }
        }
    }
    if args.json {
        let sent_to = sent.map(String::as_str);
        answer::line(&Answer { errors: &errors, warnings: &warnings, sent_to })?;
    } else {
        for error in &errors {
            line(&error.shown(&args.file, ""))?;
        }
        for warning in &warnings {
            line(&warning.shown(&args.file, "warning: "))?;
        }
    }
    match &read.roster {
        Ok(roster) if errors.is_empty() => {
            if let (Some(destination), false) = (sent, args.json) {
                line(&format!("sent a test message to {destination}"))?;
            }
            if !args.json {
                line(&format!("{}: the roster is fine: {}", args.file.display(), sizes(roster)))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        _ => Ok(ExitCode::FAILURE),
    }
}

/// `3 people, 1 team, 2 destinations`.
fn sizes(roster: &Roster) -> String {
    let people = match roster.people.len() {
        1 => "1 person".to_owned(),
        n => format!("{n} people"),
    };
    let (teams, destinations) = (roster.teams.len(), roster.destinations.len());
    format!("{people}, {}, {}", counted(teams, "team"), counted(destinations, "destination"))
}

/// Routes whose topic is missing.
fn missing(roster: &Roster, topic: &dyn Fn(&str) -> Option<String>) -> Vec<Finding> {
    let destinations = roster.destinations.iter();
    let routes = destinations.flat_map(|(name, d)| d.routes.iter().map(move |route| (name, route)));
    let missing = routes.filter_map(|(name, route)| {
        let topic = topic(route)?;
        let at = format!("destinations[{name}].routes");
        let problem =
            format!("topic {topic} does not exist: no profile has used the route {route} so far");
        Some(Finding { at, problem })
    });
    missing.collect()
}
