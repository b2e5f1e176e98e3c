//! A roster file, read so that whatever is wrong with it is shown with line and column, the secrets that
//! it names included. A secret is looked at here and never repeated.

use super::address;
use super::send::sign::Keys;
use super::tool::file::MapFile;
use super::tool::program::ToolMap;
use super::tool::shipped;
use crate::config::{Places, Remark, all_faults, whole_text, yaml_from_text};
use crate::desk::roster::file::{DestinationFile, RosterFile, SecretRef};
use crate::desk::roster::tool::{Tool, ToolFile};
use crate::desk::roster::{Roster, Target};
use crate::domain::profile::check::Finding;
use schemars::generate::SchemaSettings;
use std::collections::BTreeMap;
use std::path::Path;

/// A file that was read, whether or not it can be used.
pub struct RosterRead {
    places: Option<Places>,
    file: Option<RosterFile>,
    pub roster: Result<Roster, Vec<Remark>>,
}

impl RosterRead {
    /// # Errors
    /// Only where the file cannot be read at all.
    pub fn read(file: &Path) -> anyhow::Result<RosterRead> {
        Ok(RosterRead::of(&bundled(file)?))
    }

    pub fn of(text: &str) -> RosterRead {
        let places = Places::of(text);
        match yaml_from_text::<RosterFile>(text) {
            Ok(file) => {
                let mut found = addresses(&file);
                let roster = Roster::of(&file).map_err(|mut others| found.append(&mut others)).ok();
                found.extend(roster.iter().flat_map(maps));
                let remark = |finding| Remark::of(places.as_ref(), finding);
                let roster = match roster.filter(|_| found.is_empty()) {
                    Some(roster) => Ok(roster),
                    None => {
                        let mut remarks: Vec<Remark> = found.into_iter().map(remark).collect();
                        remarks.sort_by_key(|remark| (remark.line, remark.column));
                        Err(remarks)
                    }
                };
                RosterRead { places, file: Some(file), roster }
            }
            Err(first) => {
                let schema = SchemaSettings::draft07().into_generator();
                let schema = schema.into_root_schema_for::<RosterFile>();
                let faults = all_faults(text, schema.as_value(), first);
                let roster = Err(faults.into_iter().map(Remark::from).collect());
                RosterRead { places, file: None, roster }
            }
        }
    }

    /// A finding with its place.
    pub fn remark(&self, finding: Finding) -> Remark {
        Remark::of(self.places.as_ref(), finding)
    }

