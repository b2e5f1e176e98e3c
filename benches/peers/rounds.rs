//! Every contender once a round, each in turn the first.

use crate::bare_loop;
use crate::contenders::{Contender, Start};
use crate::decisions::Decided;
use crate::jvm::Java;
use crate::options::{Options, say};
use crate::report::Report;
use crate::topics::Ground;
use crate::watch::{Group, Measured};

pub(crate) fn run(
    ground: &Ground,
    java: &Java,
    options: &Options,
    report: &mut Report,
) -> anyhow::Result<()> {
    let wanted: Vec<(&str, Contender)> =
        Contender::ALL.iter().copied().filter(|(name, _)| options.wants(name)).collect();
    for round in 0..options.rounds {
        let mut order = wanted.clone();
        let first = round % order.len().max(1);
        // The first round is in order: what buymode writes in it is what the bare loop writes again.
        order.rotate_left(first);
        for (name, contender) in order {
            let measured = one(ground, java, report, name, contender, round)?;
            say(&format!(
                "round {}, {}: {:.0} records/s, {:.1} CPU seconds a million",
                round + 1,
                contender.title(),
                measured.records_per_s,
                measured.cpu_s
            ));
            report.add(name, contender, round, measured);
        }
    }
    let _ = std::fs::remove_file(bare_loop::written_file(java.folder()));
    Ok(())
}

fn one(
    ground: &Ground,
    java: &Java,
    report: &mut Report,
    name: &str,
    contender: Contender,
    round: usize,
) -> anyhow::Result<Measured> {
    let own = format!("{name}-{}", round + 1);
    if contender == (Contender::Bare { fixed: false }) {
        ready_to_repeat(ground, java, report)?;
    }
    let outputs = match contender {
        Contender::Buymode { .. } => ground.own_outputs()?,
        _ => ground.outputs(&own)?,
    };
    let start = Start {
        ground,
        java,
        name: &own,
        outputs: &outputs,
        inputs: &ground.topics.inputs,
        at_once: false,
    };
    let mut process = start.start(contender)?;
    let group = Group {
        store: &ground.store,
        bootstrap: &ground.bootstrap,
        name: &start.group(contender),
        topic: &ground.topics.inputs,
        records: ground.inputs,
    };
    let measured = group.watch(&mut process, contender.title())?;
    process.stop()?;
    if contender.decides() {
        report.decided(contender, Decided::read(&ground.store, &outputs)?);
    }
    let file = bare_loop::written_file(java.folder());
    if contender == (Contender::Buymode { workers: 1 }) && report.wrote.is_none() {
        report.wrote = Some(bare_loop::save(&ground.store, &outputs, &file)?);
    }
    ground.forget(&own)?;
    let _ = std::fs::remove_dir_all(java.folder().join(&own).join("states"));
    let _ = std::fs::remove_dir_all(java.folder().join(&own).join("checkpoints"));
    Ok(measured)
}

/// The bare loop of today's bytes needs a run of buymode before it: one that is not counted, where
/// none was asked for.
fn ready_to_repeat(ground: &Ground, java: &Java, report: &mut Report) -> anyhow::Result<()> {
    if report.wrote.is_none() {
        one(ground, java, report, "before", Contender::Buymode { workers: 1 }, 0)?;
    }
    Ok(())
}
