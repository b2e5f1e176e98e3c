//! Whoever attacks it: refused cleanly, counted, and afterwards it still answers 202.

use super::service::{Answer, SECRET, Service, TOKEN, mac, row};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
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
    write!(stream, "POST /v1/ingest/open HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n")
        .unwrap();
    let answer = Answer::read(&mut stream).unwrap();
    assert_eq!(answer.status, 413, "{answer:?}");
    let mut stream = service.connect();
    write!(
        stream,
        "POST /v1/ingest/open HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
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
    write!(stream, "POST /v1/ingest/open HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{")
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
        "POST /v1/ingest/open HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{whole}"
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
fn a_thousand_connections_are_told_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "  connections_max: 100");
    let open: Vec<TcpStream> = (0..1_000).map(|_| service.connect()).collect();
    let began = Instant::now();
    let refused = || service.metric("buymode_ingest_connections_ended_total{cause=\"refused\"}");
    while refused() < 900.0 {
        assert!(began.elapsed() < Duration::from_secs(20), "{} refused", refused());
        std::thread::sleep(Duration::from_millis(50));
    }
    // Some were told why, in HTTP; the others were closed.
    let mut told = 0;
    for stream in &open[100..] {
        let mut stream = stream.try_clone().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        told += usize::from(text.starts_with("HTTP/1.1 503") && text.ends_with("connections\"}"));
    }
    assert!(told >= 64, "{told} were told");
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
    let began = Instant::now();
    while service.metric("buymode_ingest_connections") > 0.0 {
        assert!(began.elapsed() < Duration::from_secs(10), "connections are kept");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn strangers_at_one_source_hold_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "  queue_mib_max: 16\n  body_timeout_ms: 60000");
    // All but the last byte of bodies of a MiB, whose signatures are of nothing.
    let part = vec![b' '; (1 << 20) - 1];
    let head = format!(
        "POST /v1/ingest/theirstack HTTP/1.1\r\nhost: x\r\nx-theirstack-signature-256: \
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
