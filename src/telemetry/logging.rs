//! Where log lines go: stderr, so that stdout is the commands' own.

use tracing_subscriber::EnvFilter;

/// `RUST_LOG` wins over `filter`. The error says what is wrong with it.
pub fn start(filter: &str, json: bool) -> Result<(), String> {
    let (name, text) = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => ("RUST_LOG", text),
        _ => ("logging.filter", filter.to_owned()),
    };
    let filter = EnvFilter::try_new(&text).map_err(|error| {
        format!("{name}: `{text}` is no filter such as `info,buymode::kafka=debug`: {error}")
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init()
    };
    started.map_err(|error| format!("logging cannot start: {error}"))
}
