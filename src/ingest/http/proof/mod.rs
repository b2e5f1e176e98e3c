//! Authentication of requests: a token, or a signature of the request.
//!
//! Comparisons take constant time. Errors help the honest operator and not an attacker: they name
//! headers, which are public, and never say how close a secret was.
//!
//! Here is the check of a request. Which scheme a setting means is in [`schemes`], the reading of a
//! signature's header in [`header`], HubSpot's address in [`hubspot`], secrets in files that change in [`kept`].

mod header;
mod hubspot;
pub mod kept;
mod schemes;

use crate::config::{SignatureEncoding, SignedPart};
use data_encoding::HEXLOWER;
use header::Read;
use hmac::{Hmac, Mac};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Why authentication failed, for the sender of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied(pub String);

/// How the requests of a source authenticate.
pub enum Proof {
    None,
    /// Digests of the tokens: comparing these does not reveal a token's length either.
    Bearer(Vec<[u8; 32]>),
    Signature(Box<Signature>),
}

pub struct Signature {
    keys: Vec<Hmac<Sha256>>,
    /// Of several, the first whose header is there.
    schemes: Vec<Scheme>,
    greeting: Option<Greeting>,
}

impl Proof {
    /// The headers that hold its signature.
    pub(super) fn headers(&self) -> Vec<&str> {
        match self {
            Proof::None | Proof::Bearer(_) => Vec::new(),
            Proof::Signature(signature) => {
                signature.schemes.iter().map(|scheme| scheme.header.as_str()).collect()
            }
        }
    }
}

struct Scheme {
    header: HeaderName,
    prefix: String,
    encoding: SignatureEncoding,
    signed: What,
    stamp: Option<Stamp>,
    /// The header with the message's id.
    id: Option<HeaderName>,
}

/// The parts of a request that are signed.
enum What {
    Parts(Vec<SignedPart>),
    /// Method, address, body, timestamp.
    Hubspot {
        url: String,
    },
}

struct Stamp {
    /// `None`: it is in the signature's header.
    header: Option<HeaderName>,
    tolerance_ms: i64,
}

/// The question that a vendor asks when an endpoint is set up.
#[derive(Clone, Copy, Debug)]
enum Greeting {
    Slack,
    Zoom,
}

/// The claims of the headers, before the body is read.
#[derive(Debug, Default)]
pub struct Claim {
    /// Which of the schemes.
    scheme: usize,
    /// One of them must be right.
    signatures: Vec<[u8; 32]>,
    timestamp: String,
    id: String,
}

/// What a request's signature proves.
#[derive(Debug, Default)]
pub struct Proven {
    /// `None` unless a timestamp is signed.
    pub fingerprint: Option<Fingerprint>,
    /// The request is a vendor's question; this is the answer to it.
    pub answer: Option<Value>,
}

/// Identifies a request, so that the same request is recognised when it is sent again.
pub type Fingerprint = [u8; 16];

impl Proof {
    /// For how long the same signature would be accepted again, in milliseconds. `None` where no
    /// timestamp is signed: equal bytes may then be a new statement, said again in the same words.
    pub fn window_ms(&self) -> Option<i64> {
        match self {
            Proof::None | Proof::Bearer(_) => None,
            Proof::Signature(signature) => {
                let stamps = signature.schemes.iter().filter_map(|scheme| scheme.stamp.as_ref());
                // A timestamp may be ahead of our clock by as much as behind.
                stamps.map(|stamp| 2 * stamp.tolerance_ms).max()
            }
        }
    }

    /// Checks what is possible before the body is read: a token is verified, a signature is parsed.
    pub fn claim(&self, headers: &HeaderMap, now_ms: i64) -> Result<Claim, Denied> {
        match self {
            Proof::None => Ok(Claim::default()),
            Proof::Bearer(tokens) => {
                let given = text(headers, &AUTHORIZATION)?;
                let (scheme, token) = given.split_once(' ').unwrap_or((given, ""));
                if !scheme.eq_ignore_ascii_case("bearer") {
                    return Err(denied(
                        "missing bearer token: the authorization header has another scheme",
                    ));
                }
                let digest: [u8; 32] = Sha256::digest(token.trim()).into();
                let fits =
                    tokens.iter().fold(Choice::from(0), |any, known| any | known.ct_eq(&digest));
                if bool::from(fits) {
                    Ok(Claim::default())
                } else {
                    Err(denied("invalid bearer token; use the token configured for this source"))
                }
            }
            Proof::Signature(signature) => signature.claim(headers, now_ms),
        }
    }

    /// Verifies the claim against the request, byte for byte.
    pub fn verify(
        &self,
        claim: &Claim,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<Proven, Denied> {
        match self {
            Proof::None | Proof::Bearer(_) => Ok(Proven::default()),
            Proof::Signature(signature) => signature.verify(claim, query, body),
        }
    }
}

impl Signature {
    fn claim(&self, headers: &HeaderMap, now_ms: i64) -> Result<Claim, Denied> {
        let is_there = |scheme: &Scheme| headers.contains_key(&scheme.header);
        let at = self.schemes.iter().position(is_there).unwrap_or(0);
        self.schemes[at].claim(headers, now_ms).map(|claim| Claim { scheme: at, ..claim })
    }

