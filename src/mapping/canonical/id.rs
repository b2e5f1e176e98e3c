//! The identity of a record: the same for ever where a source repeats it, another where the content
//! differs.

use super::fields::{Fields, Taken};
use super::suppression::lifts;
use super::{Context, RowError, record_id};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::person;
use crate::domain::terms::time::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

impl Fields {
    /// The record's id: its `signal_id`, or made of `source_record_id`, or of everything it says
    /// and the moment that separates it from the same words at another time.
    pub(super) fn own_id(
        &mut self,
        source: &str,
        account: &AccountKey,
        context: &Context<'_>,
    ) -> Result<SignalId, RowError> {
        if self.record == "suppression" {
            self.keep_odd_ids();
        }
        if let Some(raw) = self.text("signal_id")? {
            return Uuid::parse_str(&raw)
                .map_err(|_| RowError::value(format!("invalid signal_id: {raw:?}; use a UUID")));
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

    /// An opt-out holds for its person wherever they are: one with a free mail address belongs to no company, and is
    /// filed under a key of its own.
    pub(super) fn person_alone(&self) -> Option<AccountKey> {
        let contact = self.map.get("contact").and_then(Value::as_str);
        let contact = contact.filter(|_| self.says("outcome", "opted_out"))?;
        AccountKey::parse(&format!("person:{}", person::digest(contact))).ok()
    }

    /// An invalid id never costs a suppression: it counts with all else that the record says.
    fn keep_odd_ids(&mut self) {
        let is_uuid = |id: &Value| id.as_str().is_some_and(|id| Uuid::parse_str(id).is_ok());
        let odd = self.map.get("signal_id").is_some_and(|id| !id.is_null() && !is_uuid(id));
        if odd && let Some(id) = self.map.remove("signal_id") {
            self.warn(format!("signal_id is {id}, not a UUID: another one is made"));
        }
        let own = self.map.get_mut("source_record_id");
        if let Some(own) = own.filter(|own| !(own.is_null() || own.is_string() || own.is_number()))
        {
            *own = Value::String(own.to_string());
        }
    }

    /// The moment of a state or of a request without a date (an age is not a date: the same words
    /// mean a later day later). For records that people write the last one is to hold: each is a
    /// record of its own, and the same one repeated changes nothing. For others it is the day, so
    /// that a vendor's retry is not a new request.
    ///
    /// A suppression that is set, lifted and set again on one day says the same twice: on a live feed
    /// only a time of day makes it a repetition. In doubt it holds, so a lift is not said again so.
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
        let sets = doubt && context.arrived.is_some() && !lifts(self.map.get("active"));
        let is_moment = |at: Timestamp| !sets || at != at.day().start();
        let is_dated = dated.is_some_and(|((at, _), is_age)| !is_age && is_moment(at));
        let seen = seen.filter(|at| is_moment(*at)).map(|at| (at, None));
        let came = context.arrived.map(|(at, row)| (at, Some(row)));
        Ok(seen.or(came).filter(|_| !is_dated).map(|(at, row)| match (of_people, row) {
            (false, _) => at.day().to_string(),
            (true, None) => at.0.to_string(),
            (true, Some(row)) => format!("{}/{row}", at.0),
        }))
    }

    /// The id of another record: of the same source by its source record id (`NAME`), of any by
    /// its signal id (`NAME_signal_id`).
    pub(super) fn id_of(&mut self, name: &str, source: &str, record: &str) -> Taken<SignalId> {
        let by_id = format!("{name}_signal_id");
        if let Some(raw) = self.text(&by_id)? {
            let id = Uuid::parse_str(&raw);
            return id
                .map(Some)
                .map_err(|_| RowError::value(format!("invalid {by_id}: {raw:?}; use a UUID")));
        }
        Ok(self.raw(name)?.map(|raw| record_id(source, record, &raw)))
    }
}
