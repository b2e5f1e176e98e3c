//! One request to a token server.

use super::http::{TlsFiles, client_builder};
use super::oauth::OauthConfig;
use super::secret::Secret;
use data_encoding::BASE64URL_NOPAD;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use std::error::Error;
use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use url::form_urlencoded::{Serializer, byte_serialize};

/// Longest wait for the answer, so that a command fails within ten seconds.
pub(super) const REQUEST_MAX: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// Where neither the answer nor the token says how long it lives.
const LIFE_UNKNOWN: Duration = Duration::from_secs(300);
/// A token that lives longer is fetched again all the same.
const LIFE_MAX: Duration = Duration::from_secs(7 * 86_400);

/// A token as the server gave it.
pub(super) struct Answer {
    pub value: Secret,
    /// The name that the token is for.
    pub principal: String,
    pub life: Duration,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

#[derive(Default, Deserialize)]
struct Claims {
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    exp: Option<f64>,
}

/// Asks for a token. Blocking: never call it from an async task. The error holds no secret.
pub(super) fn ask(config: &OauthConfig) -> Result<Answer, String> {
    let secret = config.client_secret.read().map_err(|why| format!("client_secret: {why}"))?;
    let tls = TlsFiles { ca: config.ca_location.clone(), identity: None };
    let builder = client_builder(&tls).map_err(|why| format!("ca_location: {why}"))?;
    let url = &config.token_url;
    let away =
        |why: &dyn Error| format!("the token server at {url} does not answer: {}", cause(why));
    let client = builder.timeout(REQUEST_MAX).build().map_err(|e| away(&e))?;
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    for (key, value) in [("scope", &config.scope), ("audience", &config.audience)] {
        if let Some(value) = value {
            form.append_pair(key, value);
        }
    }
    let asked = client
        .post(url)
        .basic_auth(encoded(&config.client_id), Some(encoded(secret.reveal())))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(form.finish());
    let answer = asked.send().map_err(|e| away(&e))?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    answer.take(ANSWER_BYTES_MAX).read_to_end(&mut body).map_err(|e| away(&e))?;
    if status != 200 {
        return Err(refusal(config, &secret, status, &body));
    }
    let granted: Granted = serde_json::from_slice(&body).map_err(|_| {
        format!("the answer of the token server at {url} is not JSON with an access_token; check token_url")
    })?;
    Ok(answer_of(granted, &config.client_id))
}

/// RFC 6749, section 2.3.1: name and secret are encoded as in a form. A tilde is left as it is: it
/// needs no encoding, and some servers do not decode.
fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace("%7E", "~")
}

/// Some servers repeat the request in their answer: the secret is left out.
fn refusal(config: &OauthConfig, secret: &Secret, status: u16, body: &[u8]) -> String {
    let OauthConfig { token_url, client_id, .. } = config;
    let said: Refused = serde_json::from_slice(body).unwrap_or_default();
    let why = format!("{} {}", said.error, said.error_description);
    let encoded = encoded(secret.reveal());
    let mut why = why.replace(secret.reveal(), "***").replace(&encoded, "***");
    why.retain(|c| !c.is_control());
    let why: String = why.trim().chars().take(200).collect();
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    match status {
        400 | 401 | 403 => format!(
            "the token server at {token_url} refuses the client {client_id:?} with status \
             {status}{why}; check client_id, client_secret, scope and audience"
        ),
        404 | 405 => format!(
            "the server at {token_url} answers with status {status}{why}: it does not give tokens at \
             this address; check token_url"
        ),
        _ => format!("the token server at {token_url} answers with status {status}{why}"),
    }
}

fn answer_of(granted: Granted, client_id: &str) -> Answer {
    let claims = claims(&granted.access_token);
    // Some servers write the number as a text.
    let seconds = granted.expires_in.and_then(|value| match value {
        serde_json::Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let seconds = seconds.or(claims.exp.map(|at| at - now));
    let life = seconds.map(|s: f64| Duration::from_secs_f64(s.clamp(0.0, LIFE_MAX.as_secs_f64())));
    Answer {
        value: Secret::new(granted.access_token),
        principal: claims.sub.unwrap_or_else(|| client_id.to_owned()),
        life: life.unwrap_or(LIFE_UNKNOWN),
    }
}

/// What a JWT says of itself. It is not checked here: the server that gets it does that. A token of
/// another kind says nothing.
fn claims(token: &str) -> Claims {
    let middle = token.split('.').nth(1).unwrap_or_default();
    let json = BASE64URL_NOPAD.decode(middle.trim_end_matches('=').as_bytes()).unwrap_or_default();
    serde_json::from_slice(&json).unwrap_or_default()
}

/// The innermost cause, on one line.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(deeper) = innermost.source() {
        innermost = deeper;
    }
    innermost.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(token: &str, expires_in: serde_json::Value) -> Answer {
        let body = serde_json::json!({"access_token": token, "expires_in": expires_in});
        answer_of(serde_json::from_value(body).unwrap(), "client")
    }

    #[test]
    fn should_read_how_long_a_token_lives_and_who_it_is_for() {
        let exp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 100;
        let middle = BASE64URL_NOPAD.encode(format!(r#"{{"sub":"robot","exp":{exp}}}"#).as_bytes());
        let jwt = format!("e30.{middle}.c2ln");
        let seconds = |answer: Answer| answer.life.as_secs_f64().round();
        assert_eq!(granted(&jwt, 60.into()).principal, "robot");
        assert_eq!(seconds(granted(&jwt, 60.into())), 60.0);
        assert_eq!(seconds(granted(&jwt, "90".into())), 90.0);
        assert!((98.0..=100.0).contains(&seconds(granted(&jwt, serde_json::Value::Null))));
        for opaque in ["opaque", "a.b.c", "..", ""] {
            let answer = granted(opaque, serde_json::Value::Null);
            assert_eq!((answer.principal.as_str(), answer.life), ("client", LIFE_UNKNOWN));
        }
    }

    #[test]
    fn should_repeat_what_a_server_says_but_for_the_secret() {
        let config: OauthConfig = serde_json::from_value(serde_json::json!({
            "token_url": "http://idp/token", "client_id": "robot", "client_secret": "s3cret/+"}))
        .unwrap();
        let said = |body: &str| refusal(&config, &Secret::new("s3cret/+"), 401, body.as_bytes());
        let line = said(r#"{"error":"invalid_client","error_description":"no\n such: s3cret/+"}"#);
        assert!(line.contains("(invalid_client no such: ***)"), "{line}");
        assert!(!said(r#"{"error":"got s3cret%2F%2B"}"#).contains("s3cret"));
        for other in ["", "<html>s3cret/+</html>", "[1]", r#"{"error":7}"#] {
            assert!(said(other).contains("with status 401; check client_id"), "{}", said(other));
        }
    }

    #[test]
    fn should_encode_what_a_login_may_hold() {
        assert_eq!(encoded("aZ0-._~"), "aZ0-._~");
        assert_eq!(encoded("a+b/c=:%"), "a%2Bb%2Fc%3D%3A%25");
    }
}