    fn verify(&self, claim: &Claim, query: Option<&str>, body: &[u8]) -> Result<Proven, Denied> {
        let scheme = &self.schemes[claim.scheme];
        let mut verified = None;
        for key in &self.keys {
            let mut mac = key.clone();
            scheme.feed(&mut mac, claim, query, body);
            let right = mac.finalize().into_bytes();
            let compare = |any, given: &[u8; 32]| any | given.as_slice().ct_eq(right.as_slice());
            if bool::from(claim.signatures.iter().fold(Choice::from(0), compare)) {
                verified = Some(key);
            }
        }
        let Some(key) = verified else {
            return Err(Denied(format!(
                "signature mismatch in {}: check that the secret is the one configured for this \
                 source, and that no proxy changes the body",
                scheme.header
            )));
        };
        let fingerprint = scheme.stamp.as_ref().map(|_| claim.fingerprint(query, body));
        let answer = self.greeting.and_then(|greeting| greeting.answer(key, body));
        Ok(Proven { fingerprint, answer })
    }
}

impl Scheme {
    fn claim(&self, headers: &HeaderMap, now_ms: i64) -> Result<Claim, Denied> {
        let Read { signatures, timestamp } = header::read(self, headers)?;
        let mut claim = Claim { signatures, ..Claim::default() };
        if let Some(Stamp { header, tolerance_ms }) = &self.stamp {
            let name = header.as_ref().unwrap_or(&self.header);
            let given = match header {
                Some(header) => text(headers, header)?.trim(),
                None => timestamp.ok_or_else(|| {
                    Denied(format!("invalid header {name}: it has no timestamp (t=)"))
                })?,
            };
            let stamped = given.parse::<i64>().ok().filter(|t| *t > 0);
            let stamped =
                stamped.ok_or_else(|| Denied(format!("invalid header {name}: use a Unix time")))?;
            // Milliseconds since 1973, or seconds until the year 5138.
            let stamped_ms = if stamped < 100_000_000_000 { stamped * 1_000 } else { stamped };
            if (now_ms.saturating_sub(stamped_ms)).saturating_abs() > *tolerance_ms {
                let seconds = tolerance_ms / 1_000;
                return Err(Denied(format!(
                    "invalid timestamp in {name}: it differs from the server's clock by more than {seconds} s"
                )));
            }
            given.clone_into(&mut claim.timestamp);
        }
        if let Some(id) = &self.id {
            text(headers, id)?.clone_into(&mut claim.id);
        }
        Ok(claim)
    }

    fn feed(&self, mac: &mut Hmac<Sha256>, claim: &Claim, query: Option<&str>, body: &[u8]) {
        match &self.signed {
            What::Parts(parts) => {
                for part in parts {
                    mac.update(match part {
                        SignedPart::Id => claim.id.as_bytes(),
                        SignedPart::Timestamp => claim.timestamp.as_bytes(),
                        SignedPart::Body => body,
                        SignedPart::Text(text) => text.as_bytes(),
                    });
                }
            }
            What::Hubspot { url } => {
                mac.update(b"POST");
                mac.update(hubspot::uri(url, query).as_bytes());
                mac.update(body);
                mac.update(claim.timestamp.as_bytes());
            }
        }
    }
}

impl Claim {
    /// A message keeps its id when it is sent again with another timestamp.
    fn fingerprint(&self, query: Option<&str>, body: &[u8]) -> Fingerprint {
        let mut hash = Sha256::new();
        let message = if self.id.is_empty() { &self.timestamp } else { &self.id };
        for part in [message.as_bytes(), query.unwrap_or_default().as_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(body);
        let mut fingerprint = Fingerprint::default();
        fingerprint.copy_from_slice(&hash.finalize()[..16]);
        fingerprint
    }
}

impl Greeting {
    /// `None`: the request is not the vendor's question. `key`: the one that verified it.
    fn answer(self, key: &Hmac<Sha256>, body: &[u8]) -> Option<Value> {
        let asked: Value = serde_json::from_slice(body).ok()?;
        match self {
            Greeting::Slack => {
                let challenge = asked["challenge"].as_str()?;
                (asked["type"] == "url_verification").then(|| json!({ "challenge": challenge }))
            }
            Greeting::Zoom => {
                let token = asked["payload"]["plainToken"].as_str()?;
                let mac = key.clone().chain_update(token).finalize().into_bytes();
                let signed = HEXLOWER.encode(&mac);
                (asked["event"] == "endpoint.url_validation")
                    .then(|| json!({ "plainToken": token, "encryptedToken": signed }))
            }
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Denied> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or_else(|| Denied(format!("missing header {name}")))?;
    if values.next().is_some() {
        return Err(Denied(format!("invalid header {name}: it is there more than once")));
    }
    value.to_str().map_err(|_| Denied(format!("invalid header {name}: it is not text")))
}

fn denied(why: &str) -> Denied {
    Denied(why.to_owned())
}

#[cfg(test)]
mod tests;
