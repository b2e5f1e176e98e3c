//! One pass over the accounts: those whose values are others than were last confirmed are written, in batches, the newest
//! first, no faster than the target's limit. An item that fails inside a batch is tried again alone.

use super::ledger::{Ledger, digest_of, entry};
use crate::credentials::Response;
use crate::deliver::send::answer::Answer;
use crate::deliver::send::target::Services;
use crate::deliver::send::target::batch::Batches;
use crate::deliver::tool::batch::{BatchRequest, Item};
use crate::deliver::tool::shipped;
use crate::deliver::tool::verdict::{Class, class};
use crate::desk::roster::tool::Tool;
use crate::domain::terms::time::Day;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Attempts of a batch, and of an item alone, before it is left to the next pass.
const ATTEMPTS_MAX: u32 = 6;
const PAUSE_FIRST_MS: i64 = 2_000;
const PAUSE_MAX_MS: i64 = 300_000;
/// No target is waited for longer, whatever it asks for.
const ASKED_MAX_MS: i64 = 24 * 3_600_000;
/// Where so many accounts are refused and none was taken, it is not for what they hold: a property is missing, say.
const REFUSED_MAX: usize = 5;
/// Refusals that a report names.
const NAMED_MAX: usize = 20;

/// An account as it should be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub key: String,
    pub changed: Day,
    pub row: Map<String, Value>,
}

/// The clock, and what ends a pass.
pub trait Pace {
    fn now_ms(&self) -> i64;

    fn wait(&self, ms: i64);

    /// The process is to end.
    fn is_over(&self) -> bool;
}

/// What a pass came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// As last confirmed.
    pub unchanged: u64,
    pub written: u64,
    /// The map has no request for them: they are not in the CRM, and are not to be created.
    pub left_out: u64,
    /// Refused for what they hold, each with why; the first of them.
    pub refused: Vec<(String, String)>,
    pub refused_count: u64,
    /// Left to the next pass, after several attempts.
    pub put_off: u64,
    pub calls: u64,
    /// It ended before all was written.
    pub is_cut: bool,
    /// Why it ended: nothing can be written now.
    pub stopped: Option<String>,
}

pub struct Pass<'a> {
    pub services: &'a Services,
    pub tool: &'a Tool,
    pub ledger: &'a mut dyn Ledger,
    pub pace: &'a dyn Pace,
    pub report: Report,
    free_at: i64,
    /// Refused while none was taken, each with its entry.
    unsure: Vec<(String, String)>,
}

/// Names an account's values, and what the map makes of them. One that was refused is not tried again before either
/// changes.
fn digest(tool: &Tool, row: &Map<String, Value>) -> String {
    let map = tool.text.as_deref().or_else(|| shipped::text(&tool.map)).unwrap_or_default();
    let mut text = Sha256::new();
    text.update(serde_json::to_string(row).unwrap_or_default());
    text.update(map);
    text.update(serde_json::to_string(&tool.values).unwrap_or_default());
    HEXLOWER.encode(&text.finalize()[..12])
}

