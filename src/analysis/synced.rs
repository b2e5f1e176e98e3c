//! What a CRM is to show of every account, in buying mode or not, as flat rows: the standing with one product, and
//! the facts of the company.

use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::input::LogPosition;
use crate::domain::account::standing::Stage;
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{stand, wake};
use crate::domain::account::world::World;
use crate::domain::account::{call, explain, lines};
use crate::domain::evidence::company::Attribute;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use serde_json::{Map, Value, json};

/// Tools that a row names.
const TOOLS_MAX: usize = 20;
const REASON_CHARS_MAX: usize = 250;

/// An account, or one that was merged into another.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Own {
        /// The newest day on which something happened.
        changed: Day,
        row: Map<String, Value>,
    },
    /// Its standing is that of this account.
    Member(AccountKey),
}

/// `product`: whose standing it is; left out, that of the product that it stands best with.
pub fn row(
    world: &World,
    account: &AccountKey,
    state: &AccountState,
    now: Timestamp,
    product: Option<&str>,
) -> Option<Row> {
    let mut state = state.clone();
    let now = now.max(state.through.start());
    let offset = state.offset.max(world.last_offset());
    wake(world, account, &mut state, LogPosition { partition: 0, offset, time: now });
    if let Some(root) = state.moved_to() {
        return Some(Row::Member(root.clone()));
    }
    if state.awaits_return() {
        return None;
    }
    let stands = stand(world, account, &state, now.day());
    let wanted = |a: &&Assessment<'_>| product.is_none_or(|p| &*a.profile().profile.product == p);
    let best = stands.iter().filter(wanted).min_by_key(|a| rank(a, &state))?;
    Some(Row::Own { changed: changed(best), row: fields(best, &state) })
}

/// Buying mode first, then the better tier, then the higher score.
fn rank(a: &Assessment<'_>, state: &AccountState) -> impl Ord + use<> {
    let product = &a.profile().profile.product;
    let stage = match stage(state, product) {
        Stage::Buying => 0_u8,
        Stage::Warming => 1,
        Stage::Cooling => 2,
        Stage::Dormant => 3,
    };
    (stage, a.tier.number().unwrap_or(u8::MAX), std::cmp::Reverse(a.score), product.clone())
}

fn stage(state: &AccountState, product: &Text) -> Stage {
    state.product(product).map_or(Stage::Dormant, |p| p.stage)
}

fn changed(a: &Assessment<'_>) -> Day {
    let days = lines::intent(a).contributions.into_iter().filter(|c| !c.is_standing());
    days.map(|c| c.announced).max().unwrap_or_default()
}

fn fields(a: &Assessment<'_>, state: &AccountState) -> Map<String, Value> {
    let product = &a.profile().profile.product;
    let said = |attribute| a.facts.value(attribute).map(|value| explain::shown(&value));
    let low = |attribute| {
        use crate::domain::evidence::attribute::Value as Fact;
        a.facts.value(attribute).and_then(|value| match &*value {
            Fact::Number { low, .. } => Some(*low),
            _ => None,
        })
    };
    let account = a.facts.account.as_str();
    let mut tools: Vec<&str> = a
        .facts
        .company
        .tools
        .iter()
        .map(|known| &known.tool)
        .filter(|tool| a.facts.tool(tool) == Some(true))
        .map(|tool| tool.as_str())
        .collect();
    tools.truncate(TOOLS_MAX);
    let reason = lines::intent(a).contributions.into_iter();
    let reason = reason.filter(|c| c.contribution > MilliPoints::ZERO).map(|c| c.what).next();
    let crm: Vec<&str> = a.facts.texts(Attribute::CrmId).collect();
    let id = |of: &str| crm.iter().find_map(|id| id.strip_prefix(of)?.strip_prefix(':'));
    let mut row = Map::new();
    let mut add = |key: &str, value: Value| drop(row.insert(key.to_owned(), value));
    add("account", json!(account));
    add("domain", json!((!account.contains(':')).then_some(account)));
    add("account_name", json!(a.facts.name().as_deref().unwrap_or(account)));
    add("website", json!(call::website(a.facts.account)));
    add("merged_into", Value::Null);
    add("product", json!(product));
    add("segment", json!(a.variant.segment));
    add("stage", json!(stage(state, product).to_string()));
    add("tier", json!(a.tier.to_string()));
    add("fit", json!(explain::fit(a).lower.rounded()));
    add("intent", json!(a.score.rounded()));
    add("excluded", json!(a.excluded));
    add("reason", json!(reason.map(|r| r.chars().take(REASON_CHARS_MAX).collect::<String>())));
    add("industry", json!(said(Attribute::Industry)));
    add("country", json!(a.facts.text(Attribute::Country).map(|code| code.to_uppercase())));
    add("employees", json!(low(Attribute::Employees)));
    add("revenue_band", json!(said(Attribute::RevenueUsd)));
    add("funding_stage", json!(said(Attribute::FundingStage)));
    add("tools", json!(tools.join("; ")));
    add("hubspot_id", json!(id("hubspot")));
    add("salesforce_id", json!(id("salesforce")));
    row
}
