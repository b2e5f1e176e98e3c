//! The accounts of an experiment from a log.

use super::args::{Args, Read};
use crate::admin::history;
use crate::admin::profiles::published;
use crate::evidence::experiment::drawn::{Log, began, drawn};
use crate::evidence::experiment::judge::Setup;
use crate::evidence::history::Rule;
use anyhow::{Context, bail};

pub(super) fn read(args: &Args, planned: u64) -> anyhow::Result<Read> {
    let place = args.place.open().context(
        "the accounts come from a file (FILE --arm COLUMN …) or from a log (--config FILE)",
    )?;
    let rules = args.outcome.iter().map(|text| text.parse::<Rule>().map_err(anyhow::Error::msg));
    let mut rules: Vec<Rule> = rules.collect::<anyhow::Result<_>>()?;
    if rules.is_empty() {
        rules.push(Rule::default());
    }
    let all = published::all(&place)?;
    let latest = published::latest_of(all.clone());
    let version = match (&args.product, &latest[..]) {
        (_, []) => bail!("nothing was published to this log; publish a profile with an experiment"),
        (None, [only]) => only,
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|version| &**version.product()).collect();
            bail!("--product is missing: name one of {}", names.join(", "))
        }
        (Some(product), some) => {
            some.iter().find(|version| **version.product() == **product).with_context(|| {
                format!("unknown product {product:?}; `buymode icp history` lists them")
            })?
        }
    };
    let profile = &version.activation.profile;
    let experiment = profile.profile.experiment;
    if experiment.hold_out_percent == 0 {
        bail!(
            "profile {} holds no accounts back; set experiment.hold_out_percent and publish it",
            profile.profile.profile
        );
    }
    let mut versions: Vec<_> = all.iter().filter(|v| v.product() == version.product()).collect();
    versions.sort_by_key(|version| version.activation.number);
    let numbered = versions.iter().map(|v| (v.activation.number, &*v.activation.profile));
    let since = began(numbered).unwrap_or_default();
    let (entries, families) =
        (history::entries(&place, version.product())?, history::families(&place)?);
    let reports = history::reports(&place, version.product())?;
    let upto = reports.upto.day();
    let draws = history::draws(&place, version.product())?;
    let log =
        Log { entries: &entries, told: &reports.told, families: &families, draws: &draws, upto };
    let (drawn, left_out) = drawn(&log, profile, since, &rules);
    let held = f64::from(experiment.hold_out_percent) / 100.0;
    let setup = Setup {
        arms: vec!["hold-out".to_owned(), "treatment".to_owned()],
        shares: Some(vec![held, 1.0 - held]),
        outcomes: rules.iter().map(Rule::to_string).collect(),
        planned,
        before: Some("fit at the entry".to_owned()),
        unit: "a company family",
    };
    let source = format!(
        "the log's entries for {} since activation {since}, outcomes until {upto}",
        version.product()
    );
    Ok(Read { setup, drawn, left_out, source })
}
