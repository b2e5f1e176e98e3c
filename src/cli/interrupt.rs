//! Ctrl-C and SIGTERM: every long command ends within a second and says what was done and what was
//! not.

use super::output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The exit code of a command that was stopped, as shells give it to one that Ctrl-C ended.
pub(super) const STOPPED: u8 = 130;
/// A command that writes may end its transaction for so long; then the process ends anyway.
const GRACE: Duration = Duration::from_millis(800);

/// Calls `react` with the name of each signal that asks to stop and how many came before it, on a
/// thread of its own.
pub(super) fn on_signal(
    mut react: impl FnMut(&'static str, u32) + Send + 'static,
) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut term, mut int) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            for before in 0.. {
                let name = tokio::select! {
                    _ = term.recv() => "SIGTERM",
                    _ = int.recv() => "SIGINT",
                };
                react(name, before);
            }
        });
    })?;
    Ok(())
}

/// Calls `react` at each SIGHUP, on a thread of its own.
pub(super) fn on_hangup(react: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut hangup = {
        let _inside = runtime.enter();
        signal(SignalKind::hangup())?
    };
    std::thread::Builder::new().name("hangups".to_owned()).spawn(move || {
        while runtime.block_on(hangup.recv()).is_some() {
            react();
        }
    })?;
    Ok(())
}

/// For a command that only reads: it ends at the first signal, with what `said` returns then.
pub(super) fn ends_at_once(said: impl Fn() -> String + Send + 'static) -> anyhow::Result<()> {
    on_signal(move |_, _| exit(&said()))
}

/// For a command that writes: it asks [`Interrupt::is_asked`] between its transactions.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<State>);

struct State {
    asked: AtomicBool,
    ended: AtomicBool,
}

impl Interrupt {
    /// `said` says what is known to be done, where the command does not end by itself in time: at a
    /// second signal, or where a call of the log does not return.
    pub(super) fn new(said: impl Fn() -> String + Send + 'static) -> anyhow::Result<Interrupt> {
        let state =
            Arc::new(State { asked: AtomicBool::new(false), ended: AtomicBool::new(false) });
        let interrupt = Interrupt(state.clone());
        let said = Arc::new(std::sync::Mutex::new(said));
        on_signal(move |_, before| {
            state.asked.store(true, Ordering::Relaxed);
            let (state, said) = (state.clone(), said.clone());
            let wait = if before == 0 { GRACE } else { Duration::ZERO };
            std::thread::spawn(move || {
                std::thread::sleep(wait);
                if !state.ended.load(Ordering::Relaxed) {
                    let said = said.lock().map_or_else(|_| String::new(), |said| said());
                    exit(&said);
                }
            });
        })?;
        Ok(interrupt)
    }

    /// Whether the command should end after the transaction it is in.
    pub(super) fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// The command has ended by itself and says what was done.
    pub(super) fn ended(&self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

fn exit(said: &str) {
    // A bar may stand on the line.
    output::aside("");
    output::aside(&format!("buymode: stopped: {said}"));
    signal_hook::low_level::exit(i32::from(STOPPED));
}
