//! Ids that anybody can compute from what a decision says.

use crate::domain::terms::account::AccountKey;
use uuid::Uuid;

/// The namespace of decision ids: UUIDv5 of `buymode/decision` in the URL namespace.
pub fn decision_id(account: &AccountKey, product: &str, sequence: u32) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"buymode/decision");
    Uuid::new_v5(&namespace, format!("{account}\n{product}\n{sequence}").as_bytes())
}
