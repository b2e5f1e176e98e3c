//! How much room an account takes where its state is kept: at most, in bytes. All its ledgers
//! together stay below what one record of the accounts topic may hold.

use super::state::AccountState;
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::standing::ProductState;
use crate::domain::evidence::company::{Company, Value};
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::facts;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::LEDGERS_BYTES_MAX;

/// A report names five texts at most, and a few numbers.
const REPORT_BYTES: usize = 1_200;
/// Product, segment, route, the account that entered, and numbers.
const PRODUCT_BYTES: usize = 1_000;
/// Numbers, and the lengths of texts and lists.
const SMALL_BYTES: usize = 32;

fn of_evidence(evidence: &[Evidence]) -> usize {
    evidence.iter().map(|e| e.reports().len()).sum::<usize>() * REPORT_BYTES
}

fn of_company(company: &Company) -> usize {
    let terms = |value: &Value| value.texts().map(|t| t.len() + 4).sum::<usize>();
    let facts =
        company.facts.iter().map(|fact| SMALL_BYTES + fact.source.len() + terms(&fact.value));
    let tools =
        company.tools.iter().map(|tool| SMALL_BYTES + tool.source.len() + tool.tool.as_str().len());
    let departments = company.departments.iter().map(|known| SMALL_BYTES + known.source.len());
    facts.chain(tools).chain(departments).sum()
}

fn of_ledger(ledger: &Ledger) -> usize {
    let text = |text: &Option<crate::domain::Text>| text.as_ref().map_or(0, |text| text.len());
    let suppressions = ledger.suppressions.iter();
    of_evidence(&ledger.evidence)
        + of_company(&ledger.company)
        + ledger.tombstones.len() * SMALL_BYTES
        + suppressions.map(|s| SMALL_BYTES + text(&s.reason) + text(&s.owner)).sum::<usize>()
        + (1 + ledger.lifted.len()) * SMALL_BYTES
}

fn of_products(products: &[ProductState]) -> usize {
    products.len() * PRODUCT_BYTES
}

pub fn of_members(members: &[Member]) -> usize {
    let member = |m: &Member| {
        let names = m.account.as_str().len() + m.under.as_str().len() + SMALL_BYTES;
        names + of_ledger(&m.ledger) + of_products(&m.products) + of_products(&m.before)
    };
    members.iter().map(member).sum()
}

impl AccountState {
    /// Of all its ledgers.
    pub(super) fn weight(&mut self) -> usize {
        let own = self.with_own(|own| of_ledger(own));
        own + of_products(&self.products) + of_members(self.members())
    }

    /// Evicts the oldest evidence of one ledger while all together are too large. `None`: its own.
    pub(super) fn evict(&mut self, member: Option<&AccountKey>) {
        let mut over = self.weight().saturating_sub(LEDGERS_BYTES_MAX);
        let Some(ledger) = self.ledger_mut(member).filter(|_| over > 0) else { return };
        while over > 0 && !ledger.evidence.is_empty() {
            let gone = ledger.evidence.remove(0);
            over = over.saturating_sub(of_evidence(std::slice::from_ref(&gone)));
            facts::bake(&mut ledger.company, &gone);
        }
    }

    /// The same for every ledger, one after the other. Whether they were too large.
    pub(super) fn evict_all(&mut self) -> bool {
        if self.ledgers.is_none() || self.weight() <= LEDGERS_BYTES_MAX {
            return false;
        }
        let members: Vec<_> = self.members().iter().map(|m| m.account.clone()).collect();
        for member in members.iter().map(Some).chain([None]) {
            self.evict(member);
        }
        true
    }
}
