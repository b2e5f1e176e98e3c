//! Outreach, Salesloft, Apollo, and a program that takes rows, of our own.
//!
//! Source: developers.outreach.io (JSON:API, 415 without its content type), developer.salesloft.com (signals with
//! `idempotency_key`, the first wins), docs.apollo.io (bulk_create with `run_dedupe`).

use super::shops::{Seen, said};
use buymode::credentials::Response;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Outreach {
    /// Ids by domain.
    pub accounts: BTreeMap<String, i64>,
    pub attributes: BTreeMap<i64, Map<String, Value>>,
    /// Account and note.
    pub tasks: Vec<(i64, String)>,
}

impl Outreach {
    pub(super) fn answer(&mut self, seen: &Seen) -> Response {
        let path = seen.path.strip_prefix("/api/v2").unwrap();
        match (seen.method.as_str(), path) {
            ("GET", "/accounts") => {
                // Without a filter it would be all records.
                let found = self.accounts.get(&seen.query["filter[domain]"]);
                let data: Vec<Value> =
                    found.map(|id| json!({ "type": "account", "id": id })).into_iter().collect();
                said(200, json!({ "data": data }))
            }
            ("PATCH", path) => {
                let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
                assert_eq!(seen.body["data"]["id"], id);
                let attributes = seen.body["data"]["attributes"].as_object().unwrap().clone();
                self.attributes.entry(id).or_default().extend(attributes);
                said(200, json!({ "data": { "id": id } }))
            }
            ("POST", "/tasks") => {
                let data = &seen.body["data"];
                let account = data["relationships"]["subject"]["data"]["id"].as_i64().unwrap();
                let note = data["attributes"]["note"].as_str().unwrap().to_owned();
                self.tasks.push((account, note));
                said(201, json!({ "data": { "id": self.tasks.len() } }))
            }
            ("GET", "/tasks") => {
                let account: i64 = seen.query["filter[account][id]"].parse().unwrap();
                let all = self.tasks.iter().enumerate().rev().filter(|(_, (of, _))| *of == account);
                let data: Vec<Value> = all
                    .take(50)
                    .map(|(id, (_, note))| json!({ "id": id, "attributes": { "note": note } }))
                    .collect();
                said(200, json!({ "data": data }))
            }
            other => panic!("no path {other:?}"),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Salesloft {
    pub accounts: BTreeMap<String, i64>,
    /// Signals by key: the first wins.
    pub signals: BTreeMap<String, Value>,
}

impl Salesloft {
    pub(super) fn answer(&mut self, seen: &Seen) -> Response {
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/v2/accounts") => {
                let found = self.accounts.get(&seen.query["domain"]);
                let data: Vec<Value> = found.map(|id| json!({ "id": id })).into_iter().collect();
                said(200, json!({ "data": data }))
            }
            ("POST", "/v2/signals") => {
                let key = seen.body["idempotency_key"].as_str().unwrap().to_owned();
                let uuid = uuid::Uuid::parse_str(&key).unwrap();
                assert_eq!(uuid.get_version_num(), 4, "a UUID4 is wanted");
                if self.signals.contains_key(&key) {
                    return said(
                        422,
                        json!({ "errors": { "idempotency_key": ["has already been taken"] } }),
                    );
                }
                self.signals.insert(key, seen.body.clone());
                said(201, json!({ "data": { "id": self.signals.len() } }))
            }
            other => panic!("no path {other:?}"),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Apollo {
    /// Names and domains; a second one of a domain would be a duplicate.
    pub accounts: Vec<String>,
    pub fields: BTreeMap<String, Map<String, Value>>,
}

impl Apollo {
    pub(super) fn answer(&mut self, seen: &Seen) -> Response {
        if seen.path == "/api/v1/accounts/bulk_create" {
            let domain = seen.body["accounts"][0]["domain"].as_str().unwrap().to_owned();
            let known = self.accounts.iter().position(|known| *known == domain);
            return match known.filter(|_| seen.body["run_dedupe"] == true) {
                Some(at) => said(
                    200,
                    json!({ "created_accounts": [], "existing_accounts": [{ "id": format!("a{at}") }] }),
                ),
                None => {
                    self.accounts.push(domain);
                    let id = format!("a{}", self.accounts.len() - 1);
                    said(
                        200,
                        json!({ "created_accounts": [{ "id": id }], "existing_accounts": [] }),
                    )
                }
            };
        }
        assert_eq!(seen.method, "PATCH");
        let id = seen.path.rsplit('/').next().unwrap().to_owned();
        let fields = seen.body["typed_custom_fields"].as_object().unwrap().clone();
        self.fields.entry(id.clone()).or_default().extend(fields);
        said(200, json!({ "account": { "id": id } }))
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub rows: Vec<Value>,
}

impl Rows {
    pub(super) fn answer(&mut self, body: &[u8]) -> Response {
        let row: Value = serde_json::from_slice(body).unwrap();
        assert!(
            row.as_object().unwrap().values().all(|v| !v.is_object() && !v.is_array()),
            "{row}"
        );
        self.rows.push(row);
        said(200, Value::Null)
    }
}
