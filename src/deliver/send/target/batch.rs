//! Requests about many accounts at once, by a map's `sync`.

use super::caller::{is_json, token_of};
use super::secrets::Secrets;
use super::{Answer, Services};
use crate::credentials::Response;
use crate::deliver::address;
use crate::deliver::send::retry_after::after_ms;
use crate::deliver::tool::batch::{BatchRequest, Item};
use crate::deliver::tool::program::ToolMap;
use crate::deliver::tool::verdict::remedy;
use crate::desk::roster::tool::Tool;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

pub struct Batches<'a> {
    services: &'a Services,
    tool: &'a Tool,
    map: Rc<ToolMap>,
    base: String,
}

impl<'a> Batches<'a> {
    /// # Errors
    /// Where the map, or the address, cannot be used.
    pub fn of(services: &'a Services, tool: &'a Tool, _now_ms: i64) -> Result<Batches<'a>, Answer> {
        let refused = |why: String| Answer::Refused(format!("map {}: {why}", tool.map));
        let map = ToolMap::of(tool).map_err(|error| refused(error.0))?;
        if map.file.sync.is_none() {
            return Err(refused(
                "it is for decisions, and syncs no accounts; use one with the key sync".to_owned(),
            ));
        }
        let base = tool.url.as_deref().or(map.file.url.as_deref()).map(str::to_owned);
        let base = base.ok_or_else(|| refused("it needs a url".to_owned()))?;
        if let Some(flaw) = address::flaw(&base, tool.private) {
            return Err(refused(flaw));
        }
        Ok(Batches { services, tool, map, base })
    }

    /// Accounts of a batch.
    pub fn most(&self) -> usize {
        self.map.file.sync.as_ref().map_or(1, |sync| usize::from(sync.most).max(1))
    }

    pub fn every_ms(&self) -> i64 {
        i64::from(self.map.file.every_ms)
    }

    pub fn requests(&mut self, rows: &[&Map<String, Value>]) -> Result<Vec<BatchRequest>, String> {
        self.map.batch_requests(self.tool, rows)
    }

    pub fn reads(&mut self, rows: &[&Map<String, Value>]) -> Result<Vec<BatchRequest>, String> {
        self.map.batch_reads(self.tool, rows)
    }

    pub fn items(
        &self,
        request: &BatchRequest,
        response: &Response,
    ) -> Result<BTreeMap<String, Item>, String> {
        self.map.batch_items(request, response)
    }

    /// The properties that are there, by account.
    pub fn read(
        &self,
        request: &BatchRequest,
        response: &Response,
    ) -> Result<BTreeMap<String, Value>, String> {
        self.map.batch_read(request, response)
    }

    pub fn properties(&self, row: &Map<String, Value>) -> Result<Value, String> {
        self.map.properties(self.tool, row)
    }

    /// Sends a request once.
    ///
    /// # Errors
    /// Where there is no answer, or it cannot be made.
    pub fn send(&self, request: &BatchRequest, now_ms: i64) -> Result<Response, Answer> {
        let token = token_of(self.services, self.tool, now_ms)?;
        let asked = request
            .draft
            .ready(&self.base, &self.map.file.auth, token.as_deref(), self.tool.private)
            .map_err(Answer::Refused)?;
        let response = self.services.http.ask(&asked).map_err(super::failed)?;
        Ok(Secrets::of(token.as_deref(), None).scrub(response))
    }

    /// Whether an answer can be read.
    pub fn is_readable(&self, response: &Response) -> bool {
        is_json(response)
    }

    pub fn limit_ms(&self, response: &Response, now_ms: i64) -> i64 {
        let asked = response.header("retry-after").and_then(|text| after_ms(text, now_ms));
        asked.unwrap_or(i64::from(self.map.file.limit_pause_s) * 1_000)
    }

    /// Why an answer is none that was hoped for.
    pub fn why(response: &Response) -> String {
        format!("{}{}", super::answered(response), remedy(response.status))
    }
}
