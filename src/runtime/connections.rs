//! Connections of a listener: their number, speed and age. hyper implements HTTP, a service answers.
//!
//! When every place is taken, the oldest connection without a request in progress gives its place to
//! a new one. So idle connections, however many, never keep a health check or a vendor out. Only
//! where every place has a request in progress is a new connection answered with 503.

use super::files;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strum::{EnumIter, IntoStaticStr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{sleep, timeout};

/// A request's head must arrive within this time; an idle connection is closed after it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
const HEAD_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 100;
/// An older connection is closed after the request in progress. So a client that does not read its
/// answers cannot hold a connection for longer, and a load balancer can rebalance.
const AGE_MAX: Duration = Duration::from_secs(600);
/// Time limit for the request in progress after that.
const CLOSE_MAX: Duration = Duration::from_secs(30);
/// The same for a connection without one: the end of its last answer may still be on its way.
const CLOSE_IDLE_MAX: Duration = Duration::from_millis(200);
/// Time limit for requests in progress when the service stops.
const FINISH_MAX: Duration = Duration::from_secs(3);
/// Connections above the limit that are answered with 503 at once, and at most one for four places; any
/// more are closed without answer.
const TURNED_AWAY_MAX: usize = 64;
const TURN_AWAY_TIME: Duration = Duration::from_millis(500);
const TURNED_AWAY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
    retry-after: 1\r\nconnection: close\r\ncontent-length: 32\r\n\r\n\
    {\"error\":\"too many connections\"}";

/// Why a connection was closed before its normal end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ConnectionEnd {
    /// Too many connections with a request in progress were open; the answer was a 503.
    Refused,
    /// It had no request in progress and gave its place to a new connection.
    Displaced,
    /// The request's head did not arrive in time, or the connection was idle for too long.
    Timeout,
    /// The client sent invalid HTTP, or a head that is too large.
    Broken,
}

/// Hears of connections.
pub trait Visitors: Send + Sync {
    fn open(&self, _connections: usize) {}
    fn ended(&self, _end: ConnectionEnd, _why: &str) {}
    /// The operating system refused a connection.
    fn not_accepted(&self, why: &str);
}

/// A listener with its limits.
pub struct Server {
    pub listener: TcpListener,
    pub places: Arc<Places>,
    pub age_max: Duration,
    pub visitors: Arc<dyn Visitors>,
}

impl Server {
    /// At most `connections_max` connections, and one for each `files_each` files that the process may
    /// open.
    pub fn new(
        listener: TcpListener,
        connections_max: usize,
        files_each: usize,
        visitors: Arc<dyn Visitors>,
    ) -> Server {
        let places = Places::new(files::share(connections_max, files_each));
        Server { listener, places, age_max: AGE_MAX, visitors }
    }

    /// Serves until the service stops, and then finishes the requests in progress.
    pub async fn run<S, B>(self, service: S, mut stopped: watch::Receiver<bool>)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let doors = TURNED_AWAY_MAX.min(self.places.max.div_ceil(4));
        let doors = Arc::new(Semaphore::new(doors));
        loop {
            let (stream, _) = tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Most likely too many open files; some will be closed soon.
                        self.visitors.not_accepted(&error.to_string());
                        sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
                () = stop_requested(&mut stopped) => break,
            };
            let Some((place, displaced)) = Places::take(&self.places) else {
                self.visitors.ended(ConnectionEnd::Refused, "too many connections");
                if let Ok(door) = doors.clone().try_acquire_owned() {
                    tokio::spawn(async move {
                        let _ = timeout(TURN_AWAY_TIME, turn_away(stream)).await;
                        drop(door);
                    });
                }
                continue;
            };
            if let Some(displaced) = displaced {
                // Its file is closed before the next connection is accepted: so few more are ever open.
                let _ = timeout(CLOSE_IDLE_MAX, displaced.gone.notified()).await;
            }
            let (service, visitors) = (service.clone(), self.visitors.clone());
            let (stopped, age_max) = (stopped.clone(), self.age_max);
            tokio::spawn(async move {
                visitors.open(place.places.open());
                connection(stream, service, &place, &*visitors, age_max, stopped).await;
                let places = place.places.clone();
                drop(place);
                visitors.open(places.open());
            });
        }
        drop(self.listener);
        let _ = timeout(FINISH_MAX, self.places.emptied()).await;
    }
}

