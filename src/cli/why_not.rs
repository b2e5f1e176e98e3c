//! `buymode why-not ACCOUNT`: the nearest miss, from the log alone.

use super::explain::look_up;
use super::output::{line, prose};
use super::place::PlaceArgs;
use crate::console::Explained;
use crate::console::explain::ProductExplained;
use anyhow::bail;
use serde_json::{Value, json};
use std::process::ExitCode;

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
        line(&serde_json::to_string_pretty(&as_json(&explained))?)?;
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

fn as_json(e: &Explained) -> Value {
    let product = |p: &ProductExplained| {
        json!({
            "product": p.product,
            "profile": p.profile,
            "profile_version": p.profile_version,
            "activation": p.activation,
            "segment": p.segment,
            "in_buying_mode": p.episode.is_some(),
            "episode_id": p.episode.as_ref().map(|episode| episode.episode_id),
            "since": p.episode.as_ref().map(|episode| episode.episode.since),
            "leaves_on": p.leaves_on,
            "stage": p.stage,
            "tier": p.tier,
            "owner_only": p.owner_only,
            "kept_out_by": p.kept_out_by,
            "would_change": p.would_change,
        })
    };
    json!({
        "account": e.account,
        "on": e.on,
        "moved_to": e.moved_to,
        "products": e.products.iter().map(product).collect::<Vec<_>>(),
        "due": e.due,
    })
}
