//! Deals and customers of a log: what sales reported, put together by opportunity and by account.
//!
//! A report with an opportunity's id belongs to that deal, one without to the account's open deal. A customer begins
//! with a first win and ends with a `churned`; its won amount is taken for a year's revenue, since a log has no
//! other.

use super::company::Said;
use super::customers::Customer;
use super::rows::{Deal, Deals};
use super::sums::YEAR_DAYS;
use crate::domain::account::decision::Origin;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Day;
use crate::evidence::crm::fields::Field;
use crate::evidence::history::{Happened, Told, World};
use crate::evidence::stats::survival::End;
use std::collections::{BTreeMap, BTreeSet};

/// The deals of a log, and whether each began after its company family had entered.
pub(super) struct Reported {
    pub deals: Deals,
    pub entered: Vec<bool>,
    pub customers_entered: Vec<bool>,
    /// Deals of accounts that entered by a first load alone.
    pub loaded_count: u64,
}

/// When each company family first entered; those that entered by a first load alone have no day.
pub(super) fn first_entries<'a>(world: &World<'a>) -> BTreeMap<&'a AccountKey, Option<Day>> {
    let mut first: BTreeMap<&AccountKey, Option<Day>> = BTreeMap::new();
    for entry in world.entries {
        let known = first.entry(world.families.head(&entry.account)).or_default();
        if entry.origin != Origin::Baseline {
            *known = Some(known.map_or(entry.on, |day| day.min(entry.on)));
        }
    }
    first
}

/// The reports of each account, by day; of one day in the order in which deals go.
pub(super) fn by_account<'a>(world: &World<'a>) -> BTreeMap<&'a AccountKey, Vec<&'a Told>> {
    let mut all: BTreeMap<&AccountKey, Vec<&Told>> = BTreeMap::new();
    for told in world.told {
        all.entry(&told.account).or_default().push(told);
    }
    let ends = |told: &Told| matches!(kind(told), Some(OutcomeKind::Won | OutcomeKind::Lost));
    all.values_mut().for_each(|told| told.sort_by_key(|one| (one.on, ends(one))));
    all
}

pub(super) fn kind(told: &Told) -> Option<OutcomeKind> {
    match told.outcome {
        Happened::Sales(kind) => Some(kind),
        Happened::FundingOrAcquisition => None,
    }
}

/// A deal as it is put together.
struct Draft<'a> {
    id: Option<&'a str>,
    created: Option<Day>,
    closed: Option<Day>,
    end: End,
    amount: Option<u64>,
    source: Option<&'a str>,
    met: bool,
}

fn drafts<'a>(told: &[&'a Told]) -> Vec<Draft<'a>> {
    let mut drafts: Vec<Draft<'a>> = Vec::new();
    let mut met = false;
    for one in told {
        let Some(kind) = kind(one) else { continue };
        met |= kind == OutcomeKind::Meeting;
        if !matches!(kind, OutcomeKind::Opportunity | OutcomeKind::Won | OutcomeKind::Lost) {
            continue;
        }
        let id = one.opportunity.as_deref();
        let is_it = |draft: &Draft<'_>| match id {
            Some(_) if draft.id.is_some() => draft.id == id,
            _ => draft.end == End::Open,
        };
        let at = drafts.iter().rposition(is_it).unwrap_or_else(|| {
            let created = (kind == OutcomeKind::Opportunity).then_some(one.on);
            let (closed, end, amount, source) = (None, End::Open, None, None);
            drafts.push(Draft { id, created, closed, end, amount, source, met: false });
            drafts.len() - 1
        });
        let draft = &mut drafts[at];
        draft.id = draft.id.or(id);
        draft.amount = one.amount_usd.or(draft.amount);
        draft.source = one.lead_source.as_deref().or(draft.source);
        if kind != OutcomeKind::Opportunity {
            draft.end = if kind == OutcomeKind::Won { End::Won } else { End::Lost };
            draft.closed = Some(one.on);
            draft.met |= std::mem::take(&mut met);
        }
    }
    drafts
}

