//! Log lines go to stderr, so that stdout holds the output of commands alone.

use tracing_subscriber::EnvFilter;

/// Checked settings; nothing is logged before [`Logging::start`].
pub struct Logging {
    filter: EnvFilter,
    json: bool,
}

impl Logging {
    /// `RUST_LOG` takes precedence over `filter`. The error names the invalid setting.
    pub fn new(filter: &str, json: bool) -> Result<Logging, String> {
        let (name, text) = match std::env::var("RUST_LOG") {
            Ok(text) if !text.is_empty() => ("RUST_LOG", text),
            _ => ("logging.filter", filter.to_owned()),
        };
        let filter = EnvFilter::try_new(&text).map_err(|error| {
            format!("invalid {name}: `{text}`: {error}; use a filter such as `info,buymode::kafka=debug`")
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
        started.map_err(|error| format!("cannot start logging: {error}"))
    }
}
