//! Ends that have an exit code of their own, and the watchdog's end of a process that stands still.

use super::output;
use super::run::startup::Missing;
use crate::codec::RegistryError;
use crate::config::Restart;
use crate::log::LogError;
use crate::log::calls::Stuck;
use crate::log::notice;
use crate::log::scan::ScanError;
use crate::log::transact::{BackOff, Failure};
use crate::runtime::exit::Exit;
use crate::runtime::watchdog;
use crate::telemetry::Logging;
use anyhow::anyhow;
use std::cell::Cell;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{SystemTime, UNIX_EPOCH};

/// The exit code where a call of the log's client stood still: try again.
pub(super) const STALLED: u8 = 75;
/// The exit code where another process has the instance's name: change the settings first.
pub(super) const NAME_TAKEN: u8 = 78;

/// How often a process starts itself anew within [`ANEW_WITHIN_S`] at most.
const ANEW_MAX: u32 = 5;
const ANEW_WITHIN_S: u64 = 3_600;
/// How often the process started itself anew, and when that began in seconds since 1970.
const ANEW: &str = "BUYMODE_STARTED_ANEW";

/// Whether the process, once it stands still, starts itself anew.
static STARTS_ANEW: AtomicBool = AtomicBool::new(false);

/// A failure with an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(super) struct Ended {
    pub code: u8,
    why: String,
}

/// What a part of a service ended with, as the process's error.
pub(super) fn of(exit: Exit) -> anyhow::Error {
    let why = exit.to_string();
    match exit {
        Exit::NameTaken(_) => Ended { code: NAME_TAKEN, why }.into(),
        _ => anyhow::Error::msg(why),
    }
}

/// Has the process watched from here on, and commands say what they wait for.
pub(super) fn watch() {
    notice::by(|sentence| output::aside(&format!("buymode: {sentence}")));
    // Without the thread it runs as well, unwatched.
    if let Err(error) = watchdog::start(ended_by) {
        output::aside(&format!("buymode: cannot start the watchdog's thread: {error}"));
    }
}

/// For a service: what is done once it stands still. A command only ends.
pub(super) fn restarts(setting: Restart) {
    STARTS_ANEW.store(starts_anew(setting, &Surroundings::here()), Ordering::Relaxed);
}

/// Without waiting for anything: the thread that stands still, its client, exit handlers.
fn ended_by(stuck: &Stuck) {
    let mut why = format!("{stuck} (kafka.call_limit_ms)");
    if STARTS_ANEW.load(Ordering::Relaxed) {
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        match anew(std::env::var_os(ANEW), now_s) {
            Some((times, mark)) => {
                say(&format!(
                    "{why}; starting anew, {times} of at most {ANEW_MAX} times in an hour"
                ));
                why = format!("cannot start anew: {}", exec(&mark));
            }
            None => why += &format!("; started anew {ANEW_MAX} times in an hour, not once more"),
        }
    }
    say(&format!("{why}; ends with exit code {STALLED}"));
    signal_hook::low_level::exit(i32::from(STALLED));
}

fn say(sentence: &str) {
    match tracing::dispatcher::has_been_set() {
        true => tracing::error!("{sentence}"),
        false => output::aside(&format!("buymode: {sentence}")),
    }
}

/// The same program with the same arguments in place of this process. Returns only where that fails.
fn exec(mark: &str) -> std::io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    Command::new(program).args(std::env::args_os().skip(1)).env(ANEW, mark).exec()
}

/// Which start anew this would be, and the mark for the process to come. `None`: too many.
fn anew(mark: Option<OsString>, now_s: u64) -> Option<(u32, String)> {
    let mark = mark.and_then(|mark| mark.into_string().ok()).unwrap_or_default();
    let before = mark
        .split_once(' ')
        .and_then(|(times, since)| Some((times.parse::<u32>().ok()?, since.parse::<u64>().ok()?)));
    let recent = before.filter(|(_, since)| now_s.saturating_sub(*since) < ANEW_WITHIN_S);
    let (times, since) = recent.map_or((1, now_s), |(times, since)| (times + 1, since));
    (times <= ANEW_MAX).then(|| (times, format!("{times} {since}")))
}

/// Whether this process started itself anew after it stood still.
pub(super) fn is_anew() -> bool {
    std::env::var_os(ANEW).is_some()
}

/// How a service starts. The first time a log or a registry that cannot be reached ends it within
/// seconds. A process that has started itself anew waits for them, as it did while it ran.
pub(super) struct Start<'a> {
    is_anew: bool,
    signals: &'a Receiver<&'static str>,
    logging: Cell<Option<Logging>>,
}

