//! A file of aliases: CSV with the columns alias, account and perhaps reason, or JSON with groups.
//! Pairs that chain together are one group, and a group has one account.

use super::change::Change;
use super::{AliasesError, Held, key};
use crate::domain::Text;
use crate::domain::terms::account::AccountKey;
use crate::mapping::rows::delimiter;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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
    /// The domains in `to` have replaced those in `from`; otherwise they only share an owner.
    #[serde(default)]
    from_domains_are_obsoleted: bool,
}

/// What a file says, before it is brought into one shape.
#[derive(Debug, Default)]
pub struct AliasFile {
    /// Alias, account, whether it goes that way and no other, and why.
    pairs: Vec<(AccountKey, AccountKey, bool, Option<Text>)>,
    pub refused: Vec<String>,
    /// Groups that only share an owner, left out.
    pub left_out: usize,
    /// Hosts below a domain that they do not speak for.
    pub hosts: usize,
}

/// Whether the host is the account's domain, not one below it; a leading www. is ignored.
fn is_itself(key: &AccountKey, host: &str) -> bool {
    let host = host.trim().to_lowercase();
    let bare = host.strip_prefix("www.").unwrap_or(&host);
    // IDNA may spell it otherwise, but not with more parts.
    key.as_str().split('.').count() == bare.split('.').count()
}

impl AliasFile {
    /// `shared`: also groups of domains that only share an owner.
    pub fn read(file: &Path, shared: bool) -> Result<AliasFile, AliasesError> {
        let fail =
            |message: String| AliasesError::File { file: file.display().to_string(), message };
        let text =
            std::fs::read_to_string(file).map_err(|e| fail(format!("cannot be read: {e}")))?;
        // Spreadsheets put a mark in front, and where a comma is decimal part cells with semicolons.
        let text = text.trim_start_matches('\u{feff}');
        let mut read = AliasFile::default();
        if file.extension().is_some_and(|e| e == "json") {
            let groups: Vec<Group> = serde_json::from_str(text).map_err(|e| fail(e.to_string()))?;
            groups.iter().for_each(|group| read.group(group, shared));
            return Ok(read);
        }
        let delimiter = delimiter(text.as_bytes());
        let mut rows = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        for row in rows.deserialize() {
            let row: Row = row.map_err(|e| {
                fail(format!("the columns are alias, account and perhaps reason: {e}"))
            })?;
            let reason = row.reason.filter(|reason| !reason.is_empty()).map(Into::into);
            read.pair(&row.alias, &row.account, reason);
        }
        if read.pairs.is_empty() && read.refused.is_empty() {
            return Err(fail("it holds no alias".to_owned()));
        }
        Ok(read)
    }

    /// The accounts of those that are a domain of their own.
    fn accounts(&mut self, hosts: &[String]) -> Vec<AccountKey> {
        let mut accounts = Vec::new();
        for host in hosts {
            match key(host) {
                Ok(key) if is_itself(&key, host) => {
                    accounts.push(key);
                }
                Ok(_) => self.hosts += 1,
                Err(error) => self.refused.push(error.to_string()),
            }
        }
        accounts
    }

