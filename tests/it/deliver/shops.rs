//! Sales tools of our own, which keep the documented contracts: who may ask, what a request does, what it answers, and
//! how many requests a window takes. A file each for CRMs ([`super::crm`]) and sequencers ([`super::rooms`]).

use super::campaigns::{LEMLIST, SMARTLEAD};
use super::crm::{Dynamics, Hubspot, Salesforce};
use super::rooms::{Apollo, Outreach, Rows, Salesloft};
use super::sequences::Sequences;
use buymode::credentials::{Asked, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const TOOL_TOKEN: &str = "tool-token-0123456789";
/// The address of flat JSON, which is a secret.
pub(super) const ROWS: &str = "https://rows.test/hook/row-secret";

#[derive(Debug, Default)]
pub(super) struct Shops {
    pub hubspot: Hubspot,
    pub salesforce: Salesforce,
    pub dynamics: Dynamics,
    pub outreach: Outreach,
    pub salesloft: Salesloft,
    pub apollo: Apollo,
    pub rows: Rows,
    pub sequences: Sequences,
    /// Requests by host, each with when.
    pub asked: BTreeMap<String, Vec<i64>>,
    /// The next item is refused for a while, inside an answer that is a success.
    pub item_fails: bool,
    /// Everything is refused until then.
    pub down_until_ms: i64,
    /// Requests beyond a limit.
    pub over: u64,
}

/// A request, taken apart.
pub(super) struct Seen {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub body: Value,
    pub now_ms: i64,
    /// An item of it is to fail.
    pub item_fails: bool,
}

pub(super) fn said(status: u16, body: Value) -> Response {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Response { status, body, ..Response::default() }
}

/// Requests and the window that they fall into, by host, as documented.
///
/// Source: the vendors' pages as of autumn 2026: HubSpot 100 in ten seconds, Outreach 10,000 an hour, Salesloft 600
/// points a minute, Apollo 200 a minute and endpoint, Smartlead 10 and lemlist 20 in two seconds; the others' bounds are
/// ours.
const LIMITS: &[(&str, usize, i64)] = &[
    ("api.hubapi.com", 100, 10_000),
    ("api.outreach.io", 10_000, 3_600_000),
    ("api.salesloft.com", 600, 60_000),
    ("api.apollo.io", 200, 60_000),
    (SMARTLEAD, 10, 2_000),
    (LEMLIST, 20, 2_000),
];

impl Shops {
    pub(super) fn answer(&mut self, asked: &Asked, now_ms: i64) -> Response {
        let url = url::Url::parse(&asked.url).unwrap();
        let host = url.host_str().unwrap().to_owned();
        let times = self.asked.entry(host.clone()).or_default();
        if let Some((_, most, window)) = LIMITS.iter().find(|(known, ..)| *known == host) {
            let recent = times.iter().filter(|at| now_ms - **at < *window).count();
            if recent >= *most {
                self.over += 1;
                let seconds = (window / 1_000).to_string();
                let headers = vec![("retry-after".to_owned(), seconds)];
                return Response { status: 429, headers, body: Vec::new() };
            }
        }
        times.push(now_ms);
        if now_ms < self.down_until_ms {
            return said(503, Value::Null);
        }
        let header = |name: &str| {
            let found = asked.headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
        };
        if asked.url.starts_with(ROWS) {
            return self.rows.answer(asked.body.as_deref().unwrap_or_default());
        }
        let login = match host.as_str() {
            "api.apollo.io" => header("x-api-key"),
            SMARTLEAD => {
                let keys = url.query_pairs().filter(|(name, _)| name == "api_key");
                keys.map(|(_, key)| key.into_owned()).collect()
            }
            LEMLIST => {
                let basic = header("authorization").trim_start_matches("Basic ").to_owned();
                let read = data_encoding::BASE64.decode(basic.as_bytes()).unwrap();
                String::from_utf8(read).unwrap().trim_start_matches(':').to_owned()
            }
            _ => header("authorization").trim_start_matches("Bearer ").to_owned(),
        };
        if login != TOOL_TOKEN {
            // A careless vendor repeats what it was sent.
            return said(401, json!({ "message": format!("invalid token {login}") }));
        }
        if host == "api.outreach.io" && header("content-type") != "application/vnd.api+json" {
            return said(415, Value::Null);
        }
        let pairs = url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned()));
        let seen = Seen {
            method: asked.method.clone(),
            path: url.path().to_owned(),
            query: pairs.collect(),
            body: asked.body.as_deref().map_or(Value::Null, |b| serde_json::from_slice(b).unwrap()),
            now_ms,
            item_fails: self.item_fails,
        };
        if let Some(answer) = super::campaigns::answer(&mut self.sequences, &host, &seen) {
            return answer;
        }
        if let Some(answer) = self.sequences.answer(&host, &seen) {
            return answer;
        }
        match host.as_str() {
            "api.hubapi.com" => self.hubspot.answer(&seen),
            "example.my.salesforce.com" => self.salesforce.answer(&seen),
            "org.crm.dynamics.com" => self.dynamics.answer(&seen),
            "api.outreach.io" => self.outreach.answer(&seen),
            "api.salesloft.com" => self.salesloft.answer(&seen),
            "api.apollo.io" => self.apollo.answer(&seen),
            other => panic!("no tool at {other}"),
        }
    }
}
