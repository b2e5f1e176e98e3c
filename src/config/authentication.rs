//! How requests of a source prove who sent them.

use super::signed::{Signed, SignedPart};
use super::values::{HeaderName, Url, Within};
use crate::credentials::SecretConfig;
use serde::{Deserialize, Deserializer, Serialize};

/// Written with every source: taking requests from anybody is a decision, and no default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationConfig {
    /// Anybody who reaches the port is believed: for a network of its own, or behind something
    /// that authenticates.
    None,
    /// `Authorization: Bearer TOKEN`.
    Bearer(SecretsConfig),
    /// GitHub, and vendors that took its scheme over: `X-Hub-Signature-256: sha256=HEX` of the body.
    Github(SecretsConfig),
    /// HubSpot, version 3: `X-HubSpot-Signature-v3`, base64, of method, address, body and
    /// `X-HubSpot-Request-Timestamp`.
    Hubspot(HubspotConfig),
    /// Shopify: `X-Shopify-Hmac-Sha256`, base64, of the body.
    Shopify(SecretsConfig),
    /// Slack: `X-Slack-Signature: v0=HEX` of `v0:timestamp:body`, with `X-Slack-Request-Timestamp`.
    /// Its question at the set-up (`url_verification`) is answered.
    Slack(SecretsConfig),
    /// Standard Webhooks and Svix: `webhook-signature: v1,BASE64 v1,BASE64` of `id.timestamp.body`, with
    /// `webhook-id` and `webhook-timestamp` (or `svix-` instead of `webhook-`). Secrets are base64,
    /// `whsec_…`.
    StandardWebhooks(SecretsConfig),
    /// Stripe: `Stripe-Signature: t=TIMESTAMP,v1=HEX,v1=HEX` of `timestamp.body`.
    Stripe(SecretsConfig),
    /// TheirStack: `X-TheirStack-Signature-256: sha256=HEX` of the body.
    Theirstack(SecretsConfig),
    /// Zoom: `x-zm-signature: v0=HEX` of `v0:timestamp:body`, with `x-zm-request-timestamp`. Its question at
    /// the set-up (`endpoint.url_validation`) is answered.
    Zoom(SecretsConfig),
    /// Any other HMAC-SHA256.
    HmacSha256(HmacConfig),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsConfig {
    /// The token or signing secret; two while one takes over from the other. Each a text, or
    /// `{ file: PATH }`.
    #[serde(default, deserialize_with = "one_or_more")]
    pub secrets: Vec<SecretConfig>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HubspotConfig {
    /// The app's client secret; two while one takes over from the other.
    #[serde(default, deserialize_with = "one_or_more")]
    pub secrets: Vec<SecretConfig>,
    /// The whole address that HubSpot calls, since it is signed:
    /// `https://hooks.example.com/v1/ingest/hubspot`.
    pub url: Url,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HmacConfig {
    /// The shared secret; two while one takes over from the other.
    #[serde(default, deserialize_with = "one_or_more")]
    pub secrets: Vec<SecretConfig>,
    /// The header that holds the signature, or several of them, separated by commas, semicolons or
    /// blanks: it is enough that one is right.
    pub header: HeaderName,
    /// The text before each signature in it: `sha256=`, `v1=`. Parts that begin otherwise are left out.
    #[serde(default)]
    pub prefix: String,
    /// How the signature is written: `hex` or `base64`.
    #[serde(default)]
    pub encoding: SignatureEncoding,
    /// The signed content: the words `body`, `timestamp` and `id`, with the signs between them:
    /// `body`, `timestamp.body`, `v0:timestamp:body`, `id.timestamp.body`.
    #[serde(default)]
    pub signed: Signed,
    /// The header that holds the timestamp, Unix time in seconds or milliseconds. Left out where the
    /// timestamp is signed: it is in the signature's header, as `t=`, `ts=` or `timestamp=`.
    #[serde(default)]
    pub timestamp_header: Option<HeaderName>,
    /// The header that holds the message's id, where it is signed.
    #[serde(default)]
    pub id_header: Option<HeaderName>,
    /// Seconds that the timestamp may lie off our clock (1 to 86400).
    #[serde(default)]
    pub tolerance_s: Within<1, 86_400, 300>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureEncoding {
    #[default]
    Hex,
    Base64,
}

/// A list, or the one secret that it would hold.
fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SecretConfig>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "write a secret in quotes, or { file: PATH }, or a list of two")]
    enum OneOrMore {
        One(SecretConfig),
        More(Vec<SecretConfig>),
    }
    OneOrMore::deserialize(from).map(|secrets| match secrets {
        OneOrMore::One(secret) => vec![secret],
        OneOrMore::More(secrets) => secrets,
    })
}

