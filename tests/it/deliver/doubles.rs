//! What stands beside the roles: a look for marks, and a writer of late results.

use super::stamped::Stamped;
use super::vendors::Vendors;
use buymode::deliver::mark::{Groups, Look, Marks, Standing};
use buymode::deliver::send::Reports;
use buymode::embedded::EmbeddedStore;
use buymode::engine::topics::Topics;
use buymode::log::{Output, Store};
use std::sync::Arc;

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
