//! What stands beside the roles: calls, a look for marks, and a writer of late results.

use super::stamped::Stamped;
use super::vendors::Vendors;
use buymode::deliver::mark::{Groups, Look, Marks, Standing};
use buymode::deliver::send::target::Services;
use buymode::deliver::send::{Call, Calls, Heard, Reports};
use buymode::embedded::EmbeddedStore;
use buymode::engine::topics::Topics;
use buymode::log::{Output, Store};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Calls that are made when the test says so: what a sender begins may reach its target even if the sender
/// ends meanwhile.
pub(super) struct Moment {
    pub services: Services,
    /// So much of each attempt's time has passed when it is made.
    pub late: Duration,
    pub vendors: Vendors,
    /// Shared with the test, which makes or drops what an ended sender had begun.
    pub under_way: Arc<Mutex<Vec<Call>>>,
}

impl Calls for Moment {
    fn begin(&mut self, call: Call) {
        self.under_way.lock().unwrap().push(call);
    }

    fn heard(&mut self) -> Vec<Heard> {
        let calls = std::mem::take(&mut *self.under_way.lock().unwrap());
        let heard = calls.into_iter().map(|call| {
            let began = Instant::now().checked_sub(self.late).unwrap();
            let answer = self.services.call(&call, began, self.vendors.now_ms());
            Heard { partition: call.partition, number: call.number, action: call.action, answer }
        });
        heard.collect()
    }
}

/// Writes late results at once.
pub(super) struct Late {
    pub store: Arc<EmbeddedStore>,
    pub vendors: Vendors,
}

impl Reports for Late {
    fn report(&mut self, value: Vec<u8>) {
        let mut writer =
            Stamped::new(self.store.clone(), self.vendors.clone()).writer("late").unwrap();
        writer.begin().unwrap();
        let (topic, value) = ("buymode.desk", Some(&value[..]));
        writer.send(&Output { topic, partition: Some(0), value, ..Output::default() }).unwrap();
        writer.commit(&[]).unwrap();
    }
}

/// Looks at the log when it is asked.
pub(super) struct Looks {
    pub store: Arc<EmbeddedStore>,
    pub topics: Topics,
    pub look: Option<Look>,
}

impl Marks for Looks {
    fn begin(&mut self) {
        let groups = Groups { scorers: "score".to_owned(), forwarders: "forward".to_owned() };
        self.look = Some(Look::new(self.store.clone(), self.topics.clone(), groups));
    }

    fn standing(&mut self) -> Standing {
        self.look.as_mut().unwrap().step()
    }
}
