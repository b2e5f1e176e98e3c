//! A request that a map makes: checked, so that it goes to the tool and nowhere else.

use super::file::Auth;
use crate::credentials::Asked;
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;
use url::form_urlencoded::Serializer;

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Set by us, from the secret or the content.
const RESERVED: &[&str] = &["authorization", "host", "content-length", "cookie"];

/// As a program gives it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub query: BTreeMap<String, Value>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: Option<Value>,
    /// In place of a body: a form.
    #[serde(default)]
    pub form: Option<BTreeMap<String, String>>,
}

impl Draft {
    /// None of null.
    pub fn of(value: Value) -> Result<Option<Draft>, String> {
        if value.is_null() {
            return Ok(None);
        }
        serde_json::from_value(value).map(Some).map_err(|error| {
            format!("invalid request: {error}; use {{method, path, query, headers, body}}")
        })
    }

    fn method(&self) -> String {
        let has_body = self.body.is_some() || self.form.is_some();
        let usual = if has_body { "POST" } else { "GET" };
        self.method.clone().unwrap_or_else(|| usual.to_owned())
    }

    /// The whole request. `base`: the tool's address without a slash at the end.
    pub fn ready(
        &self,
        base: &str,
        auth: &Auth,
        token: Option<&str>,
        may_be_private: bool,
    ) -> Result<Asked, String> {
        let method = self.method();
        if !METHODS.contains(&method.as_str()) {
            return Err(format!("invalid method {method:?}; use one of {}", METHODS.join(", ")));
        }
        let wrong = || "invalid address of the tool; use one that begins with https://".to_owned();
        let home = Url::parse(base).map_err(|_| wrong())?;
        let is_plain = self.path.is_empty() || self.path.starts_with('/');
        let mut url = Url::parse(&format!("{base}{}", self.path)).map_err(|_| wrong())?;
        // What a program makes of an account's texts must not lead the token elsewhere.
        if !is_plain || url.origin() != home.origin() || self.path.contains("/..") {
            return Err(format!(
                "invalid path {:?}; begin it with / and encode texts with @uri",
                self.path
            ));
        }
        for (key, value) in &self.query {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null => continue,
                other => other.to_string(),
            };
            url.query_pairs_mut().append_pair(key, &text);
        }
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &self.headers {
            let name = name.to_ascii_lowercase();
            if RESERVED.contains(&name.as_str()) {
                return Err(format!("invalid header {name:?}; it is set by auth"));
            }
            headers.push((name, value.clone()));
        }
        let mut add = |name: &str, value: String| {
            if !headers.iter().any(|(known, _)| known == name) {
                headers.push((name.to_owned(), value));
            }
        };
        let body = match (&self.body, &self.form) {
            (Some(body), _) => {
                add("content-type", "application/json".to_owned());
                Some(body.to_string().into_bytes())
            }
            (None, Some(form)) => {
                add("content-type", "application/x-www-form-urlencoded".to_owned());
                Some(Serializer::new(String::new()).extend_pairs(form).finish().into_bytes())
            }
            (None, None) => None,
        };
        if let Some(token) = token {
            match auth {
                Auth::Bearer => add("authorization", format!("Bearer {token}")),
                Auth::Basic => {
                    let login = BASE64.encode(format!(":{token}").as_bytes());
                    add("authorization", format!("Basic {login}"));
                }
                Auth::Header(name) => add(name, token.to_owned()),
                Auth::Query(name) => drop(url.query_pairs_mut().append_pair(name, token)),
                Auth::None => {}
            }
        }
        Ok(Asked { method, url: url.to_string(), headers, body, may_be_private })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ready(draft: Value, auth: &Auth) -> Result<Asked, String> {
        Draft::of(draft)?.unwrap().ready("https://api.example.com/v2", auth, Some("t0ken"), false)
    }

    #[test]
    fn a_request_goes_to_the_tool_alone_with_the_login_where_the_tool_wants_it() {
        let plain =
            ready(json!({"path": "/a", "query": {"q": "x y", "n": 2, "no": null}}), &Auth::Bearer);
        let plain = plain.unwrap();
        assert_eq!(
            (plain.method.as_str(), plain.url.as_str()),
            ("GET", "https://api.example.com/v2/a?n=2&q=x+y")
        );
        assert_eq!(plain.headers, [("authorization".to_owned(), "Bearer t0ken".to_owned())]);
        let keyed =
            ready(json!({"path": "/a", "body": {"b": 1}}), &Auth::Query("api_key".to_owned()));
        let keyed = keyed.unwrap();
        assert_eq!(
            (keyed.method.as_str(), keyed.url.as_str()),
            ("POST", "https://api.example.com/v2/a?api_key=t0ken")
        );
        let form = ready(json!({"form": {"a": "b c"}}), &Auth::Basic).unwrap();
        assert_eq!(form.body.as_deref(), Some(&b"a=b+c"[..]));
        assert!(form.headers.contains(&("authorization".to_owned(), "Basic OnQwa2Vu".to_owned())));
        for (draft, why) in [
            (json!({"path": "@evil.example/x"}), "invalid path"),
            (json!({"path": ".evil.example/x"}), "invalid path"),
            (json!({"path": "/a/../../other"}), "invalid path"),
            (json!({"path": "/a", "method": "TRACE"}), "invalid method"),
            (json!({"path": "/a", "headers": {"Authorization": "x"}}), "invalid header"),
            (json!({"url": "https://evil.example"}), "invalid request"),
            (json!([1]), "invalid request"),
        ] {
            let refused = ready(draft.clone(), &Auth::None).unwrap_err();
            assert!(refused.contains(why), "{draft}: {refused}");
        }
    }
}
