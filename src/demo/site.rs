//! Where the log of a demo lies, and how people name it.

use crate::codec::Codec;
use crate::domain::terms::time::Timestamp;
use crate::log::Replication;

/// A folder, or topics of a cluster under a prefix of their own.
#[derive(Clone)]
pub struct Site {
    /// Before every topic, group and transactional id; empty in a folder.
    pub prefix: String,
    pub codec: Codec,
    pub replication: Replication,
    /// Of CloudEvents headers, where the settings ask for them.
    pub event_source: Option<String>,
    /// No record is written of a later time: brokers refuse records from the future.
    pub until: Option<Timestamp>,
    /// As sentences name it: `the folder ./data`.
    pub shown: String,
    /// By which other commands find it: `--embedded ./data`.
    pub flags: String,
    /// The command that goes on with it.
    pub again: String,
    /// The command that removes it, where there is one.
    pub removal: Option<String>,
}

impl Site {
    /// `data`: the folder, as it can be typed.
    pub fn folder(data: &str) -> Site {
        let flags = format!("--embedded {data}");
        Site {
            prefix: String::new(),
            codec: Codec::local(),
            replication: Replication::default(),
            event_source: None,
            until: None,
            shown: format!("the folder {data}"),
            again: format!("buymode demo {flags}"),
            flags,
            removal: None,
        }
    }

    /// `bootstrap`: the brokers; `flags`: by which other commands find the topics of this prefix; `again`: the command
    /// that goes on with it.
    pub fn cluster(
        bootstrap: &str,
        prefix: &str,
        codec: Codec,
        flags: String,
        again: String,
    ) -> Site {
        let pattern = prefix.replace('.', "\\.");
        Site {
            prefix: prefix.to_owned(),
            codec,
            replication: Replication::default(),
            event_source: None,
            until: None,
            shown: format!("the topics {prefix}* of {bootstrap}"),
            flags,
            again,
            removal: Some(format!(
                "kafka-topics.sh --bootstrap-server {bootstrap} --delete --topic '{pattern}.*'"
            )),
        }
    }

    /// A name of this demo alone.
    pub(super) fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