    /// Describes for people the entries that were left out.
    pub fn unused(&self) -> Vec<String> {
        let said = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let groups = said(self.left_out, "groups that only share an owner are left out");
        let hosts = said(self.hosts, "hosts below a domain are left out");
        groups.into_iter().chain(hosts).collect()
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
            Some(Err(error)) => self.refused.push(error.to_string()),
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
            (Err(error), _) | (_, Err(error)) => self.refused.push(error.to_string()),
        }
    }

    /// An alias of two accounts that the file does not say are one would join them: its first row
    /// holds, as it would if they were added one by one.
    fn refuse_second_accounts(&mut self) {
        let mut first: BTreeMap<AccountKey, AccountKey> = BTreeMap::new();
        for (alias, account, ..) in self.pairs.iter().filter(|pair| pair.2) {
            // One that closes a circle leads nowhere; another row may lead out of it.
            if !first.contains_key(alias) && root(&first, account) != alias {
                first.insert(alias.clone(), account.clone());
            }
        }
        let refused = &mut self.refused;
        self.pairs.retain(|(alias, account, directed, _)| {
            let Some(said) = first.get(alias).filter(|_| *directed) else { return true };
            let is_same = root(&first, said) == root(&first, account);
            if !is_same {
                refused.push(format!(
                    "{alias}, {account}: {alias} is an alias of {said} in the file already; leave \
                     out the row that is wrong"
                ));
            }
            is_same
        });
    }

    /// Each group's aliases, all of its one account. A group in which every member is an alias of
    /// another has no account, and is refused.
    pub fn changes(&mut self, held: &Held) -> Vec<Change> {
        self.refuse_second_accounts();
        let mut group: BTreeMap<&AccountKey, usize> = BTreeMap::new();
        let mut groups: Vec<BTreeSet<&AccountKey>> = Vec::new();
        for (alias, account, _, _) in &self.pairs {
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
        let moves: BTreeMap<&AccountKey, Option<Text>> = self
            .pairs
            .iter()
            .filter(|p| p.2)
            .map(|(alias, _, _, why)| (alias, why.clone()))
            .collect();
        let said = held.known.values().map(|alias| &alias.account);
        let holds: BTreeSet<&AccountKey> = said.chain(held.moved.values()).collect();
        let mut named: BTreeMap<&AccountKey, usize> = BTreeMap::new();
        for account in self.pairs.iter().flat_map(|(alias, account, _, _)| [account, alias]) {
            let n = named.len();
            named.entry(account).or_insert(n);
        }
        let rank = |account: &&AccountKey| {
            let moves = moves.contains_key(*account);
            let com = account.as_str().ends_with(".com");
            (moves, !holds.contains(*account), !com, named.get(*account).copied())
        };
        let (mut changes, mut refused) = (Vec::new(), Vec::new());
        for members in groups.iter().filter(|members| members.len() > 1) {
            let Some(account) = members.iter().copied().min_by_key(rank) else { continue };
            if moves.contains_key(account) && !holds.contains(account) {
                let names: Vec<&str> = members.iter().map(|account| account.as_str()).collect();
                refused.push(format!(
                    "{} are aliases of one another in the file, in a circle: a line fewer would \
                     say which is the account",
                    names.join(", ")
                ));
                continue;
            }
            for alias in members.iter().filter(|alias| **alias != account) {
                let reason = moves.get(*alias).cloned().unwrap_or_else(|| Some("one owner".into()));
                let (alias, account) = ((*alias).clone(), account.clone());
                changes.push(Change::Add { alias, account, reason });
            }
        }
        self.refused.append(&mut refused);
        changes
    }
}

