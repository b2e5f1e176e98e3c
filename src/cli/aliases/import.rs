//! `buymode aliases import`: many aliases from a file. Pairs that chain together are one group, and
//! a group has one account.

use super::table::{self, Change, Held, Said};
use super::{key, moved, output};
use crate::cli::place::PlaceArgs;
use crate::domain::Text;
use crate::domain::account::AccountKey;
use anyhow::{Context, bail};
use comfy_table::{Table, presets};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Adds the aliases of a file: CSV with the columns alias, account and perhaps reason, or JSON with
/// groups `{"from": […], "to": […]}` and `{"shared": […]}`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode aliases import aliases.csv --dry-run --config deploy/buymode.yaml\n  \
    buymode aliases import owners.json --shared --embedded ./data\n\n\
    Pairs that chain together are joined. The account of a group is the one that has aliases \
    already; else one that is nobody's alias in the file; of several a .com, then the one that the \
    file names first. Domains that share an owner's credentials are not always one company to sales \
    (a holding's brands are not): groups `shared`, and groups `from` whose domains are not said to \
    be obsolete (`fromDomainsAreObsoleted`), are read only with --shared, and have no \
    direction. A host below a domain, as that of one customer of many, is nobody's alias: it does not \
    speak for its domain.")]
pub struct Import {
    /// The file; JSON where its name ends so
    file: PathBuf,
    /// Also groups of domains that only share an owner
    #[arg(long)]
    shared: bool,
    /// Says what would be done, and writes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// For machines: one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Deserialize)]
struct Row {
    alias: String,
    account: String,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    shared: Vec<String>,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    to: Vec<String>,
    /// What came under `from` comes under `to` now; otherwise they only share an owner.
    #[serde(default)]
    from_domains_are_obsoleted: bool,
}

/// What a file says, before it is brought into one shape.
#[derive(Default)]
struct Read {
    /// Alias, account, whether it goes that way and no other, and why.
    pairs: Vec<(AccountKey, AccountKey, bool, Option<Text>)>,
    refused: Vec<String>,
    /// Groups that only share an owner, left out.
    left_out: usize,
    /// Hosts below a domain that they do not speak for.
    hosts: usize,
}

impl Read {
    /// The accounts of those that are a domain of their own; a www. before it is no host of its own.
    fn accounts(&mut self, hosts: &[String]) -> Vec<AccountKey> {
        let mut accounts = Vec::new();
        for host in hosts {
            match key(host) {
                Ok(key) if key.as_str() == host.strip_prefix("www.").unwrap_or(host) => {
                    accounts.push(key);
                }
                Ok(_) => self.hosts += 1,
                Err(error) => self.refused.push(format!("{error:#}")),
            }
        }
        accounts
    }

    fn group(&mut self, group: &Group, shared: bool) {
        let obsolete = group.from_domains_are_obsoleted;
        if !obsolete && !shared {
            self.left_out += 1;
            return;
        }
        let reason: Text = if obsolete { "rebrand" } else { "one owner" }.into();
        match group.to.first().map(|to| key(to)) {
            Some(Ok(to)) => {
                for from in self.accounts(&group.from) {
                    self.add(from, to.clone(), obsolete, Some(reason.clone()));
                }
            }
            Some(Err(error)) => self.refused.push(format!("{error:#}")),
            None => {}
        }
        let mut same = self.accounts(&group.shared).into_iter();
        if let Some(first) = same.next() {
            same.for_each(|other| self.add(other, first.clone(), false, Some(reason.clone())));
        }
    }

    fn add(&mut self, alias: AccountKey, account: AccountKey, directed: bool, why: Option<Text>) {
        if alias != account {
            self.pairs.push((alias, account, directed, why));
        }
    }

    fn pair(&mut self, alias: &str, account: &str, reason: Option<Text>) {
        match (key(alias), key(account)) {
            (Ok(alias), Ok(account)) => self.add(alias, account, true, reason),
            (Err(error), _) | (_, Err(error)) => self.refused.push(format!("{error:#}")),
        }
    }
}

pub fn run(args: &Import) -> anyhow::Result<ExitCode> {
    let read = read(&args.file, args.shared)?;
    let place = args.place.open()?;
    let mut held = Held { known: table::read(&place)?, moved: moved::all(&place)? };
    let changes = changes(&read.pairs, &held);
    let name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let said =
        Said { source: name.into(), reason: None, by: std::env::var("USER").ok().map(Into::into) };
    let done = if args.dry_run {
        table::foresee(&mut held, &said, &changes)
    } else {
        table::change(&place, &said, &changes)?
    };
    let new = done.iter().filter(|d| d.as_ref().is_ok_and(|d| d.new)).count();
    let already = done.iter().filter(|d| d.as_ref().is_ok_and(|d| !d.new)).count();
    let refused: Vec<String> =
        read.refused.into_iter().chain(done.into_iter().filter_map(Result::err)).collect();
    if args.json {
        let summary = serde_json::json!({
            "dry_run": args.dry_run, "added": new, "known": already,
            "left_out": read.left_out, "hosts": read.hosts, "refused": refused,
        });
        output::line(&summary.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut shown = Table::new();
    shown.load_style(presets::UTF8_FULL_CONDENSED);
    shown.set_header([if args.dry_run { "would be" } else { "were" }, "aliases"]);
    shown.add_row(["added".to_owned(), new.to_string()]);
    shown.add_row(["known already".to_owned(), already.to_string()]);
    shown.add_row(["refused".to_owned(), refused.len().to_string()]);
    shown.add_row(["left out (groups, without --shared)".to_owned(), read.left_out.to_string()]);
    shown.add_row(["hosts below a domain, left out".to_owned(), read.hosts.to_string()]);
    output::line(&shown.to_string())?;
    for why in &refused {
        output::line(&format!("refused: {why}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path, shared: bool) -> anyhow::Result<Read> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let mut read = Read::default();
    if file.extension().is_some_and(|e| e == "json") {
        let groups: Vec<Group> =
            serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?;
        groups.iter().for_each(|group| read.group(group, shared));
        return Ok(read);
    }
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    for row in rows.deserialize() {
        let row: Row = row.with_context(|| {
            format!("{}: the columns are alias, account and perhaps reason", file.display())
        })?;
        let reason = row.reason.filter(|reason| !reason.is_empty()).map(Into::into);
        read.pair(&row.alias, &row.account, reason);
    }
    if read.pairs.is_empty() && read.refused.is_empty() {
        bail!("{} holds no alias", file.display());
    }
    Ok(read)
}

/// Each group's aliases, all of its one account.
fn changes(pairs: &[(AccountKey, AccountKey, bool, Option<Text>)], held: &Held) -> Vec<Change> {
    let mut group: BTreeMap<&AccountKey, usize> = BTreeMap::new();
    let mut groups: Vec<BTreeSet<&AccountKey>> = Vec::new();
    for (alias, account, _, _) in pairs {
        let at = *group.entry(account).or_insert_with(|| {
            groups.push(BTreeSet::from([account]));
            groups.len() - 1
        });
        let other = group.get(alias).copied();
        let moved = match other {
            Some(other) if other != at => std::mem::take(&mut groups[other]),
            _ => BTreeSet::from([alias]),
        };
        for account in moved {
            group.insert(account, at);
            groups[at].insert(account);
        }
    }
    let moves: BTreeMap<&AccountKey, Option<Text>> =
        pairs.iter().filter(|p| p.2).map(|(alias, _, _, why)| (alias, why.clone())).collect();
    let said = held.known.values().map(|alias| &alias.account);
    let holds: BTreeSet<&AccountKey> = said.chain(held.moved.values()).collect();
    let mut named: BTreeMap<&AccountKey, usize> = BTreeMap::new();
    for account in pairs.iter().flat_map(|(alias, account, _, _)| [account, alias]) {
        let n = named.len();
        named.entry(account).or_insert(n);
    }
    let rank = |account: &&AccountKey| {
        let moves = moves.contains_key(*account);
        let com = account.as_str().ends_with(".com");
        (!holds.contains(*account), moves, !com, named.get(*account).copied())
    };
    let mut changes = Vec::new();
    for members in groups.iter().filter(|members| members.len() > 1) {
        let Some(account) = members.iter().copied().min_by_key(rank) else { continue };
        for alias in members.iter().filter(|alias| **alias != account) {
            let reason = moves.get(*alias).cloned().unwrap_or_else(|| Some("one owner".into()));
            let (alias, account) = ((*alias).clone(), account.clone());
            changes.push(Change::Add { alias, account, reason });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account_of(pairs: &[(&str, &str, bool)]) -> BTreeSet<String> {
        let key = |raw: &str| AccountKey::parse(raw).expect("a key");
        let pairs: Vec<_> = pairs.iter().map(|(a, b, d)| (key(a), key(b), *d, None)).collect();
        let change = |change: Change| match change {
            Change::Add { alias, account, .. } => format!("{alias} {account}"),
            Change::Remove { alias } => alias.to_string(),
        };
        changes(&pairs, &Held::default()).into_iter().map(change).collect()
    }

    fn set(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn pairs_that_chain_are_one_group_with_the_last_as_account() {
        let found = account_of(&[("a.com", "b.io", true), ("b.io", "much-longer.com", true)]);
        assert_eq!(found, set(&["a.com much-longer.com", "b.io much-longer.com"]));
        let found = account_of(&[
            ("c.com", "d.com", true),
            ("a.com", "b.com", true),
            ("b.com", "d.com", true),
        ]);
        assert_eq!(found, set(&["a.com d.com", "b.com d.com", "c.com d.com"]));
    }

    #[test]
    fn of_a_group_without_direction_a_com_is_the_account_and_of_several_the_first() {
        let found = account_of(&[("acme.io", "acme.de", false), ("acme.com", "acme.de", false)]);
        assert_eq!(found, set(&["acme.io acme.com", "acme.de acme.com"]));
        let found = account_of(&[("bing.com", "microsoft.com", false)]);
        assert_eq!(found, set(&["bing.com microsoft.com"]), "the first, not the shortest");
    }

    fn pairs_of(json: &str, shared: bool) -> Read {
        let groups: Vec<Group> = serde_json::from_str(json).expect("groups");
        let mut read = Read::default();
        groups.iter().for_each(|group| read.group(group, shared));
        read
    }

    #[test]
    fn who_only_shares_an_owner_is_asked_for() {
        let json = r#"[{"from": ["old.com"], "to": ["new.com"], "fromDomainsAreObsoleted": true},
            {"from": ["brand.com"], "to": ["login.brand.io"]},
            {"shared": ["one.com", "two.com"]}]"#;
        let (careful, all) = (pairs_of(json, false), pairs_of(json, true));
        assert_eq!((careful.pairs.len(), careful.left_out), (1, 2));
        assert_eq!((all.pairs.len(), all.left_out), (3, 0));
        let accounts: Vec<_> = changes(&all.pairs, &Held::default());
        let of = |change: &Change| match change {
            Change::Add { account, .. } => account.to_string(),
            Change::Remove { alias } => alias.to_string(),
        };
        let accounts: Vec<String> = accounts.iter().map(of).collect();
        assert_eq!(accounts, ["new.com", "brand.com", "one.com"], "not where one signs in");
    }

    #[test]
    fn a_host_that_is_no_account_is_refused_once_and_the_others_are_still_one() {
        let read = pairs_of(r#"[{"shared": ["facebook.com", "one.com", "two.com"]}]"#, true);
        assert_eq!((read.pairs.len(), read.refused.len()), (1, 1), "{:?}", read.refused);
    }

    #[test]
    fn a_customer_of_a_platform_does_not_speak_for_it() {
        let json = r#"[{"shared": ["www.city.org", "city.platform.com"]},
            {"shared": ["town.org", "town.platform.com"]}]"#;
        let read = pairs_of(json, true);
        assert_eq!((read.pairs.len(), read.hosts), (0, 2), "{:?}", read.pairs);
    }
}
