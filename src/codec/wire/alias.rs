//! An alias in the aliases topic; the record's key is the alias.

use crate::domain::account::records::Alias;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct AliasWire<'a> {
    account: &'a str,
    since: i64,
    source: &'a str,
    reason: Option<&'a str>,
    added_by: Option<&'a str>,
}

impl<'a> AliasWire<'a> {
    pub(crate) fn of(alias: &'a Alias) -> AliasWire<'a> {
        AliasWire {
            account: alias.account.as_str(),
            since: alias.since.0,
            source: &alias.source,
            reason: alias.reason.as_deref(),
            added_by: alias.by.as_deref(),
        }
    }

    pub(crate) fn alias(self) -> Result<Alias, String> {
        Ok(Alias {
            account: AccountKey::parse(self.account).map_err(|e| e.to_string())?,
            since: Timestamp(self.since),
            source: self.source.into(),
            reason: self.reason.map(Into::into),
            by: self.added_by.map(Into::into),
        })
    }
}
