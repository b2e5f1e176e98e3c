//! Smartlead and lemlist of our own. Both know a lead again by its address, keep a field of the client's beside it, and have
//! a lead in a campaign at most once, a paused one too.

use super::sequences::{Contact, Sequences};
use super::shops::{Seen, said};
use buymode::credentials::Response;
use serde_json::{Value, json};

pub(super) const SMARTLEAD: &str = "server.smartlead.ai";
pub(super) const LEMLIST: &str = "api.lemlist.com";

/// None: the host is another tool's.
pub(super) fn answer(sequences: &mut Sequences, host: &str, seen: &Seen) -> Option<Response> {
    match host {
        SMARTLEAD => Some(smartlead(sequences, seen)),
        LEMLIST => Some(lemlist(sequences, seen)),
        _ => None,
    }
}

fn by_email(sequences: &Sequences, email: &str) -> Option<Contact> {
    sequences.people.iter().find(|person| person.email() == email).cloned()
}

fn part(path: &str, at: usize) -> String {
    let part = path.split('/').nth(at).unwrap_or_default();
    part.replace("%40", "@")
}

/// Source: api.smartlead.ai, "Get Campaign Leads", "Get Lead by Email", "Add Leads to Campaign", "Pause Lead".
fn smartlead(sequences: &mut Sequences, seen: &Seen) -> Response {
    let path = seen.path.strip_prefix("/api/v1").unwrap();
    let lead = |p: &Contact| {
        json!({ "id": p.id, "email": p.email(), "is_unsubscribed": p.opted_out,
                "custom_fields": { "buymode_delivery": sequences.marks.get(&p.id) } })
    };
    match (seen.method.as_str(), path) {
        ("GET", "/campaigns/7/leads") => {
            let all =
                sequences.people.iter().map(|p| json!({ "status": "STARTED", "lead": lead(p) }));
            let all: Vec<Value> = all.take(100).collect();
            said(200, json!({ "total_leads": all.len().to_string(), "data": all }))
        }
        ("GET", "/leads/") => {
            let Some(p) = by_email(sequences, &seen.query["email"]) else {
                return said(200, json!({}));
            };
            let mut found = lead(&p);
            let is_in = sequences.is_known(p.id);
            let of = [Some(7), is_in.then_some(12)];
            let of = of.into_iter().flatten().map(|id| json!({ "campaign_id": id }));
            found["lead_campaign_data"] = of.collect();
            said(200, found)
        }
        ("POST", "/campaigns/12/leads") => {
            let settings = &seen.body["settings"];
            assert_eq!(settings["ignore_unsubscribe_list"], false);
            let email = seen.body["lead_list"][0]["email"].as_str().unwrap();
            let person = by_email(sequences, email).unwrap();
            let mark = &seen.body["lead_list"][0]["custom_fields"]["buymode_delivery"];
            let is_added = !person.opted_out && !sequences.is_known(person.id);
            if is_added {
                sequences.put_in(person.id, seen.now_ms);
                sequences.marks.insert(person.id, mark.as_str().unwrap().to_owned());
            }
            let count = u8::from(is_added);
            said(200, json!({ "added_count": count, "skipped_count": 1 - count }))
        }
        ("POST", path) if path.ends_with("/pause") => {
            let person: i64 = part(path, 4).parse().unwrap();
            said(if sequences.pause(person) { 200 } else { 404 }, json!({ "ok": true }))
        }
        other => panic!("Smartlead has no {other:?}"),
    }
}

/// Source: developer.lemlist.com, "Get Many Contacts", "Get Lead by Email", "Create Lead in Campaign", "Pause Lead".
fn lemlist(sequences: &mut Sequences, seen: &Seen) -> Response {
    let path = seen.path.strip_prefix("/api").unwrap();
    match (seen.method.as_str(), path) {
        ("GET", "/contacts") => {
            let domain = &seen.query["companyDomain"];
            let of = sequences.people.iter().filter(|p| p.domain == *domain);
            let found = of.map(|p| json!({ "_id": format!("ctc_{}", p.id), "email": p.email(), "unsubscribed": p.opted_out }));
            said(200, json!({ "data": found.collect::<Value>() }))
        }
        ("GET", path) if path.starts_with("/leads/") => {
            assert_eq!(seen.query["version"], "v2");
            let person = by_email(sequences, &part(path, 2)).unwrap();
            if !sequences.is_known(person.id) {
                return said(404, json!({ "message": "Lead not found" }));
            }
            let mark = sequences.marks.get(&person.id);
            said(
                200,
                json!([{ "_id": format!("lea_{}", person.id), "campaign": { "id": "cam_1" },
                         "variables": { "buymodeDelivery": mark } }]),
            )
        }
        ("POST", "/campaigns/cam_1/leads/") => {
            assert_eq!(seen.query["deduplicate"], "true");
            let person = by_email(sequences, seen.body["email"].as_str().unwrap()).unwrap();
            if sequences.is_known(person.id) {
                return said(400, json!({ "message": "Lead already in the campaign" }));
            }
            sequences.put_in(person.id, seen.now_ms);
            let mark = seen.body["buymodeDelivery"].as_str().unwrap().to_owned();
            sequences.marks.insert(person.id, mark);
            said(200, json!({ "_id": format!("lea_{}", person.id), "email": person.email() }))
        }
        ("POST", path) if path.starts_with("/leads/pause/") => {
            assert_eq!(seen.query["campaignId"], "cam_1");
            let person: i64 = part(path, 3).trim_start_matches("lea_").parse().unwrap();
            said(if sequences.pause(person) { 200 } else { 404 }, json!({}))
        }
        other => panic!("lemlist has no {other:?}"),
    }
}
