//! Merged accounts with their ledgers, in account states and in transfers. Exact.

use super::List;
use super::evidence::{self, EvidenceList, Sources};
use super::kept::{self, CompanyOut, SuppressionWire, Tombstone};
use crate::codec::datum::{Datum, Put, Take, Taken, written};
use crate::codec::symbols::Code;
use crate::codec::wire::product::ProductWire;
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Timestamp};

/// Written together with the sources of its own evidence.
pub(crate) struct MemberOut<'a>(pub &'a Member);

written! {
    "buymode.Member"
    pub(super) struct Fields<'a, 's> {
        account: &'a str,
        under: &'a str,
        since: i64,
        sources: &'s Sources<'s>,
        evidence: EvidenceList<'s>,
        company: CompanyOut<'a>,
        suppressions: List<'a, Suppression, SuppressionWire<'a>>,
        tombstones: List<'a, (SignalId, Day), Tombstone>,
        lifted: List<'a, SuppressionList, Code<SuppressionList>>,
        products: List<'a, ProductState, ProductWire<'a>>,
        before: List<'a, ProductState, ProductWire<'a>>,
    }
}

impl Put for MemberOut<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        self.written(|fields| fields.put(out));
    }
}

impl MemberOut<'_> {
    pub(super) fn written<T>(&self, write: impl FnOnce(Fields<'_, '_>) -> T) -> T {
        let (member, ledger) = (self.0, &self.0.ledger);
        let sources = Sources::of(&ledger.evidence);
        write(Fields {
            account: member.account.as_str(),
            under: member.under.as_str(),
            since: member.since.0,
            sources: &sources,
            evidence: EvidenceList { evidence: &ledger.evidence, sources: &sources },
            company: kept::company(&ledger.company),
            suppressions: List(&ledger.suppressions, SuppressionWire::of),
            tombstones: List(&ledger.tombstones, Tombstone::of),
            lifted: List(&ledger.lifted, code),
            products: List(&member.products, ProductWire::of),
            before: List(&member.before, ProductWire::of),
        })
    }
}

pub(crate) fn code(list: &SuppressionList) -> Code<SuppressionList> {
    Code(*list)
}

/// Of a list of [`code`]s.
pub(crate) fn take_lists(from: &mut Datum<'_>) -> Taken<Vec<SuppressionList>> {
    from.list(|from| Code::take(from).map(|list| list.0))
}

pub(crate) fn take_key(from: &mut Datum<'_>) -> Taken<AccountKey> {
    AccountKey::parse(Take::take(from)?).map_err(|e| e.to_string())
}

/// The fields of a ledger, in their order in members and snapshots.
pub(crate) fn take_ledger(from: &mut Datum<'_>) -> Taken<Ledger> {
    Ok(Ledger {
        evidence: evidence::take(from)?,
        company: Take::take(from)?,
        suppressions: Take::take(from)?,
        tombstones: Take::take(from)?,
        lifted: take_lists(from)?,
    })
}

impl<'a> Take<'a> for Member {
    fn take(from: &mut Datum<'a>) -> Taken<Member> {
        Ok(Member {
            account: take_key(from)?,
            under: take_key(from)?,
            since: Timestamp(Take::take(from)?),
            ledger: take_ledger(from)?,
            products: Take::take(from)?,
            before: Take::take(from)?,
        })
    }
}
