//! Log lines go to stderr, so that stdout holds the output of commands alone.

use super::repeats::Repeats;
use crate::domain::terms::plain::escaped;
use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, filter::FilterExt, reload};

/// What shows log lines of this process, once it does.
static SHOWN: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

const VARIABLE: &str = "RUST_LOG";
const LEVELS: &str = "error, warn, info, debug, trace or off";

/// Checked settings; nothing is logged before [`Logging::start`].
pub struct Logging {
    filter: EnvFilter,
    json: bool,
}

impl Logging {
    /// `RUST_LOG` takes precedence over `filter`. The error names the invalid setting.
    pub fn new(filter: &str, json: bool) -> Result<Logging, String> {
        Ok(Logging { filter: checked(filter)?.1, json })
    }

    pub fn start(self) -> Result<(), String> {
        let repeats = Repeats::default();
        let (filter, handle) = reload::Layer::new(self.filter);
        let filter = filter.and(repeats.clone());
        let coloured = !self.json && std::io::stderr().is_terminal();
        let lines = tracing_subscriber::fmt::layer().with_writer(move || Lines { coloured });
        let lines = lines.with_target(self.json);
        let started = if self.json {
            let lines = lines.json().flatten_event(true).with_filter(filter);
            tracing_subscriber::registry().with(lines).try_init()
        } else {
            let lines = lines.with_ansi(coloured).with_filter(filter);
            tracing_subscriber::registry().with(lines).try_init()
        };
        started.map_err(|error| format!("cannot start logging: {error}"))?;
        // A second start has failed above.
        let _ = SHOWN.set(handle);
        repeats.report().map_err(|error| format!("cannot start logging: {error}"))
    }
}

/// Shows other log lines from now on: those of `filter`, or of `RUST_LOG`, which takes precedence. The one
/// that is in force, with its name; the error names the invalid setting, and nothing is changed.
pub fn show(filter: &str) -> Result<String, String> {
    let (shown, filter) = checked(filter)?;
    let handle = SHOWN.get().ok_or("logging has not started yet")?;
    handle.reload(filter).map_err(|error| format!("cannot change what is logged: {error}"))?;
    // Crates that log by `log` keep to a level of their own, which the start has set.
    log::set_max_level(match LevelFilter::current().into_level() {
        None => log::LevelFilter::Off,
        Some(Level::ERROR) => log::LevelFilter::Error,
        Some(Level::WARN) => log::LevelFilter::Warn,
        Some(Level::INFO) => log::LevelFilter::Info,
        Some(Level::DEBUG) => log::LevelFilter::Debug,
        Some(Level::TRACE) => log::LevelFilter::Trace,
    });
    Ok(shown)
}

/// Why a filter is refused, as `KEY: …`.
pub enum FilterProblem {
    /// The environment's `RUST_LOG`.
    Variable(String),
    Setting(String),
}

/// Why nothing could be logged by `filter`, or by `RUST_LOG`, which takes precedence.
pub fn problem(filter: &str) -> Option<FilterProblem> {
    let (name, text) = given(filter);
    let why = read(name, &text).err()?;
    Some(if name == VARIABLE { FilterProblem::Variable(why) } else { FilterProblem::Setting(why) })
}

/// The filter that is in force, as `NAME: TEXT` and parsed.
fn checked(filter: &str) -> Result<(String, EnvFilter), String> {
    let (name, text) = given(filter);
    let parsed = read(name, &text).map_err(|why| format!("invalid {why}"))?;
    Ok((format!("{name}: {text}"), parsed))
}

/// The filter that is in force, and the name under which it is given.
fn given(filter: &str) -> (&'static str, String) {
    match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => (VARIABLE, text),
        _ => ("logging.filter", filter.to_owned()),
    }
}

fn read(name: &str, text: &str) -> Result<EnvFilter, String> {
    parse(text).map_err(|why| {
        format!("{name}: `{text}`: {why}; use a filter such as `info,buymode::kafka=debug`")
    })
}

/// The crate takes a word that is not a level for the name of a part, and then shows nothing else:
/// `warning` would silence the program.
fn parse(text: &str) -> Result<EnvFilter, String> {
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|w| !w.is_empty()).collect();
    if words.is_empty() {
        return Err(format!("it names no level: use {LEVELS}"));
    }
    for word in words {
        // A part may have spans and fields in brackets, in which an equals sign is not the level's.
        let level = match word.rsplit_once(']') {
            Some((_, rest)) => rest.strip_prefix('='),
            None => Some(word.rsplit_once('=').map_or(word, |(_, level)| level)),
        };
        let is_level = |level: &str| level.parse::<LevelFilter>().is_ok() && !level.is_empty();
        if let Some(level) = level.map(str::trim).filter(|level| !is_level(level)) {
            return Err(format!("unknown level `{level}`: use {LEVELS}"));
        }
        // The crate would take both words for the name of one part.
        let part = word.split(['[', '=']).next().unwrap_or(word).trim();
        if part.contains(char::is_whitespace) {
            return Err(format!("a blank stands in `{part}`: use commas between parts"));
        }
    }
    EnvFilter::try_new(text).map_err(|error| error.to_string())
}

/// Writes each event as one line of plain text, whatever its values are.
struct Lines {
    /// Whether escape sequences are our own: `tracing_subscriber` takes them out of values.
    coloured: bool,
}

impl Write for Lines {
    /// `event`: a whole one, as `tracing_subscriber` writes it.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(line(event, self.coloured).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

fn line(event: &[u8], coloured: bool) -> String {
    let text = String::from_utf8_lossy(event);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    format!("{}\n", escaped(text, |c| coloured && c == '\u{1b}'))
}

#[cfg(test)]
mod tests {
    use super::{line, parse};

    #[test]
    fn an_event_is_one_line_of_plain_text() {
        let event = "INFO forged\nline \u{1b}[2J\u{202e} company=\"Müller\"\n".as_bytes();
        let shown = line(event, false);
        assert_eq!(shown, "INFO forged\\u000aline \\u001b[2J\\u202e company=\"Müller\"\n");
        assert!(line(b"\x1b[32mINFO\x1b[0m x\n", true).starts_with("\u{1b}[32mINFO"));
    }

    #[test]
    fn should_refuse_a_word_that_is_not_a_level_and_take_every_one_that_is() {
        for good in [
            "error",
            "warn",
            "INFO",
            "debug",
            "trace",
            "off",
            " info ",
            "info,buymode::kafka=debug",
            "warn,librdkafka=off",
            "info,[span{field=1}]=debug",
            "0",
            "5",
        ] {
            assert!(parse(good).is_ok(), "{good}: {:?}", parse(good).err());
        }
        for bad in [
            "warning",
            "Warning",
            "inf",
            "verbose",
            "info,buymode=warning",
            "buymode",
            "all",
            "info;debug",
            "info debug",
            "fatal",
            "",
            " , ",
            "buymode=",
            "info,buymode:debug",
        ] {
            let why = parse(bad).err().unwrap_or_else(|| panic!("{bad:?} is taken"));
            assert!(why.contains("error, warn, info, debug, trace or off"), "{bad:?}: {why}");
        }
        for blank in ["info buymode=debug", "buymode::kafka debug=info", "a b[span]=debug"] {
            let why = parse(blank).err().unwrap_or_else(|| panic!("{blank:?} is taken"));
            assert!(why.contains("use commas between parts"), "{blank:?}: {why}");
        }
    }
}
