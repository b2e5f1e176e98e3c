//! Running until a signal: what the services and the demo have in common.

use super::ending;
use super::interrupt::{on_hangup, on_signal};
use crate::config::Config;
use crate::runtime::exit::Exit;
use crate::telemetry::{self, Telemetry};
use anyhow::{anyhow, bail};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// An orderly stop takes no longer.
const STOP_MAX: Duration = Duration::from_secs(5);
/// How long what has ended may take to close its files and connections.
const CLOSE_MAX: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Why a service stops without a signal.
pub(super) enum Waited {
    /// A part of it has ended for good.
    Ended,
    /// It has done what it was started for; the name of the flag that says so.
    Enough(&'static str),
}

/// Waits for a signal, or until `waited` gives a reason to stop. `None`: a part of the service has
/// ended for good.
pub(super) fn wait(
    signals: &Receiver<&'static str>,
    telemetry: &Telemetry,
    waited: impl Fn() -> Option<Waited>,
) -> Option<&'static str> {
    let reason = loop {
        match signals.recv_timeout(LOOK_EVERY) {
            Ok(signal) => break Some(signal),
            Err(RecvTimeoutError::Timeout) => match waited() {
                Some(Waited::Enough(flag)) => break Some(flag),
                Some(Waited::Ended) => break None,
                None => {}
            },
            Err(RecvTimeoutError::Disconnected) => break None,
        }
    };
    if let Some(reason) = reason {
        telemetry.stopping(reason);
    }
    reason
}

/// Stops the service with `join`, which gives its result and what is to be closed after it. A client
/// that waits for a broker without an answer is not waited for longer than [`STOP_MAX`].
pub(super) fn stop<Rest>(
    telemetry: &Telemetry,
    signal: Option<&'static str>,
    join: impl FnOnce() -> (Result<(), Exit>, Rest) + Send + 'static,
) -> anyhow::Result<ExitCode> {
    let until = Instant::now() + STOP_MAX;
    let left = || until.saturating_duration_since(Instant::now());
    let (done, joined) = channel();
    std::thread::spawn(move || {
        let (ended, rest) = join();
        let sent = done.send(ended);
        drop((rest, sent, done));
    });
    let ended = joined.recv_timeout(left());
    if ended.is_ok() {
        // Nothing more is sent: that the channel closes says that all is closed.
        let _ = joined.recv_timeout(left().min(CLOSE_MAX));
    }
    match (ended, signal) {
        (Ok(Ok(())), Some(_)) => {
            telemetry.stopped();
            Ok(ExitCode::SUCCESS)
        }
        (Ok(Ok(())), None) => bail!("a part of the service ended by itself"),
        (Ok(Err(exit)), _) => Err(ending::of(exit)),
        (Err(_), _) => bail!(
            "a worker did not stop within {} s; the log aborts its open transaction",
            STOP_MAX.as_secs()
        ),
    }
}

/// SIGTERM and SIGINT, by name. A second one ends the process at once, with 1. SIGHUP reads `settings` again for
/// what is logged; it stops a service whose terminal was closed.
pub(super) fn signals(
    settings: impl Fn() -> anyhow::Result<Config> + Send + 'static,
) -> anyhow::Result<Receiver<&'static str>> {
    let (tell, signals) = channel();
    let hung_up = tell.clone();
    let had_terminal = std::io::stderr().is_terminal();
    on_hangup(move || {
        if had_terminal && !std::io::stderr().is_terminal() {
            // There is no receiver any more: the process is stopping already.
            let _ = hung_up.send("SIGHUP");
            return;
        }
        let shown = settings()
            .and_then(|config| telemetry::show(&config.logging.filter).map_err(|why| anyhow!(why)));
        match shown {
            Ok(shown) => tracing::info!("read the settings' log section again: {shown}"),
            Err(error) => tracing::warn!("logging stays as it is: {error:#}"),
        }
    })?;
    on_signal(move |name, before| {
        if tell.send(name).is_err() || before > 0 {
            signal_hook::low_level::exit(1);
        }
    })?;
    Ok(signals)
}
