//! Access control lists of a broker, set by hand: the client that the tests use cannot.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What an entry allows, by its number in Kafka's protocol.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    Read = 3,
    Write = 4,
    Describe = 8,
    DescribeConfigs = 10,
}

/// What an entry is about, likewise.
#[derive(Clone, Copy)]
pub(crate) enum Resource {
    Topic = 2,
    Group = 3,
    TransactionalId = 5,
}

/// Whether a name is that of one resource or the beginning of many.
#[derive(Clone, Copy)]
pub(crate) enum Pattern {
    Literal = 3,
    Prefix = 4,
}

/// Allows `user` one operation on a topic. From its first entry on, a topic allows nothing else but to
/// superusers.
pub(crate) fn allow(bootstrap: &str, user: &str, operation: Operation, topic: &str) {
    allow_on(bootstrap, user, operation, (Resource::Topic, Pattern::Literal, topic));
}

/// The same on any resource.
pub(crate) fn allow_on(
    bootstrap: &str,
    user: &str,
    operation: Operation,
    (resource, pattern, name): (Resource, Pattern, &str),
) {
    // CreateAcls (30), version 1: a correlation id, a client id, one entry.
    let mut request = vec![0, 30, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 1];
    let text = |request: &mut Vec<u8>, text: &str| {
        request.extend(u16::try_from(text.len()).expect("a short text").to_be_bytes());
        request.extend(text.as_bytes());
    };
    request.push(resource as u8);
    text(&mut request, name);
    request.push(pattern as u8);
    text(&mut request, &format!("User:{user}"));
    text(&mut request, "*");
    // Allowed (3).
    request.extend([operation as u8, 3]);
    let mut stream = TcpStream::connect(bootstrap).expect("the broker listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit can be set");
    let length = u32::try_from(request.len()).expect("a short request");
    stream.write_all(&length.to_be_bytes()).expect("the broker reads");
    stream.write_all(&request).expect("the broker reads");
    // Length, correlation id, throttle time, number of answers, error code.
    let mut answer = [0; 18];
    stream.read_exact(&mut answer).expect("the broker answers");
    assert_eq!(answer[12..], [0, 0, 0, 1, 0, 0], "one entry, no error");
}
