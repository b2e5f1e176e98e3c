//! A row of a source's last snapshot in the sources topic; the record's key says which.

use crate::domain::account::records::SourceRow;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct SourceRowWire<'a> {
    snapshot_at: i64,
    file: &'a str,
    row: i64,
    content: Option<&'a str>,
    account: Option<&'a str>,
    former_account: Option<&'a str>,
}

impl<'a> SourceRowWire<'a> {
    pub(crate) fn of(row: &'a SourceRow) -> SourceRowWire<'a> {
        SourceRowWire {
            snapshot_at: row.snapshot_at.0,
            file: &row.file,
            row: i64::try_from(row.row).unwrap_or(i64::MAX),
            content: row.content.as_deref(),
            account: row.account.as_ref().map(AccountKey::as_str),
            former_account: row.former.as_ref().map(AccountKey::as_str),
        }
    }

    pub(crate) fn row(self) -> Result<SourceRow, String> {
        let key = |text: &str| AccountKey::parse(text).map_err(|error| error.to_string());
        Ok(SourceRow {
            snapshot_at: Timestamp(self.snapshot_at),
            file: self.file.to_owned(),
            row: u64::try_from(self.row).map_err(|_| format!("invalid row {}", self.row))?,
            content: self.content.map(str::to_owned),
            account: self.account.map(key).transpose()?,
            former: self.former_account.map(key).transpose()?,
        })
    }
}
