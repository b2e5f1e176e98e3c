//! Links for messages that have no buttons: signed, for a time, and for one thing. Opening one does nothing,
//! since programs that check mail open every link; the page behind it has a button.
//!
//! A message in the outbox says what links are about, and the sender makes them: the desk's log holds no secret,
//! and the same log gives the same outbox.

use crate::desk::action::{Notice, Standing};
use crate::desk::ids::{CaseId, PersonId};
use crate::domain::account::outbox::WordKind;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt::Write;
use uuid::Uuid;

/// The field of a message's body that says what links are about.
const FIELD: &str = "words";
/// Cases of a message that have links.
const CASES_MAX: usize = 5;
const SECOND_MS: i64 = 1_000;
const DAY_S: i64 = 86_400;
/// Longer ones are not ours.
const TOKEN_LENGTH_MAX: usize = 1_024;
/// What the key is used for; with another use it would be another one.
const USE: &[u8] = b"buymode words 1\n";

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    #[serde(rename = "c")]
    pub case: Uuid,
    /// None: the page asks who it is.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// None: the page asks what to say.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// The word that is taken back.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Uuid>,
    /// Until when it works, in seconds since 1970.
    #[serde(rename = "e")]
    pub until_s: i64,
}

/// Makes and checks links.
#[derive(Clone)]
pub struct Links {
    base: String,
    key: Hmac<Sha256>,
    days: u32,
}

/// Why a link does not open a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Void {
    /// It was not made here, or with another secret.
    Unknown,
    Expired,
}

impl Links {
    pub fn new(base: &str, secret: &str, days: u32) -> Option<Links> {
        let mut key = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        key.update(USE);
        Some(Links { base: base.trim_end_matches('/').to_owned(), key, days })
    }

    pub fn token(&self, pass: &Pass) -> String {
        let text = serde_json::to_vec(pass).unwrap_or_default();
        let mut mac = self.key.clone();
        mac.update(&text);
        let mac = mac.finalize().into_bytes();
        format!("{}.{}", BASE64URL_NOPAD.encode(&text), BASE64URL_NOPAD.encode(&mac))
    }

    /// Compared in constant time.
    ///
    /// # Errors
    /// Where it is not ours, or its time is over.
    pub fn open(&self, token: &str, now_s: i64) -> Result<Pass, Void> {
        let (text, mac) = token.split_once('.').ok_or(Void::Unknown)?;
        if token.len() > TOKEN_LENGTH_MAX {
            return Err(Void::Unknown);
        }
        let decode =
            |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Void::Unknown);
        let (text, mac) = (decode(text)?, decode(mac)?);
        let mut expected = self.key.clone();
        expected.update(&text);
        expected.verify_slice(&mac).map_err(|_| Void::Unknown)?;
        let pass: Pass = serde_json::from_slice(&text).map_err(|_| Void::Unknown)?;
        if now_s > pass.until_s { Err(Void::Expired) } else { Ok(pass) }
    }

    fn url(&self, about: &About, case: &Linked, said: Option<WordKind>) -> String {
        let pass = Pass {
            case: case.id,
            person: about.person.clone(),
            said: said.map(|said| said.to_string()),
            of: None,
            until_s: about.at_ms.div_euclid(SECOND_MS) + i64::from(self.days) * DAY_S,
        };
        format!("{}/words/{}", self.base, self.token(&pass))
    }

    /// Titles and addresses.
    fn all(&self, about: &About) -> Vec<(String, String)> {
        if let [case] = &about.cases[..] {
            let said = [
                ("Accept", Some(WordKind::Accept)),
                ("Reject", Some(WordKind::Reject)),
                ("Snooze", Some(WordKind::Snooze)),
                ("More", None),
            ];
            return said
                .into_iter()
                .map(|(title, said)| (title.to_owned(), self.url(about, case, said)))
                .collect();
        }
        let answer =
            |case: &Linked| (format!("Answer: {}", case.product), self.url(about, case, None));
        about.cases.iter().map(answer).collect()
    }
}

/// What the links of a message are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    cases: Vec<Linked>,
    person: Option<String>,
    at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Linked {
    id: Uuid,
    product: String,
}

