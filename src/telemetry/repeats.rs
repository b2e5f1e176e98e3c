//! Equal warnings: the first one is a line, and then a line a minute says how often it came. A broker
//! that is away makes its client say the same dozens of times a second.
//!
//! Lines are equal that differ in digits alone: in a port, a time, the number of a client. What the
//! client of Kafka logs counts at every level, other lines from warnings upwards.

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

const WINDOW: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Different lines that are counted at once; further ones are all shown.
const LINES_MAX: usize = 1_000;
/// The target of the lines that say how often another one came.
const TARGET: &str = "buymode::repeated";
/// The text of a line that its repetition shows, in bytes.
const SHOWN_MAX: usize = 300;

/// A line that came within the last minute.
struct Line {
    level: Level,
    text: String,
    /// Since when its repetitions are counted.
    since: Instant,
    repeated: u64,
}

#[derive(Clone, Default)]
pub(super) struct Repeats(Arc<Mutex<HashMap<String, Line>>>);

impl Repeats {
    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the line is shown: it is the first of its kind for a minute.
    fn shows(&self, level: Level, text: String, now: Instant) -> bool {
        let mut lines = self.lines();
        let key = without_digits(&text);
        if let Some(line) = lines.get_mut(&key) {
            line.repeated += 1;
            // What its digits say now: an attempt's number, the pause before the next one.
            line.text = text;
            return false;
        }
        if lines.len() < LINES_MAX {
            lines.insert(key, Line { level, text, since: now, repeated: 0 });
        }
        true
    }

    /// The lines whose minute is over, with how often they were repeated in it. One that was not is
    /// new again when it comes.
    fn due(&self, now: Instant) -> Vec<(Level, String, u64)> {
        let mut due = Vec::new();
        self.lines().retain(|_, line| {
            if now.saturating_duration_since(line.since) < WINDOW {
                return true;
            }
            if line.repeated > 0 {
                due.push((line.level, line.text.clone(), line.repeated));
            }
            let goes_on = line.repeated > 0;
            (line.since, line.repeated) = (now, 0);
            goes_on
        });
        due.sort_by(|a, b| a.1.cmp(&b.1));
        due
    }

    /// Says once a minute how often each line was repeated, on a thread of its own: no line comes
    /// from inside another one.
    pub(super) fn report(&self) -> std::io::Result<()> {
        let repeats = self.clone();
        let report = move || {
            loop {
                std::thread::sleep(LOOK_EVERY);
                for (level, text, times) in repeats.due(Instant::now()) {
                    say(level, &text, times);
                }
            }
        };
        std::thread::Builder::new().name("repeats".to_owned()).spawn(report).map(drop)
    }
}

fn say(level: Level, text: &str, times: u64) {
    let said = match times {
        1 => format!("once more in the last minute: {text}"),
        times => format!("{times} times more in the last minute: {text}"),
    };
    match level {
        Level::ERROR => tracing::error!(target: TARGET, times, "{said}"),
        Level::WARN => tracing::warn!(target: TARGET, times, "{said}"),
        _ => tracing::info!(target: TARGET, times, "{said}"),
    }
}

impl<S: Subscriber> Filter<S> for Repeats {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    // Which levels are shown is the other filter's alone. Unsaid, each line of each crate would be asked
    // for, and Kafka's client has two for each record. (The same of `callsite_enabled` would be wrong: the
    // crate forgets that a line was left out only when it asks anew at the next one.)
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        let level = *metadata.level();
        let counts = level <= Level::WARN
            || (level == Level::INFO && metadata.target().starts_with("librdkafka"));
        if !counts || metadata.target() == TARGET {
            return true;
        }
        let mut text = Text::default();
        event.record(&mut text);
        self.shows(level, text.0, Instant::now())
    }
}

/// An event on one line: its message, then its fields.
#[derive(Default)]
struct Text(String);

impl Text {
    fn add(&mut self, field: &Field, value: &dyn Debug) {
        let start = self.0.len();
        let written = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
        // A text takes any writing; a long one is cut at a letter's end.
        debug_assert!(written.is_ok());
        if field.name() == "message" && start > 0 {
            self.0.rotate_to_front(start);
        }
        if self.0.len() > SHOWN_MAX {
            let end = (0..=SHOWN_MAX).rev().find(|at| self.0.is_char_boundary(*at));
            self.0.truncate(end.unwrap_or_default());
        }
    }
}

trait RotateToFront {
    fn rotate_to_front(&mut self, from: usize);
}

