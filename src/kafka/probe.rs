//! Whether a broker that does not answer speaks TLS where we do not, or the other way round. The
//! client only says that a connection broke, so the broker is asked once, by hand: a server that
//! speaks TLS answers the begin of a TLS connection with a TLS record, and a broker that does not
//! answers Kafka's first request. Either is certain; anything else says nothing.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::config::{KafkaConfig, SecurityProtocol};

/// For connecting, and for an answer.
const WAIT: Duration = Duration::from_secs(1);
/// Brokers to try, all at once: the opening has its own limit of time.
const BROKERS_MAX: usize = 16;

/// One line with the remedy, if every broker that can be reached speaks the other protocol. Takes two
/// seconds at most, but for looking names up.
pub(super) fn mismatch(config: &KafkaConfig) -> Option<String> {
    let ours = config.security_protocol;
    let brokers = config.bootstrap.split(',').take(BROKERS_MAX);
    let brokers: Vec<&str> =
        brokers.map(|broker| broker.rsplit("://").next().unwrap_or(broker).trim()).collect();
    let speaks_other = |broker| match ours.has_tls() {
        true => speaks_kafka(broker),
        false => speaks_tls(broker),
    };
    let answers: Vec<Option<bool>> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            brokers.iter().map(|broker| scope.spawn(|| speaks_other(broker))).collect();
        asked.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    });
    let mut reached = brokers.iter().zip(answers).filter_map(|(b, other)| Some((b, other?)));
    let (first, other) = reached.next()?;
    (other && reached.all(|(_, other)| other)).then(|| advice(first, ours))
}

fn advice(broker: &str, ours: SecurityProtocol) -> String {
    use SecurityProtocol::{Plaintext, SaslPlaintext, SaslSsl, Ssl};
    let other = match ours {
        Plaintext => Ssl,
        Ssl => Plaintext,
        SaslPlaintext => SaslSsl,
        SaslSsl => SaslPlaintext,
    };
    let speaks = if ours.has_tls() { "does not speak" } else { "speaks" };
    format!("the broker at {broker} {speaks} TLS; set kafka.security_protocol: {}", other.name())
}

/// The first bytes of the answer; `None`: the broker cannot be reached.
fn answer<const N: usize>(broker: &str, request: &[u8]) -> Option<Option<[u8; N]>> {
    let address = broker.to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, WAIT).ok()?;
    stream.set_read_timeout(Some(WAIT)).ok()?;
    stream.set_write_timeout(Some(WAIT)).ok()?;
    let mut first = [0; N];
    let read = stream.write_all(request).and_then(|()| stream.read_exact(&mut first));
    Some(read.ok().map(|()| first))
}

/// A TLS record of a handshake (22) or an alert (21), of version 3.x.
fn speaks_tls(broker: &str) -> Option<bool> {
    Some(matches!(answer::<2>(broker, &client_hello())?, Some([21 | 22, 3])))
}

/// A response to our request: its length, then our correlation id.
fn speaks_kafka(broker: &str) -> Option<bool> {
    const CORRELATION: [u8; 4] = *b"buym";
    // ApiVersions (18), version 0, without a client id.
    let mut request = vec![0, 0, 0, 10, 0, 18, 0, 0];
    request.extend(CORRELATION);
    request.extend([0xff, 0xff]);
    let answered = answer::<8>(broker, &request)?;
    Some(answered.is_some_and(|bytes| bytes[4..] == CORRELATION))
}

/// The first message of a TLS 1.2 connection, with nothing but what must be in it. Whether the
/// server likes the cipher or not, its answer is a TLS record.
fn client_hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([0x42; 32]);
    // No session; one cipher (TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256); no compression.
    body.extend([0, 0, 2, 0xc0, 0x2f, 1, 0]);
    let length = |n: usize| [(n >> 8) as u8, n as u8];
    let mut handshake = vec![1, 0];
    handshake.extend(length(body.len()));
    handshake.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(length(handshake.len()));
    record.extend(handshake);
    record
}
