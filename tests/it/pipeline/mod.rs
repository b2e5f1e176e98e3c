//! The pipeline on a real log, end to end in one process: inputs in, decisions out, exactly once,
//! and the audit as the oracle.

mod bench_world;
mod diff;
mod embedded;
mod stalled;

pub(crate) use bench_world::*;
