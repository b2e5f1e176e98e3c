//! Access tokens, one at a time for each client of a token server, fetched again in time.
//!
//! A token is fetched on a thread of its own when the first one is asked for, and again once four
//! fifths of its life are over. As long as it lives it is handed out at once, whatever the token
//! server does; only without a living token does a caller wait, a few seconds at most.

use super::oauth::OauthConfig;
use super::request::{Answer, REQUEST_MAX, ask};
use super::secret::Secret;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A refused or unanswered request is repeated after this.
const RETRY: Duration = Duration::from_secs(2);
/// A fetch has its own limit; this one also holds where no thread can be had.
const WAIT_MAX: Duration = REQUEST_MAX.saturating_add(Duration::from_secs(1));

/// An access token.
#[derive(Debug)]
pub struct Token {
    pub value: Secret,
    /// The name that the token is for.
    pub principal: String,
    /// When it expires, in milliseconds since 1970 by this machine's clock.
    pub expires_ms: i64,
    /// Counts the tokens of a client.
    pub number: u64,
    renew: Instant,
    expires: Instant,
}

/// The tokens of one client of a token server.
#[derive(Debug)]
pub struct Tokens {
    pub config: OauthConfig,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Arc<Token>>,
    is_asking: bool,
    failed: Option<(Instant, String)>,
}

impl State {
    /// Why the last request failed, if that was just now.
    fn failure(&self, now: Instant) -> Option<&str> {
        let failed = self.failed.as_ref().filter(|(at, _)| now < *at + RETRY);
        failed.map(|(_, why)| why.as_str())
    }
}

/// The tokens of every client that was asked for.
static ALL: Mutex<Vec<Arc<Tokens>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tokens {
    /// One for all who have the same settings, so that they share a token.
    pub fn of(config: &OauthConfig) -> Arc<Tokens> {
        let mut all = lock(&ALL);
        if let Some(found) = all.iter().find(|tokens| tokens.config == *config) {
            return found.clone();
        }
        let new = Arc::new(Tokens {
            config: config.clone(),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        all.push(new.clone());
        new
    }

    /// The token that lives now, without waiting; begins to fetch the next one in time.
    pub fn present(self: &Arc<Self>) -> Option<Arc<Token>> {
        let mut state = lock(&self.state);
        let now = Instant::now();
        let living = state.token.clone().filter(|token| now < token.expires);
        let is_fresh = living.as_ref().is_some_and(|token| now < token.renew);
        if !is_fresh && state.failure(now).is_none() {
            self.fetch(&mut state);
        }
        living
    }

    /// The present token. Waits only where none lives. The error says why there is none, and holds
    /// no secret.
    pub fn current(self: &Arc<Self>) -> Result<Arc<Token>, String> {
        let began = Instant::now();
        loop {
            if let Some(token) = self.present() {
                return Ok(token);
            }
            let state = lock(&self.state);
            if let Some(why) = state.failure(Instant::now()) {
                return Err(why.to_owned());
            }
            let left = WAIT_MAX.saturating_sub(began.elapsed());
            if left.is_zero() {
                let url = &self.config.token_url;
                return Err(format!("the token server at {url} does not answer"));
            }
            if state.is_asking {
                drop(self.changed.wait_timeout(state, left));
            }
        }
    }

    /// Begins to fetch a token, unless that is under way.
    fn fetch(self: &Arc<Self>, state: &mut State) {
        if state.is_asking {
            return;
        }
        let tokens = self.clone();
        let thread = std::thread::Builder::new().name("token".to_owned());
        let started = thread.spawn(move || {
            let answer = ask(&tokens.config);
            tokens.store(&mut lock(&tokens.state), answer);
            tokens.changed.notify_all();
        });
        match started {
            Ok(_) => state.is_asking = true,
            Err(error) => {
                state.failed = Some((Instant::now(), format!("cannot start a thread: {error}")));
            }
        }
    }

    fn store(&self, state: &mut State, answer: Result<Answer, String>) {
        let now = Instant::now();
        state.is_asking = false;
        let Answer { value, principal, life } = match answer {
            Ok(answer) if answer.life.is_zero() => {
                let url = &self.config.token_url;
                let why =
                    format!("the token server at {url} gives tokens that have expired already");
                return self.fail(state, now, why);
            }
            Ok(answer) => answer,
            Err(why) => return self.fail(state, now, why),
        };
        let (url, life_s) = (&self.config.token_url, life.as_secs());
        match state.failed.take() {
            Some(_) => tracing::info!(url, life_s, "access token fetched again"),
            None => tracing::debug!(url, life_s, "access token fetched"),
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        state.token = Some(Arc::new(Token {
            value,
            principal,
            expires_ms: i64::try_from((since + life).as_millis()).unwrap_or(i64::MAX),
            number: state.token.as_ref().map_or(1, |token| token.number + 1),
            renew: now + life * 4 / 5,
            expires: now + life,
        }));
    }

    fn fail(&self, state: &mut State, now: Instant, why: String) {
        let lives = state.token.as_ref().map(|token| token.expires.saturating_duration_since(now));
        let lives_s = lives.unwrap_or_default().as_secs();
        tracing::warn!(why, lives_s, "cannot fetch an access token; trying again");
        state.failed = Some((now, why));
    }
}
