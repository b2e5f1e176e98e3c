//! Sequences of our own: who is in which, at Salesloft, Outreach, HubSpot, Apollo and Instantly. Each person is put in at
//! most once by a request, as the vendor's contract says; what a careless client does twice is counted.

use super::shops::{Seen, said};
use buymode::credentials::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A person who is in every tool, under one number.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub id: i64,
    pub domain: String,
    pub opted_out: bool,
}

impl Contact {
    pub(super) fn email(&self) -> String {
        format!("p{}@{}", self.id, self.domain)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub person: i64,
    pub since_ms: i64,
    pub is_active: bool,
}

#[derive(Debug, Default)]
pub(super) struct Sequences {
    pub people: Vec<Contact>,
    /// A membership's id is its place and one.
    pub memberships: Vec<Membership>,
    /// People who were put in while they were in.
    pub twice: u64,
    /// Memberships that were asked to end, as often as they were.
    pub asked_to_end: Vec<String>,
    /// How long the tool takes to put someone in.
    pub takes: Duration,
    /// The client's own field beside a lead.
    pub marks: BTreeMap<i64, String>,
}

fn stamp(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms).unwrap().to_rfc3339()
}

impl Sequences {
    fn of(&self, domain: &str) -> Vec<Contact> {
        self.people.iter().filter(|p| p.domain == domain).cloned().collect()
    }

    fn domain(account: i64) -> String {
        format!("a{account}.com")
    }

    fn active(&self, person: i64) -> Option<(usize, &Membership)> {
        let all = self.memberships.iter().enumerate();
        all.map(|(at, m)| (at + 1, m)).find(|(_, m)| m.person == person && m.is_active)
    }

    pub(super) fn put_in(&mut self, person: i64, now_ms: i64) -> usize {
        if self.active(person).is_some() {
            self.twice += 1;
        }
        std::thread::sleep(self.takes);
        self.memberships.push(Membership { person, since_ms: now_ms, is_active: true });
        self.memberships.len()
    }

    /// Whether a person is in it, or was and is paused.
    pub(super) fn is_known(&self, person: i64) -> bool {
        self.memberships.iter().any(|m| m.person == person)
    }

    pub(super) fn pause(&mut self, person: i64) -> bool {
        let found = self.memberships.iter_mut().find(|m| m.person == person);
        found.map(|m| m.is_active = false).is_some()
    }

    fn take_out(&mut self, id: &str) -> bool {
        let found = id.parse::<usize>().ok().and_then(|id| self.memberships.get_mut(id - 1));
        found.map(|m| m.is_active = false).is_some()
    }

