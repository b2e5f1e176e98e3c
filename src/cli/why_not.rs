//! `buymode why-not ACCOUNT`: the nearest miss, from the log alone.

use super::answer;
use super::explain::look_up;
use super::output::prose;
use super::place::PlaceArgs;
use crate::analysis::obstacle::Obstacle;
use crate::console::Explained;
use crate::console::explain::ProductExplained;
use crate::domain::account::standing::Stage;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;
use uuid::Uuid;

/// Explains why an account is not in buying mode: what keeps it out, by how much, and what would
/// bring it in
///
/// Exits with 0 also when the account is in buying mode, and says so; with 1 when the log does not
/// know the account.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode why-not acme.com --config deploy/buymode.yaml\n  \
    buymode why-not acme.com --product crm --embedded ./data --json")]
pub(super) struct Args {
    /// The account's domain, website or typed key (`crunchbase:acme`), or the company's name
    account: String,
    /// Only for this product
    #[arg(long)]
    product: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut explained = look_up(&args.account, &args.place)?;
    if let Some(product) = &args.product {
        explained.products.retain(|p| p.product == product);
        if explained.products.is_empty() {
            bail!("no profile of {product:?} is active where {} lies", explained.account);
        }
    }
    if args.json {
        answer::lines(&Answer::of(&explained))?;
        return Ok(ExitCode::SUCCESS);
    }
    for text in told(&explained) {
        prose(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn told(e: &Explained) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(other) = &e.moved_to {
        lines.push(format!("{} was merged into {other}; use `buymode why-not {other}`", e.account));
    }
    if e.products.is_empty() {
        lines.push("no profile is active; publish one with `buymode icp publish FILE`".to_owned());
    }
    for product in &e.products {
        lines.push(headline(e, product));
        let reasons = &product.would_change;
        lines.extend(reasons.iter().map(|reason| format!("- {reason}")));
    }
    lines.extend(e.due.iter().map(|due| format!("due with the next tick: {due}")));
    lines
}

fn headline(e: &Explained, p: &ProductExplained) -> String {
    let who = format!("{} on {}, {}", e.account, e.on, p.product);
    let Some(episode) = &p.episode else {
        let what = match p.kept_out_by.len() {
            0 => "is not in buying mode yet".to_owned(),
            1 => "is not in buying mode, for one reason".to_owned(),
            n => format!("is not in buying mode, for {n} reasons, of which all must go"),
        };
        return format!("{who} ({}, {}): {what}", p.stage, p.tier);
    };
    format!("{who} ({}): is in buying mode since {}", p.tier, episode.episode.since.day())
}

/// Where an account stands, and why not in buying mode.
#[derive(Serialize, JsonSchema)]
pub(super) struct Answer<'a> {
    account: &'a AccountKey,
    /// The day of the evaluation, UTC.
    on: Day,
    /// The account it was merged into; ask for that one.
    moved_to: Option<&'a AccountKey>,
    /// Where it stands with each product.
    products: Vec<Product<'a>>,
    /// Decisions that are due because time passed; the next tick writes them.
    due: &'a [String],
}

/// Where it stands with one product.
#[derive(Serialize, JsonSchema)]
struct Product<'a> {
    product: &'a str,
    /// The profile's name.
    profile: &'a str,
    profile_version: &'a str,
    /// The number of the profile's activation.
    activation: u64,
    /// The segment of the profile that it is judged by; `primary`, where none is its own.
    segment: &'a str,
    /// An episode is open.
    in_buying_mode: bool,
    /// Of the open episode: the id of the decision that opened it; null: none is open.
    episode_id: Option<Uuid>,
    /// When the open episode began; null: none is open.
    since: Option<Timestamp>,
    /// The first day on which it leaves if nothing new comes.
    leaves_on: Option<Day>,
    stage: Stage,
    tier: Tier,
    /// A customer or open opportunity: only its owner is informed.
    owner_only: bool,
    /// What keeps it out, the hardest to change first; empty while it is in.
    kept_out_by: &'a [Obstacle],
    /// The same for people, or what would make it leave.
    would_change: &'a [String],
}

impl Answer<'_> {
    fn of(e: &Explained) -> Answer<'_> {
        Answer {
            account: &e.account,
            on: e.on,
            moved_to: e.moved_to.as_ref(),
            products: e.products.iter().map(Product::of).collect(),
            due: &e.due,
        }
    }
}

impl Product<'_> {
    fn of(p: &ProductExplained) -> Product<'_> {
        Product {
            product: &p.product,
            profile: &p.profile,
            profile_version: &p.profile_version,
            activation: p.activation,
            segment: &p.segment,
            in_buying_mode: p.episode.is_some(),
            episode_id: p.episode.as_ref().map(|episode| episode.episode_id),
            since: p.episode.as_ref().map(|episode| episode.episode.since),
            leaves_on: p.leaves_on,
            stage: p.stage,
            tier: p.tier,
            owner_only: p.owner_only,
            kept_out_by: &p.kept_out_by,
            would_change: &p.would_change,
        }
    }
}