impl<'a> Start<'a> {
    pub(super) fn of(
        signals: &'a Receiver<&'static str>,
        logging: Logging,
    ) -> anyhow::Result<Start<'a>> {
        let start = Start { is_anew: is_anew(), signals, logging: Cell::new(Some(logging)) };
        if start.is_anew {
            start.succeeded()?;
        }
        Ok(start)
    }

    /// Log lines from here on.
    pub(super) fn succeeded(&self) -> anyhow::Result<()> {
        self.logging.take().map_or(Ok(()), |logging| logging.start().map_err(|why| anyhow!(why)))
    }

    /// What `open` gives; tried again where that may help.
    pub(super) fn attempt<T>(
        &self,
        mut open: impl FnMut() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut pauses = BackOff::default();
        loop {
            let error = match open() {
                Err(error) if self.is_anew && may_pass(&error) => error,
                other => return other,
            };
            tracing::warn!("cannot start anew yet; trying again: {error:#}");
            if let Ok(signal) = self.signals.recv_timeout(pauses.next_pause()) {
                let why = format!("stopped by {signal} while waiting for the log");
                return Err(Ended { code: 0, why }.into());
            }
        }
    }
}

/// Whether the error is of the log or the registry, which a process that ran before has reached.
fn may_pass(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<LogError>()
            || cause.is::<ScanError>()
            || cause.is::<Failure>()
            || cause.is::<Missing>()
            || matches!(cause.downcast_ref(), Some(RegistryError::Away(_)))
    })
}

/// What shows whether something else starts the process again.
struct Surroundings {
    terminal: bool,
    first_process: bool,
    container: bool,
    supervised: bool,
}

impl Surroundings {
    fn here() -> Surroundings {
        // Set by systemd, Kubernetes and supervisord.
        let marks = ["INVOCATION_ID", "KUBERNETES_SERVICE_HOST", "SUPERVISOR_ENABLED"];
        Surroundings {
            terminal: std::io::stdin().is_terminal() || std::io::stderr().is_terminal(),
            first_process: std::process::id() == 1,
            container: ["/.dockerenv", "/run/.containerenv"].iter().any(|f| Path::new(f).exists()),
            supervised: marks.iter().any(|mark| std::env::var_os(mark).is_some()),
        }
    }
}

fn starts_anew(setting: Restart, here: &Surroundings) -> bool {
    match setting {
        Restart::Always => true,
        Restart::Never => false,
        // A terminal below systemd or in a container has its marks, too.
        Restart::Auto if here.first_process => false,
        Restart::Auto => here.terminal || !(here.container || here.supervised),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_start_anew_five_times_in_an_hour_and_again_in_the_next() {
        let (mut mark, mut times) = (None, 0);
        while let Some((n, next)) = anew(mark.clone(), 1_000 + u64::from(times)) {
            times += 1;
            assert_eq!(n, times);
            mark = Some(OsString::from(next));
        }
        assert_eq!(times, ANEW_MAX);
        assert_eq!(anew(mark, 1_000 + ANEW_WITHIN_S), Some((1, "1 4600".to_owned())));
        assert_eq!(anew(Some("rubbish".into()), 5), Some((1, "1 5".to_owned())));
    }

    #[test]
    fn should_wait_for_what_is_away_and_for_nothing_that_an_operator_must_change() {
        let away = || LogError::Fatal("kafka at x:1 does not answer".to_owned());
        let stalled = ScanError::Stalled {
            topic: "t".to_owned(),
            partition: 0,
            offset: 1,
            end: 2,
            seconds: 60,
        };
        let failure = Failure { error: away(), may_be_written: false, is_usable: false };
        for error in [
            away().into(),
            anyhow::Error::from(ScanError::from(away())).context("cannot read the profiles"),
            stalled.into(),
            anyhow::Error::from(failure).context("cannot publish"),
            RegistryError::Away("schema registry y: timed out".to_owned()).into(),
            Missing::of("topic t does not exist").into(),
        ] {
            assert!(may_pass(&error), "{error:#}");
        }
        for error in [
            anyhow!("inputs has 8 partitions, but was scored with 3"),
            RegistryError::Refused("incompatible".to_owned()).into(),
        ] {
            assert!(!may_pass(&error), "{error:#}");
        }
    }

    #[test]
    fn should_leave_the_restart_to_what_started_it() {
        let plain = || Surroundings {
            terminal: false,
            first_process: false,
            container: false,
            supervised: false,
        };
        let auto = |here: Surroundings| starts_anew(Restart::Auto, &here);
        assert!(auto(plain()), "a script");
        assert!(auto(Surroundings { terminal: true, ..plain() }));
        assert!(!auto(Surroundings { supervised: true, ..plain() }), "systemd");
        assert!(!auto(Surroundings { container: true, ..plain() }));
        assert!(auto(Surroundings { terminal: true, supervised: true, ..plain() }), "a desktop");
        assert!(!auto(Surroundings { terminal: true, first_process: true, ..plain() }));
        let supervised = Surroundings { supervised: true, ..plain() };
        assert!(
            starts_anew(Restart::Always, &supervised) && !starts_anew(Restart::Never, &plain())
        );
    }
}
