//! An account explained: its fit criterion by criterion, each contribution with its decay, every
//! report of each event, where each product stands, and what would have to happen.

use crate::analysis::miss::{Obstacle, obstacles};
use crate::codec::json;
use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::decision::{FitExplained, IntentExplained};
use crate::domain::account::explain as why;
use crate::domain::account::input::LogPosition;
use crate::domain::account::kin::Kin;
use crate::domain::account::ledger::Member;
use crate::domain::account::standing::{Cooldown, Episode, ProductState, Stage, Suppression};
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{stand, wake};
use crate::domain::account::world::World;
use crate::domain::evidence::company::{Attribute, Company};
use crate::domain::evidence::event::contains;
use crate::domain::evidence::signal::SignalId;
use crate::domain::profile::Band;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::{BasisPoints, MilliPoints};
use serde::Serialize;
use uuid::Uuid;

/// An account as it stands on a day.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    pub account: AccountKey,
    pub name: Option<Text>,
    /// The day it is looked at, UTC.
    pub on: Day,
    pub partition: i32,
    /// The offset of the last input that the account reflects.
    pub reflects_offset: i64,
    /// The most advanced stage over all products.
    pub stage: Stage,
    /// The account that took everything over.
    pub moved_to: Option<AccountKey>,
    /// It was an alias until just now: what it had is on its way back, and nothing is decided.
    pub awaits_return: bool,
    /// The accounts that were merged into it.
    pub members: Vec<MemberExplained>,
    pub products: Vec<ProductExplained>,
    pub events: Vec<EventExplained>,
    pub suppressions: Vec<Suppression>,
    /// Whom it belongs to, with the lists that is on, and who belongs to it.
    pub kin: Kin,
    pub company: Company,
    /// Decisions that time alone has made due; the next tick writes them.
    pub due: Vec<String>,
}

/// An account that is the same company: an alias of this one.
#[derive(Clone, Debug, Serialize)]
pub struct MemberExplained {
    pub account: AccountKey,
    /// The account it is an alias of: this one, or a member that brought it along.
    pub alias_of: AccountKey,
    pub since: Timestamp,
    /// Reports that came under it.
    #[serde(rename = "report_count")]
    pub reports: usize,
}

/// Where an account stands with one product.
#[derive(Clone, Debug, Serialize)]
pub struct ProductExplained {
    pub product: Text,
    pub profile: Text,
    pub profile_version: Text,
    /// The profile's activation that the account has applied.
    pub activation: u64,
    pub segment: Text,
    pub stage: Stage,
    pub tier: Tier,
    pub band: Band,
    /// What the lines are compared with: intent, or fit and intent in an additive profile.
    #[serde(rename = "score_millipoints")]
    pub score: MilliPoints,
    /// The fit passes the gate.
    pub fits: bool,
    /// Intent holds: enough of it, of the kinds required.
    pub ready: bool,
    pub excluded: Option<Text>,
    /// Customers and open opportunities: only their owner is informed.
    pub owner_only: bool,
    #[serde(serialize_with = "json::fit")]
    pub fit: FitExplained,
    #[serde(serialize_with = "json::intent")]
    pub intent: IntentExplained,
    pub episode: Option<EpisodeExplained>,
    pub cooldown: Option<Cooldown>,
    /// Sales is in touch.
    pub muted: bool,
    /// What sales' word and the last exit brought about, as far as it is kept: of a reason only that
    /// there was one.
    pub said: Vec<String>,
    /// The first day on which the score is below the exit line, if nothing new comes.
    pub leaves_on: Option<Day>,
    /// What would have to happen to enter or to leave.
    pub would_change: Vec<String>,
    /// What keeps it out of buying mode, the least movable first; nothing while it is in.
    pub kept_out_by: Vec<Obstacle>,
    pub missing: Vec<Text>,
}

/// The open episode.
#[derive(Clone, Debug, Serialize)]
pub struct EpisodeExplained {
    /// The id of the entry that opened it, as decisions name it.
    pub episode_id: Uuid,
    #[serde(flatten)]
    pub episode: Episode,
}

