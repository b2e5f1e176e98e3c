//! Requests over real sockets: no redirection is followed, a name that leads inside is not connected to, and an
//! answer that does not come ends the wait.

use buymode::credentials::{Fault, Http, Request, Web};
use buymode::deliver::address::is_private;
use buymode::deliver::send::Call;
use buymode::deliver::send::answer::Answer;
use buymode::deliver::send::target::Services;
use buymode::domain::account::outbox::{ActionKind, OutboxAction};
use buymode::domain::profile::Priority;
use buymode::domain::terms::time::Timestamp;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

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

/// A mail server that takes one message, or refuses its recipient with a code.
pub(super) fn mail_server(
    refuses: Option<&'static str>,
) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (to, from) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut writer = stream.unwrap();
            let mut lines = BufReader::new(writer.try_clone().unwrap()).lines();
            let mut message = String::new();
            writer.write_all(b"220 here\r\n").unwrap();
            let mut in_data = false;
            while let Some(Ok(line)) = lines.next() {
                message += &format!("{line}\n");
                let answer = match (&*line, in_data) {
                    (".", true) => {
                        in_data = false;
                        "250 taken"
                    }
                    (_, true) => continue,
                    ("DATA", _) => {
                        in_data = true;
                        "354 go on"
                    }
                    ("QUIT", _) => break,
                    (line, _) if line.starts_with("RCPT") => refuses.unwrap_or("250 fine"),
                    _ => "250 fine",
                };
                writer.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
            }
            let _ = to.send(message);
        }
    });
    (address, from)
}

fn mail(server: &str) -> Call {
    let target = format!(
        r#"{{"email":{{"server":"{server}","from":"buymode@example.com","to":["a@example.com","b@example.com"]}}}}"#
    );
    let action = OutboxAction {
        id: uuid::Uuid::from_u128(7),
        at: Timestamp(0),
        kind: ActionKind::Post,
        destination: "list".into(),
        domain: "email".into(),
        account: None,
        priority: Priority::Normal,
        roster: 1,
        target,
        to: None,
        of: None,
        cancels: None,
        awaited: true,
        decided: None,
        body: r#"{"subject":"Acme is in buying mode","text":"Why: …","html":"<p>Why</p>"}"#
            .to_owned(),
    };
    Call {
        partition: 0,
        number: 1,
        is_doubtful: false,
        is_cancelled: false,
        action: Arc::new(action),
        trace: None,
    }
}

#[test]
fn mail_is_taken_refused_put_off_or_not_known_to_be_taken() {
    let services = Services {
        http: Arc::new(Web::new(is_private).unwrap()),
        secrets: "".into(),
        variable: |_| None,
        slack_api: String::new(),
        links: None,
        opted_out: None,
    };
    let call = |server: &str| services.call(&mail(server), Instant::now(), 0);
    let (server, taken) = mail_server(None);
    assert_eq!(call(&server), Answer::Accepted);
    let message = taken.recv().unwrap();
    for part in [
        "RCPT TO:<a@example.com>",
        "RCPT TO:<b@example.com>",
        "Subject: Acme is in buying mode",
        "Message-ID: <00000000-0000-0000-0000-000000000007@example.com>",
        "Auto-Submitted: auto-generated",
        "multipart/alternative",
    ] {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    let (server, _taken) = mail_server(Some("550 no such person"));
    assert_eq!(call(&server), Answer::Refused("the mail server answered 550".to_owned()));
    let (server, _taken) = mail_server(Some("451 later"));
    assert!(matches!(call(&server), Answer::Later(setback) if setback.why.contains("451")));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = listener.local_addr().unwrap().to_string();
    drop(listener);
    assert!(matches!(call(&gone), Answer::Unknown(_)));
}