impl<'a> Pass<'a> {
    pub fn new(
        services: &'a Services,
        tool: &'a Tool,
        ledger: &'a mut dyn Ledger,
        pace: &'a dyn Pace,
    ) -> Pass<'a> {
        let free_at = pace.now_ms();
        let (report, unsure) = (Report::default(), Vec::new());
        Pass { services, tool, ledger, pace, report, free_at, unsure }
    }

    /// # Errors
    /// Where the map cannot be used, or the ledger not be written.
    pub fn run(mut self, accounts: Vec<Account>) -> anyhow::Result<Report> {
        let mut batches = Batches::of(self.services, self.tool, self.pace.now_ms())
            .map_err(|answer| anyhow::anyhow!("{}", said(&answer)))?;
        let mut waiting: Vec<(Account, String)> = Vec::new();
        for account in accounts {
            let digest = digest(self.tool, &account.row);
            let known = self.ledger.known(&account.key);
            if known.is_some_and(|known| digest_of(known) == digest) {
                self.report.unchanged += 1;
            } else {
                waiting.push((account, digest));
            }
        }
        waiting.sort_by(|(a, _), (b, _)| b.changed.cmp(&a.changed).then(a.key.cmp(&b.key)));
        let most = batches.most();
        let mut alone: Vec<(Account, String)> = Vec::new();
        for chunk in waiting.chunks(most) {
            alone.extend(self.batch(&mut batches, chunk)?);
            if self.report.written == 0 {
                // Perhaps none is taken: a few single ones show it.
                self.each(&mut batches, std::mem::take(&mut alone))?;
            }
            if self.is_ended() {
                return Ok(self.report);
            }
        }
        self.each(&mut batches, alone)?;
        if !self.is_ended() && !self.unsure.is_empty() {
            let unsure = std::mem::take(&mut self.unsure);
            self.ledger.confirm(&unsure)?;
        }
        Ok(self.report)
    }

    /// Accounts that failed in a batch, each alone.
    fn each(
        &mut self,
        batches: &mut Batches<'_>,
        alone: Vec<(Account, String)>,
    ) -> anyhow::Result<()> {
        for one in alone {
            if self.is_ended() {
                break;
            }
            let left = self.batch(batches, std::slice::from_ref(&one))?;
            self.report.put_off += left.len() as u64;
        }
        Ok(())
    }

    fn is_ended(&mut self) -> bool {
        self.report.is_cut |= self.pace.is_over();
        self.report.is_cut || self.report.stopped.is_some()
    }

    /// Writes a batch; the accounts to be tried again alone come back.
    fn batch(
        &mut self,
        batches: &mut Batches<'_>,
        chunk: &[(Account, String)],
    ) -> anyhow::Result<Vec<(Account, String)>> {
        let rows: Vec<&Map<String, Value>> =
            chunk.iter().map(|(account, _)| &account.row).collect();
        let requests = batches.requests(&rows).map_err(anyhow::Error::msg)?;
        let by_key: BTreeMap<&str, &(Account, String)> =
            chunk.iter().map(|one| (one.0.key.as_str(), one)).collect();
        let named: usize = requests.iter().map(|request| request.accounts.len()).sum();
        self.report.left_out += (chunk.len() - named.min(chunk.len())) as u64;
        let mut again = Vec::new();
        for request in requests {
            let mut confirmed = Vec::new();
            let Some(response) = self.send(batches, &request)? else {
                let left = request.accounts.iter().filter_map(|key| by_key.get(key.as_str()));
                self.report.put_off += left.count() as u64;
                continue;
            };
            if self.pace.is_over() {
                // As a process that ends between an answer and the ledger.
                self.report.is_cut = true;
                return Ok(again);
            }
            let items: BTreeMap<String, Item> = match class(response.status) {
                Class::Done => batches.items(&request, &response).map_err(anyhow::Error::msg)?,
                // One of them is what is refused: each is tried alone.
                _ if request.accounts.len() > 1 => BTreeMap::new(),
                _ => {
                    let why = Batches::why(&response);
                    request
                        .accounts
                        .iter()
                        .map(|key| (key.clone(), Item::Refused(why.clone())))
                        .collect()
                }
            };
            for key in &request.accounts {
                let Some(one) = by_key.get(key.as_str()) else { continue };
                match items.get(key) {
                    Some(Item::Done) => {
                        self.report.written += 1;
                        confirmed.append(&mut self.unsure);
                        confirmed.push((key.clone(), entry(&one.1, &one.0.row)));
                    }
                    Some(Item::Refused(why)) => {
                        self.report.refused_count += 1;
                        if self.report.refused.len() < NAMED_MAX {
                            self.report.refused.push((key.clone(), why.clone()));
                        }
                        let refused = format!("refused {}", entry(&one.1, &one.0.row));
                        if self.report.written > 0 {
                            confirmed.push((key.clone(), refused));
                            continue;
                        }
                        self.unsure.push((key.clone(), refused));
                        if self.unsure.len() >= REFUSED_MAX {
                            let why = format!("every account is refused, the last one: {why}");
                            self.report.stopped = Some(why);
                            return Ok(again);
                        }
                    }
                    Some(Item::Again(_)) | None => again.push((*one).clone()),
                }
            }
            self.ledger.confirm(&confirmed)?;
        }
        Ok(again)
    }

    /// Sends a request until it has an answer that says something; none after several attempts.
    fn send(
        &mut self,
        batches: &Batches<'_>,
        request: &BatchRequest,
    ) -> anyhow::Result<Option<Response>> {
        let mut pause = PAUSE_FIRST_MS;
        for _ in 0..ATTEMPTS_MAX {
            let wait = self.free_at - self.pace.now_ms();
            if wait > 0 {
                self.pace.wait(wait);
            }
            if self.pace.is_over() {
                self.report.is_cut = true;
                return Ok(None);
            }
            self.report.calls += 1;
            self.free_at = self.pace.now_ms() + batches.every_ms();
            let (asked, why) = match batches.send(request, self.pace.now_ms()) {
                Ok(response) => match class(response.status) {
                    Class::Done if !batches.is_readable(&response) => (None, None),
                    Class::Done | Class::Refused => return Ok(Some(response)),
                    Class::Limit => (Some(batches.limit_ms(&response, self.pace.now_ms())), None),
                    Class::Unknown => (None, None),
                    Class::Again => (None, Some(Batches::why(&response))),
                },
                Err(Answer::Refused(why)) => anyhow::bail!(why),
                Err(_) => (None, None),
            };
            if let Some(why) = why {
                // No request of this login is taken.
                self.report.stopped = Some(why);
                return Ok(None);
            }
            self.pace.wait(asked.map_or(pause, |asked| asked.clamp(0, ASKED_MAX_MS)));
            pause = (pause * 3).min(PAUSE_MAX_MS);
        }
        Ok(None)
    }
}

fn said(answer: &Answer) -> String {
    match answer {
        Answer::Refused(why) => why.clone(),
        Answer::Later(setback) | Answer::Unknown(setback) => setback.why.clone(),
        other => format!("{other:?}"),
    }
}