/// One event, with every report that speaks of it.
#[derive(Clone, Debug, Serialize)]
pub struct EventExplained {
    pub what: String,
    /// The day it counts from; none while it is only planned.
    pub day: Option<Day>,
    pub reports: Vec<ReportExplained>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ReportExplained {
    pub id: SignalId,
    pub source: Text,
    /// The alias that it came under, if it was one.
    pub alias: Option<AccountKey>,
    pub says: String,
    pub day: Day,
    pub first_seen: Timestamp,
    #[serde(serialize_with = "json::confidence")]
    pub confidence: BasisPoints,
    pub planned: bool,
    /// Part of a vendor's first dump.
    pub baseline: bool,
    /// It was told differently too; this is what holds.
    pub corrected: bool,
    /// When the source learned of it, or last changed it.
    pub observed_at: Timestamp,
    pub url: Option<Text>,
}

/// How the account stands at `now`: midnights and broadcasts that it has not visited yet are
/// visited on a copy.
pub fn explain(
    world: &World,
    account: &AccountKey,
    state: &AccountState,
    partition: i32,
    now: Timestamp,
) -> Explained {
    let reflects_offset = state.offset;
    let mut state = state.clone();
    let now = now.max(state.through.start());
    // Broadcasts are visited up to this offset: all there are.
    let offset = state.offset.max(world.last_offset());
    let at = LogPosition { partition, offset, time: now };
    let due = wake(world, account, &mut state, at).decisions;
    let today = now.day();
    let stands = stand(world, account, &state, today);
    let name = stands.first().and_then(|a| a.facts.text(Attribute::Name));
    Explained {
        account: account.clone(),
        name,
        on: today,
        partition,
        reflects_offset,
        stage: state.stage(),
        moved_to: state.moved_to().cloned(),
        awaits_return: state.awaits_return(),
        members: state.members().iter().map(member).collect(),
        products: stands.iter().map(|a| product(a, &state)).collect(),
        events: events(&state),
        suppressions: state.suppressions.clone(),
        kin: state.kin.clone(),
        company: state.company.clone(),
        due: due.into_iter().map(|d| format!("{}: {}", d.kind, d.headline)).collect(),
    }
}

fn member(m: &Member) -> MemberExplained {
    MemberExplained {
        account: m.account.clone(),
        alias_of: m.under.clone(),
        since: m.since,
        reports: m.ledger.evidence.iter().map(|e| e.reports().len()).sum(),
    }
}

fn product(a: &Assessment<'_>, state: &AccountState) -> ProductExplained {
    let profile = a.profile();
    let product = &profile.profile.product;
    let standing = state.product(product);
    let episode = standing.and_then(|p| p.episode.clone());
    let cooldown = standing.and_then(|p| p.cooldown);
    let ends = episode.as_ref().map(|e| {
        let max = e.since.day().plus(i32::from(profile.profile.episode.max_days));
        why::leaves_on(a, max)
    });
    let kept_out_by = match ends {
        Some(_) => Vec::new(),
        None => obstacles(a, state, cooldown),
    };
    let would_change = match ends {
        Some(day) => leaving(a, day),
        None => entering(a, &kept_out_by),
    };
    ProductExplained {
        product: product.clone(),
        profile: profile.profile.profile.clone(),
        profile_version: profile.version.clone(),
        activation: a.activation.number,
        segment: a.variant.segment.clone(),
        stage: standing.map_or(Stage::Dormant, |p| p.stage),
        tier: a.tier,
        band: a.band,
        score: a.score,
        fits: a.fits(),
        ready: a.is_ready(),
        excluded: a.excluded.clone(),
        owner_only: a.owner_only,
        fit: why::fit(a),
        intent: why::intent(a),
        episode: episode.map(|episode| EpisodeExplained {
            episode_id: episode.id(a.facts.account, product),
            episode,
        }),
        cooldown,
        muted: standing.is_some_and(|p| p.muted),
        said: standing.map(said).unwrap_or_default(),
        leaves_on: ends,
        would_change,
        kept_out_by,
        missing: why::missing(a),
    }
}

fn said(p: &ProductState) -> Vec<String> {
    let muted = p
        .muted
        .then(|| "sales is in touch: alerts are muted until it leaves buying mode".to_owned());
    let cooling = p.cooldown.map(|Cooldown { since, until, explained }| match explained {
        Some(outcome) => {
            format!("sales said {outcome} on {}, with a reason: cooling until {until}", since.day())
        }
        None => format!(
            "cooling since {} until {until}: it left buying mode, or sales spoke and gave no reason",
            since.day()
        ),
    });
    muted.into_iter().chain(cooling).collect()
}

fn leaving(a: &Assessment<'_>, day: Day) -> Vec<String> {
    let mut lines = vec![format!(
        "leaves on {day} if nothing new comes: by then the score is below {}, or the episode is at \
         its longest",
        a.variant.exit
    )];
    if let Some(reason) = &a.excluded {
        lines.push(format!("leaves now: excluded, {reason}"));
    }
    lines.push(format!(
        "leaves at once when evidence worth {} points is retracted, when excluded, or by sales' word",
        a.score - a.variant.exit
    ));
    lines
}

/// The sentence for people, over all that keeps it out.
fn entering(a: &Assessment<'_>, kept_out_by: &[Obstacle]) -> Vec<String> {
    let mut lines: Vec<String> = kept_out_by.iter().map(ToString::to_string).collect();
    if lines.is_empty() {
        lines.push("all lines are passed: it enters with the next look".to_owned());
    }
    if a.owner_only {
        lines.push("were it to enter, only its owner would hear of it".to_owned());
    }
    lines
}

/// The member that told of it. What the account itself was told too is its own.
fn alias(state: &AccountState, id: SignalId) -> Option<AccountKey> {
    let own = &state.ledgers.as_ref()?.own;
    let tells = |m: &&Member| contains(&m.ledger.evidence, id);
    let member = || state.members().iter().find(tells).map(|m| m.account.clone());
    if contains(&own.evidence, id) { None } else { member() }
}

/// The newest first.
fn events(state: &AccountState) -> Vec<EventExplained> {
    let events = state.evidence.iter().rev().map(|evidence| EventExplained {
        what: why::what(evidence.event()),
        day: evidence.day(),
        reports: evidence
            .reports()
            .iter()
            .map(|report| ReportExplained {
                id: report.id,
                source: report.source.clone(),
                alias: alias(state, report.id),
                says: why::what(&report.event),
                day: report.occurred.day,
                first_seen: report.first_seen,
                confidence: report.confidence,
                planned: report.planned,
                baseline: report.baseline,
                corrected: report.corrected,
                observed_at: report.observed_at,
                url: report.url.clone(),
            })
            .collect(),
    });
    events.collect()
}
