//! Log lines go to stderr, so that stdout holds the output of commands alone.

use crate::domain::terms::plain::escaped;
use std::io::{IsTerminal, Write};
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
        let coloured = !self.json && std::io::stderr().is_terminal();
        let lines = lines.with_writer(move || Lines { coloured }).with_target(self.json);
        let started = if self.json {
            lines.json().flatten_event(true).try_init()
        } else {
            lines.with_ansi(coloured).try_init()
        };
        started.map_err(|error| format!("cannot start logging: {error}"))
    }
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
    use super::line;

    #[test]
    fn an_event_is_one_line_of_plain_text() {
        let event = "INFO forged\nline \u{1b}[2J\u{202e} company=\"Müller\"\n".as_bytes();
        let shown = line(event, false);
        assert_eq!(shown, "INFO forged\\u000aline \\u001b[2J\\u202e company=\"Müller\"\n");
        assert!(line(b"\x1b[32mINFO\x1b[0m x\n", true).starts_with("\u{1b}[32mINFO"));
    }
}
