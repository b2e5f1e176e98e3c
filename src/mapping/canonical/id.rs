//! Which record it is: the same for ever where the same is told again, another where it is not.

use super::fields::{Fields, Taken};
use super::{Context, RowError, record_id};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

impl Fields {
    /// The record's id: its `signal_id`, or made of `source_record_id`, or of everything it says
    /// and the moment that tells it from the same words at another time.
    pub fn own_id(
        &mut self,
        source: &str,
        account: &AccountKey,
        context: &Context<'_>,
    ) -> Result<SignalId, RowError> {
        if let Some(raw) = self.text("signal_id")? {
            return Uuid::parse_str(&raw)
                .map_err(|_| RowError::value(format!("signal_id {raw:?} is no UUID")));
        }
        if let Some(own) = self.raw("source_record_id")? {
            return Ok(record_id(source, &self.record, &own));
        }
        let said: BTreeMap<&String, &Value> = self
            .map
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "observed_at" | "updated_at" | "baseline"))
            .collect();
        let content = serde_json::to_string(&said)
            .map_err(|e| RowError::mapping(format!("the record cannot be written as JSON: {e}")))?;
        let moment = self.moment(context)?.map(|at| format!("\u{1f}{at}")).unwrap_or_default();
        Ok(record_id(source, &self.record, &format!("{account}\u{1f}{content}{moment}")))
    }

    /// When a state was told or something asked, where no date says it (an age is none: the same
    /// words tell of a later day). Of people's word what comes last is to hold: each telling is one
    /// of its own, and the same told twice changes nothing. Else it is the day, so that a vendor's
    /// retry asks nothing again.
    fn moment(&mut self, context: &Context<'_>) -> Result<Option<String>, RowError> {
        let of_people = matches!(&*self.record, "suppression" | "sales_outcome");
        if !of_people && !matches!(&*self.record, "engagement" | "technology" | "headcount") {
            return Ok(None);
        }
        let said = self.map.clone();
        let dated = self.date_or_age("occurred_at", context);
        let seen = self.instant("observed_at", context);
        self.map = said;
        // A date that cannot be read never costs a suppression.
        let doubt = self.record == "suppression";
        let dated = if doubt { dated.unwrap_or(None) } else { dated? };
        let seen = if doubt { seen.unwrap_or(None) } else { seen? };
        let is_dated = dated.is_some_and(|(_, is_age)| !is_age);
        let seen = seen.map(|at| (at, None));
        let came = context.arrived.map(|(at, row)| (at, Some(row)));
        Ok(seen.or(came).filter(|_| !is_dated).map(|(at, row)| match (of_people, row) {
            (false, _) => at.day().to_string(),
            (true, None) => at.0.to_string(),
            (true, Some(row)) => format!("{}/{row}", at.0),
        }))
    }

    /// The id of another record: of the same source by its source record id (`NAME`), of any by
    /// its signal id (`NAME_signal_id`).
    pub fn id_of(&mut self, name: &str, source: &str, record: &str) -> Taken<SignalId> {
        let by_id = format!("{name}_signal_id");
        if let Some(raw) = self.text(&by_id)? {
            let id = Uuid::parse_str(&raw);
            return id
                .map(Some)
                .map_err(|_| RowError::value(format!("{by_id} {raw:?} is no UUID")));
        }
        Ok(self.raw(name)?.map(|raw| record_id(source, record, &raw)))
    }
}
