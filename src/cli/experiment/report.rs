//! `buymode experiment report`: what the arms show so far.

use super::args::Args;
use super::{file, log};
use crate::cli::interrupt::ends_at_once;
use crate::evidence::experiment::judge::{Setup, Verdict, is_rate, judge};
use crate::evidence::experiment::page::of_report;
use crate::evidence::experiment::units::{Drawn, units};
use anyhow::ensure;
use std::process::ExitCode;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ends_at_once(|| "nothing was written".to_owned())?;
    let read = match &args.file {
        Some(path) => file::read(args, path, args.planned)?,
        None => log::read(args, args.planned)?,
    };
    ensure!(!read.drawn.is_empty(), "no account was drawn yet; look again once some have entered");
    let all = || read.drawn.iter().map(|drawn: &Drawn| &drawn.outcomes[..]);
    let sums: Vec<bool> = (0..read.setup.outcomes.len()).map(|at| !is_rate(all(), at)).collect();
    let (units, mut left_out) = units(&read.drawn, &sums);
    let sizes = sizes(&read.setup, read.drawn.iter().map(|drawn| drawn.arm));
    left_out.extend(read.left_out);
    let report = judge(&read.setup, &units, &sizes, left_out);
    args.files.write(&of_report(&report, &read.source), args.json.then_some(&report))?;
    let is_sound = report.verdict != Verdict::Mismatch;
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn sizes(setup: &Setup, arms: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut sizes = vec![0; setup.arms.len()];
    arms.for_each(|arm| sizes[arm] += 1);
    sizes
}
