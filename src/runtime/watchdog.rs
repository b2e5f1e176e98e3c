//! The watchdog: a thread that looks at the calls under way ([`crate::log::calls`]), for the worker
//! that stands still in one cannot.

use crate::log::calls::{Stuck, Watch};
use crate::log::notice;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Watches for the rest of the process. `react` is called for a call that has taken longer than it
/// may, again at each look while it stands still. One that has taken half of that is said, once.
pub fn start(react: impl Fn(&Stuck) + Send + 'static) -> std::io::Result<()> {
    let mut watch = Watch::default();
    let look = move || {
        loop {
            std::thread::sleep(LOOK_EVERY);
            let stuck = watch.look(Instant::now());
            watch.slow().for_each(|slow| notice::say(&slow.to_string()));
            if let Some(stuck) = stuck {
                react(&stuck);
            }
        }
    };
    std::thread::Builder::new().name("watchdog".to_owned()).spawn(look).map(drop)
}
