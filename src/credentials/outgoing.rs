//! Requests to addresses that people name: no redirection is followed, no answer is read beyond a bound, and a
//! name that leads to an address which is not allowed is not connected to.

use super::http::{TlsFiles, client_builder};
use reqwest::blocking::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use std::error::Error;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Longest wait for a whole answer.
pub const REQUEST_MAX: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` without a body, else `POST`.
    pub body: Option<Vec<u8>>,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// Any address may be connected to.
    pub may_be_private: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer. The text holds no address: some are secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server has not got the request.
    NotSent(String),
    /// The server may have got it.
    Unknown(String),
}

/// A request by any method, with any headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Any address may be connected to.
    pub may_be_private: bool,
}

pub trait Http: Send + Sync {
    /// Blocking: never to be called from an async task.
    ///
    /// # Errors
    /// Where there is no whole answer.
    fn send(&self, request: &Request) -> Result<Response, Fault>;

    /// The same, by any method.
    ///
    /// # Errors
    /// Where there is no whole answer.
    fn ask(&self, asked: &Asked) -> Result<Response, Fault> {
        Err(Fault::NotSent(format!("{} requests cannot be made here", asked.method)))
    }
}

/// The real thing.
pub struct Web {
    guarded: Client,
    free: Client,
}

impl Web {
    /// `is_inside`: whether an address is on a private network.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(is_inside: fn(IpAddr) -> bool) -> Result<Web, String> {
        let builder = || -> Result<_, String> {
            let builder = client_builder(&TlsFiles::default())?;
            let agent = concat!("buymode/", env!("CARGO_PKG_VERSION"));
            Ok(builder
                .redirect(redirect::Policy::none())
                .connect_timeout(CONNECT_MAX)
                .timeout(REQUEST_MAX)
                .user_agent(agent))
        };
        let made = |error: reqwest::Error| format!("cannot make a client: {}", cause(&error));
        let guard = Arc::new(Guard { is_inside });
        Ok(Web {
            guarded: builder()?.dns_resolver(guard).build().map_err(made)?,
            free: builder()?.build().map_err(made)?,
        })
    }
}

impl Http for Web {
    fn send(&self, request: &Request) -> Result<Response, Fault> {
        let method = if request.body.is_some() { "POST" } else { "GET" };
        let headers =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.ask(&Asked {
            method: method.to_owned(),
            url: request.url.clone(),
            headers: headers.collect(),
            body: request.body.clone(),
            may_be_private: request.may_be_private,
        })
    }

    fn ask(&self, request: &Asked) -> Result<Response, Fault> {
        let client = if request.may_be_private { &self.free } else { &self.guarded };
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let unwritable = || Fault::NotSent(format!("the header {name} cannot be written"));
            let mut value = HeaderValue::from_str(value).map_err(|_| unwritable())?;
            value.set_sensitive(true);
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unwritable())?;
            headers.insert(name, value);
        }
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Fault::NotSent("the method cannot be written".to_owned()))?;
        let asked = client.request(method, &request.url).headers(headers);
        let asked = match &request.body {
            Some(body) => asked.body(body.clone()),
            None => asked,
        };
        let answer = asked.send().map_err(|error| {
            let is_sent = !(error.is_connect() || error.is_builder());
            let why = cause(&error.without_url());
            if is_sent { Fault::Unknown(why) } else { Fault::NotSent(why) }
        })?;
        let status = answer.status().as_u16();
        let named = answer.headers().iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        let headers = named.collect();
        let mut body = Vec::new();
        answer
            .take(ANSWER_BYTES_MAX)
            .read_to_end(&mut body)
            .map_err(|error| Fault::Unknown(format!("the answer broke off: {error}")))?;
        Ok(Response { status, headers, body })
    }
}

/// The innermost cause, on one line.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let line = innermost.to_string();
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

/// Looks names up, and refuses those that lead inside.
struct Guard {
    is_inside: fn(IpAddr) -> bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let is_inside = self.is_inside;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| is_inside(address.ip())) {
                let why = "the name leads to an address on a private network; use a public one, or set \
                           private: true";
                return Err(why.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