/// Returns when the service is to stop.
async fn stop_requested(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop too.
    drop(stopped.wait_for(|stop| *stop).await);
}

async fn connection<S, B>(
    stream: TcpStream,
    service: S,
    place: &Place,
    visitors: &dyn Visitors,
    age_max: Duration,
    mut stopped: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // Answers are small and clients wait for them: without Nagle's algorithm they are not delayed.
    let _ = stream.set_nodelay(true);
    let guest = place.guest.clone();
    let serve = service_fn(move |request| {
        let busy = Busy::new(guest.clone());
        let answer = service.call(request);
        async move {
            let answer = answer.await;
            drop(busy);
            answer
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), serve);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => Some(ended),
        () = stop_requested(&mut stopped) => None,
        () = sleep(age_max) => None,
        () = place.guest.leave.notified() => {
            visitors.ended(ConnectionEnd::Displaced, "no request in progress");
            return;
        }
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            serving.as_mut().graceful_shutdown();
            let is_busy = place.guest.is_busy.load(Ordering::Relaxed);
            let most = if is_busy { CLOSE_MAX } else { CLOSE_IDLE_MAX };
            timeout(most, serving).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        let end = if error.is_timeout() { ConnectionEnd::Timeout } else { ConnectionEnd::Broken };
        visitors.ended(end, &error.to_string());
    }
}

/// Answers with 503 and reads on for a moment, so that the client gets the answer.
async fn turn_away(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(TURNED_AWAY.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// The places of a listener, and who has them, the oldest first.
pub struct Places {
    max: usize,
    guests: Mutex<BTreeMap<u64, Arc<Guest>>>,
    empty: Notify,
}

#[derive(Default)]
struct Guest {
    /// A request is in progress, from its whole head to its answer.
    is_busy: AtomicBool,
    leave: Notify,
    /// The connection is closed.
    gone: Notify,
}

/// A connection's place, given back when it is dropped.
struct Place {
    places: Arc<Places>,
    number: u64,
    guest: Arc<Guest>,
}

impl Places {
    pub fn new(max: usize) -> Arc<Places> {
        Arc::new(Places { max, guests: Mutex::default(), empty: Notify::new() })
    }

    fn guests(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Guest>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> usize {
        self.guests().len()
    }

    /// A free place, or that of the oldest connection without a request in progress, and that one.
    fn take(places: &Arc<Places>) -> Option<(Place, Option<Arc<Guest>>)> {
        let mut guests = places.guests();
        let mut displaced = None;
        if guests.len() >= places.max {
            let mut all = guests.iter();
            let idle = all.find(|(_, guest)| !guest.is_busy.load(Ordering::Relaxed));
            let number = idle.map(|(number, _)| *number)?;
            displaced = guests.remove(&number);
            if let Some(guest) = &displaced {
                guest.leave.notify_one();
            }
        }
        let number = guests.last_key_value().map_or(0, |(last, _)| last + 1);
        let guest = Arc::<Guest>::default();
        guests.insert(number, guest.clone());
        drop(guests);
        Some((Place { places: places.clone(), number, guest }, displaced))
    }

    async fn emptied(&self) {
        while self.open() > 0 {
            self.empty.notified().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.guest.gone.notify_one();
        let mut guests = self.places.guests();
        // After it was displaced, the number may be another's.
        if guests.get(&self.number).is_some_and(|guest| Arc::ptr_eq(guest, &self.guest)) {
            guests.remove(&self.number);
        }
        if guests.is_empty() {
            self.places.empty.notify_one();
        }
    }
}

/// A request in progress.
struct Busy(Arc<Guest>);

impl Busy {
    fn new(guest: Arc<Guest>) -> Busy {
        guest.is_busy.store(true, Ordering::Relaxed);
        Busy(guest)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.is_busy.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
