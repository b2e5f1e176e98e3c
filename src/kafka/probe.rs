//! Whether a broker that does not answer speaks TLS where we do not, or the other way round. The
//! client only says that a connection broke, so the broker is asked once, by hand: a server that
//! speaks TLS answers the begin of a TLS connection with a TLS record, and a broker that does not
//! answers Kafka's first request. Either is certain; anything else says nothing. The same of logins.

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
    let speaks_other = |broker: &str| match ours.has_tls() {
        true => speaks_kafka(broker),
        false => speaks_tls(broker),
    };
    if let Some(first) = all(&brokers, &speaks_other) {
        return Some(advice(first, ours));
    }
    let first = (ours == SecurityProtocol::Plaintext).then(|| all(&brokers, &wants_login))??;
    Some(format!(
        "the broker at {first} wants a login; set kafka.security_protocol: {}, and the kafka.sasl_… settings",
        SecurityProtocol::SaslPlaintext.name()
    ))
}

/// The first broker that is reached, if all that are answer with yes.
fn all<'a>(brokers: &[&'a str], ask: &(impl Fn(&str) -> Option<bool> + Sync)) -> Option<&'a str> {
    let answers: Vec<Option<bool>> = std::thread::scope(|scope| {
        let asked: Vec<_> = brokers.iter().map(|broker| scope.spawn(|| ask(broker))).collect();
        asked.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    });
    let mut reached = brokers.iter().zip(answers).filter_map(|(b, other)| Some((b, other?)));
    let (first, other) = reached.next()?;
    (other && reached.all(|(_, other)| other)).then_some(*first)
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

/// Asks for a login by a mechanism that there is not: a listener without logins says that it wants none
/// (error 34), and one with logins that it does not know the mechanism (33).
fn wants_login(broker: &str) -> Option<bool> {
    const UNKNOWN_MECHANISM: [u8; 2] = [0, 33];
    // SaslHandshake (17), version 1, without a client id.
    let mut request = vec![0, 0, 0, 13, 0, 17, 0, 1];
    request.extend(*b"buym");
    request.extend([0xff, 0xff]);
    request.extend([0, 1, b'?']);
    let answered = answer::<10>(broker, &request)?;
    Some(answered.is_some_and(|bytes| bytes[4..8] == *b"buym" && bytes[8..] == UNKNOWN_MECHANISM))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A listener that answers each handshake with this error, and closes any other connection.
    fn listener(error: u8) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(4) {
                let (mut stream, mut request) = (stream.unwrap(), [0; 17]);
                if stream.read_exact(&mut request).is_ok() && request[..6] == [0, 0, 0, 13, 0, 17] {
                    let mut answer = vec![0, 0, 0, 10];
                    answer.extend(&request[8..12]);
                    answer.extend([0, error, 0, 0, 0, 0]);
                    let _ = stream.write_all(&answer);
                }
            }
        });
        address
    }

    #[test]
    fn a_client_without_a_login_is_told_that_the_listener_wants_one() {
        let told =
            |error| mismatch(&KafkaConfig { bootstrap: listener(error), ..KafkaConfig::default() });
        let why = told(33).unwrap();
        assert!(
            why.contains("wants a login; set kafka.security_protocol: sasl_plaintext"),
            "{why}"
        );
        assert_eq!(told(34), None);
    }
}
