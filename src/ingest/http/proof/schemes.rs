//! What each setting of a source's authentication means, by the vendors' documentation.

use super::{Greeting, Proof, Scheme, Signature, Stamp, What};
use crate::config::{
    AuthenticationConfig, HmacConfig, HubspotConfig, Secret, SecretConfig, SignatureEncoding,
    Signed, SignedPart,
};
use data_encoding::BASE64_NOPAD;
use hmac::{Hmac, Mac};
use hyper::header::HeaderName;
use sha2::{Digest, Sha256};

/// What vendors recommend where they recommend anything.
const TOLERANCE_MS: i64 = 300_000;

impl Proof {
    /// Reads secrets from their files. The error names the setting, never the secret.
    pub fn new(config: &AuthenticationConfig) -> Result<Proof, String> {
        let secrets = config.secrets().iter().map(SecretConfig::read_strong);
        let secrets = secrets.collect::<Result<Vec<Secret>, String>>();
        let secrets = secrets.map_err(|why| format!("secrets: {why}"))?;
        let (schemes, greeting) = match config {
            AuthenticationConfig::None => return Ok(Proof::None),
            AuthenticationConfig::Bearer(_) => {
                let digest = |secret: &Secret| Sha256::digest(secret.reveal()).into();
                return Ok(Proof::Bearer(secrets.iter().map(digest).collect()));
            }
            AuthenticationConfig::Github(_) => {
                (vec![Scheme::of("x-hub-signature-256", "sha256=", "body")?], None)
            }
            AuthenticationConfig::Theirstack(_) => {
                (vec![Scheme::of("x-theirstack-signature-256", "sha256=", "body")?], None)
            }
            AuthenticationConfig::Shopify(_) => {
                (vec![Scheme::of("x-shopify-hmac-sha256", "", "body")?.in_base64()], None)
            }
            AuthenticationConfig::Slack(_) => {
                let scheme = Scheme::of("x-slack-signature", "v0=", "v0:timestamp:body")?;
                let scheme = scheme.stamped("x-slack-request-timestamp")?;
                (vec![scheme], Some(Greeting::Slack))
            }
            AuthenticationConfig::Zoom(_) => {
                let scheme = Scheme::of("x-zm-signature", "v0=", "v0:timestamp:body")?;
                (vec![scheme.stamped("x-zm-request-timestamp")?], Some(Greeting::Zoom))
            }
            AuthenticationConfig::Stripe(_) => {
                (vec![Scheme::of("stripe-signature", "v1=", "timestamp.body")?], None)
            }
            AuthenticationConfig::StandardWebhooks(_) => {
                (vec![standard("webhook")?, standard("svix")?], None)
            }
            AuthenticationConfig::Hubspot(HubspotConfig { url, .. }) => {
                let signed = What::Hubspot { url: url.as_str().to_owned() };
                let scheme = Scheme::of("x-hubspot-signature-v3", "", "body")?.in_base64();
                let scheme = Scheme { signed, ..scheme };
                (vec![scheme.stamped("x-hubspot-request-timestamp")?], None)
            }
            AuthenticationConfig::HmacSha256(hmac) => (vec![other(hmac)?], None),
        };
        let is_standard = matches!(config, AuthenticationConfig::StandardWebhooks(_));
        let key = |secret: &Secret| {
            let bytes = match is_standard {
                true => standard_key(secret.reveal())?,
                false => secret.reveal().as_bytes().to_vec(),
            };
            Ok(Hmac::new_from_slice(&bytes).expect("HMAC takes keys of any length"))
        };
        let keys = secrets.iter().map(key).collect::<Result<_, String>>()?;
        Ok(Proof::Signature(Box::new(Signature { keys, schemes, greeting })))
    }
}

impl Scheme {
    /// In hex. A timestamp that is signed is in the same header, unless [`Scheme::stamped`] says another.
    fn of(header: &str, prefix: &str, signed: &str) -> Result<Scheme, String> {
        let signed = Signed::parse(signed).ok_or_else(|| format!("invalid signed {signed}"))?;
        let stamp = signed.has(&SignedPart::Timestamp);
        Ok(Scheme {
            header: name(header)?,
            prefix: prefix.to_owned(),
            encoding: SignatureEncoding::Hex,
            signed: What::Parts(signed.parts().to_vec()),
            stamp: stamp.then_some(Stamp { header: None, tolerance_ms: TOLERANCE_MS }),
            id: None,
        })
    }

    fn in_base64(self) -> Scheme {
        Scheme { encoding: SignatureEncoding::Base64, ..self }
    }

    fn stamped(self, header: &str) -> Result<Scheme, String> {
        let stamp = Stamp { header: Some(name(header)?), tolerance_ms: TOLERANCE_MS };
        Ok(Scheme { stamp: Some(stamp), ..self })
    }
}

/// Standard Webhooks, whose headers Svix calls by another first word.
fn standard(word: &str) -> Result<Scheme, String> {
    let scheme = Scheme::of(&format!("{word}-signature"), "v1,", "id.timestamp.body")?;
    let scheme = scheme.in_base64().stamped(&format!("{word}-timestamp"))?;
    Ok(Scheme { id: Some(name(&format!("{word}-id"))?), ..scheme })
}

/// `whsec_`, then the key in base64.
fn standard_key(secret: &str) -> Result<Vec<u8>, String> {
    let encoded = secret.strip_prefix("whsec_").unwrap_or(secret).trim_end_matches('=');
    BASE64_NOPAD.decode(encoded.as_bytes()).map_err(|_| {
        "secrets: a secret of Standard Webhooks is base64, mostly with whsec_ before it; copy it as the \
         vendor shows it"
            .to_owned()
    })
}

fn other(hmac: &HmacConfig) -> Result<Scheme, String> {
    let header = |given: &Option<crate::config::HeaderName>| {
        given.as_ref().map(|given| name(given.as_str())).transpose()
    };
    let tolerance_ms = i64::from(hmac.tolerance_s.get()) * 1_000;
    let stamp = Stamp { header: header(&hmac.timestamp_header)?, tolerance_ms };
    Ok(Scheme {
        header: name(hmac.header.as_str())?,
        prefix: hmac.prefix.clone(),
        encoding: hmac.encoding,
        signed: What::Parts(hmac.signed.parts().to_vec()),
        stamp: hmac.signed.has(&SignedPart::Timestamp).then_some(stamp),
        id: header(&hmac.id_header)?,
    })
}

fn name(header: &str) -> Result<HeaderName, String> {
    header.parse().map_err(|_| format!("invalid header name {header}"))
}