    /// None: the path is not about sequences.
    pub(super) fn answer(&mut self, host: &str, seen: &Seen) -> Option<Response> {
        let path = seen.path.as_str();
        let last = path.rsplit('/').next().unwrap().to_owned();
        Some(match (host, seen.method.as_str()) {
            ("api.salesloft.com", "GET") if path == "/v2/people" => {
                let account = seen.query["account_id[]"].parse().unwrap();
                let person = |p: Contact| {
                    json!({ "id": p.id, "email_address": p.email(), "do_not_contact": p.opted_out,
                            "bouncing": false, "contact_restrictions": [], "eu_resident": false })
                };
                said(
                    200,
                    json!({ "data": self.of(&Self::domain(account)).into_iter().map(person).collect::<Value>() }),
                )
            }
            ("api.salesloft.com", "GET") if path == "/v2/cadence_memberships" => {
                let found = self.active(seen.query["person_id[]"].parse().unwrap());
                let shown =
                    found.map(|(id, m)| json!({ "id": id, "created_at": stamp(m.since_ms) }));
                said(200, json!({ "data": shown.into_iter().collect::<Vec<_>>() }))
            }
            ("api.salesloft.com", "POST") if path == "/v2/cadence_memberships" => {
                let id = self.put_in(seen.body["person_id"].as_i64().unwrap(), seen.now_ms);
                said(200, json!({ "data": { "id": id } }))
            }
            ("api.salesloft.com", "DELETE") => {
                self.asked_to_end.push(last.clone());
                said(if self.take_out(&last) { 204 } else { 404 }, Value::Null)
            }
            ("api.outreach.io", "GET") if path == "/api/v2/prospects" => {
                let account = seen.query["filter[account][id]"].parse().unwrap();
                let person = |p: Contact| json!({ "id": p.id, "attributes": { "emails": [p.email()], "optedOut": p.opted_out } });
                said(
                    200,
                    json!({ "data": self.of(&Self::domain(account)).into_iter().map(person).collect::<Value>() }),
                )
            }
            ("api.outreach.io", "GET") if path == "/api/v2/sequenceStates" => {
                let found = self.active(seen.query["filter[prospect][id]"].parse().unwrap());
                let shown = found.map(
                    |(id, m)| json!({ "id": id, "attributes": { "createdAt": stamp(m.since_ms) } }),
                );
                said(200, json!({ "data": shown.into_iter().collect::<Vec<_>>() }))
            }
            ("api.outreach.io", "POST") if path == "/api/v2/sequenceStates" => {
                let person =
                    seen.body["data"]["relationships"]["prospect"]["data"]["id"].as_i64().unwrap();
                let id = self.put_in(person, seen.now_ms);
                said(201, json!({ "data": { "id": id } }))
            }
            ("api.outreach.io", "POST") if path.ends_with("/actions/finish") => {
                let id = path.split('/').nth(4).unwrap().to_owned();
                said(if self.take_out(&id) { 200 } else { 404 }, json!({}))
            }
            ("api.hubapi.com", "POST") if path.ends_with("/contacts/search") => {
                let company = seen.body["filterGroups"][0]["filters"][0]["value"].as_str().unwrap();
                let person = |p: Contact| {
                    json!({ "id": p.id.to_string(), "properties": { "email": p.email(),
                            "hs_email_optout": p.opted_out.to_string() } })
                };
                let people = self.of(&Self::domain(company.parse().unwrap()));
                said(200, json!({ "results": people.into_iter().map(person).collect::<Value>() }))
            }
            ("api.hubapi.com", "GET") if path.contains("/enrollments/contact/") => {
                match self.active(last.parse().unwrap()) {
                    Some((id, m)) => {
                        said(200, json!({ "id": id, "enrolledAt": stamp(m.since_ms) }))
                    }
                    None => said(404, Value::Null),
                }
            }
            ("api.hubapi.com", "POST") if path.ends_with("/enrollments") => {
                assert_eq!(seen.query["userId"], "4");
                let id = self
                    .put_in(seen.body["contactId"].as_str().unwrap().parse().unwrap(), seen.now_ms);
                said(200, json!({ "id": id.to_string() }))
            }
            ("api.apollo.io", "POST") if path == "/api/v1/contacts/search" => {
                let domain = seen.body["q_keywords"].as_str().unwrap();
                let people = self.of(domain).into_iter().map(|p| self.contact(&p));
                said(200, json!({ "contacts": people.collect::<Value>() }))
            }
            ("api.apollo.io", "GET") => {
                let id: i64 = last.parse().unwrap();
                let found = self.people.iter().find(|p| p.id == id).cloned().unwrap();
                said(200, json!({ "contact": self.contact(&found) }))
            }
            ("api.apollo.io", "POST") if path.ends_with("/add_contact_ids") => {
                assert_eq!(seen.body["sequence_job_change"], false);
                let id = seen.body["contact_ids"][0].as_str().unwrap().to_owned();
                let person = id.parse().unwrap();
                if self.active(person).is_some() {
                    return Some(said(
                        200,
                        json!({ "contacts": [], "skipped_contact_ids": { id: "already_in_campaign" } }),
                    ));
                }
                self.put_in(person, seen.now_ms);
                said(200, json!({ "contacts": [{ "id": id }], "skipped_contact_ids": {} }))
            }
            ("api.apollo.io", "POST") if path.ends_with("/remove_or_stop_contact_ids") => {
                let person: i64 = seen.body["contact_ids"][0].as_str().unwrap().parse().unwrap();
                let found = self.active(person).map(|(id, _)| id.to_string());
                found.map(|id| self.take_out(&id));
                said(200, json!({}))
            }
            ("api.instantly.ai", "POST") if path == "/api/v2/leads/list" => {
                let search = seen.body["search"].as_str().unwrap();
                let items: Vec<Value> = if seen.body["campaign"].is_string() {
                    let all = self.people.iter().filter(|p| p.email() == search);
                    let found = all.filter_map(|p| Some((p, self.active(p.id)?.1)));
                    found.map(|(p, m)| json!({ "id": format!("in-{}", p.id), "email": p.email(), "timestamp_created": stamp(m.since_ms) })).collect()
                } else {
                    let status = |p: &Contact| if p.opted_out { -2 } else { 1 };
                    self.of(search)
                        .iter()
                        .map(|p| json!({ "id": p.id, "email": p.email(), "status": status(p) }))
                        .collect()
                };
                said(200, json!({ "items": items }))
            }
            ("api.instantly.ai", "POST") if path == "/api/v2/leads/add" => {
                let email = seen.body["leads"][0]["email"].as_str().unwrap();
                let person = self.people.iter().find(|p| p.email() == email).unwrap().id;
                assert_eq!(seen.body["skip_if_in_campaign"], true);
                if self.active(person).is_some() {
                    return Some(said(200, json!({ "leads_uploaded": 0 })));
                }
                self.put_in(person, seen.now_ms);
                let created = json!([{ "index": 0, "id": format!("in-{person}"), "email": email }]);
                said(200, json!({ "leads_uploaded": 1, "created_leads": created }))
            }
            ("api.instantly.ai", "GET") => {
                let id = path.strip_prefix("/api/v2/leads/in-").unwrap();
                let lead = self.people.iter().find(|p| p.id.to_string() == id).unwrap();
                said(200, json!({ "id": format!("in-{id}"), "email": lead.email() }))
            }
            ("api.instantly.ai", "POST") => {
                let email = seen.body["lead_email"].as_str().unwrap();
                let person = self.people.iter().find(|p| p.email() == email).unwrap().id;
                let found = self.active(person).map(|(id, _)| id.to_string());
                found.map(|id| self.take_out(&id));
                said(200, json!({}))
            }
            _ => return None,
        })
    }

    fn contact(&self, p: &Contact) -> Value {
        let there = self.active(p.id);
        let there = there
            .map(|(_, m)| json!({ "emailer_campaign_id": "s1", "added_at": stamp(m.since_ms) }));
        json!({ "id": p.id.to_string(), "email": p.email(), "email_status": "verified",
                "email_unsubscribed": p.opted_out, "account": { "domain": p.domain },
                "contact_campaign_statuses": there.into_iter().collect::<Vec<_>>() })
    }
}
