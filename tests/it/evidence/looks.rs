//! What a report of an experiment promises to those who look at any time: without an effect it hardly ever
//! shows one, with the planned one it shows it as often as the plan says.

use super::promises::{at_most, runs};
use buymode::evidence::stats::chance::Chance;
use buymode::evidence::stats::experiment::{Adjusted, absolute, cuped, log_ratio};
use buymode::evidence::stats::planner::accounts_an_arm_with_looks;
use buymode::evidence::stats::sequential::{always_valid, difference};

/// Whether an experiment ever alarms by the ratio, and by the difference adjusted by a fit score; looked at 40
/// times from 20 accounts an arm on.
fn ever_alarms(rate: f64, seed: u64) -> (bool, bool) {
    let mut chance = Chance::new(seed);
    let mut arms: [Vec<Adjusted>; 2] = Default::default();
    let mut counts = [[0_u64; 2]; 2];
    let mut alarms = (false, false);
    let planned = 2.0 * (20.0 + 39.0 * 15.0);
    for look in 0..40 {
        for (arm, counts) in arms.iter_mut().zip(&mut counts) {
            for _ in 0..if look == 0 { 20 } else { 15 } {
                let before = chance.unit();
                let happened = chance.happens(rate * (0.2 + 1.6 * before));
                counts[0] += u64::from(happened);
                counts[1] += 1;
                arm.push(Adjusted { outcome: f64::from(u8::from(happened)), before });
            }
        }
        let Some(effect) = difference(counts[0], counts[1]) else { continue };
        if let Some(ratio) = log_ratio(counts[0], counts[1]) {
            alarms.0 |= !always_valid(ratio, 0.05, planned).contains(0.0);
        }
        let (a, b) = cuped(&arms[0], &arms[1]);
        let mut adjusted = absolute(a, b);
        adjusted.variance = adjusted.variance.max(effect.variance * 0.5);
        alarms.1 |= !always_valid(adjusted, 0.05, planned).contains(0.0);
    }
    alarms
}

#[test]
fn should_hardly_ever_alarm_by_ratios_and_adjusted_differences_without_an_effect() {
    for rate in [0.02, 0.05, 0.15, 0.35] {
        let mut found = [0_u64; 2];
        for seed in 0..runs() {
            let (ratio, adjusted) = ever_alarms(rate, seed);
            found[0] += u64::from(ratio);
            found[1] += u64::from(adjusted);
        }
        let shares = found.map(|found| found as f64 / runs() as f64);
        println!("rate {rate}: ratio {:.4}, adjusted {:.4}", shares[0], shares[1]);
        assert!(shares.iter().all(|share| *share <= at_most(0.05)), "{rate}: {shares:?}");
    }
}

#[test]
fn should_show_the_planned_effect_as_often_as_planned_and_mostly_before_the_end() {
    for (before, after) in [(0.15, 0.35), (0.05, 0.15), (0.35, 0.50)] {
        let an_arm = accounts_an_arm_with_looks(before, after, 0.05, 0.8).unwrap().ceil() as u64;
        let (mut shown, mut early) = (0_u64, 0_u64);
        for seed in 0..runs() {
            let mut chance = Chance::new(seed);
            let mut arms = [[0_u64; 2]; 2];
            for account in 1..=an_arm {
                for (arm, rate) in arms.iter_mut().zip([before, after]) {
                    arm[0] += u64::from(chance.happens(rate));
                    arm[1] += 1;
                }
                let Some(effect) = difference(arms[0], arms[1]) else { continue };
                if !always_valid(effect, 0.05, 2.0 * an_arm as f64).contains(0.0) {
                    shown += 1;
                    early += u64::from(account * 5 <= an_arm * 4);
                    break;
                }
            }
        }
        let share = |count: u64| count as f64 / runs() as f64;
        println!(
            "{before} to {after}, {an_arm} an arm: shown {:.4}, before 80 % of the accounts {:.4}",
            share(shown),
            share(early)
        );
        assert!(share(shown) >= 0.8 - 3.0 * (0.16 / runs() as f64).sqrt(), "{}", share(shown));
        assert!(early * 2 > shown, "most end with fewer accounts: {early} of {shown}");
    }
}
