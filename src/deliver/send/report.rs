//! Results into the desk's log by a writer of their own, on a thread of their own. One that cannot be written is
//! found out by the sender that has the action now.

use super::Reports;
use crate::log::transact::{Failure, Found, Transactor};
use crate::log::{Output, Store};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use tracing::warn;

pub struct Outside {
    to: Sender<Vec<u8>>,
}

impl Outside {
    /// `desk`: the topic; `transactional_id`: of no session.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn new(
        store: Arc<dyn Store>,
        desk: String,
        transactional_id: String,
    ) -> std::io::Result<Outside> {
        let (to, values) = channel();
        let run = move || write_all(&*store, &desk, &transactional_id, &values);
        std::thread::Builder::new().name("report".to_owned()).spawn(run)?;
        Ok(Outside { to })
    }
}

impl Reports for Outside {
    fn report(&mut self, value: Vec<u8>) {
        // The thread ends with this value alone.
        let _ = self.to.send(value);
    }
}

fn write_all(store: &dyn Store, desk: &str, id: &str, values: &Receiver<Vec<u8>>) {
    for value in values {
        // A result that is there twice counts once.
        let written = Transactor::open(store, id).map_err(|error| error.to_string()).and_then(
            |mut writer| {
                let value = Some(&value[..]);
                let output = Output { topic: desk, partition: Some(0), value, ..Output::default() };
                let mut look = || Ok::<Found, Failure>(Found::Unseen);
                let written = writer.write(&mut |writer| writer.send(&output), &mut look);
                written.map_err(|failure| failure.to_string())
            },
        );
        if let Err(why) = written {
            warn!(why, "a late result cannot be written; the next sender finds it out");
        }
    }
}
