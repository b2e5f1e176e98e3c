//! An account explained: its fit criterion by criterion, each contribution with its decay, every
//! report of each event, its stage for each product, and what is missing to enter or to leave.

use crate::analysis::miss::obstacles;
use crate::analysis::obstacle::Obstacle;
use crate::codec::{json, shape};
use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::decision::{FitExplained, IntentExplained};
use crate::domain::account::doubt::doubts;
use crate::domain::account::explain as why;
use crate::domain::account::input::LogPosition;
use crate::domain::account::kin::Kin;
use crate::domain::account::ledger::Member;
use crate::domain::account::lines;
use crate::domain::account::standing::{Cooldown, Episode, ProductState, Stage, Suppression};
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{stand, wake};
use crate::domain::account::world::World;
use crate::domain::evidence::company::Company;
use crate::domain::evidence::event::contains;
use crate::domain::evidence::facts::SURE_PERCENT;
use crate::domain::evidence::signal::{Event, SignalId, Technology};
use crate::domain::profile::Band;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::TechnologyAction;
use crate::domain::terms::figures::points;
use crate::domain::terms::spelling;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::{BasisPoints, MilliPoints};
use serde::Serialize;
use uuid::Uuid;

/// The state of an account on a day, explained.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Explained {
    pub account: AccountKey,
    /// The company's name.
    #[schemars(with = "Option<String>")]
    pub name: Option<Text>,
    /// The day of the evaluation, UTC.
    pub on: Day,
    /// The partition that it lies in.
    pub partition: i32,
    /// The offset of the last input that the account reflects.
    pub reflects_offset: i64,
    /// The most advanced stage over all products.
    pub stage: Stage,
    /// The account it was merged into; its records are there.
    pub moved_to: Option<AccountKey>,
    /// It was an alias until recently: its data is being returned, and no decisions are made yet.
    pub awaits_return: bool,
    /// The accounts that were merged into it.
    pub members: Vec<MemberExplained>,
    /// Where it stands with each product.
    pub products: Vec<ProductExplained>,
    /// What happened, the newest first.
    pub events: Vec<EventExplained>,
    /// The lists that it is on.
    pub suppressions: Vec<Suppression>,
    /// Its parent company, with the suppression lists of the parent, and its subsidiaries.
    pub kin: Kin,
    /// All that company records have said of it.
    pub company: Company,
    /// Decisions that are due because time passed; the next tick writes them.
    pub due: Vec<String>,
}

/// An account that is the same company: an alias of this one.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct MemberExplained {
    pub account: AccountKey,
    /// The account it is an alias of: this one, or a member that was merged together with it.
    pub alias_of: AccountKey,
    /// When it was merged.
    pub since: Timestamp,
    /// Number of reports that arrived under this alias.
    #[serde(rename = "report_count")]
    pub reports: usize,
}

/// The state of an account for one product.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ProductExplained {
    #[schemars(with = "String")]
    pub product: Text,
    #[schemars(with = "String")]
    pub profile: Text,
    #[schemars(with = "String")]
    pub profile_version: Text,
    /// Number of the last profile activation that the account has applied.
    pub activation: u64,
    #[schemars(with = "String")]
    pub segment: Text,
    pub stage: Stage,
    pub tier: Tier,
    /// How strong its intent is.
    pub band: Band,
    /// The score that enter and exit lines apply to: intent, or fit plus intent in an additive profile.
    #[serde(rename = "score_millipoints")]
    pub score: MilliPoints,
    /// The fit passes the gate.
    pub fits: bool,
    /// The score reaches the enter line, and every required kind of signal is there.
    pub ready: bool,
    /// Why it is excluded whatever its score; null: it is not.
    #[schemars(with = "Option<String>")]
    pub excluded: Option<Text>,
    /// A customer or open opportunity: only its owner is informed.
    pub owner_only: bool,
    /// Criterion by criterion.
    #[serde(serialize_with = "json::fit")]
    #[schemars(schema_with = "shape::fit")]
    pub fit: FitExplained,
    /// Contribution by contribution.
    #[serde(serialize_with = "json::intent")]
    #[schemars(schema_with = "shape::intent")]
    pub intent: IntentExplained,
    /// The open episode; null: none is open.
    pub episode: Option<EpisodeExplained>,
    /// After an episode, until it may enter again.
    pub cooldown: Option<Cooldown>,
    /// Sales is in touch.
    pub muted: bool,
    /// Effects of sales outcomes and of the last exit. The text of a reason is not kept, only that
    /// there was one.
    pub said: Vec<String>,
    /// The first day on which the account leaves if no new evidence arrives.
    pub leaves_on: Option<Day>,
    /// The conditions that are missing to enter, or that would make it leave.
    pub would_change: Vec<String>,
    /// What keeps it out of buying mode, the hardest to change first; empty while it is in.
    pub kept_out_by: Vec<Obstacle>,
    /// What the profile asks of a company and no source has said.
    #[schemars(with = "Vec<String>")]
    pub missing: Vec<Text>,
}

/// The open episode.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct EpisodeExplained {
    /// The id of the entry that opened it, as decisions name it.
    pub episode_id: Uuid,
    #[serde(flatten)]
    pub episode: Episode,
}

