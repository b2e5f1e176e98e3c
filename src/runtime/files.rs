//! How many files the process may have open: each connection is one, and so is each connection to
//! the log. Listeners take no more than a part, so that strangers never stop the work.

use rustix::process::{Resource, getrlimit, setrlimit};
use std::sync::LazyLock;

/// The limit, raised as far as the system allows without an administrator; `None` without a limit.
static LIMIT: LazyLock<Option<usize>> = LazyLock::new(|| {
    let mut limits = getrlimit(Resource::Nofile);
    if limits.current != limits.maximum {
        let raised = rustix::process::Rlimit { current: limits.maximum, ..limits };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limits = raised;
        }
    }
    limits.current.map(|files| usize::try_from(files).unwrap_or(usize::MAX))
});

/// The number of connections that a listener may have: those wanted, but at most one for as many
/// files as `files_each` says.
pub(super) fn share(wanted: usize, files_each: usize) -> usize {
    let most = LIMIT.map_or(usize::MAX, |files| (files / files_each).max(1));
    if wanted > most {
        tracing::warn!(
            "at most {most} connections instead of {wanted}: the process may open only {} files; raise \
             the limit (ulimit -n)",
            LIMIT.unwrap_or_default()
        );
    }
    wanted.min(most)
}
