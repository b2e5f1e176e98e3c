//! Authentication of requests: a token, or a signature of the request.
//!
//! Comparisons take constant time. Errors help the honest operator and not an attacker: they name
//! headers, which are public, and never say how close a secret was.

use crate::config::{
    AuthenticationConfig, HmacConfig, HubspotConfig, Secret, SecretConfig, SignatureEncoding,
    Signed,
};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, Mac};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName};
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
    header: HeaderName,
    prefix: String,
    encoding: SignatureEncoding,
    signed: What,
    stamp: Option<Stamp>,
}

/// The parts of a request that are signed.
enum What {
    Body,
    TimestampBody,
    /// Method, address, body, timestamp.
    Hubspot {
        url: String,
    },
}

struct Stamp {
    header: HeaderName,
    tolerance_ms: i64,
}

/// The claims of the headers, before the body is read.
#[derive(Debug, Default)]
pub struct Claim {
    signature: Vec<u8>,
    timestamp: String,
}

/// Identifies a request, so that the same request is recognised when it is sent again.
pub type Fingerprint = [u8; 16];

const HUBSPOT_TOLERANCE_MS: i64 = 300_000;

impl Proof {
    /// Reads secrets from their files. The error names the setting, never the secret.
    pub fn new(config: &AuthenticationConfig) -> Result<Proof, String> {
        let secrets = config.secrets().iter().map(SecretConfig::read);
        let secrets = secrets.collect::<Result<Vec<Secret>, String>>();
        let secrets = secrets.map_err(|why| format!("secrets: {why}"))?;
        let keys = || {
            let key = |secret: &Secret| {
                Hmac::new_from_slice(secret.reveal().as_bytes())
                    .expect("HMAC takes keys of any length")
            };
            secrets.iter().map(key).collect()
        };
        let header = |name: &str| {
            name.parse::<HeaderName>().map_err(|_| format!("invalid header name {name}"))
        };
        Ok(match config {
            AuthenticationConfig::None => Proof::None,
            AuthenticationConfig::Bearer(_) => {
                let digest = |secret: &Secret| Sha256::digest(secret.reveal()).into();
                Proof::Bearer(secrets.iter().map(digest).collect())
            }
            AuthenticationConfig::Theirstack(_) => Proof::signature(Signature {
                keys: keys(),
                header: header("x-theirstack-signature-256")?,
                prefix: "sha256=".to_owned(),
                encoding: SignatureEncoding::Hex,
                signed: What::Body,
                stamp: None,
            }),
            AuthenticationConfig::Hubspot(HubspotConfig { url, .. }) => {
                Proof::signature(Signature {
                    keys: keys(),
                    header: header("x-hubspot-signature-v3")?,
                    prefix: String::new(),
                    encoding: SignatureEncoding::Base64,
                    signed: What::Hubspot { url: url.as_str().to_owned() },
                    stamp: Some(Stamp {
                        header: header("x-hubspot-request-timestamp")?,
                        tolerance_ms: HUBSPOT_TOLERANCE_MS,
                    }),
                })
            }
            AuthenticationConfig::HmacSha256(hmac) => Proof::signature(Signature {
                keys: keys(),
                header: header(hmac.header.as_str())?,
                prefix: hmac.prefix.clone(),
                encoding: hmac.encoding,
                signed: match hmac.signed {
                    Signed::Body => What::Body,
                    Signed::TimestampBody => What::TimestampBody,
                },
                stamp: stamp(hmac, header)?,
            }),
        })
    }

    fn signature(signature: Signature) -> Proof {
        Proof::Signature(Box::new(signature))
    }

