//! The services behind a socket, for processes of their own.

use super::slack::TOKEN;
use super::vendors::{SECRET, SLACK, Vendors};
use buymode::credentials::{Http, Request};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

/// Serves until the test ends; returns the address. The clock is the machine's.
pub(super) fn serve(vendors: &Vendors) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let vendors = vendors.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, vendors) = (stream.unwrap(), vendors.clone());
            std::thread::spawn(move || while answer(&stream, &vendors).is_some() {});
        }
    });
    address
}

/// The environment of a sender.
pub(super) fn secrets() -> [(&'static str, &'static str); 2] {
    [("SLACK", TOKEN), ("HOOK", SECRET)]
}

pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn answer(stream: &TcpStream, vendors: &Vendors) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut headers) = (None, Vec::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse::<usize>().ok(),
            "authorization" => headers.push(("authorization", value.to_owned())),
            "webhook-id" => headers.push(("webhook-id", value.to_owned())),
            "webhook-timestamp" => headers.push(("webhook-timestamp", value.to_owned())),
            "webhook-signature" => headers.push(("webhook-signature", value.to_owned())),
            _ => {}
        }
    }
    let body = match length {
        None => None,
        Some(length) => {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            Some(body)
        }
    };
    let url = match path.strip_prefix("/api") {
        Some(rest) => format!("{SLACK}{rest}"),
        None => format!("https://hooks.example.com{path}"),
    };
    vendors.now.store(now_ms(), std::sync::atomic::Ordering::Relaxed);
    // A fault closes the connection without an answer.
    let said = vendors.send(&Request { body, url, headers, may_be_private: true }).ok()?;
    let mut head = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", said.status, said.body.len());
    for (name, value) in &said.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = stream;
    stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    stream.write_all(&said.body).ok()
}
