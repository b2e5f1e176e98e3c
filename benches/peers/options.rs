//! What the command line asks for.

use std::io::IsTerminal;

/// Every part that `--only` can name, in the order of a round.
pub(crate) const PARTS: &[&str] = &[
    "buymode-1",
    "bare-fixed",
    "bare-today",
    "streams-1",
    "buymode-2",
    "streams-2",
    "streams-rocksdb",
    "flink",
    "latency",
];

const USAGE: &str = "use --records N, --rounds N, --seconds N, --only NAME,NAME, --json, --agree";

pub(crate) struct Options {
    /// Companies and signals together: one company in eleven records.
    pub records: u64,
    pub rounds: usize,
    /// Of each pace of the latency part.
    pub seconds: u32,
    pub json: bool,
    /// Only whether decisions agree.
    pub agree: bool,
    only: Vec<String>,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> anyhow::Result<Options> {
        let mut options = Options {
            records: 660_000,
            rounds: 3,
            seconds: 15,
            json: false,
            agree: false,
            only: vec![],
        };
        let mut args = args.iter();
        while let Some(name) = args.next() {
            let mut value = || {
                args.next().ok_or_else(|| anyhow::anyhow!("{name}: a value must follow; {USAGE}"))
            };
            match name.as_str() {
                "--json" => options.json = true,
                "--agree" => {
                    options.agree = true;
                    (options.records, options.rounds) = (5_000, 1);
                    options.only = vec!["buymode-1".to_owned(), "streams-1".to_owned()];
                }
                "--records" => options.records = number(name, value()?)?.max(11),
                "--rounds" => options.rounds = usize::try_from(number(name, value()?)?)?.max(1),
                "--seconds" => options.seconds = u32::try_from(number(name, value()?)?)?.max(1),
                "--only" => options.only = names(value()?)?,
                other => anyhow::bail!("invalid argument {other}; {USAGE}"),
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == part)
    }

    /// Whether a part is wanted whose name begins so.
    pub(crate) fn wants_any(&self, start: &str) -> bool {
        PARTS.iter().any(|part| part.starts_with(start) && self.wants(part))
    }

    pub(crate) fn accounts(&self) -> u32 {
        u32::try_from(self.records / 11).unwrap_or(u32::MAX).max(1)
    }

    pub(crate) fn signals(&self) -> u64 {
        self.records - u64::from(self.accounts())
    }
}

fn number(name: &str, value: &str) -> anyhow::Result<u64> {
    let value: String = value.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    value.parse().map_err(|_| anyhow::anyhow!("invalid {name}: {value:?}; use a whole number"))
}

fn names(list: &str) -> anyhow::Result<Vec<String>> {
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    for name in &names {
        anyhow::ensure!(
            PARTS.contains(&name.as_str()),
            "invalid --only: {name}; use any of {}",
            PARTS.join(", ")
        );
    }
    Ok(names)
}

/// Says how far the bench is, beside the figures.
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// A bar where a person looks on.
pub(crate) fn bar(length: u64, what: &str) -> indicatif::ProgressBar {
    if !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let style =
        indicatif::ProgressStyle::with_template("  {msg:26} {bar:20} {pos}/{len} {elapsed}");
    let bar = indicatif::ProgressBar::new(length).with_message(what.to_owned());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