    /// All that is wrong with the secrets. `folder`: of the file, which paths are relative to; `variable`: the
    /// value of an environment variable.
    pub fn secrets(&self, folder: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Remark> {
        let Some(file) = &self.file else { return Vec::new() };
        let synced = file.sync.iter().flat_map(|crm| {
            let at = format!("sync[{}]", crm.name);
            secrets_of_tool(at, &crm.tool)
        });
        let named = file.destinations.iter().flat_map(secrets_of).chain(synced);
        let flaws = named.filter_map(|(at, form, secret)| {
            let problem = flaw(secret, form, folder, variable)?;
            Some(self.remark(Finding { at, problem }))
        });
        flaws.collect()
    }
}

fn addresses(file: &RosterFile) -> Vec<Finding> {
    let webhooks = file.destinations.iter().filter_map(|d| Some((&d.name, d.webhook.as_ref()?)));
    let flaws = webhooks.filter_map(|(name, webhook)| {
        let problem = address::flaw(&webhook.url, webhook.private)?;
        Some(Finding { at: format!("destinations[{name}].webhook.url"), problem })
    });
    flaws.collect()
}

/// A roster's text with the maps that lie beside it.
///
/// # Errors
/// Where a file cannot be read.
pub fn bundled(file: &Path) -> anyhow::Result<String> {
    let mut text = whole_text(file)?;
    let Ok(read) = yaml_from_text::<RosterFile>(&text) else { return Ok(text) };
    let named = read.destinations.iter().filter_map(|d| Some(&d.tool.as_ref()?.map));
    let named = named.chain(read.sync.iter().map(|crm| &crm.tool.map));
    let mut maps: Vec<(&str, String)> = Vec::new();
    for name in named {
        let is_known =
            read.maps.contains_key(name) || maps.iter().any(|(known, _)| *known == name.as_str());
        let path = file.parent().unwrap_or(Path::new("")).join(format!("{name}.yaml"));
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_known && is_name && path.is_file() {
            anyhow::ensure!(
                shipped::text(name).is_none(),
                "{}: buymode has a map of its own with that name; give this file another name, and use that in {}",
                path.display(),
                file.display()
            );
            maps.push((name, whole_text(&path)?));
        }
    }
    if !maps.is_empty() {
        anyhow::ensure!(
            read.maps.is_empty(),
            "{}: has a key maps, but not {}; put it in, or take the key out",
            file.display(),
            maps.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        );
        let bundle: BTreeMap<&str, String> = maps.into_iter().collect();
        let maps = BTreeMap::from([("maps", bundle)]);
        text = format!("{}\n{}", text.trim_end(), serde_saphyr::to_string(&maps)?);
        // What follows must be a part of the same document, and come out as it lies there.
        let whole = yaml_from_text::<RosterFile>(&text).ok();
        let is_kept = |(name, map): (&&str, &String)| {
            whole.as_ref().is_some_and(|file| file.maps.get(*name) == Some(map))
        };
        if !maps["maps"].iter().all(is_kept) {
            let names = maps["maps"].keys().copied().collect::<Vec<_>>().join(", ");
            anyhow::bail!(
                "{}: {names}: invalid place for a map; put its text under the key maps",
                file.display()
            );
        }
    }
    Ok(text)
}

/// All that is wrong with the maps of tools.
fn maps(roster: &Roster) -> Vec<Finding> {
    let mut found = Vec::new();
    let tools = roster.destinations.iter().filter_map(|(name, d)| match &d.target {
        Target::Tool(tool) => Some((format!("destinations[{name}]"), &**tool)),
        _ => None,
    });
    let synced = roster.sync.iter().map(|(name, crm)| (format!("sync[{name}]"), &crm.tool));
    for (at, tool) in tools.chain(synced) {
        let mut add = |key: &str, problem: String| {
            found.push(Finding { at: format!("{at}.{key}"), problem });
        };
        match MapFile::of(tool) {
            Ok(map) => {
                map.flaws(tool).into_iter().for_each(|(key, problem)| add(key, problem));
                let is_sync = at.starts_with("sync");
                if is_sync != map.sync.is_some() {
                    let use_ = if is_sync {
                        "is for decisions; use one for sync"
                    } else {
                        "syncs accounts; name it under sync"
                    };
                    add("tool.map", format!("{} {use_}", tool.map));
                }
                if tool.text.is_some()
                    && let Err(error) = ToolMap::compile(map)
                {
                    add("tool.map", format!("{}: {error}", tool.map));
                }
            }
            Err(error) => add("tool.map", format!("{}: {error}", tool.map)),
        }
        for (key, url) in [
            ("tool.url", &tool.url),
            ("tool.oauth.token_url", &tool.oauth.as_ref().map(|o| o.token_url.clone())),
        ] {
            if let Some(problem) = url.as_deref().and_then(|url| address::flaw(url, tool.private)) {
                add(key, problem);
            }
        }
    }
    found
}

/// How a secret must look.
#[derive(Clone, Copy)]
enum Form {
    SlackToken,
    Address,
    SigningSecret,
    Any,
}

fn secrets_of(d: &DestinationFile) -> Vec<(String, Form, &SecretRef)> {
    let at = |key: &str| format!("destinations[{}].{key}", d.name);
    let slack = d.slack.iter().map(|to| (at("slack.token"), Form::SlackToken, &to.token));
    let hook = d.slack_webhook.iter().map(|to| (at("slack_webhook.url"), Form::Address, &to.url));
    let teams = d.teams.iter().map(|to| (at("teams.url"), Form::Address, &to.url));
    let password = d.email.iter().filter_map(|to| to.password.as_ref());
    let password = password.map(|secret| (at("email.password"), Form::Any, secret));
    let webhook =
        d.webhook.iter().map(|to| (at("webhook.secret"), Form::SigningSecret, &to.secret));
    let tool =
        d.tool.iter().flat_map(|tool| secrets_of_tool(format!("destinations[{}]", d.name), tool));
    slack.chain(hook).chain(teams).chain(password).chain(webhook).chain(tool).collect()
}

fn secrets_of_tool(at: String, tool: &ToolFile) -> Vec<(String, Form, &SecretRef)> {
    let all = Tool::secrets(tool).into_iter().map(|(key, secret)| {
        let form = if key == "tool.address" { Form::Address } else { Form::Any };
        (format!("{at}.{key}"), form, secret)
    });
    all.collect()
}

fn flaw(
    secret: &SecretRef,
    form: Form,
    folder: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let (value, place) = match secret {
        SecretRef::Env(name) => {
            let value = variable(name).unwrap_or_default();
            if value.trim().is_empty() {
                return Some(format!("the variable {name} is not set; set it to the secret"));
            }
            (value, format!("the variable {name}"))
        }
        SecretRef::File(path) => {
            let path = folder.join(path);
            let shown = path.display();
            match whole_text(&path) {
                Err(error) => return Some(format!("{error}; write the secret into that file")),
                Ok(text) if text.trim().is_empty() => {
                    return Some(format!("the file {shown} is empty; write the secret into it"));
                }
                Ok(text) => (text, format!("the file {shown}")),
            }
        }
    };
    let value = value.trim();
    let wanted = match form {
        Form::SlackToken => (!value.starts_with("xoxb-"))
            .then_some("the token of a Slack bot, which begins with xoxb-"),
        Form::Address => {
            address::flaw(value, false).is_some().then_some("an address that begins with https://")
        }
        Form::SigningSecret => Keys::of(value).is_none().then_some(
            "whsec_ and the base64 of 24 to 64 bytes, as `openssl rand -base64 32` prints it, or whsk_ and that of \
             an Ed25519 key",
        ),
        Form::Any => None,
    };
    wanted.map(|wanted| format!("{place} does not hold {wanted}; write that into it"))
}

#[cfg(test)]
mod tests;
