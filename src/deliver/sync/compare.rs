//! What a CRM shows, compared with what it should: `deliver sync --full`.

use super::pass::{Account, Pace};
use crate::deliver::send::target::Services;
use crate::deliver::send::target::batch::Batches;
use crate::deliver::tool::verdict::{Class, class, shown};
use crate::desk::roster::tool::Tool;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An account that is shown otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub account: String,
    /// None: it is not there.
    pub property: Option<String>,
    pub expected: String,
    pub found: String,
}

/// # Errors
/// Where the map cannot read back, or the CRM gives no answer.
pub fn differences(
    services: &Services,
    tool: &Tool,
    pace: &dyn Pace,
    accounts: &[Account],
) -> anyhow::Result<Vec<Difference>> {
    let why = |answer| anyhow::anyhow!("{answer:?}");
    let mut batches = Batches::of(services, tool, pace.now_ms()).map_err(why)?;
    let mut found = Vec::new();
    for chunk in accounts.chunks(batches.most()) {
        let rows: Vec<&Map<String, Value>> = chunk.iter().map(|account| &account.row).collect();
        let mut there: BTreeMap<String, Value> = BTreeMap::new();
        let mut is_asked = false;
        for request in batches.reads(&rows).map_err(anyhow::Error::msg)? {
            is_asked = true;
            let response = batches.send(&request, pace.now_ms()).map_err(why)?;
            let is_read = class(response.status) == Class::Done && batches.is_readable(&response);
            anyhow::ensure!(is_read, Batches::why(&response));
            there.extend(batches.read(&request, &response).map_err(anyhow::Error::msg)?);
            pace.wait(batches.every_ms());
        }
        anyhow::ensure!(is_asked, "the map {} cannot read back", tool.map);
        for account in chunk {
            let expected = batches.properties(&account.row).map_err(anyhow::Error::msg)?;
            let Some(found_there) = there.get(&account.key) else {
                found.push(Difference {
                    account: account.key.clone(),
                    property: None,
                    expected: "an account".to_owned(),
                    found: "nothing".to_owned(),
                });
                continue;
            };
            for (name, value) in expected.as_object().into_iter().flatten() {
                let text =
                    |value: &Value| if value.is_null() { String::new() } else { shown(value) };
                let (expected, is) = (text(value), text(&found_there[name]));
                if expected != is {
                    let (account, property) = (account.key.clone(), Some(name.clone()));
                    found.push(Difference { account, property, expected, found: is });
                }
            }
        }
    }
    Ok(found)
}
