//! The pulse of a server: asked again and again on a thread of its own, so that an outage shows within
//! seconds, whatever the workers wait for.

use super::Telemetry;
use crate::log::{Reader, Store};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

const BROKER_EVERY: Duration = Duration::from_secs(1);
const REGISTRY_EVERY: Duration = Duration::from_secs(10);

/// Asks until it is dropped; a question under way is not waited for.
pub struct Pulse(Sender<()>);

impl Pulse {
    /// Whether a broker answers, with what is known of `topic`.
    pub fn of_broker(
        store: Arc<dyn Store>,
        topic: String,
        telemetry: Arc<Telemetry>,
    ) -> std::io::Result<Pulse> {
        let mut reader: Option<Box<dyn Reader>> = None;
        start("pulse", BROKER_EVERY, move || {
            let answered = match &mut reader {
                Some(open) => open.answers(&topic),
                none => store.reader().map(|open| *none = Some(open)),
            };
            let why = answered.err().map(|error| error.message().to_owned());
            telemetry.broker_answered(why.as_deref());
        })
    }

    /// Whether the schema registry answers.
    pub fn of_registry(
        ask: impl Fn() -> Result<(), String> + Send + 'static,
        telemetry: Arc<Telemetry>,
    ) -> std::io::Result<Pulse> {
        start("registry", REGISTRY_EVERY, move || {
            telemetry.registry_answered(ask().err().as_deref());
        })
    }
}

fn start(
    name: &str,
    every: Duration,
    mut ask: impl FnMut() + Send + 'static,
) -> std::io::Result<Pulse> {
    let (stop, stopped) = channel();
    let beat = move || {
        loop {
            ask();
            if stopped.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(beat)?;
    Ok(Pulse(stop))
}

impl Drop for Pulse {
    fn drop(&mut self) {
        // The thread ends at the next beat, or has ended.
        let _ = self.0.send(());
    }
}
