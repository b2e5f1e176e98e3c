//! How long a click takes to its answer, on a broker, while decisions come and messages go out.

use super::asking::{LINKS, ask};
use super::processes::Ground;
use super::served::now_ms;
use super::spoken::ROSTER;
use buymode::deliver::links::{Links, Pass};
use buymode::domain::account::decision::Decision;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CLICKS_A_SECOND: u64 = 50;
const CLICKS: usize = 600;

/// `.ci/long deliver`: each click is another person's page, opened by a signed link.
#[test]
#[ignore = "takes a minute; .ci/long deliver runs it"]
fn fifty_clicks_a_second_are_answered_in_time_beside_deliveries() {
    let Some(mut ground) = Ground::new("deliver-clicks", ROSTER) else { return };
    let address = TcpListener::bind("127.0.0.1:0").and_then(|found| found.local_addr()).unwrap();
    ground.settings = vec![
        ("BUYMODE__DELIVER__WORDS__LISTEN", address.to_string()),
        ("BUYMODE__DELIVER__WORDS__LINK_URL", "https://b.example.com".to_owned()),
        ("BUYMODE__DELIVER__WORDS__LINK_SECRET", LINKS.to_owned()),
    ];
    ground.start("a");
    let decided: Vec<Decision> = (0..CLICKS).map(|n| ground.decide(n)).collect();
    let links = Links::new("https://b.example.com", LINKS, 14).unwrap();
    let paths: Vec<String> = decided
        .iter()
        .map(|d| {
            let pass = Pass {
                case: d.id,
                person: Some("ana".to_owned()),
                said: Some("accept".to_owned()),
                of: None,
                until_s: now_ms() / 1_000 + 600,
            };
            format!("/words/{}", links.token(&pass))
        })
        .collect();
    // The last decision is known.
    let last = format!("GET {}", paths[CLICKS - 1]);
    let is_known = |_: &Ground| {
        let open = std::net::TcpStream::connect(address).is_ok();
        open && ask(address, "b.example.com", &last, "").1.contains("<button>Accept")
    };
    ground.until("the last decision", Duration::from_secs(120), is_known);
    let took = Arc::new(Mutex::new(Vec::new()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for (n, path) in paths.iter().enumerate() {
            let due = Duration::from_millis(1_000 * n as u64 / CLICKS_A_SECOND);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            if n % 10 == 0 {
                // Five decisions a second come beside.
                ground.decide(CLICKS + n);
            }
            let took = Arc::clone(&took);
            scope.spawn(move || {
                let clicked = Instant::now();
                let head = format!("POST {path}");
                let (status, page) = ask(address, "b.example.com", &head, "heard=0");
                assert!(status == 200 && page.contains("Recorded for Ana"), "{status}: {page}");
                took.lock().unwrap().push(clicked.elapsed());
            });
        }
    });
    let mut took = took.lock().unwrap().clone();
    took.sort();
    let (half, most) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!("a click to its answer: p50 {half:?}, p99 {most:?} of {}", took.len());
    assert_eq!(took.len(), CLICKS);
    assert!(most < Duration::from_secs(3), "{most:?}");
}
