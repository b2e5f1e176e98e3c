//! More requests than the service can map: it says so at once, and what was told to come again comes.

use super::service::{Service, row, store, written};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn who_would_wait_too_long_is_told_at_once_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let more = "  mappers: 1\n  queue_wait_ms_max: 100\n  answer_timeout_ms: 60000";
    let service = Service::embedded(folder.path(), more);
    // Rows that take the only mapper thread a while.
    let large: Vec<String> = (0..8_000).map(|n| row(&format!("large-{n}"))).collect();
    let large = large.join("\n");
    let began = Instant::now();
    let told: usize = std::thread::scope(|scope| {
        let whole = scope.spawn(|| service.post("open", &[], large.as_bytes()));
        let senders: Vec<_> = (0..8)
            .map(|n| {
                let service = &service;
                scope.spawn(move || {
                    // One after another, so that the later ones find others waiting.
                    std::thread::sleep(Duration::from_millis(100 + 50 * n));
                    let mut told = 0;
                    loop {
                        let asked = Instant::now();
                        let answer =
                            service.post("open", &[], row(&format!("small-{n}")).as_bytes());
                        if answer.status == 202 {
                            return told;
                        }
                        assert_eq!(answer.status, 503, "{answer:?}");
                        assert!(answer.head.contains("retry-after: 2\r\n"), "{answer:?}");
                        assert!(answer.error().starts_with("more requests than"), "{answer:?}");
                        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
                        assert!(began.elapsed() < PATIENCE, "{answer:?}");
                        told += 1;
                        std::thread::sleep(Duration::from_millis(100));
                    }
                })
            })
            .collect();
        let told = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
        assert_eq!(whole.join().unwrap().status, 202);
        told
    });
    assert!(told > 0, "all were mapped within {:?}", began.elapsed());
    assert_eq!(service.requests("open", "overloaded"), told as f64);
    assert_eq!(service.requests("open", "accepted"), 9.0);
    assert_eq!(service.stop().code, Some(0));
    let (inputs, letters) = written(&store(folder.path()), "");
    assert_eq!(inputs.values().map(Vec::len).sum::<usize>(), 8_008);
    assert!(letters.is_empty(), "{letters:?}");
}
