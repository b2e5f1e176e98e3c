//! HubSpot, Salesforce and Dynamics of our own.
//!
//! Source: developers.hubspot.com (`/crm/objects/2026-03`, search, batch update and upsert with 207), Salesforce's REST
//! API (query, sObject, composite collections by external id), learn.microsoft.com (predictive scores).

use super::shops::{Seen, said};
use buymode::credentials::Response;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// HubSpot's search shows a new record so much later.
const SEARCH_LAG_MS: i64 = 3_000;

type Properties = Map<String, Value>;

#[derive(Debug, Default)]
pub(super) struct Hubspot {
    /// Properties by id.
    pub companies: BTreeMap<String, Properties>,
    pub tasks: Vec<(i64, Properties)>,
}

impl Hubspot {
    pub(super) fn answer(&mut self, seen: &Seen) -> Response {
        match seen.path.strip_prefix("/crm/objects/2026-03/").unwrap_or_default() {
            "companies/search" => {
                let found = self.companies.iter().filter(|(_, p)| matches(&seen.body, p));
                let results: Vec<Value> =
                    found.map(|(id, p)| json!({ "id": id, "properties": p })).collect();
                said(200, json!({ "results": results }))
            }
            "companies/batch/update" => {
                let input = &seen.body["inputs"][0];
                let id = input["id"].as_str().unwrap();
                if seen.item_fails {
                    return item_fails(input);
                }
                let properties = input["properties"].as_object().unwrap();
                assert!(properties.keys().all(|key| key.starts_with("buymode_")), "{properties:?}");
                let Some(company) = self.companies.get_mut(id) else {
                    return said(
                        207,
                        json!({ "results": [], "errors": [{ "category": "OBJECT_NOT_FOUND" }] }),
                    );
                };
                company.extend(properties.clone());
                said(200, json!({ "results": [{ "id": id }] }))
            }
            "companies/batch/upsert" => {
                let input = &seen.body["inputs"][0];
                if seen.item_fails {
                    return item_fails(input);
                }
                assert_eq!(input["idProperty"], "buymode_account");
                let known = self
                    .companies
                    .iter()
                    .find(|(_, p)| p.get("buymode_account") == Some(&input["id"]));
                let id = known.map(|(id, _)| id.clone());
                let id = id.unwrap_or_else(|| format!("new{}", self.companies.len()));
                let company = self.companies.entry(id.clone()).or_default();
                company.extend(input["properties"].as_object().unwrap().clone());
                said(201, json!({ "results": [{ "id": id }] }))
            }
            "tasks" => {
                assert!(seen.body["associations"][0]["to"]["id"].is_string());
                self.tasks
                    .push((seen.now_ms, seen.body["properties"].as_object().unwrap().clone()));
                said(201, json!({ "id": self.tasks.len().to_string() }))
            }
            "tasks/search" => {
                let shown = self.tasks.iter().filter(|(at, _)| seen.now_ms - at >= SEARCH_LAG_MS);
                let found = shown.filter(|(_, p)| matches(&seen.body, p));
                let results: Vec<Value> = found.map(|_| json!({ "id": "1" })).collect();
                said(200, json!({ "results": results }))
            }
            other => panic!("no path {other:?}"),
        }
    }

    pub(super) fn company(&self, account: &str) -> Vec<&Properties> {
        let all = self.companies.values();
        all.filter(|p| p.get("buymode_account").is_some_and(|a| a == account)).collect()
    }
}

fn item_fails(input: &Value) -> Response {
    let error = json!({
        "category": "RATE_LIMITS", "message": "try again",
        "context": { "objectWriteTraceId": [input["objectWriteTraceId"]] },
    });
    said(207, json!({ "status": "COMPLETE", "results": [], "errors": [error] }))
}

/// Whether one of the groups of filters holds.
fn matches(search: &Value, properties: &Properties) -> bool {
    let groups = search["filterGroups"].as_array().unwrap();
    groups.iter().any(|group| {
        group["filters"].as_array().unwrap().iter().all(|filter| {
            assert_eq!(filter["operator"], "EQ");
            properties.get(filter["propertyName"].as_str().unwrap()) == Some(&filter["value"])
        })
    })
}

#[derive(Debug, Default)]
pub(super) struct Salesforce {
    /// Fields by id.
    pub accounts: BTreeMap<String, Properties>,
    pub tasks: Vec<Properties>,
    pub events: Vec<Properties>,
}

