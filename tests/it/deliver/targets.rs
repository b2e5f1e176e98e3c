//! Requests over real sockets: no redirection is followed, a name that leads inside is not connected to, and an
//! answer that does not come ends the wait.

use buymode::credentials::{Fault, Http, Request, Web};
use buymode::deliver::address::is_private;
use std::io::{Read, Write};
use std::net::TcpListener;

/// A server that gives one answer to each connection.
fn server(answer: &'static str) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (to, from) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 4_096];
            let read = stream.read(&mut bytes).unwrap_or(0);
            if to.send(String::from_utf8_lossy(&bytes[..read]).into_owned()).is_err() {
                return;
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, from)
}

fn request(url: &str, may_be_private: bool) -> Request {
    Request {
        body: Some(b"{}".to_vec()),
        url: url.to_owned(),
        headers: vec![("webhook-id", "a".to_owned())],
        may_be_private,
    }
}

#[test]
fn a_redirection_is_an_answer_and_is_not_followed() {
    let (inside, reached) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let answer = format!("HTTP/1.1 302 Found\r\nlocation: {inside}\r\ncontent-length: 0\r\n\r\n");
    let (url, asked) = server(Box::leak(answer.into_boxed_str()));
    let web = Web::new(is_private).unwrap();
    let response = web.send(&request(&url, true)).unwrap();
    assert_eq!(response.status, 302);
    let head = asked.recv().unwrap();
    assert!(head.starts_with("POST / HTTP/1.1") && head.contains("webhook-id: a"), "{head}");
    assert!(reached.try_recv().is_err());
}

#[test]
fn a_name_that_leads_to_this_machine_is_not_connected_to() {
    let (url, reached) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let named = url.replace("127.0.0.1", "localhost");
    let web = Web::new(is_private).unwrap();
    let Err(Fault::NotSent(why)) = web.send(&request(&named, false)) else { panic!("sent") };
    assert!(why.contains("private network"), "{why}");
    assert!(reached.try_recv().is_err());
    assert_eq!(web.send(&request(&named, true)).unwrap().status, 200);
}

#[test]
fn a_server_that_is_not_there_has_got_nothing_and_one_that_hangs_up_may_have() {
    let web = Web::new(is_private).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}/secret-path", listener.local_addr().unwrap());
    drop(listener);
    let Err(Fault::NotSent(why)) = web.send(&request(&gone, true)) else { panic!("sent") };
    assert!(!why.contains("secret-path"), "{why}");
    let (url, _asked) = server("");
    let Err(Fault::Unknown(why)) = web.send(&request(&format!("{url}/secret-path"), true)) else {
        panic!("answered")
    };
    assert!(!why.contains("secret-path"), "{why}");
}
