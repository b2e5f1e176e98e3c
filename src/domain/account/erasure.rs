//! What `buymode erase` writes: a retraction for each signal of a contact or an account, and for an account a
//! suppression too, which no other source lifts. Each has an id that follows from what it ends, so that writing it
//! twice is writing it once, and no other record is taken for one.

use super::input::{ERASE, Retraction, SuppressionChange};
use crate::domain::Text;
use crate::domain::account::standing::ERASED;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;

/// How often an account can be erased.
pub const TIMES_MAX: u32 = 1_000;

/// Takes back a signal of an account. The account is in the id: a source may send one record for several.
pub fn retraction(account: &AccountKey, signal: SignalId) -> Retraction {
    Retraction {
        id: SignalId::new_v5(&signal, format!("buymode/erased\n{account}").as_bytes()),
        retracts: signal,
        source: Text::const_new(ERASE),
        reason: Some(Text::const_new(ERASED)),
    }
}

/// Ends an account for the nth time, from 0 on; or, not `active`, takes that back.
pub fn suppression(account: &AccountKey, nth: u32, active: bool) -> SuppressionChange {
    let what = if active { "erased" } else { "no longer erased" };
    let name = format!("buymode/{what}\n{account}\n{nth}");
    SuppressionChange {
        id: SignalId::new_v5(&SignalId::NAMESPACE_URL, name.as_bytes()),
        source: Text::const_new(ERASE),
        list: SuppressionList::DoNotContact,
        active,
        reason: Some(Text::const_new(ERASED)),
        owner: None,
        until: None,
        stated_on: None,
    }
}

/// Whether `erase` wrote it, and not a source of the same name.
pub fn is_retraction(account: &AccountKey, one: &Retraction) -> bool {
    *one.source == *ERASE && one.id == retraction(account, one.retracts).id
}

/// Which time of the account it is, where `erase` wrote it. A merged account that hands it on adds when it was stated.
pub fn nth(account: &AccountKey, change: &SuppressionChange) -> Option<u32> {
    if *change.source != *ERASE {
        return None;
    }
    let written = SuppressionChange { stated_on: None, ..change.clone() };
    (0..TIMES_MAX).find(|nth| suppression(account, *nth, change.active) == written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_erase_writes_counts() {
        let account = |key| AccountKey::parse(key).unwrap();
        let (acme, other) = (account("acme.com"), account("other.com"));
        let second = suppression(&acme, 1, true);
        assert_eq!((nth(&acme, &second), nth(&other, &second)), (Some(1), None));
        let handed_on = Some(crate::domain::terms::time::Day(9));
        let lift = SuppressionChange { stated_on: handed_on, ..suppression(&acme, 2, false) };
        assert_eq!(nth(&acme, &lift), Some(2));
        let listed = SuppressionChange { list: SuppressionList::Customer, ..second.clone() };
        let named = SuppressionChange { id: SignalId::NAMESPACE_DNS, ..second.clone() };
        let foreign = SuppressionChange { source: Text::const_new("crm"), ..second.clone() };
        let ends = SuppressionChange { until: Some(crate::domain::terms::time::Day(9)), ..second };
        for change in [listed, named, foreign, ends] {
            assert_eq!(nth(&acme, &change), None, "{change:?}");
        }
        let signal = SignalId::NAMESPACE_OID;
        let one = retraction(&acme, signal);
        assert!(is_retraction(&acme, &one) && !is_retraction(&other, &one));
        assert_ne!(one.id, retraction(&other, signal).id);
        assert!(!is_retraction(&acme, &Retraction { source: Text::const_new("crm"), ..one }));
    }
}