/// One event with all its reports.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct EventExplained {
    /// What happened, for people.
    pub what: String,
    /// The day its age counts from; `None` while it is planned, and once it is rescinded.
    pub day: Option<Day>,
    /// A later notice of the same source took it back: it counts for nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rescinded: bool,
    /// Who reported it.
    pub reports: Vec<ReportExplained>,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ReportExplained {
    /// The signal's id.
    pub id: SignalId,
    /// Who reported it.
    #[schemars(with = "String")]
    pub source: Text,
    /// The alias that it arrived under, if any.
    pub alias: Option<AccountKey>,
    /// What it says, for people.
    pub says: String,
    /// The day that it names.
    pub day: Day,
    /// When it was first seen here or, in a history, by its source.
    pub first_seen: Timestamp,
    /// How sure the source is, from 0 to 1.
    #[serde(serialize_with = "json::confidence")]
    #[schemars(schema_with = "shape::confidence")]
    pub confidence: BasisPoints,
    /// Announced for later: no fact yet.
    pub planned: bool,
    /// Part of a vendor's first dump.
    pub baseline: bool,
    /// The source corrected it; this is the version in force.
    pub corrected: bool,
    /// When the source observed it, or last changed it.
    pub observed_at: Timestamp,
    /// A page about it.
    #[schemars(with = "Option<String>")]
    pub url: Option<Text>,
}

/// The account's state at `now`. Midnights and broadcasts that it has not processed yet are processed
/// on a copy.
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
    // Process every broadcast.
    let offset = state.offset.max(world.last_offset());
    let at = LogPosition { partition, offset, time: now };
    let due = wake(world, account, &mut state, at).decisions;
    let today = now.day();
    let stands = stand(world, account, &state, today);
    let name = stands.first().and_then(|a| a.facts.name());
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
        None => obstacles(a, state, standing),
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
        intent: lines::intent(a),
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
    let muted = p.muted.then(|| match p.muted_until {
        None => "sales is in touch: alerts are muted until it leaves buying mode".to_owned(),
        Some(until) => format!("sales comes back to it: alerts are muted until {until}"),
    });
    let cooling = p.cooldown.map(|Cooldown { since, until, explained }| match explained {
        Some(outcome) => {
            format!(
                "sales outcome {outcome} on {}, with a reason: in cooldown until {until}",
                since.day()
            )
        }
        None => format!(
            "in cooldown from {} until {until}: it left buying mode, or a sales outcome came without a \
             reason",
            since.day()
        ),
    });
    let drawn = p.drawn.as_ref().map(|drawn| {
        format!(
            "the arm of the experiment was drawn on {}, by the hash of {}",
            drawn.since.day(),
            drawn.by
        )
    });
    muted.into_iter().chain(cooling).chain(drawn).collect()
}

fn leaving(a: &Assessment<'_>, day: Day) -> Vec<String> {
    let mut lines = vec![format!(
        "leaves on {day} if no new evidence arrives: on that day the score is below {}, or the episode \
         reaches its maximum length",
        a.variant.exit
    )];
    if let Some(reason) = &a.excluded {
        lines.push(format!("leaves now: excluded, {reason}"));
    }
    lines.push(format!(
        "leaves at once when evidence worth {} is retracted, when the account is excluded, or on a \
         sales outcome",
        points(a.score - a.variant.exit)
    ));
    lines.extend(doubts(a));
    lines
}

/// One sentence for each obstacle.
fn entering(a: &Assessment<'_>, kept_out_by: &[Obstacle]) -> Vec<String> {
    let mut lines: Vec<String> = kept_out_by.iter().map(ToString::to_string).collect();
    if lines.is_empty() {
        lines.push("all conditions hold: it will enter at the next evaluation".to_owned());
    }
    if a.owner_only {
        lines.push("if it enters, only its owner is informed".to_owned());
    }
    lines
}

/// The member that a report came from; `None` if the account received it under its own key too.
fn alias(state: &AccountState, id: SignalId) -> Option<AccountKey> {
    let own = &state.ledgers.as_ref()?.own;
    let has_report = |m: &&Member| contains(&m.ledger.evidence, id);
    let member = || state.members().iter().find(has_report).map(|m| m.account.clone());
    if contains(&own.evidence, id) { None } else { member() }
}

/// What a report says; of a tool that is not surely in use, that it is mentioned.
fn what(event: &Event, confidence: BasisPoints) -> String {
    match event {
        Event::Technology(Technology { tool, action: TechnologyAction::InUse, .. })
            if confidence.get() < i64::from(SURE_PERCENT) * 100 =>
        {
            format!("mentions {}", spelling::tool(tool))
        }
        event => why::what(event),
    }
}

/// The newest first.
fn events(state: &AccountState) -> Vec<EventExplained> {
    let events = state.evidence.iter().rev().map(|evidence| EventExplained {
        what: what(evidence.event(), evidence.confidence()),
        day: evidence.day(),
        rescinded: evidence.is_rescinded(),
        reports: evidence
            .reports()
            .iter()
            .map(|report| ReportExplained {
                id: report.id,
                source: report.source.clone(),
                alias: alias(state, report.id),
                says: what(&report.event, report.confidence),
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
    let mut events: Vec<EventExplained> = events.collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.day));
    events
}
