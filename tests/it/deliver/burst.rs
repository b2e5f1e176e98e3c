//! A thousand decisions of one night: who gets them in the morning, in which order, and how fast.

use super::crew::Crew;
use crate::desk::office::{Office, at};
use buymode::domain::terms::time::Timestamp;

const DECISIONS: usize = 1_000;
const PEOPLE: usize = 3;
const A_DAY: usize = 60;
const ROSTER: &str = "
zone: Europe/London
people:
  - { name: ana, slack: U0000001, a_day: 60 }
  - { name: ben, slack: U0000002, a_day: 60 }
  - { name: cho, slack: U0000003, a_day: 60 }
teams: [{ name: all, members: [ana, ben, cho] }]
destinations:
  - name: leads
    routes: [sdr]
    hours: { days: [mon, tue, wed, thu, fri], from_hour: 9, to_hour: 17 }
    slack: { token: { env: SLACK }, channel: C0000001 }
escalation: { channel: leads }
digest: { destination: leads, hour: 10 }
";

/// `urgent · tier 1` as a number, the first the least.
fn rank(body: &str) -> Option<usize> {
    let priorities = ["urgent", "high", "normal"];
    (0..9).find(|n| body.contains(&format!("{} · tier {}", priorities[n / 3], n % 3 + 1)))
}

#[test]
fn a_burst_goes_out_in_the_order_of_rank_within_the_limits_and_the_rest_as_a_digest() {
    let began = at("2026-11-30 03:00");
    let mut crew = Crew::new(11, began.0, &["sdr"]);
    crew.publish(ROSTER);
    crew.settle();
    let mut office = Office::new(ROSTER, began);
    for n in 0..DECISIONS {
        let (priority, tier) = (["normal", "urgent", "high"][n % 3], n / 3 % 3 + 1);
        let said = format!("enters a{n}.com {priority} tier {tier} route sdr");
        crew.decide(&office.decision(&said, Timestamp(crew.now_ms())));
    }
    crew.settle();
    assert!(crew.vendors.world().slack.channels.is_empty(), "the channel sleeps");
    crew.pass(at("2026-11-30 09:00").0 - crew.now_ms());
    for _ in 0..4 * PEOPLE * A_DAY {
        crew.settle();
        crew.pass(1_000);
    }
    let world = crew.vendors.world();
    let all = &world.slack.channels["C0000001"];
    let times: Vec<f64> = all.iter().map(|message| message.ts.parse().unwrap()).collect();
    let soon = times.windows(2).find(|pair| pair[1] - pair[0] < 0.999);
    assert!(soon.is_none(), "two messages within a second: {soon:?}");
    let posts = all.iter().filter(|message| message.thread_ts.is_none());
    let ranks: Vec<usize> = posts.filter_map(|post| rank(&post.body.to_string())).collect();
    let mut best: Vec<usize> = (0..DECISIONS).map(|n| (n + 2) % 3 * 3 + n / 3 % 3).collect();
    best.sort_unstable();
    assert_eq!(ranks, best[..PEOPLE * A_DAY]);
    drop(world);
    crew.pass(at("2026-11-30 10:00").0 - crew.now_ms());
    for _ in 0..5 {
        crew.settle();
        crew.pass(2_000);
    }
    let page = crew.metrics();
    let ended = |end: &str, n: usize| {
        let line = format!("buymode_deliver_ends_total{{destination=\"leads\",end=\"{end}\"}} {n}");
        assert!(page.lines().any(|found| found == line), "{line} in\n{page}");
    };
    ended("confirmed", PEOPLE * A_DAY);
    ended("digested", DECISIONS - PEOPLE * A_DAY);
}
