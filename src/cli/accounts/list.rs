//! `buymode accounts list`: where accounts stand, ranked, with the reasons; also as a file for ads.

use super::export;
use crate::admin::accounts::each;
use crate::analysis::standings::{Standing, Wanted, standings};
use crate::cli::answer;
use crate::cli::output::{self, line, page_columns};
use crate::cli::place::PlaceArgs;
use crate::domain::account::standing::Stage;
use crate::domain::terms::figures::counted;
use crate::domain::terms::term::Term;
use crate::report::layout::rows;
use crate::report::words::count;
use crate::runtime::worker::now_ms;
use anyhow::bail;
use std::process::ExitCode;

/// Characters of a reason on a page.
const REASON_MAX: usize = 90;

/// Lists accounts by where they stand, the first to call first, with their reasons: for a team, and as a
/// file for ads
///
/// Left out are companies that asked not to be contacted, competitors and other exclusions, and customers
/// and open opportunities, which their owner calls. `linkedin` is a company list for matched audiences;
/// `google` is a website a line, for a custom segment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode accounts list --tier 1,2 --top 50 --embedded ./data\n  \
    buymode accounts list --stage buying,warming --format linkedin --config deploy/buymode.yaml > list.csv")]
pub(super) struct Args {
    /// Only these tiers (1, 2, 3), with commas between
    #[arg(long, value_name = "N", value_delimiter = ',',
          value_parser = clap::value_parser!(u8).range(1..=3))]
    tier: Vec<u8>,
    /// Only these stages: buying, warming, cooling, dormant
    #[arg(long, value_name = "STAGE", value_delimiter = ',', default_value = "buying")]
    stage: Vec<Stage>,
    /// Only these territories, as the CRM names them
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = term)]
    territory: Vec<Term>,
    /// Only accounts of these owners, as the CRM names them
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = term)]
    owner: Vec<Term>,
    /// Only this product
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// How many, at most
    #[arg(long, value_name = "N", default_value_t = 200)]
    top: usize,
    /// Also customers and open opportunities
    #[arg(long)]
    with_customers: bool,
    /// How to write it [default: a page for people]
    #[arg(long, value_enum, conflicts_with = "json")]
    format: Option<Format>,
    /// Print JSON, one object; the same as --format json
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A row an account, with the reasons
    Csv,
    /// One object, with counts by territory and owner
    Json,
    /// A company list for LinkedIn's matched audiences
    Linkedin,
    /// A website a line, for a custom segment of Google Ads
    Google,
}

fn term(text: &str) -> Result<Term, String> {
    Term::parse(text).map_err(|error| error.to_string())
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let wanted = Wanted {
        product: args.product.as_deref().map(Into::into),
        tiers: args.tier.clone(),
        stages: args.stage.clone(),
        territories: args.territory.clone(),
        owners: args.owner.clone(),
        with_customers: args.with_customers,
    };
    let clock = place.clock()?;
    let mut found: Vec<Standing> = Vec::new();
    each(&place, &mut |world, account, state, time| {
        let now = clock.as_of(time, now_ms());
        found.extend(standings(world, account, state, now, &wanted));
    })?;
    if found.is_empty() && args.product.is_some() {
        let product = args.product.as_deref().unwrap_or_default();
        let known = crate::admin::profiles::published::latest(&place)?;
        if known.iter().all(|version| version.product() != product) {
            let names: Vec<&str> = known.iter().map(|version| version.product().as_str()).collect();
            bail!("unknown product {product:?}; there are {}", names.join(", "));
        }
    }
    found.sort_by_cached_key(Standing::rank);
    let all = found.len();
    found.truncate(args.top);
    match args.format.or(args.json.then_some(Format::Json)) {
        None => page(&found, all)?,
        Some(Format::Json) => {
            answer::line(&export::answer(&found, all))?;
        }
        Some(Format::Csv) => {
            output::whole(&export::csv(&found)?)?;
        }
        Some(Format::Linkedin) => {
            output::whole(&export::linkedin(&found)?)?;
        }
        Some(Format::Google) => {
            output::whole(&export::google(&found))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn page(found: &[Standing], all: usize) -> anyhow::Result<()> {
    if found.is_empty() {
        line("no account stands there")?;
        return Ok(());
    }
    let lines = found.iter().enumerate().map(|(at, one)| {
        let priority = one.priority.map(|p| p.to_string()).unwrap_or_default();
        let name = one.name.as_deref().unwrap_or(one.account.as_str()).to_owned();
        let tier = one.tier.number().map(|tier| format!("tier {tier}")).unwrap_or_default();
        ([(at + 1).to_string(), name, tier, priority], why(one))
    });
    output::whole(&format!("{}\n", rows(&lines.collect::<Vec<_>>(), page_columns())))?;
    line(&format!("\n{} of {}", found.len(), counted(all, "account")))?;
    for (title, counts) in [
        ("by territory", export::tally(found, |one| one.territory.as_deref())),
        ("by owner", export::tally(found, |one| one.owner.as_deref())),
    ] {
        let said: Vec<String> =
            counts.iter().map(|(name, n)| format!("{name} {}", count(*n))).collect();
        line(&format!("{title}: {}", said.join(", ")))?;
    }
    Ok(())
}

/// The strongest reason, and whose account it is.
fn why(one: &Standing) -> String {
    let reason = one.reasons.first().map(export::said).unwrap_or_default();
    let reason = shortened(&reason);
    let owner = one.owner.as_deref().map(|owner| format!("; owner {owner}")).unwrap_or_default();
    format!("{reason}{owner}")
}

/// A list is skimmed; the other formats have the whole text.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(REASON_MAX) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}
