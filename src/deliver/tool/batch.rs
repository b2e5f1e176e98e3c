//! A map's requests about many accounts at once, and what became of each.

use super::ask::Draft;
use super::program::{ToolMap, first, heard};
use super::verdict::shown;
use crate::credentials::Response;
use crate::desk::roster::tool::Tool;
use crate::mapping::program::Program;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A request, and the accounts that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRequest {
    pub accounts: Vec<String>,
    pub draft: Draft,
}

/// What became of an account of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Done,
    /// It is tried again alone.
    Again(String),
    Refused(String),
}

impl ToolMap {
    /// What the CRM shall show of an account.
    pub fn properties(&self, tool: &Tool, row: &Map<String, Value>) -> Result<Value, String> {
        let Some(sync) = &self.sync else { return Ok(Value::Null) };
        let document = json!({ "row": row, "values": self.values(tool) });
        first("sync.properties", &sync.properties, &document)
    }

    pub fn batch_requests(
        &self,
        tool: &Tool,
        rows: &[&Map<String, Value>],
    ) -> Result<Vec<BatchRequest>, String> {
        let Some(sync) = &self.sync else { return Ok(Vec::new()) };
        self.batch("sync.requests", &sync.requests, tool, rows)
    }

    pub fn batch_reads(
        &self,
        tool: &Tool,
        rows: &[&Map<String, Value>],
    ) -> Result<Vec<BatchRequest>, String> {
        let read = self.sync.as_ref().and_then(|sync| sync.read.as_ref());
        let Some((requests, _)) = read else { return Ok(Vec::new()) };
        self.batch("sync.read.requests", requests, tool, rows)
    }

    fn batch(
        &self,
        key: &str,
        program: &Program,
        tool: &Tool,
        rows: &[&Map<String, Value>],
    ) -> Result<Vec<BatchRequest>, String> {
        let rows = rows.iter().map(|row| {
            let mut with = (*row).clone();
            with.insert("properties".to_owned(), self.properties(tool, row)?);
            Ok(Value::Object(with))
        });
        let rows = rows.collect::<Result<Vec<_>, String>>()?;
        let document = json!({ "rows": rows, "values": self.values(tool) });
        let Value::Array(found) = first(key, program, &document)? else {
            return Err(format!("{key}: invalid result; use a list of requests"));
        };
        found.into_iter().filter(|one| !one.is_null()).map(|one| request(key, one)).collect()
    }

    pub fn batch_items(
        &self,
        request: &BatchRequest,
        response: &Response,
    ) -> Result<BTreeMap<String, Item>, String> {
        let Some(sync) = &self.sync else { return Ok(BTreeMap::new()) };
        let items = listed("sync.items", &sync.items, request, response)?;
        let item = |one: Value| {
            let key = one["account"].as_str()?.to_owned();
            let item = match (&one["done"], &one["again"], &one["refused"]) {
                (Value::Bool(true), _, _) => Item::Done,
                (_, _, why) if !why.is_null() => Item::Refused(shown(why)),
                (_, why, _) => Item::Again(shown(why)),
            };
            Some((key, item))
        };
        Ok(items.into_iter().filter_map(item).collect())
    }

    pub fn batch_read(
        &self,
        request: &BatchRequest,
        response: &Response,
    ) -> Result<BTreeMap<String, Value>, String> {
        let read = self.sync.as_ref().and_then(|sync| sync.read.as_ref());
        let Some((_, items)) = read else { return Ok(BTreeMap::new()) };
        let items = listed("sync.read.items", items, request, response)?;
        let item =
            |one: Value| Some((one["account"].as_str()?.to_owned(), one["properties"].clone()));
        Ok(items.into_iter().filter_map(item).collect())
    }
}

fn request(key: &str, mut one: Value) -> Result<BatchRequest, String> {
    let accounts = one.as_object_mut().and_then(|object| object.remove("accounts"));
    let accounts: Option<Vec<String>> = accounts.and_then(|keys| serde_json::from_value(keys).ok());
    let accounts =
        accounts.ok_or_else(|| format!("{key}: a request lacks accounts, a list of keys"))?;
    let draft = Draft::of(one).map_err(|why| format!("{key}: {why}"))?;
    let draft = draft.ok_or_else(|| format!("{key}: a request is null"))?;
    Ok(BatchRequest { accounts, draft })
}

fn listed(
    key: &str,
    program: &Program,
    request: &BatchRequest,
    response: &Response,
) -> Result<Vec<Value>, String> {
    let document = heard(&json!({ "accounts": request.accounts }), response);
    match first(key, program, &document)? {
        Value::Array(items) => Ok(items),
        _ => Err(format!("{key}: invalid result; use a list")),
    }
}