/// Where a chain ends that has no circle.
fn root<'a>(
    first: &'a BTreeMap<AccountKey, AccountKey>,
    account: &'a AccountKey,
) -> &'a AccountKey {
    std::iter::successors(Some(account), |account| first.get(*account)).last().unwrap_or(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account_of(pairs: &[(&str, &str, bool)]) -> BTreeSet<String> {
        let key = |raw: &str| AccountKey::parse(raw).expect("a key");
        let pairs = pairs.iter().map(|(a, b, d)| (key(a), key(b), *d, None)).collect();
        let mut read = AliasFile { pairs, ..AliasFile::default() };
        let change = |change: Change| match change {
            Change::Add { alias, account, .. } => format!("{alias} {account}"),
            Change::Remove { alias } => alias.to_string(),
        };
        read.changes(&Held::default()).into_iter().map(change).collect()
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
    fn a_chain_goes_on_from_an_account_that_has_aliases_already() {
        let key = |raw: &str| AccountKey::parse(raw).expect("a key");
        let mut held = Held::default();
        held.moved.insert(key("a.com"), key("b.com"));
        let mut read = AliasFile::default();
        read.pair("b.com", "c.io", None);
        let changes = read.changes(&held);
        let [Change::Add { alias, account, .. }] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!((alias.as_str(), account.as_str()), ("b.com", "c.io"));
    }

    #[test]
    fn of_a_group_without_direction_a_com_is_the_account_and_of_several_the_first() {
        let found = account_of(&[("acme.io", "acme.de", false), ("acme.com", "acme.de", false)]);
        assert_eq!(found, set(&["acme.io acme.com", "acme.de acme.com"]));
        let found = account_of(&[("bing.com", "microsoft.com", false)]);
        assert_eq!(found, set(&["bing.com microsoft.com"]), "the first, not the shortest");
    }

    #[test]
    fn a_circle_has_no_account_and_is_refused_until_a_way_leads_out_of_it() {
        let circle = [("a.com", "b.com", true), ("b.com", "a.com", true)];
        assert_eq!(account_of(&circle), set(&[]));
        let out = [circle[0], circle[1], ("b.com", "c.com", true)];
        assert_eq!(account_of(&out), set(&["a.com c.com", "b.com c.com"]));
    }

    #[test]
    fn an_alias_of_two_accounts_does_not_make_them_one() {
        let mut read = AliasFile::default();
        for (alias, account, reason) in [
            ("ma.io", "ma.com", "the first"),
            ("ma.io", "mb.com", "typo"),
            ("c.io", "c.com", "both lead to c.de"),
            ("c.io", "c.net", "as a later row says"),
            ("c.com", "c.de", ""),
            ("c.net", "c.de", ""),
        ] {
            read.pair(alias, account, Some(reason.into()));
        }
        let changes = read.changes(&Held::default());
        let [refused] = &read.refused[..] else { panic!("{:?}", read.refused) };
        assert!(refused.starts_with("ma.io, mb.com: ma.io is an alias of ma.com"), "{refused}");
        let shown = |change: &Change| match change {
            Change::Add { alias, account, reason } => {
                format!("{alias} {account} {}", reason.as_deref().unwrap_or_default())
            }
            Change::Remove { alias } => alias.to_string(),
        };
        let mut shown: Vec<String> = changes.iter().map(shown).collect();
        shown.sort();
        let expected = [
            "c.com c.de ",
            "c.io c.de as a later row says",
            "c.net c.de ",
            "ma.io ma.com the first",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_file_may_be_as_a_spreadsheet_writes_it() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&file, "\u{feff}alias;account;reason\r\na.io;a.com;a, once\r\n")
            .expect("it");
        let mut read = AliasFile::read(file.path(), false).expect("it reads");
        let changes = read.changes(&Held::default());
        let [Change::Add { alias, reason, .. }] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!((alias.as_str(), reason.as_deref()), ("a.io", Some("a, once")));
    }

    #[test]
    fn the_real_groups_say_nothing_twice() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/domain-aliases");
        if !folder.exists() {
            eprintln!("SKIPPED: {} is not there", folder.display());
            return;
        }
        for name in ["shared-credentials.json", "shared-credentials-historical.json"] {
            for shared in [false, true] {
                let mut read = AliasFile::read(&folder.join(name), shared).expect("it reads");
                let (hosts, changes) = (read.refused.len(), read.changes(&Held::default()));
                assert_eq!(read.refused.len(), hosts, "{:?}", &read.refused[hosts..]);
                assert!(!changes.is_empty() || !shared);
            }
        }
    }

    fn pairs_of(json: &str, shared: bool) -> AliasFile {
        let groups: Vec<Group> = serde_json::from_str(json).expect("groups");
        let mut read = AliasFile::default();
        groups.iter().for_each(|group| read.group(group, shared));
        read
    }

    #[test]
    fn who_only_shares_an_owner_is_asked_for() {
        let json = r#"[{"from": ["www.Old.com"], "to": ["new.com"], "fromDomainsAreObsoleted": true},
            {"from": ["brand.com"], "to": ["login.brand.io"]},
            {"shared": ["one.com", "two.com"]}]"#;
        let (careful, mut all) = (pairs_of(json, false), pairs_of(json, true));
        assert_eq!((careful.pairs.len(), careful.left_out), (1, 2));
        assert_eq!((all.pairs.len(), all.left_out), (3, 0));
        let accounts: Vec<_> = all.changes(&Held::default());
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
