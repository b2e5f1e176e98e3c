//! Where log lines go: stderr, so that stdout is the commands' own.

use tracing_subscriber::EnvFilter;

/// Settings that were found good; nothing is written before [`Logging::start`].
pub struct Logging {
    filter: EnvFilter,
    json: bool,
}

impl Logging {
    /// `RUST_LOG` wins over `filter`. The error says what is wrong with it.
    pub fn new(filter: &str, json: bool) -> Result<Logging, String> {
        let (name, text) = match std::env::var("RUST_LOG") {
            Ok(text) if !text.is_empty() => ("RUST_LOG", text),
            _ => ("logging.filter", filter.to_owned()),
        };
        let filter = EnvFilter::try_new(&text).map_err(|error| {
            format!("{name}: `{text}` is no filter such as `info,buymode::kafka=debug`: {error}")
        })?;
        Ok(Logging { filter, json })
    }

    pub fn start(self) -> Result<(), String> {
        let lines = tracing_subscriber::fmt().with_env_filter(self.filter);
        let lines = lines.with_writer(std::io::stderr).with_target(self.json);
        let started = if self.json {
            lines.json().flatten_event(true).try_init()
        } else {
            lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init()
        };
        started.map_err(|error| format!("logging cannot start: {error}"))
    }
}
