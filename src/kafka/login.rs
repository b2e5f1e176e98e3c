//! Keeps a client logged in: hands it access tokens before they expire, and notices that the files of
//! its certificates and secrets have changed.
//!
//! librdkafka asks for a token by an event that only a polled client sees, and some clients are asked
//! before they are polled or are never polled. So each client gets its token when it is made, and a
//! new one whenever its owner comes by.

use std::sync::Arc;
use std::time::Instant;

use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::BaseConsumer;

use super::config::KafkaConfig;
use super::context::PlainContext;
use super::{errors, native};
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

/// The files that clients were made with.
#[derive(Debug)]
pub(super) struct Held(Files);

impl Held {
    /// To be called before the clients are made.
    pub(super) fn new(config: &KafkaConfig) -> Held {
        Held(Files::new(config.held_files(), Instant::now()))
    }

    /// Why clients must be made anew. Files that no client can be made of are reported in the log, and
    /// the present clients go on.
    pub(super) fn changed(&mut self, config: &KafkaConfig) -> Option<String> {
        let files = self.0.changed(Instant::now())?;
        let made = config.meter().and_then(|new| {
            let made = new.create_with_context::<_, BaseConsumer<_>>(PlainContext::default());
            made.map_err(|error| errors::create(&error))
        });
        match made {
            Ok(_) => Some(format!("certificates or secrets have changed ({files})")),
            Err(error) => {
                let why = error.message();
                tracing::warn!(
                    files,
                    why,
                    "changed files cannot be used; going on with the former"
                );
                None
            }
        }
    }
}
