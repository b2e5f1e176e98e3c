//! Whoever attacks it: refused cleanly, counted, and afterwards it still answers 202.

use super::service::{Answer, SECRET, Service, TOKEN, mac, row};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn still_takes(service: &Service) {
    let answer = service.post("open", &[], row("after").as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
}

fn rss_kib(service: &Service) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn large_bodies_and_bombs_cost_little() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "");
    still_takes(&service);
    let before = rss_kib(&service);
    // A hundred MB that say so, and a hundred that do not.
    let mut stream = service.connect();
    write!(
        stream,
        "POST /v1/ingest/open HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n\r\n"
    )
    .unwrap();
    let answer = Answer::read(&mut stream).unwrap();
    assert_eq!(answer.status, 413, "{answer:?}");
    let mut stream = service.connect();
    write!(
        stream,
        "POST /v1/ingest/open HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let chunk = [&b"10000\r\n"[..], &[b'1'; 0x10000], b"\r\n"].concat();
    let sent = (0..100_000_000 / 0x10000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!(sent < 400, "all of it was read: {sent} chunks");
    assert_eq!(service.requests("open", "too_large"), 2.0);

    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..500 {
        bomb.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let answer = service.post("open", &[("content-encoding", "gzip")], &bomb);
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(answer.error().contains("after decompression"), "{answer:?}");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
    let answer = service.post("open", &[], deep.as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
    let why = answer.json()["dead_letters"][0]["message"].to_string();
    assert!(why.contains("recursion limit"), "{why}");
    let answer = service.post("open", &[], "[".repeat(1 << 20).as_bytes());
    assert_eq!(answer.json()["dead_lettered"], 1, "{answer:?}");
    still_takes(&service);
    let grown = rss_kib(&service).saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} KiB more");
    assert_eq!(service.stop().code, Some(0));
}

#[test]
fn slow_and_broken_senders_are_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "  body_timeout_ms: 300");
    let mut stream = service.connect();
    write!(
        stream,
        "POST /v1/ingest/open HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{{"
    )
    .unwrap();
    let answer = Answer::read(&mut stream).unwrap();
    assert_eq!(answer.status, 408, "{answer:?}");
    assert!(answer.error().contains("within 300 ms"), "{answer:?}");
    // A body that breaks off is not taken for a whole one.
    let mut stream = service.connect();
    let whole = row("cut");
    let length = whole.len() + 1;
    write!(
        stream,
        "POST /v1/ingest/open HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{whole}"
    )
    .unwrap();
    drop(stream);
    // No HTTP, and a head without end.
    let mut stream = service.connect();
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n").unwrap();
    assert_eq!(Answer::read(&mut stream).unwrap().status, 400);
    let mut stream = service.connect();
    let head = format!("POST /v1/ingest/open HTTP/1.1\r\nx: {}\r\n", "a".repeat(100_000));
    let _ = stream.write_all(head.as_bytes());
    assert_eq!(Answer::read(&mut stream).unwrap().status, 431);
    let began = Instant::now();
    let broken = || service.metric("buymode_ingest_connections_ended_total{cause=\"broken\"}");
    while service.requests("open", "gone") + broken() < 3.0 {
        assert!(began.elapsed() < Duration::from_secs(10), "not counted");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(service.requests("open", "body_timeout"), 1.0);
    assert_eq!(service.requests("open", "gone"), 1.0);
    still_takes(&service);
}

#[test]
fn a_thousand_idle_connections_keep_no_request_out() {
    let folder = tempfile::tempdir().unwrap();
    // No more than half of the files of the process.
    let service = Service::embedded_with_files(folder.path(), 200);
    let files = || std::fs::read_dir(format!("/proc/{}/fd", service.pid())).unwrap().count();
    // With what it has of its own, and has inherited from the process of the tests.
    let before = files();
    let idle: Vec<TcpStream> = (0..1_100).map(|_| service.connect()).collect();
    // A part of a head each, so that they are not only quiet.
    for stream in idle.iter().step_by(2) {
        let _ = (&*stream).write_all(b"POST /v1/ingest/open HTTP/1.1\r\nhost: local");
    }
    still_takes(&service);
    let pages: Vec<TcpStream> =
        (0..1_100).map(|_| TcpStream::connect(&service.http).unwrap()).collect();
    still_takes(&service);
    assert_eq!(crate::cli::running::try_get(&service.http, "/livez").unwrap().0, 200);
    let displaced = "buymode_ingest_connections_ended_total{cause=\"displaced\"}";
    assert!(service.metric(displaced) >= 1_000.0, "{}", service.metric(displaced));
    assert!(service.metric("buymode_ingest_connections") <= 100.0);
    // Half of them, and an eighth for the pages; one more of each at a time.
    let files = files();
    assert!(files <= before + 100 + 25 + 8, "{files} files, and {before} before");
    drop((idle, pages));
    let began = Instant::now();
    while service.metric("buymode_ingest_connections") > 0.0 {
        assert!(began.elapsed() < Duration::from_secs(10), "connections are kept");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn where_every_connection_has_a_request_a_further_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let more = "  connections_max: 100\n  body_timeout_ms: 60000";
    let service = Service::embedded(folder.path(), more);
    let head = "POST /v1/ingest/open HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n";
    let ask = || {
        let mut stream = service.connect();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    // None of them sends its body.
    let mut open: Vec<TcpStream> = (0..100).map(|_| ask()).collect();
    let began = Instant::now();
    let refused = loop {
        match service.try_post("open", &[], row("x").as_bytes()) {
            Ok(answer) if answer.status == 503 => break answer,
            // It came before the request of another, and had its place.
            _ => open.push(ask()),
        }
        assert!(began.elapsed() < Duration::from_secs(10), "it is not refused");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(refused.error(), "too many connections");
    drop(open);
    let began = Instant::now();
    loop {
        let answer = service.try_post("open", &[], row("after").as_bytes());
        if answer.is_ok_and(|answer| answer.status == 202) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "it answers no more");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_request_to_a_foreign_name_is_refused_at_both_ports() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "  hosts: [Hooks.example.com]");
    let ask = |address: &str, host: &str, line: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        let end = "content-length: 0\r\nconnection: close";
        write!(stream, "{line} HTTP/1.1\r\nhost: {host}\r\n{end}\r\n\r\n").unwrap();
        Answer::read(&mut stream).unwrap()
    };
    for line in ["POST /v1/ingest/open", "GET /livez", "GET /v1/ingest/open?challenge=x"] {
        let answer = ask(&service.address, "evil.example:8090", line);
        assert_eq!(answer.status, 403, "{line}: {answer:?}");
        assert!(answer.error().contains("names in ingest.hosts; add the name there"), "{answer:?}");
    }
    assert_eq!(ask(&service.http, "evil.example", "GET /readyz").status, 403);
    // A name that a setting has, and the one that HubSpot signs.
    for host in ["hooks.example.com", "HOOKS.EXAMPLE.COM:443", "127.0.0.1", "[::1]:1"] {
        assert_eq!(ask(&service.address, host, "GET /livez").status, 200, "{host}");
    }
    assert_eq!(ask(&service.http, "hooks.example.com", "GET /livez").status, 403);
    assert_eq!(service.requests("unknown", "unknown_host"), 3.0);
}

#[test]
fn strangers_at_one_source_hold_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "  queue_mib_max: 16\n  body_timeout_ms: 60000");
    // All but the last byte of bodies of a MiB, whose signatures are of nothing.
    let part = vec![b' '; (1 << 20) - 1];
    let head = format!(
        "POST /v1/ingest/theirstack HTTP/1.1\r\nhost: localhost\r\nx-theirstack-signature-256: \
         sha256={}\r\ncontent-length: {}\r\n\r\n",
        "0".repeat(64),
        1 << 20
    );
    let stall = || {
        let mut stream = service.connect();
        stream.write_all(head.as_bytes()).unwrap();
        // Who is refused early does not have all of it read.
        let _ = stream.write_all(&part);
        stream
    };
    let mut stalled: Vec<TcpStream> = (0..16).map(|_| stall()).collect();
    let ends = |status: u16| {
        let began = Instant::now();
        loop {
            let signature = format!("sha256={}", "0".repeat(64));
            let headers = [("x-theirstack-signature-256", signature.as_str())];
            let answer = service.post("theirstack", &headers, &[b' '; 1 << 20]);
            if answer.status == status {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{answer:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    // One of them may have come while a request of ours had its place, and was refused.
    let began = Instant::now();
    let busy = loop {
        let signature = format!("sha256={}", "0".repeat(64));
        let headers = [("x-theirstack-signature-256", signature.as_str())];
        let answer = service.post("theirstack", &headers, &[b' '; 1 << 20]);
        if answer.status == 429 {
            break answer;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{answer:?}");
        stalled.push(stall());
    };
    assert!(busy.error().contains("too many requests in progress"), "{busy:?}");
    assert!(busy.head.contains("retry-after: "), "{busy:?}");
    // Nobody else hears of it, whether known by a signature, by a token or not at all.
    let body = |id: &str| {
        let mut body = row(id).into_bytes();
        body.resize(1 << 20, b' ');
        body
    };
    let token = format!("bearer {TOKEN}");
    for n in 0..3 {
        let id = format!("round-{n}");
        let stamp = (buymode::runtime::worker::now_ms() / 1_000).to_string();
        let signature = mac(SECRET, &[stamp.as_bytes(), b".", &body(&id)]);
        let signed = format!("v1={}", data_encoding::BASE64.encode(&signature));
        let headers: [(&str, &[(&str, &str)]); 3] = [
            ("vendor", &[("x-timestamp", &stamp), ("x-signature", &signed)]),
            ("form", &[("authorization", &token)]),
            ("open", &[]),
        ];
        for (source, headers) in headers {
            let answer = service.post(source, headers, &body(&id));
            assert_eq!(answer.status, 202, "{source}: {answer:?}");
            assert_eq!(service.requests(source, "busy"), 0.0);
        }
    }
    drop(stalled);
    ends(401);
}
