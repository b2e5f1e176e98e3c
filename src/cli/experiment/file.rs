//! The accounts of an experiment from a file: a row an account.

use super::args::{Args, Read};
use crate::cli::crm::read::tables;
use crate::evidence::experiment::judge::Setup;
use crate::evidence::experiment::units::{Drawn, LeftOut};
use crate::evidence::table::{Column, Table, numbers};
use crate::mapping::rows::Reading;
use anyhow::{Context, bail, ensure};
use std::path::Path;

/// More arms are a mistake in the column.
const ARMS_MAX: usize = 10;
const YES: &[&str] = &["yes", "y", "true", "t", "won"];
const NO: &[&str] = &["no", "n", "false", "f", "lost"];

pub(super) fn read(args: &Args, path: &Path, planned: u64) -> anyhow::Result<Read> {
    let table = match &tables(&[path.to_owned()], &Reading::default())?[..] {
        [table] => table.clone(),
        _ => bail!("{}: several tables; give one with a row an account", path.display()),
    };
    if let Some((row, why)) = table.unreadable.first() {
        bail!("{}: row {row} cannot be read: {why}; correct it first", table.name);
    }
    let named = |flag: &str, name: &Option<String>| {
        let name = name.as_ref().with_context(|| format!("--{flag} is missing: name a column"))?;
        column(&table, name)
    };
    let arm = named("arm", &args.arm)?;
    ensure!(!args.outcome.is_empty(), "--outcome is missing: name a column");
    let outcomes = args.outcome.iter().map(|name| outcome(&table, name));
    let outcomes: Vec<Vec<Option<f64>>> = outcomes.collect::<anyhow::Result<_>>()?;
    let before = args.before.as_ref().map(|name| before(&table, name)).transpose()?;
    let family = args.family.as_ref().map(|name| column(&table, name)).transpose()?;
    let arms = arms(arm, args.control.as_deref())?;
    let mut drawn = Vec::with_capacity(table.rows);
    for row in 0..table.rows {
        let Some(label) = arm.get(row) else { continue };
        let own = || format!("row {row}");
        let family = family.and_then(|column| column.get(row)).map_or_else(own, str::to_owned);
        drawn.push(Drawn {
            draw: family.clone(),
            family,
            arm: arms.iter().position(|arm| arm == label).unwrap_or_default(),
            outcomes: outcomes.iter().map(|values| values[row]).collect(),
            before: before.as_ref().and_then(|values| values[row]),
        });
    }
    let without = (table.rows - drawn.len()) as u64;
    let why = format!("no arm in {:?}", arm.name);
    let left_out = (without > 0).then_some(LeftOut { why, account_count: without });
    let shares = if args.not_drawn { None } else { Some(shares(&arms, &args.share)?) };
    let setup = Setup {
        arms,
        shares,
        outcomes: args.outcome.clone(),
        planned,
        before: args.before.clone(),
        unit: if family.is_some() { "a company family" } else { "a row of the file" },
    };
    Ok(Read { setup, drawn, left_out: left_out.into_iter().collect(), source: table.name.clone() })
}

fn column<'t>(table: &'t Table, name: &str) -> anyhow::Result<&'t Column> {
    table.column(name).with_context(|| {
        let all: Vec<String> = table.columns.iter().map(|c| format!("{:?}", c.name)).collect();
        format!("unknown column {name:?}; the file has {}", all.join(", "))
    })
}

/// The arms, the control first.
fn arms(column: &Column, control: Option<&str>) -> anyhow::Result<Vec<String>> {
    let mut arms: Vec<String> = column.texts().map(|(_, text)| text.to_owned()).collect();
    let shown =
        arms.iter().take(ARMS_MAX).map(|arm| format!("{arm:?}")).collect::<Vec<_>>().join(", ");
    ensure!(
        (2..=ARMS_MAX).contains(&arms.len()),
        "invalid column {:?}: {} labels ({shown}); use a column with 2 to {ARMS_MAX} arms",
        column.name,
        arms.len()
    );
    let control = control.with_context(|| format!("--control is missing: name one of {shown}"))?;
    let at = arms.iter().position(|arm| arm == control);
    let at = at.with_context(|| format!("unknown arm {control:?}; the column has {shown}"))?;
    arms[..=at].rotate_right(1);
    Ok(arms)
}

fn shares(arms: &[String], given: &[(String, f64)]) -> anyhow::Result<Vec<f64>> {
    if given.is_empty() {
        return Ok(vec![1.0 / arms.len() as f64; arms.len()]);
    }
    let of = |arm: &String| {
        let found = given.iter().find(|(label, _)| label == arm);
        found.map(|(_, share)| *share).with_context(|| format!("--share of {arm:?} is missing"))
    };
    let shares: Vec<f64> = arms.iter().map(of).collect::<anyhow::Result<_>>()?;
    if let Some((label, _)) = given.iter().find(|(label, _)| !arms.contains(label)) {
        bail!("unknown arm {label:?} in --share; the column does not have it");
    }
    let sum: f64 = shares.iter().sum();
    ensure!((sum - 1.0).abs() < 1e-6, "invalid --share: together {:.1} %; use 100 %", 100.0 * sum);
    Ok(shares)
}

/// 1 and 0 of a column of yes and no, or its numbers.
fn outcome(table: &Table, name: &str) -> anyhow::Result<Vec<Option<f64>>> {
    let column = column(table, name)?;
    let said = |text: &str| {
        let text = text.to_lowercase();
        let yes = YES.contains(&text.as_str()).then_some(1.0);
        yes.or_else(|| NO.contains(&text.as_str()).then_some(0.0))
    };
    if column.texts().all(|(_, text)| said(text).is_some()) {
        return Ok((0..table.rows).map(|row| column.get(row).and_then(said)).collect());
    }
    values(column)
}

fn before(table: &Table, name: &str) -> anyhow::Result<Vec<Option<f64>>> {
    values(column(table, name)?)
}

fn values(column: &Column) -> anyhow::Result<Vec<Option<f64>>> {
    let read = numbers::read(column).filter(|read| read.unreadable.is_empty());
    let wrong = column.texts().find(|(_, text)| numbers::number(text).is_none());
    let wrong =
        wrong.map_or_else(|| "it is empty".to_owned(), |(_, text)| format!("it holds {text:?}"));
    let read = read.with_context(|| {
        format!("invalid column {:?}: {wrong}; use yes and no, 1 and 0, or numbers", column.name)
    })?;
    Ok(read.values)
}