impl RotateToFront for String {
    fn rotate_to_front(&mut self, from: usize) {
        let tail = self.split_off(from);
        self.insert_str(0, &tail);
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, value);
    }
}

/// How the client ends a line that it has held back itself.
const HELD_BACK: &str = "identical error(s) suppressed";

fn without_digits(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let (start, rest) = text.split_once(HELD_BACK).unwrap_or((text, ""));
    let start = if rest.is_empty() { start } else { start.rsplit_once(", ").map_or("", |s| s.0) };
    for letter in start.chars().chain(rest.chars()) {
        match letter {
            '0'..='9' if key.ends_with('#') => {}
            '0'..='9' => key.push('#'),
            other => key.push(other),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::{Layer, SubscriberExt};

    /// Where the lines go.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(work: impl FnOnce()) -> (Vec<String>, Repeats) {
        let (paper, repeats) = (Paper::default(), Repeats::default());
        let to = paper.clone();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).without_time();
        let lines = lines.with_writer(move || to.clone()).with_filter(repeats.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), work);
        let said = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        (said.lines().map(str::to_owned).collect(), repeats)
    }

    #[test]
    fn should_leave_the_levels_to_the_other_filter() {
        use tracing_subscriber::filter::FilterExt;
        let both = tracing_subscriber::EnvFilter::new("info").and(Repeats::default());
        let asked = Filter::<tracing_subscriber::Registry>::max_level_hint(&both);
        assert_eq!(asked, Some(LevelFilter::INFO));
    }

    #[test]
    fn should_show_equal_warnings_once_and_then_say_how_often_they_came() {
        let (lines, repeats) = lines_of(|| {
            for n in 0..47 {
                tracing::warn!(target: "librdkafka", facility = "FAIL", "127.0.0.1:9{n}: refused after {n}ms");
                tracing::warn!(worker = "score", pause_ms = n, "restarting");
                tracing::warn!(worker = "forward", pause_ms = n, "restarting");
                tracing::info!(n, "not a warning");
                tracing::info!(target: "librdkafka", "line {n}");
            }
        });
        let count = |word: &str| lines.iter().filter(|line| line.contains(word)).count();
        assert_eq!(count("refused"), 1, "{lines:?}");
        assert_eq!(count("restarting"), 2, "two workers: {lines:?}");
        assert_eq!((count("not a warning"), count("librdkafka: line")), (47, 1));

        let now = Instant::now();
        assert_eq!(repeats.due(now), vec![]);
        let due = repeats.due(now + WINDOW);
        assert_eq!(due.len(), 4, "{due:?}");
        assert_eq!(due[0].0, Level::WARN);
        assert_eq!(
            (&*due[0].1, due[0].2),
            ("127.0.0.1:946: refused after 46ms facility=\"FAIL\"", 46),
            "as it came last"
        );
        // Nothing came in the second minute: the next one is new.
        assert!(!repeats.shows(
            Level::WARN,
            "127.0.0.1:92: refused after 1ms facility=\"FAIL\"".to_owned(),
            now
        ));
        assert_eq!(repeats.due(now + 2 * WINDOW).len(), 1);
        assert_eq!(repeats.due(now + 3 * WINDOW), vec![]);
        assert!(repeats.shows(
            Level::WARN,
            "127.0.0.1:92: refused after 1ms facility=\"FAIL\"".to_owned(),
            now
        ));
    }

    #[test]
    fn should_take_lines_for_equal_of_which_the_client_itself_held_some_back() {
        let repeats = Repeats::default();
        let line = |end: &str| format!("b:9092/1: refused (after 0ms in state CONNECT{end})");
        let shows = |end: &str| repeats.shows(Level::ERROR, line(end), Instant::now());
        assert!(shows(""));
        assert!(!shows(", 1 identical error(s) suppressed"));
        assert!(!shows(", 30 identical error(s) suppressed"));
    }

    #[test]
    fn should_stay_small_whatever_is_logged() {
        let (_, repeats) = lines_of(|| {
            for n in 0..3 * LINES_MAX {
                let name: String = format!("{n}").bytes().map(|b| (b + 49) as char).collect();
                tracing::warn!(name, text = "ü".repeat(SHOWN_MAX), "line");
            }
        });
        assert_eq!(repeats.lines().len(), LINES_MAX);
        assert!(repeats.lines().values().all(|line| line.text.len() <= SHOWN_MAX));
    }
}