impl Salesforce {
    pub(super) fn answer(&mut self, seen: &Seen) -> Response {
        let path = seen.path.strip_prefix("/services/data/v62.0/").unwrap_or_default();
        let fields = seen.body.as_object().cloned().unwrap_or_default();
        match (seen.method.as_str(), path) {
            ("GET", "query") => self.query(&seen.query["q"]),
            ("POST", "sobjects/Task") => {
                assert!(fields.contains_key("WhatId"));
                self.tasks.push(fields);
                said(201, json!({ "id": format!("00T{}", self.tasks.len()), "success": true }))
            }
            ("POST", "sobjects/Buymode_Decision__e") => {
                self.events.push(fields);
                said(201, json!({ "id": format!("e{}", self.events.len()), "success": true }))
            }
            ("PATCH", "composite/sobjects/Account/Buymode_Account__c") => {
                if seen.item_fails {
                    let error = json!({ "statusCode": "UNABLE_TO_LOCK_ROW", "message": "busy", "fields": [] });
                    return said(200, json!([{ "success": false, "errors": [error] }]));
                }
                let record = seen.body["records"][0].as_object().unwrap().clone();
                assert!(!record.contains_key("Id"));
                let account = record["Buymode_Account__c"].clone();
                let known = self
                    .accounts
                    .iter()
                    .find(|(_, a)| a.get("Buymode_Account__c") == Some(&account));
                let id = known
                    .map_or_else(|| format!("001n{}", self.accounts.len()), |(id, _)| id.clone());
                self.accounts.entry(id.clone()).or_default().extend(record);
                said(200, json!([{ "id": id, "success": true, "errors": [] }]))
            }
            ("PATCH", path) if path.starts_with("sobjects/Account/") => {
                let id = path.rsplit('/').next().unwrap();
                assert!(fields.keys().all(|key| key.starts_with("Buymode_")), "{fields:?}");
                if seen.item_fails {
                    return said(
                        400,
                        json!([{ "errorCode": "UNABLE_TO_LOCK_ROW", "message": "busy" }]),
                    );
                }
                self.accounts.get_mut(id).unwrap().extend(fields);
                said(204, Value::Null)
            }
            other => panic!("no path {other:?}"),
        }
    }

    fn query(&self, q: &str) -> Response {
        // The first literal is what is asked for; in a query of accounts the others are websites.
        let literals: Vec<&str> = q.split('\'').skip(1).step_by(2).collect();
        if q.contains("FROM Task") {
            let found = self.tasks.iter().filter(|t| t["Buymode_Decision__c"] == literals[0]);
            let records: Vec<Value> = found.map(|_| json!({ "Id": "00T1" })).collect();
            return said(200, json!({ "records": records }));
        }
        let found = self.accounts.iter().filter(|(_, a)| {
            let is = |key: &str, text: &str| a.get(key).is_some_and(|value| value == text);
            is("Buymode_Account__c", literals[0])
                || literals[1..].iter().any(|site| is("Website", site))
        });
        let records: Vec<Value> = found
            .map(|(id, a)| {
                json!({ "Id": id, "OwnerId": "005x", "Buymode_Account__c": a.get("Buymode_Account__c") })
            })
            .collect();
        said(200, json!({ "records": records }))
    }

    pub(super) fn account(&self, account: &str) -> Vec<&Properties> {
        let all = self.accounts.values();
        all.filter(|a| a.get("Buymode_Account__c").is_some_and(|key| key == account)).collect()
    }
}

#[derive(Debug, Default)]
pub(super) struct Dynamics {
    /// Opportunities by the website of their account.
    pub opportunities: BTreeMap<String, String>,
    /// Scores by entity.
    pub scores: BTreeMap<String, Value>,
}

impl Dynamics {
    pub(super) fn answer(&mut self, seen: &Seen) -> Response {
        if let Some(filter) = seen.query.get("$filter") {
            assert!(filter.contains("statecode eq 0"), "{filter}");
            let site = filter.split('\'').nth(1).unwrap();
            let found = self.opportunities.get(site).map(|id| json!({ "opportunityid": id }));
            return said(200, json!({ "value": found.into_iter().collect::<Vec<_>>() }));
        }
        let key = seen.path.split_once("msdyn_entityid=").unwrap().1;
        let (entity, rest) = key.split_once(',').unwrap();
        assert!(rest.contains("msdyn_entitytype='opportunity'"), "{rest}");
        assert_eq!(seen.method, "PATCH");
        self.scores.insert(entity.to_owned(), seen.body.clone());
        said(204, Value::Null)
    }
}
