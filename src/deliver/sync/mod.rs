//! Every account's standing in a CRM, not only of those that were decided: from the accounts topic, in batches, the newest
//! first ([`pass`]), with a ledger of all that was confirmed ([`ledger`]). Requests repeat harmlessly, so that
//! a pass can end at any instant and begin again. [`compare`] reads the CRM back; [`properties`] are the fields to create there.

pub mod compare;
pub mod ledger;
pub mod pass;
pub mod properties;
