//! A sentence to the person at the terminal while a log keeps them waiting. A service's sentences are
//! log lines; a command, whose log lines are off, hands in how to say them.

use std::sync::OnceLock;

static SAY: OnceLock<fn(&str)> = OnceLock::new();

/// Has the sentences of this process said by `say` too. The first call counts.
pub fn by(say: fn(&str)) {
    let _ = SAY.set(say);
}

/// Says it.
pub fn say(sentence: &str) {
    tracing::warn!("{sentence}");
    if let Some(say) = SAY.get().filter(|_| !tracing::dispatcher::has_been_set()) {
        say(sentence);
    }
}
