//! What a change of the aliases comes to, one after the other.

use super::Held;
use crate::domain::Text;
use crate::domain::account::input::TransferStep;
use crate::domain::account::records::Alias;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;

/// Source, reason and author, which are stored with every alias that is added.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub source: Text,
    pub reason: Option<Text>,
    pub by: Option<Text>,
}

#[derive(Clone, Debug)]
pub enum Change {
    Add { alias: AccountKey, account: AccountKey, reason: Option<Text> },
    Remove { alias: AccountKey },
}

/// What became of a change.
#[derive(Clone, Debug)]
pub struct Done {
    /// The account that the alias stands for: never an alias itself.
    pub account: AccountKey,
    /// Whether anything is written for it.
    pub new: bool,
}

/// What a change comes to, and the step that the log gets. The root comes from the aliases topic: all
/// who write it share one transactional id. What the log says may lag, so it only refuses.
fn judge(held: &Held, change: &Change) -> Result<(Done, Option<TransferStep>), String> {
    match change {
        Change::Add { alias, account, .. } => {
            let root = held.root(account);
            match held.known.get(alias) {
                _ if alias == account => Err(format!("invalid alias: {alias} names itself")),
                Some(said) if held.root(&said.account) == root => {
                    Ok((Done { account: root.clone(), new: false }, None))
                }
                Some(said) => Err(format!(
                    "invalid alias: {alias} already stands for {}; use `buymode aliases remove {alias}` first",
                    said.account
                )),
                None if root == alias || held.resolve(account) == *alias => Err(format!(
                    "invalid alias: {account} already stands for {alias}, so this would be a circle; \
                     use `buymode aliases remove {account}` first"
                )),
                None => {
                    let account = match held.moved.get(alias) {
                        None => root,
                        // Repeated by a person it is in the topic too.
                        Some(to) if held.resolve(to) == held.resolve(root) => to,
                        Some(to) => {
                            return Err(format!(
                                "invalid alias: {alias} already stands for {to}, as the log says; use \
                                 `buymode aliases remove {alias}` first, and let `buymode run` read it"
                            ));
                        }
                    };
                    let done = Done { account: account.clone(), new: true };
                    Ok((done, Some(TransferStep::Request)))
                }
            }
        }
        // The account undoes only what it did, whatever the topic says.
        Change::Remove { alias } => match held.moved.get(alias).or(held.of(alias)) {
            None => Err(format!("{alias} is not an alias; `buymode aliases list` shows them")),
            Some(account) => {
                let account = account.clone();
                Ok((Done { account, new: true }, Some(TransferStep::Undo)))
            }
        },
    }
}

/// What would become of changes, one after the other.
pub fn foresee(held: &mut Held, said: &Said, changes: &[Change]) -> Vec<Result<Done, String>> {
    changes.iter().map(|change| apply(held, said, change, Timestamp(0)).map(|d| d.0)).collect()
}

pub type Judged = Result<(Done, Option<(TransferStep, Alias)>), String>;

/// What becomes of a change, and what is to be written for it.
pub fn apply(held: &mut Held, said: &Said, change: &Change, now: Timestamp) -> Judged {
    let (done, step) = judge(held, change)?;
    let Some(step) = step else { return Ok((done, None)) };
    match change {
        Change::Add { alias, reason, .. } => {
            let record = Alias {
                account: done.account.clone(),
                since: now,
                source: said.source.clone(),
                reason: reason.clone(),
                by: said.by.clone(),
            };
            held.known.insert(alias.clone(), record.clone());
            Ok((done, Some((step, record))))
        }
        Change::Remove { alias } => {
            held.moved.remove(alias);
            // What only the log knows has no moment of its own: each removal is another.
            let record = held.known.remove(alias).filter(|r| r.account == done.account);
            let record = record.unwrap_or_else(|| Alias {
                account: done.account.clone(),
                since: now,
                source: said.source.clone(),
                reason: None,
                by: None,
            });
            Ok((done, Some((step, record))))
        }
    }
}