/// The account's stays as a customer. `has`: whether the log ever reports an expansion.
fn customers(
    told: &[&Told],
    family: u32,
    has_expansion: bool,
    margin: Option<f64>,
) -> Vec<Customer> {
    let mut found: Vec<Customer> = Vec::new();
    for one in told {
        let last = found.last_mut().filter(|customer| customer.end.is_none());
        match (kind(one), last) {
            (Some(OutcomeKind::Won), None) => found.push(Customer {
                family,
                recurring: one.amount_usd.filter(|amount| *amount > 0).map(|amount| amount as f64),
                start: Some(one.on),
                end: None,
                expansion: has_expansion.then_some(0.0),
                contraction: None,
                nps: None,
                cost: None,
                margin,
                said: Said::default(),
            }),
            (Some(OutcomeKind::Churned), Some(customer)) => customer.end = Some(one.on),
            (Some(OutcomeKind::Expanded), Some(customer)) => {
                let start = customer.start.unwrap_or(one.on);
                let is_first_year = one.on.since(start) < YEAR_DAYS;
                let more = one.amount_usd.filter(|_| is_first_year).unwrap_or_default() as f64;
                customer.expansion = Some(customer.expansion.unwrap_or_default() + more);
            }
            _ => {}
        }
    }
    found
}

/// The deals of the log. `margin`: gross, as a share, where it is given.
pub(super) fn reported(world: &World<'_>, margin: Option<f64>) -> Reported {
    let first = first_entries(world);
    let all = by_account(world);
    let says = |wanted: OutcomeKind| world.told.iter().any(|told| kind(told) == Some(wanted));
    let (has_meetings, has_expansion) = (says(OutcomeKind::Meeting), says(OutcomeKind::Expanded));
    let mut numbers: BTreeMap<&AccountKey, u32> = BTreeMap::new();
    let (mut deals, mut entered) = (Vec::new(), Vec::new());
    let (mut stays, mut stays_entered, mut loaded_count) = (Vec::new(), Vec::new(), 0);
    for (account, told) in &all {
        let head = world.families.head(account);
        let next = numbers.len() as u32;
        let family = *numbers.entry(head).or_insert(next);
        let since = first.get(head).copied();
        let after = |day: Option<Day>| {
            let entry = since.flatten();
            entry.zip(day).is_some_and(|(entry, day)| entry < day)
        };
        let drafts = drafts(told);
        if since == Some(None) {
            loaded_count += drafts.len() as u64;
            continue;
        }
        for draft in drafts {
            entered.push(after(draft.created.or(draft.closed)));
            deals.push(Deal {
                family,
                end: draft.end,
                created: draft.created,
                closed: draft.closed,
                amount: draft.amount.filter(|amount| *amount > 0).map(|amount| amount as f64),
                labels: draft
                    .source
                    .map(|source| ("source", source.to_owned()))
                    .into_iter()
                    .collect(),
                demo: has_meetings.then_some(draft.met),
                said: Said::default(),
            });
        }
        for stay in customers(told, family, has_expansion, margin) {
            stays_entered.push(after(stay.start));
            stays.push(stay);
        }
    }
    let mut found = BTreeSet::from([Field::Stage]);
    let mut note = |field: Field, is_there: bool| {
        if is_there {
            found.insert(field);
        }
    };
    note(Field::Created, deals.iter().any(|deal| deal.created.is_some()));
    note(Field::Closed, deals.iter().any(|deal| deal.closed.is_some()));
    note(Field::Amount, deals.iter().any(|deal| deal.amount.is_some()));
    note(Field::Start, !stays.is_empty());
    note(Field::Recurring, stays.iter().any(|stay| stay.recurring.is_some()));
    note(Field::Expansion, has_expansion);
    // A log does not report it: retention is at most what is shown, and says so.
    note(Field::Contraction, has_expansion);
    note(Field::End, says(OutcomeKind::Churned));
    note(Field::Margin, margin.is_some());
    let deals = Deals {
        deals,
        customers: stays,
        families: numbers.len(),
        has_accounts: true,
        upto: world.upto,
        how: "as sales reported".to_owned(),
        file: "the log".to_owned(),
        found,
        currency: Some("USD"),
        is_monthly: false,
        steps: Vec::new(),
        tag_columns: BTreeSet::new(),
    };
    Reported { deals, entered, customers_entered: stays_entered, loaded_count }
}
