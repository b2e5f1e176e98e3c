//! Connections: their number, speed and duration. hyper implements HTTP.

use super::request::Desk;
use crate::telemetry::{ConnectionEnd, Telemetry};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// A request's head must arrive within this time; an idle connection is closed after it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
const HEAD_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 100;
/// An older connection is closed after the request in progress. So a client that does not read its
/// answers cannot hold a connection for longer, and a load balancer can rebalance.
pub(super) const AGE_MAX: Duration = Duration::from_secs(600);
/// Time limit for the request in progress after that.
const CLOSE_MAX: Duration = Duration::from_secs(30);
/// Time limit for requests in progress when the service stops.
const FINISH_MAX: Duration = Duration::from_secs(3);
/// Connections above the limit that are answered with 503 at once; any more are closed without answer.
const TURNED_AWAY_MAX: usize = 64;
const TURN_AWAY_TIME: Duration = Duration::from_millis(500);
const TURNED_AWAY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
    retry-after: 1\r\nconnection: close\r\ncontent-length: 32\r\n\r\n\
    {\"error\":\"too many connections\"}";

pub(super) struct Server {
    pub desk: Desk,
    pub listener: TcpListener,
    pub connections_max: usize,
    pub age_max: Duration,
    pub telemetry: Arc<Telemetry>,
}

impl Server {
    /// Serves until the service stops, and then finishes the requests in progress.
    pub(super) async fn run(self, mut stopped: watch::Receiver<bool>) {
        let desk = Arc::new(self.desk);
        let places = Arc::new(Semaphore::new(self.connections_max));
        let doors = Arc::new(Semaphore::new(TURNED_AWAY_MAX));
        let all = u32::try_from(self.connections_max).unwrap_or(u32::MAX);
        loop {
            let (stream, _) = tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Most likely too many open files; some will be closed soon.
                        self.telemetry.not_accepted(&error.to_string());
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
                () = stop_requested(&mut stopped) => break,
            };
            let Ok(place) = places.clone().try_acquire_owned() else {
                self.telemetry.connection_ended(ConnectionEnd::Refused, "too many connections");
                if let Ok(door) = doors.clone().try_acquire_owned() {
                    tokio::spawn(async move {
                        let _ = tokio::time::timeout(TURN_AWAY_TIME, turn_away(stream)).await;
                        drop(door);
                    });
                }
                continue;
            };
            let (desk, telemetry, stopped) =
                (desk.clone(), self.telemetry.clone(), stopped.clone());
            let (places, max, age_max) = (places.clone(), self.connections_max, self.age_max);
            tokio::spawn(async move {
                telemetry.connections(max - places.available_permits());
                connection(stream, desk, &telemetry, age_max, stopped).await;
                drop(place);
                telemetry.connections(max - places.available_permits());
            });
        }
        drop(self.listener);
        let _ = tokio::time::timeout(FINISH_MAX, places.acquire_many(all)).await;
    }
}

/// Returns when the service is to stop.
async fn stop_requested(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop too.
    drop(stopped.wait_for(|stop| *stop).await);
}

async fn connection(
    stream: TcpStream,
    desk: Arc<Desk>,
    telemetry: &Telemetry,
    age_max: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are small and clients wait for them: without Nagle's algorithm they are not delayed.
    let _ = stream.set_nodelay(true);
    let serve = service_fn(move |request| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.serve(request).await) }
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
        () = tokio::time::sleep(age_max) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            serving.as_mut().graceful_shutdown();
            tokio::time::timeout(CLOSE_MAX, serving).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        let end = if error.is_timeout() { ConnectionEnd::Timeout } else { ConnectionEnd::Broken };
        telemetry.connection_ended(end, &error.to_string());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::http::limits::Budget;
    use std::collections::BTreeMap;
    use std::time::Instant;

    const GET: &[u8] = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

    async fn answer(stream: &mut TcpStream) -> String {
        let mut read = [0; 4096];
        let n = stream.read(&mut read).await.unwrap();
        String::from_utf8_lossy(&read[..n]).into_owned()
    }

    #[tokio::test]
    async fn an_old_connection_is_closed_and_a_new_one_taken() {
        let age_max = Duration::from_millis(300);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let telemetry = Arc::new(Telemetry::of_ingest(&[], &[], Duration::from_secs(60)));
        let desk = Desk {
            sources: BTreeMap::new(),
            mappers: std::sync::mpsc::channel().0,
            budget: Budget::new(1 << 20),
            body_max: 1 << 20,
            body_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(10),
            telemetry: telemetry.clone(),
        };
        let server = Server { desk, listener, connections_max: 1, age_max, telemetry };
        let (stop, stopped) = watch::channel(false);
        let served = tokio::spawn(server.run(stopped));
        for _ in 0..2 {
            let opened = Instant::now();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(GET).await.unwrap();
            assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
            // No request is in progress; the timeout for a head is much longer.
            assert_eq!(answer(&mut stream).await, "");
            let age = opened.elapsed();
            assert!(age >= age_max && age < HEAD_TIMEOUT, "{age:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.send(true).unwrap();
        served.await.unwrap();
    }
}