/// Says in a body what its links are about. `person`: who alone reads it.
pub(super) fn mark(body: &mut Value, notice: &Notice, person: Option<&PersonId>, at_ms: i64) {
    let open = notice.cases.iter().filter(|case| matches!(case.standing, Standing::Open));
    let linked = open.map(|case| {
        let CaseId(id) = case.id;
        Linked { id, product: super::message::own(&case.decision.product) }
    });
    let cases: Vec<Linked> = linked.take(CASES_MAX).collect();
    if cases.is_empty() {
        return;
    }
    let person = person.map(|person| person.to_string());
    let about = About { cases, person, at_ms };
    if let Ok(about) = serde_json::to_value(about) {
        body[FIELD] = about;
    }
}

/// A body without that field, and its links.
fn taken(body: &str, links: Option<&Links>) -> (Value, Vec<(String, String)>) {
    let mut body: Value = serde_json::from_str(body).unwrap_or_default();
    let about = body.as_object_mut().and_then(|body| body.remove(FIELD));
    let about = about.and_then(|about| serde_json::from_value::<About>(about).ok());
    let all = match (links, about) {
        (Some(links), Some(about)) => links.all(&about),
        _ => Vec::new(),
    };
    (body, all)
}

/// The body of a Teams message with its links; of a Slack webhook as it is.
pub fn card(body: &str, links: Option<&Links>) -> String {
    let (mut body, all) = taken(body, links);
    if !all.is_empty() {
        let actions = all
            .into_iter()
            .map(|(title, url)| json!({ "type": "Action.OpenUrl", "title": title, "url": url }));
        let actions: Vec<Value> = actions.collect();
        if let Some(card) = body.pointer_mut("/attachments/0/content") {
            card["actions"] = actions.into();
        }
    }
    body.to_string()
}

/// The body of a mail with its links.
pub fn mail(body: &str, links: Option<&Links>) -> String {
    let (mut body, all) = taken(body, links);
    if all.is_empty() {
        return body.to_string();
    }
    let (mut text, mut html) = (String::from("\n"), String::from("<p>"));
    for (title, url) in &all {
        let _ = writeln!(text, "{title}: <{url}>");
        let href = html_escape::encode_double_quoted_attribute(url);
        let _ = write!(html, "<a href=\"{href}\">{}</a> ", html_escape::encode_safe(title));
    }
    html.push_str("</p>\n");
    for (key, more) in [("text", text), ("html", html)] {
        let before = body[key].as_str().unwrap_or_default().to_owned();
        body[key] = Value::String(before + &more);
    }
    body.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links::new("https://b.example.com/", "0123456789abcdef0123456789abcdef", 14).unwrap()
    }

    fn pass() -> Pass {
        let case = Uuid::from_u128(7);
        Pass { case, person: Some("ana".to_owned()), said: None, of: None, until_s: 1_000 }
    }

    #[test]
    fn a_link_opens_until_its_time_and_as_it_was_made_alone() {
        let links = links();
        let token = links.token(&pass());
        assert_eq!(links.open(&token, 1_000), Ok(pass()));
        assert_eq!(links.open(&token, 1_001), Err(Void::Expired));
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(links.open(&other, 0), Err(Void::Unknown), "{at}");
        }
        let others = Links::new("https://b.example.com", "another secret of 32 characters!", 14);
        assert_eq!(others.unwrap().open(&token, 0), Err(Void::Unknown));
        for odd in ["", ".", "a.b", &"a".repeat(5_000), "é.é"] {
            assert_eq!(links.open(odd, 0), Err(Void::Unknown), "{odd}");
        }
    }

    #[test]
    fn links_are_added_where_there_is_a_secret_and_the_mark_goes_in_any_case() {
        let about = About {
            cases: vec![Linked { id: Uuid::from_u128(1), product: "crm".to_owned() }],
            person: None,
            at_ms: 0,
        };
        let teams = json!({ "attachments": [{ "content": { "body": [] } }], "words": about });
        let (with, without) =
            (card(&teams.to_string(), Some(&links())), card(&teams.to_string(), None));
        let with: Value = serde_json::from_str(&with).unwrap();
        let actions = with["attachments"][0]["content"]["actions"].as_array().unwrap();
        assert_eq!(actions.len(), 4);
        assert!(actions[0]["url"].as_str().unwrap().starts_with("https://b.example.com/words/"));
        assert!(with.get("words").is_none() && !without.contains("words"));
        let plain = json!({ "subject": "s", "text": "t", "html": "h", "words": about }).to_string();
        assert!(mail(&plain, Some(&links())).contains("Accept: <https://b.example.com/words/"));
        let without: Value = serde_json::from_str(&mail(&plain, None)).unwrap();
        assert_eq!(without, json!({ "subject": "s", "text": "t", "html": "h" }));
    }
}
