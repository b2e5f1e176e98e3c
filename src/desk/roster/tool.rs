//! A sales tool or a CRM as a destination: which field map makes its requests, where it is, and how it is logged
//! in to. What the map says is read where requests are made; here it is a text.

use super::secret::SecretRef;
use crate::domain::Text;
use crate::domain::account::decision::DecisionKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolFile {
    /// The field map: the name of one that buymode ships (`buymode deliver maps` lists them), or of a file
    /// NAME.yaml beside the roster.
    #[schemars(with = "String")]
    pub map: Text,
    /// Where the tool is. Left out: where the map says. Its host is that of your own instance with Salesforce
    /// and Dynamics.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub url: Option<Text>,
    /// The whole address, for a tool whose address is its secret (Zapier, Make, n8n, Clay).
    #[serde(default)]
    pub address: Option<SecretRef>,
    /// The token or key that the tool gave you.
    #[serde(default)]
    pub token: Option<SecretRef>,
    /// Tokens by the grant "client credentials" of OAuth 2, in place of `token`.
    #[serde(default)]
    pub oauth: Option<OauthFile>,
    /// What the map asks for: ids of sequences, names of fields. Texts; the map's description names them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub values: BTreeMap<Text, Text>,
    /// Kinds of decisions that go there: `entered`, `strengthened`, `exited`, `withdrawn`, `tier_changed`,
    /// `triaged`. Left out: all of them.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub kinds: Vec<Text>,
    /// Whether people may be put into sequences: of a map that does so, and only people who are in the tool already.
    #[serde(default)]
    pub enrol: bool,
    /// Whether an opt-out that the tool reports keeps the whole account from sequencers, and not the person alone.
    #[serde(default)]
    pub opt_out_suppresses: bool,
    /// Whether the address may be on a private network, and `http`.
    #[serde(default)]
    pub private: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OauthFile {
    /// Where tokens are given, `https`.
    #[schemars(with = "String")]
    pub token_url: Text,
    #[schemars(with = "String")]
    pub client_id: Text,
    pub client_secret: SecretRef,
    /// Scopes, separated by blanks, where the tool asks for any.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub scope: Option<Text>,
}

/// A CRM that shows the standing of every account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncFile {
    /// A short name: lower-case letters, digits, hyphens.
    #[schemars(with = "String")]
    pub name: Text,
    /// The product whose standing is shown. Left out: of each account the one that it stands best with.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub product: Option<Text>,
    pub tool: ToolFile,
}

/// The same, with what it takes to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crm {
    pub product: Option<Text>,
    pub tool: Tool,
}

/// A tool that decisions can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    pub map: Text,
    /// The map, where it is one of the roster's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SecretRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OauthFile>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Text, Text>,
    #[serde(default)]
    pub enrol: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_out_suppresses: bool,
    #[serde(default)]
    pub private: bool,
    /// Empty: every kind. A sender needs none of it.
    #[serde(skip)]
    pub kinds: BTreeSet<DecisionKind>,
}

impl Tool {
    /// What shares a limit of calls: one login.
    pub(super) fn account(&self, place: &dyn Fn(&SecretRef) -> String) -> String {
        let secret = self.oauth.as_ref().map(|oauth| &oauth.client_secret);
        let secret = secret.or(self.token.as_ref()).or(self.address.as_ref());
        let host = self.url.as_deref().unwrap_or_default();
        let client = self.oauth.as_ref().map_or("", |oauth| &oauth.client_id);
        let parts = [host, client, &secret.map(place).unwrap_or_default()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }

    /// The secrets that it needs, each with its key.
    pub fn secrets(file: &ToolFile) -> Vec<(&'static str, &SecretRef)> {
        let address = file.address.iter().map(|secret| ("tool.address", secret));
        let token = file.token.iter().map(|secret| ("tool.token", secret));
        let oauth = file.oauth.iter().map(|o| ("tool.oauth.client_secret", &o.client_secret));
        address.chain(token).chain(oauth).collect()
    }
}