    /// For how long the same signature would be accepted again, in milliseconds; `None` if requests
    /// are not signed.
    pub fn window_ms(&self) -> Option<i64> {
        match self {
            Proof::None | Proof::Bearer(_) => None,
            // A timestamp may be ahead of our clock by as much as behind.
            Proof::Signature(s) => {
                Some(s.stamp.as_ref().map_or(HUBSPOT_TOLERANCE_MS, |stamp| 2 * stamp.tolerance_ms))
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

    /// Verifies the claim against the request, byte for byte. For a signature, returns the fingerprint
    /// of the request.
    pub fn verify(
        &self,
        claim: &Claim,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<Option<Fingerprint>, Denied> {
        match self {
            Proof::None | Proof::Bearer(_) => Ok(None),
            Proof::Signature(signature) => signature.verify(claim, query, body).map(Some),
        }
    }
}

fn stamp(
    hmac: &HmacConfig,
    header: impl Fn(&str) -> Result<HeaderName, String>,
) -> Result<Option<Stamp>, String> {
    let Some(name) = &hmac.timestamp_header else { return Ok(None) };
    let tolerance_ms = i64::from(hmac.tolerance_s.get()) * 1_000;
    Ok(Some(Stamp { header: header(name.as_str())?, tolerance_ms }))
}

impl Signature {
    fn claim(&self, headers: &HeaderMap, now_ms: i64) -> Result<Claim, Denied> {
        let name = &self.header;
        let given = text(headers, name)?;
        let Some(encoded) = given.strip_prefix(self.prefix.as_str()) else {
            return Err(Denied(format!(
                "invalid header {name}: it does not start with {}",
                self.prefix
            )));
        };
        let signature = match self.encoding {
            SignatureEncoding::Hex => HEXLOWER_PERMISSIVE.decode(encoded.as_bytes()),
            SignatureEncoding::Base64 => BASE64.decode(encoded.as_bytes()),
        };
        let signature = signature.ok().filter(|bytes| bytes.len() == 32).ok_or_else(|| {
            let encoding = match self.encoding {
                SignatureEncoding::Hex => "hex",
                SignatureEncoding::Base64 => "base64",
            };
            Denied(format!("invalid header {name}: use 32 bytes in {encoding}"))
        })?;
        let mut claim = Claim { signature, timestamp: String::new() };
        if let Some(Stamp { header, tolerance_ms }) = &self.stamp {
            let given = text(headers, header)?;
            let stamped = given.parse::<i64>().ok().filter(|t| *t > 0);
            let stamped = stamped
                .ok_or_else(|| Denied(format!("invalid header {header}: use a Unix time")))?;
            // Milliseconds since 1973, or seconds until the year 5138.
            let stamped_ms = if stamped < 100_000_000_000 { stamped * 1_000 } else { stamped };
            if (now_ms.saturating_sub(stamped_ms)).saturating_abs() > *tolerance_ms {
                let seconds = tolerance_ms / 1_000;
                return Err(Denied(format!(
                    "invalid timestamp in {header}: it differs from the server's clock by more than {seconds} s"
                )));
            }
            given.clone_into(&mut claim.timestamp);
        }
        Ok(claim)
    }

    fn verify(
        &self,
        claim: &Claim,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<Fingerprint, Denied> {
        let mut fits = Choice::from(0);
        for key in &self.keys {
            let mut mac = key.clone();
            match &self.signed {
                What::Body => mac.update(body),
                What::TimestampBody => {
                    mac.update(claim.timestamp.as_bytes());
                    mac.update(b".");
                    mac.update(body);
                }
                What::Hubspot { url } => {
                    mac.update(b"POST");
                    mac.update(hubspot_uri(url, query).as_bytes());
                    mac.update(body);
                    mac.update(claim.timestamp.as_bytes());
                }
            }
            fits |= mac.finalize().into_bytes().as_slice().ct_eq(&claim.signature);
        }
        if !bool::from(fits) {
            return Err(Denied(format!(
                "signature mismatch in {}: check that the secret is the one configured for this \
                 source, and that no proxy changes the body",
                self.header
            )));
        }
        let mut fingerprint = Fingerprint::default();
        fingerprint.copy_from_slice(&claim.signature[..16]);
        Ok(fingerprint)
    }
}

/// The address that HubSpot signs, by its documentation ("Validate the v3 request signature"): the
/// whole address, with these characters percent-decoded.
fn hubspot_uri(url: &str, query: Option<&str>) -> String {
    const DECODED: [(&str, char); 12] = [
        ("3A", ':'),
        ("2F", '/'),
        ("3F", '?'),
        ("40", '@'),
        ("21", '!'),
        ("24", '$'),
        ("27", '\''),
        ("28", '('),
        ("29", ')'),
        ("2A", '*'),
        ("2C", ','),
        ("3B", ';'),
    ];
    let mut whole = url.to_owned();
    if let Some(query) = query.filter(|_| !url.contains('?')) {
        whole = format!("{url}?{query}");
    }
    let mut parts = whole.split('%');
    let mut uri = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2);
        let known =
            DECODED.iter().find(|(hex, _)| code.is_some_and(|c| c.eq_ignore_ascii_case(hex)));
        match known {
            Some((hex, plain)) => {
                uri.push(*plain);
                uri.push_str(&part[hex.len()..]);
            }
            None => {
                uri.push('%');
                uri.push_str(part);
            }
        }
    }
    uri
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Denied> {
    let value = headers.get(name).ok_or_else(|| Denied(format!("missing header {name}")))?;
    value.to_str().map_err(|_| Denied(format!("invalid header {name}: it is not text")))
}

fn denied(why: &str) -> Denied {
    Denied(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that HubSpot signs by its documentation of v3: method, address with these characters decoded,
    /// body, timestamp. Another program made the signature:
    ///
    /// ```sh
    /// printf '%s' 'POSThttps://hooks.example.com/v1/ingest/hubspot/a?x=1:2&name=J%C3%B6rg[{"eventId":1,"propertyValue":"Bücher & Co"}]1791800000000' |
    ///     openssl dgst -sha256 -hmac 'client secret of an app' -binary | base64
    /// ```
    #[test]
    fn a_hubspot_signature_is_the_one_that_openssl_makes() {
        const SIGNATURE: &str = "V5X1YX3+D+ZrWSccyoKXqyMzGTtpiPALfm7o/zUUbvk=";
        const TIMESTAMP: &str = "1791800000000";
        let config = "hubspot: {secrets: [client secret of an app], \
                      url: 'https://hooks.example.com/v1/ingest/hubspot%2Fa'}";
        let proof = Proof::new(&serde_saphyr::from_str(config).unwrap()).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-hubspot-signature-v3", SIGNATURE.parse().unwrap());
        headers.insert("x-hubspot-request-timestamp", TIMESTAMP.parse().unwrap());
        let claim = proof.claim(&headers, 1_791_800_100_000).unwrap();
        let body = r#"[{"eventId":1,"propertyValue":"Bücher & Co"}]"#.as_bytes();
        let verify = |query, body| proof.verify(&claim, Some(query), body);
        assert!(verify("x=1%3a2&name=J%C3%B6rg", body).unwrap().is_some());
        assert!(verify("x=1%3a3&name=J%C3%B6rg", body).is_err());
        assert!(verify("x=1%3a2&name=J%C3%B6rg", &body[1..]).is_err());
        assert!(proof.claim(&headers, 1_791_800_400_000).is_err(), "it is too old");
    }
}
