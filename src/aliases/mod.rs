//! Which accounts are the same company: the aliases that hold at a place ([`read`]), those that a
//! file names ([`mod@file`]), and the result of a change ([`change`]). On a live log the log itself
//! forwards the records of an alias. Records of a history are written for the account at the end of
//! the chain ([`Aliases`]), since the log appends forwarded records at its end, long after the day
//! of the event.

pub mod change;
pub mod file;
pub mod read;
pub mod table;
pub mod unresolved;

use crate::domain::Text;
use crate::domain::account::input::Input;
use crate::domain::account::records::Alias;
use crate::domain::evidence::company::{Attribute, Value};
use crate::domain::terms::account::AccountKey;
use crate::log::LogError;
use crate::log::scan::ScanError;
use crate::mapping::canonical::Canonical;
use crate::mapping::identity;
use crate::mapping::identity::IdentityError;
use std::collections::{BTreeMap, BTreeSet};

/// As the aliases topic says it.
pub type Known = BTreeMap<AccountKey, Alias>;

/// Merged accounts, and what they were merged into, as the log says it.
pub type Moved = BTreeMap<AccountKey, AccountKey>;

#[derive(Debug, thiserror::Error)]
pub enum AliasesError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("{topic}[{partition}] offset {offset} cannot be read: {message}")]
    Unreadable { topic: String, partition: i32, offset: i64, message: String },
    #[error("{file}: {message}")]
    File { file: String, message: String },
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A typed key as it is; anything else as a website is resolved.
pub fn key(raw: &str) -> Result<AccountKey, IdentityError> {
    match AccountKey::parse(raw) {
        Ok(key) if raw.contains(':') => Ok(key),
        _ => identity::resolve(raw),
    }
}

/// All that holds: as the topic says it, and of what the topic does not know, as the log does.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub known: Known,
    pub moved: Moved,
}

impl Held {
    pub fn of(&self, alias: &AccountKey) -> Option<&AccountKey> {
        let said = self.known.get(alias).map(|alias| &alias.account);
        said.or_else(|| self.moved.get(alias))
    }

    /// The account that people mean by this one: at the end of the chain in the aliases topic.
    pub fn root<'a>(&'a self, account: &'a AccountKey) -> &'a AccountKey {
        let next = |at: &&'a AccountKey| self.known.get(*at).map(|alias| &alias.account);
        // A chain is never longer than there are aliases.
        std::iter::successors(Some(account), next)
            .take(self.known.len() + 1)
            .last()
            .unwrap_or(account)
    }

    /// The account at the end of the chain; one whose chain is a circle is its own.
    pub fn resolve(&self, account: &AccountKey) -> AccountKey {
        self.end(account).unwrap_or(account).clone()
    }

    /// `None`: it leads into a circle.
    fn end<'a>(&'a self, account: &'a AccountKey) -> Option<&'a AccountKey> {
        let mut at = account;
        // A chain is never longer than there are aliases.
        for _ in 0..=self.known.len() + self.moved.len() {
            match self.of(at) {
                Some(next) => at = next,
                None => return Some(at),
            }
        }
        None
    }

    /// The circle that an account leads into, from its smallest member on.
    fn circle(&self, account: &AccountKey) -> Vec<AccountKey> {
        let (mut at, mut seen) = (account, BTreeSet::new());
        while seen.insert(at) {
            let Some(next) = self.of(at) else { return Vec::new() };
            at = next;
        }
        let first = at;
        let mut circle = vec![first.clone()];
        while let Some(next) = self.of(at).filter(|next| *next != first) {
            circle.push(next.clone());
            at = next;
        }
        let smallest =
            circle.iter().enumerate().min_by_key(|(_, key)| *key).map_or(0, |(at, _)| at);
        circle.rotate_left(smallest);
        circle
    }
}

/// Each alias with the account at the end of its chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    roots: BTreeMap<AccountKey, AccountKey>,
    /// What could not be taken as it was said: circles, and lines of a file that were refused.
    pub warnings: Vec<String>,
}

impl Aliases {
    pub fn new(held: &Held, refused: Vec<String>) -> Aliases {
        let mut aliases = Aliases { roots: BTreeMap::new(), warnings: refused };
        let mut circles = BTreeSet::new();
        for alias in held.known.keys().chain(held.moved.keys()) {
            match held.end(alias) {
                Some(account) => drop(aliases.roots.insert(alias.clone(), account.clone())),
                None => drop(circles.insert(held.circle(alias))),
            }
        }
        for circle in circles.iter().filter(|circle| !circle.is_empty()) {
            let names: Vec<&str> = circle.iter().map(AccountKey::as_str).collect();
            aliases.warnings.push(format!(
                "{} are aliases of one another, in a circle: their records stay under the accounts \
                 that the files name; `buymode aliases remove {}` ends it",
                names.join(", "),
                names[0]
            ));
        }
        aliases
    }

    pub fn len(&self) -> usize {
        self.roots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// The account that this one is an alias of, or itself.
    pub fn root<'a>(&'a self, account: &'a AccountKey) -> &'a AccountKey {
        self.roots.get(account).unwrap_or(account)
    }

    /// Files a record under the account that its own is an alias of; so with the accounts that it
    /// names. The alias, where it was one. Its id stays: the record is the same.
    pub fn apply(&self, record: &mut Canonical) -> Option<AccountKey> {
        match &mut record.input {
            // A step of a merge is read by the alias itself; only where it leads to is another.
            Input::Transfer(transfer) => {
                if let Some(root) = self.roots.get(&transfer.to).filter(|r| **r != transfer.from) {
                    transfer.to = root.clone();
                }
                return None;
            }
            Input::Company(update) => {
                for (attribute, value) in &mut update.facts {
                    if *attribute == Attribute::Parent
                        && let Value::Names(names) = value
                    {
                        names.iter_mut().for_each(|name| self.rename(name));
                    }
                }
            }
            _ => {}
        }
        let root = self.roots.get(&record.account)?;
        Some(std::mem::replace(&mut record.account, root.clone()))
    }

    fn rename(&self, name: &mut Text) {
        let root = AccountKey::read(name).and_then(|key| self.roots.get(&key));
        if let Some(root) = root {
            *name = root.as_str().into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(pairs: &[(&str, &str)]) -> Held {
        let key = |raw: &&str| AccountKey::parse(raw).expect("a key");
        let moved = pairs.iter().map(|(alias, account)| (key(alias), key(account))).collect();
        Held { moved, ..Held::default() }
    }

    #[test]
    fn chains_are_followed_to_their_end_and_circles_stay_as_they_are() {
        let aliases = Aliases::new(
            &held(&[
                ("a.com", "b.com"),
                ("b.com", "c.com"),
                ("y.com", "x.com"),
                ("x.com", "z.com"),
                ("z.com", "y.com"),
                ("into.com", "y.com"),
            ]),
            Vec::new(),
        );
        let shown: Vec<_> = aliases.roots.iter().map(|(a, b)| format!("{a} {b}")).collect();
        assert_eq!(shown, ["a.com c.com", "b.com c.com"]);
        let [circle] = &aliases.warnings[..] else { panic!("{:?}", aliases.warnings) };
        assert!(circle.starts_with("x.com, z.com, y.com are aliases of one another"), "{circle}");
    }
}
