//! Access tokens by the grant "client credentials" of OAuth 2, kept until shortly before they expire.
//!
//! Source: RFC 6749, section 4.4.

use super::answer::{Answer, Setback};
use crate::credentials::{Fault, Http, Request};
use crate::deliver::address;
use crate::desk::roster::tool::OauthFile;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::form_urlencoded::Serializer;

/// A token is used for no longer than this before it expires.
const BEFORE_MS: i64 = 60_000;
/// Where a server does not say how long it holds.
const USUAL_S: i64 = 1_800;
/// After a refusal the server is left in peace.
const PAUSE_MS: i64 = 60_000;

type Key = (usize, String);
static TOKENS: Mutex<BTreeMap<Key, (String, i64)>> = Mutex::new(BTreeMap::new());

#[derive(Deserialize)]
struct Given {
    access_token: String,
    /// Seconds: a number, or one in quotes, as some servers write it. Anything else: not said.
    #[serde(default)]
    expires_in: serde_json::Value,
}

impl Given {
    fn lasts_s(&self) -> i64 {
        let said = match &self.expires_in {
            serde_json::Value::String(text) => text.trim().parse::<f64>().ok(),
            other => other.as_f64(),
        };
        said.filter(|seconds| seconds.is_finite()).map_or(USUAL_S, |seconds| seconds as i64)
    }
}

/// Whose token it is, and how it is asked for.
pub(super) struct Login<'a> {
    pub(super) http: &'a Arc<dyn Http>,
    pub(super) oauth: &'a OauthFile,
    /// None: it is not there.
    pub(super) secret: Option<String>,
}

/// Each client of HTTP has tokens of its own.
fn key(login: &Login<'_>) -> Key {
    let client = Arc::as_ptr(login.http).cast::<()>().addr();
    (client, format!("{} {}", login.oauth.token_url, login.oauth.client_id))
}

pub(super) fn forget(login: &Login<'_>) {
    TOKENS.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(login));
}

pub(super) fn token(login: &Login<'_>, private: bool, now_ms: i64) -> Result<String, Answer> {
    let (key, oauth) = (key(login), login.oauth);
    let known = TOKENS.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some((token, _)) = known.filter(|(_, until)| now_ms < *until) {
        return Ok(token);
    }
    let later = |why: String| Answer::Later(Setback::of(why));
    let missing = || later("the client_secret of oauth is missing".to_owned());
    let secret = login.secret.as_deref().ok_or_else(missing)?;
    if let Some(flaw) = address::flaw(&oauth.token_url, private) {
        return Err(later(format!("oauth.token_url: {flaw}")));
    }
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", &oauth.client_id);
    form.append_pair("client_secret", secret);
    if let Some(scope) = &oauth.scope {
        form.append_pair("scope", scope);
    }
    let request = Request {
        body: Some(form.finish().into_bytes()),
        url: oauth.token_url.to_string(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        may_be_private: private,
    };
    let response = login.http.send(&request).map_err(|fault| match fault {
        // Nothing was written anywhere.
        Fault::NotSent(why) | Fault::Unknown(why) => later(format!("the token server: {why}")),
    })?;
    let given: Option<Given> = serde_json::from_slice(&response.body).ok();
    match (response.status, given) {
        (200..=299, Some(given)) => {
            let lasts = given.lasts_s().clamp(0, 86_400) * 1_000;
            let until = now_ms + (lasts - BEFORE_MS).max(lasts / 2);
            let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
            tokens.insert(key, (given.access_token.clone(), until));
            Ok(given.access_token)
        }
        (status, _) => {
            let why = format!(
                "the token server answered {status}; look at token_url, client_id, client_secret and scope"
            );
            let setback = Setback { after_ms: Some(PAUSE_MS), ..Setback::of(why) };
            Err(Answer::Later(setback))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn should_take_how_long_a_token_holds_in_any_form() {
        for (said, seconds) in [
            (json!({"expires_in": 3_600}), 3_600),
            (json!({"expires_in": "3600"}), 3_600),
            (json!({"expires_in": 3_599.5}), 3_599),
            (json!({"expires_in": "soon"}), USUAL_S),
            (json!({"expires_in": null}), USUAL_S),
            (json!({"expires_in": {"s": 1}}), USUAL_S),
            (json!({}), USUAL_S),
        ] {
            let mut body = said.clone();
            body["access_token"] = json!("t");
            let given: Given = serde_json::from_value(body).unwrap();
            assert_eq!((given.lasts_s(), given.access_token.as_str()), (seconds, "t"), "{said}");
        }
    }
}