impl AuthenticationConfig {
    /// Whether who sends is known before the body is read.
    pub fn is_early(&self) -> bool {
        matches!(self, AuthenticationConfig::Bearer(_))
    }

    /// The host that is in the address which the vendor signs.
    pub fn signed_host(&self) -> Option<String> {
        let AuthenticationConfig::Hubspot(HubspotConfig { url, .. }) = self else { return None };
        url::Url::parse(url.as_str()).ok()?.host_str().map(str::to_owned)
    }

    pub fn secrets(&self) -> &[SecretConfig] {
        use AuthenticationConfig as A;
        match self {
            A::None => &[],
            A::Bearer(SecretsConfig { secrets })
            | A::Github(SecretsConfig { secrets })
            | A::Shopify(SecretsConfig { secrets })
            | A::Slack(SecretsConfig { secrets })
            | A::StandardWebhooks(SecretsConfig { secrets })
            | A::Stripe(SecretsConfig { secrets })
            | A::Theirstack(SecretsConfig { secrets })
            | A::Zoom(SecretsConfig { secrets })
            | A::Hubspot(HubspotConfig { secrets, .. })
            | A::HmacSha256(HmacConfig { secrets, .. }) => secrets,
        }
    }

    pub(super) fn secrets_mut(&mut self) -> Option<&mut Vec<SecretConfig>> {
        use AuthenticationConfig as A;
        match self {
            A::None => None,
            A::Bearer(SecretsConfig { secrets })
            | A::Github(SecretsConfig { secrets })
            | A::Shopify(SecretsConfig { secrets })
            | A::Slack(SecretsConfig { secrets })
            | A::StandardWebhooks(SecretsConfig { secrets })
            | A::Stripe(SecretsConfig { secrets })
            | A::Theirstack(SecretsConfig { secrets })
            | A::Zoom(SecretsConfig { secrets })
            | A::Hubspot(HubspotConfig { secrets, .. })
            | A::HmacSha256(HmacConfig { secrets, .. }) => Some(secrets),
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let count = self.secrets().len();
        if *self != AuthenticationConfig::None && !(1..=2).contains(&count) {
            return Err(format!(
                "secrets has {count} entries; give one, or two while one takes over from the other, \
                 in the file or by environment"
            ));
        }
        if let AuthenticationConfig::HmacSha256(hmac) = self {
            let with_time = hmac.signed.has(&SignedPart::Timestamp);
            let with_id = hmac.signed.has(&SignedPart::Id);
            if hmac.timestamp_header.is_some() && !with_time {
                return Err("timestamp_header is given, but the timestamp is not signed, so \
                    that anybody could change it: set signed to timestamp.body, or leave it out"
                    .to_owned());
            }
            if hmac.id_header.is_some() != with_id {
                return Err("id_header and an id in signed go together: the header holds the id \
                    that is signed"
                    .to_owned());
            }
            if with_id && !with_time {
                return Err("signed has an id and no timestamp; the schemes that are known sign \
                    id.timestamp.body"
                    .to_owned());
            }
        }
        Ok(())
    }
}
