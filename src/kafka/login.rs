//! Keeps a client logged in: hands it access tokens before they expire, and notices that the files of
//! its certificates and secrets have changed.
//!
//! librdkafka asks for a token by an event that only a polled client sees, and some clients are asked
//! before they are polled or are never polled. So each client gets its token when it is made, and a
//! new one whenever its owner comes by.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::config::KafkaConfig;
use super::context::PlainContext;
use super::{connect, errors, native};
use crate::credentials::{Files, Token, Tokens};
use crate::log::LogError;

/// The tokens of one client.
#[derive(Debug)]
pub(super) struct Login {
    tokens: Option<Arc<Tokens>>,
    /// The number of the token that the client has.
    has: u64,
}

impl Login {
    /// Gives a new client its first token, if it logs in with one. Waits a few seconds at most.
    pub(super) fn open<C: ClientContext>(
        config: &KafkaConfig,
        client: &Client<C>,
    ) -> Result<Login, LogError> {
        let oauth = config.oauth.as_ref().filter(|_| config.has_tokens());
        let mut login = Login { tokens: oauth.map(Tokens::of), has: 0 };
        if let Some(tokens) = &login.tokens {
            let token = tokens.current().map_err(refused)?;
            login.give(client, &token).map_err(refused)?;
        }
        Ok(login)
    }

    /// Gives the client a newer token, if there is one; does not wait. Where none can be had, the client
    /// keeps the one it has; the cause is in the log, and the broker's refusal follows.
    pub(super) fn keep<C: ClientContext>(&mut self, client: &Client<C>) {
        if let Some(token) = self.tokens.as_ref().and_then(|tokens| tokens.present())
            && let Err(why) = self.give(client, &token)
        {
            tracing::warn!(why, "a new access token cannot be used");
        }
    }

    fn give<C: ClientContext>(&mut self, client: &Client<C>, token: &Token) -> Result<(), String> {
        let Some(tokens) = &self.tokens else { return Ok(()) };
        if token.number != self.has {
            self.has = token.number;
            native::set_token(client, token, &tokens.config.extensions)
                .map_err(|why| format!("invalid access token: {why}"))?;
        }
        Ok(())
    }
}

fn refused(why: String) -> LogError {
    LogError::Fatal(format!("kafka: oauth: {why}"))
}

/// How soon files are tried again that the cluster did not accept.
const AGAIN: Duration = Duration::from_secs(30);

/// The files that clients were made with.
#[derive(Debug)]
pub(super) struct Held {
    files: Files,
    /// Files that have changed and were not accepted, and when they are tried again.
    refused: Option<(String, Instant)>,
}

impl Held {
    /// To be called before the clients are made.
    pub(super) fn new(config: &KafkaConfig) -> Held {
        Held { files: Files::new(config.held_files(), Instant::now()), refused: None }
    }

    /// Why clients must be made anew. Changed files are tried first, for a few seconds at most. While
    /// the cluster does not accept them, the log has the cause and the present clients go on: their
    /// connections outlive a wrong file, and they are made anew once the cluster refuses them.
    pub(super) fn changed(&mut self, config: &KafkaConfig) -> Option<String> {
        let now = Instant::now();
        let due = self.refused.take_if(|(_, at)| *at <= now).map(|(files, _)| files);
        let files = self.files.changed(now).or(due)?;
        match tried(config) {
            Ok(()) => {
                self.refused = None;
                Some(format!("certificates or secrets have changed ({files})"))
            }
            Err(error) => {
                let why = error.message();
                tracing::warn!(
                    files,
                    why,
                    "changed files cannot be used yet; going on with the former ones"
                );
                self.refused = Some((files, Instant::now() + AGAIN));
                None
            }
        }
    }
}

/// Logs in once, with the files as they are now.
fn tried(config: &KafkaConfig) -> Result<(), LogError> {
    let client: BaseConsumer<PlainContext> = config
        .meter()?
        .create_with_context(PlainContext::default())
        .map_err(|error| errors::create(&error))?;
    Login::open(config, client.client())?;
    connect::metadata(client.client(), config, || drop(client.poll(connect::COMPLAINTS_WAIT)))?;
    Ok(())
}
