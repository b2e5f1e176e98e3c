//! Weekly imports decide what one import decides.

use super::*;
use crate::pipeline::{activate, audit, score};
use buymode::domain::account::decision::Decision;
use buymode::log::Store;
use buymode::runtime::exit::Exit;
use std::time::Duration;

/// Who grows, and who keeps looking for salespeople.
const GROWING: &str = "
profile: growing
product: crm
owner: revops
fit: {criteria: [{name: size, weight: 100, when: {employees: {min: 5, max: 500}}}]}
intent:
  enter: 50
  exit: 15
  rules:
    - {name: grows, points: 40, half_life_days: 60, window_days: 120, headcount: {percent: 20, people: 3}}
    - {name: sales, points: 20, half_life_days: 30, window_days: 90, hiring: {actions: [posted], functions: [sales]}}
routes: {default: ae}
value: {pain: p, angle: a, personas: [{titles: [VP Sales]}]}
";

/// All decisions, without their places in the log: weekly imports write more ticks.
fn decisions(ground: &Ground) -> Vec<String> {
    assert_eq!(score(&ground.store, &topics(), PARTITIONS, Duration::from_secs(30)), Exit::Stopped);
    let findings = audit(&ground.store, &topics());
    assert_eq!(findings.differences, 0, "{:#?}", findings.first);
    let mut all: Vec<Decision> = Vec::new();
    for (route, partition) in ROUTES.iter().flat_map(|r| (0..PARTITIONS).map(move |p| (r, p))) {
        ground.each(&topics().route(route), partition, &mut |_, value, _| {
            all.push(Codec::local().decode_decision(value.unwrap()).unwrap());
        });
    }
    all.sort_by(|a, b| (&a.account, a.sequence).cmp(&(&b.account, b.sequence)));
    let bare = |mut decision: Decision| {
        decision.input_offset = 0;
        // How many ticks came before depends on the number of imports.
        (decision.written.partition, decision.written.offset) = (0, 0);
        format!("{decision:?}")
    };
    all.into_iter().map(bare).collect()
}

/// The files of a week, as of a day so far from the others that a company may have grown.
fn files(ground: &Ground, at: usize, week: &Week) -> Vec<PathBuf> {
    let far = ["2026-05-06", "2026-07-26", "2026-10-15"][at];
    let rename = |path: PathBuf| {
        let to = PathBuf::from(path.to_str().unwrap().replace(&ground::day(at), far));
        std::fs::rename(&path, &to).unwrap();
        to
    };
    ground.files(at, week).into_iter().map(rename).collect()
}

#[test]
fn three_weekly_imports_decide_what_one_import_of_all_does() {
    let posts = |from: u32, to: u32| (from..to).collect::<Vec<_>>();
    let weeks = [
        Week::of(&[0, 1, 2, 3], &posts(0, 8)),
        Week::of(&[0, 1, 2, 3], &posts(3, 12)),
        Week::of(&[0, 1, 2], &posts(9, 20)),
    ];
    let run = |imports: &dyn Fn(&Ground)| {
        let ground = Ground::new(true);
        activate(&mut *ground.store.writer("icp").unwrap(), &topics(), PARTITIONS, GROWING, 1, 0);
        imports(&ground);
        decisions(&ground)
    };
    let one = run(&|ground| {
        ground.run((0..3).flat_map(|at| files(ground, at, &weeks[at])).collect());
    });
    let weekly = |ground: &Ground, at: usize| drop(ground.run(files(ground, at, &weeks[at])));
    let three = run(&|ground| (0..3).for_each(|at| weekly(ground, at)));
    assert!(one.len() >= 3, "{}", one.len());
    assert!(one.iter().any(|decision| decision.contains("grows")), "growth is counted");
    assert_eq!(one, three);
    // Scored after each import, and one of them again.
    let scored = run(&|ground| {
        for at in 0..3 {
            weekly(ground, at);
            weekly(ground, at);
            decisions(ground);
        }
    });
    assert_eq!(one, scored);
}
