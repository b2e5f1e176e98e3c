//! Connections that are old, idle or too many.

use super::*;
use http_body_util::Full;
use hyper::body::Bytes;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;
use tokio::task::JoinHandle;

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

#[derive(Default)]
struct Counted {
    displaced: AtomicUsize,
    refused: AtomicUsize,
}

impl Visitors for Counted {
    fn ended(&self, end: ConnectionEnd, _: &str) {
        let count = match end {
            ConnectionEnd::Displaced => &self.displaced,
            ConnectionEnd::Refused => &self.refused,
            _ => return,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn not_accepted(&self, why: &str) {
        panic!("{why}");
    }
}

struct Served {
    address: std::net::SocketAddr,
    counted: Arc<Counted>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// A server with `max` places, whose answers take `takes`.
async fn serve(max: usize, age_max: Duration, takes: Duration) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counted = Arc::new(Counted::default());
    let visitors = counted.clone();
    let server = Server { listener, places: Places::new(max), age_max, visitors };
    let (stop, stopped) = watch::channel(false);
    let service = service_fn(move |_| async move {
        sleep(takes).await;
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"fine"))))
    });
    let serving = tokio::spawn(server.run(service, stopped));
    Served { address, counted, stop, serving }
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut read = [0; 4096];
    let n = stream.read(&mut read).await.unwrap_or(0);
    String::from_utf8_lossy(&read[..n]).into_owned()
}

#[tokio::test]
async fn an_old_connection_is_closed_and_a_new_one_taken() {
    let age_max = Duration::from_millis(300);
    let server = serve(1, age_max, Duration::ZERO).await;
    for _ in 0..2 {
        let opened = Instant::now();
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(GET).await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
        // No request is in progress; the timeout for a head is much longer.
        assert_eq!(answer(&mut stream).await, "");
        let age = opened.elapsed();
        assert!(age >= age_max && age < HEAD_TIMEOUT, "{age:?}");
        sleep(Duration::from_millis(50)).await;
    }
    server.stop.send(true).unwrap();
    server.serving.await.unwrap();
}

#[tokio::test]
async fn idle_connections_give_their_places_to_new_ones_and_busy_ones_do_not() {
    let server = serve(3, AGE_MAX, Duration::from_millis(500)).await;
    let mut idle = Vec::new();
    for _ in 0..10 {
        idle.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut busy = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(GET).await.unwrap();
        busy.push(stream);
    }
    for stream in &mut idle {
        assert_eq!(answer(stream).await, "", "it gave its place away");
    }
    // All three wait for their answers, and get them; a fourth has to come again.
    let mut fourth = TcpStream::connect(server.address).await.unwrap();
    let refused = answer(&mut fourth).await;
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.ends_with("connections\"}"),
        "{refused}"
    );
    for stream in &mut busy {
        assert!(answer(stream).await.ends_with("fine"));
    }
    let ended = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    assert_eq!((ended(&server.counted.displaced), ended(&server.counted.refused)), (10, 1));
    // Connections that are idle do not hold up a stop.
    let asked = Instant::now();
    server.stop.send(true).unwrap();
    server.serving.await.unwrap();
    assert!(asked.elapsed() < FINISH_MAX / 2, "{:?}", asked.elapsed());
}
