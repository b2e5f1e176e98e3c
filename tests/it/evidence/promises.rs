//! What the formulas promise, over many seeds: 300 here, 10,000 in `.ci/long evidence`.

use buymode::evidence::stats::chance::Chance;
use buymode::evidence::stats::experiment::{Arm, absolute};
use buymode::evidence::stats::multiplicity::{Bits, max_t, max_t_by_family};
use buymode::evidence::stats::proportion::{
    Family, by_family, clopper_pearson, jeffreys, wilson95,
};
use buymode::evidence::stats::sequential::{always_valid, difference};
use buymode::evidence::stats::special::ln_choose;
use buymode::evidence::stats::{Interval, bootstrap};

pub(super) fn runs() -> u64 {
    match std::env::var_os("BUYMODE_EVIDENCE") {
        Some(_) => 10_000,
        None => 300,
    }
}

/// A share of `runs` that is `promised` in the long run lies below this in all but 1 of 700 cases.
pub(super) fn at_most(promised: f64) -> f64 {
    promised + 3.0 * (promised * (1.0 - promised) / runs() as f64).sqrt()
}

#[test]
fn should_alarm_in_few_experiments_without_an_effect_however_often_it_is_looked_at() {
    for rate in [0.02, 0.05, 0.15, 0.35] {
        let (mut valid, mut ordinary) = (0_u64, 0_u64);
        for seed in 0..runs() {
            let alarms = experiment(rate, seed);
            valid += u64::from(alarms.0);
            ordinary += u64::from(alarms.1);
        }
        let share = |alarms: u64| alarms as f64 / runs() as f64;
        assert!(share(valid) <= at_most(0.05), "{rate}: {} alarm", share(valid));
        let expected =
            0.2 - if runs() < 10_000 { 3.0 * (0.16 / runs() as f64).sqrt() } else { 0.0 };
        assert!(
            share(ordinary) > expected,
            "{rate}: the ordinary interval alarms in {}",
            share(ordinary)
        );
        println!("rate {rate}: always valid {:.4}, ordinary {:.4}", share(valid), share(ordinary));
    }
}

/// An experiment of two arms with the same rate, looked at 117 times from 20 accounts an arm on: whether it
/// ever alarmed by the interval that allows it, and by the ordinary one, which people compute however few outcomes
/// there are.
fn experiment(rate: f64, seed: u64) -> (bool, bool) {
    let mut chance = Chance::new(seed);
    let (mut arms, mut alarms) = ([[0_u64; 2]; 2], (false, false));
    let planned = 2.0 * (20.0 + 116.0 * 5.0);
    for look in 0..117 {
        let joined = if look == 0 { 20 } else { 5 };
        for arm in &mut arms {
            for _ in 0..joined {
                arm[0] += u64::from(chance.happens(rate));
                arm[1] += 1;
            }
        }
        let [control, treated] = arms.map(|[k, n]| Arm::of_counts(k, n));
        alarms.1 |= !absolute(control, treated).ordinary().contains(0.0);
        let Some(effect) = difference(arms[0], arms[1]) else { continue };
        alarms.0 |= !always_valid(effect, 0.05, planned).contains(0.0);
    }
    alarms
}

/// How often the interval of `n` records holds the true rate: exact, by the binomial distribution.
fn coverage(n: u64, p: f64, interval: &[Interval]) -> f64 {
    let chance =
        |k: u64| (ln_choose(n, k) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()).exp();
    (0..=n).filter(|k| interval[*k as usize].contains(p)).map(chance).sum()
}

#[test]
fn should_hold_the_true_rate_as_often_as_it_says() {
    type Method = fn(u64, u64) -> Interval;
    let methods: [(&str, Method, f64, f64); 3] = [
        ("exact", |k, n| clopper_pearson(k, n, 0.05), 0.95, 0.95),
        ("wilson", wilson95, 0.94, 0.83),
        ("jeffreys", |k, n| jeffreys(k, n, 0.05), 0.94, 0.83),
    ];
    let rates: Vec<f64> = (1..=49).map(|at| f64::from(at) / 100.0).collect();
    for (name, method, mean_min, least_min) in methods {
        let (mut sum, mut count, mut least) = (0.0, 0.0, (1.0, 0, 0.0));
        for n in [10, 20, 50, 100, 200, 500] {
            let intervals: Vec<Interval> = (0..=n).map(|k| method(k, n)).collect();
            for p in &rates {
                let covered = coverage(n, *p, &intervals);
                sum += covered;
                count += 1.0;
                if covered < least.0 {
                    least = (covered, n, *p);
                }
            }
        }
        println!(
            "{name}: mean {:.4}, least {:.4} at n {} and rate {}",
            sum / count,
            least.0,
            least.1,
            least.2
        );
        assert!(
            sum / count >= mean_min && least.0 >= least_min,
            "{name}: {} {least:?}",
            sum / count
        );
    }
}

#[test]
fn should_hold_the_true_rate_where_records_of_a_family_resemble_each_other() {
    // 85 accounts with 79 opportunities each, correlated by 0.05: as a beta-binomial with a + b = 19.
    let (rate, strength) = (0.63, 19.0);
    let (mut plain, mut by_families) = (0_u64, 0_u64);
    for seed in 0..runs() {
        let mut chance = Chance::new(seed);
        let families: Vec<Family> = (0..85)
            .map(|_| {
                // A Polya urn draws a beta-binomial.
                let mut happened = 0;
                for drawn in 0..79_u64 {
                    let p = (rate * strength + happened as f64) / (strength + drawn as f64);
                    happened += u64::from(chance.happens(p));
                }
                Family { happened, records: 79 }
            })
            .collect();
        let happened: u64 = families.iter().map(|family| family.happened).sum();
        plain += u64::from(wilson95(happened, 85 * 79).contains(rate));
        by_families += u64::from(by_family(&families, 0.05).contains(rate));
    }
    let share = |covered: u64| covered as f64 / runs() as f64;
    println!("families: {:.4}, as single records: {:.4}", share(by_families), share(plain));
    assert!(share(by_families) >= 0.93 - 3.0 * (0.05 * 0.95 / runs() as f64).sqrt());
    assert!(share(plain) < 0.75, "the test would not notice intervals that ignore families");
}

#[test]
fn should_prove_nothing_in_noise_more_often_than_it_says() {
    let mut found = 0_u64;
    let runs = runs().min(1_000);
    for seed in 0..runs {
        let mut chance = Chance::new(seed);
        let outcome = Bits::of((0..125).map(|_| chance.happens(0.2)));
        let properties: Vec<Bits> = (0..60)
            .map(|at| {
                Bits::of((0..125).map(|_| chance.happens(0.05 + 0.01 * f64::from(at)))).clone()
            })
            .collect();
        let properties: Vec<&Bits> = properties.iter().collect();
        let p = max_t(&properties, &outcome, &[0; 125], 199, seed + 1_000_000).p;
        found += u64::from(p.iter().any(|p| *p <= 0.05));
    }
    let share = found as f64 / runs as f64;
    println!("noise: something proven in {share:.4}");
    assert!(share <= 0.05 + 3.0 * (0.05 * 0.95 / runs as f64).sqrt(), "{share}");
    assert!(share > 0.01, "the test is far too strict: {share}");
}

/// Three of 60 properties win 2.5 times as often: how many of them are found, and how much of what is found is one
/// of them, by the number of records.
#[test]
fn should_find_planted_properties_the_more_of_them_the_more_records() {
    let runs = runs().min(300) / 10;
    let mut recalls = Vec::new();
    for records in [100, 400, 1_600] {
        let (mut found, mut right) = (0_u64, 0_u64);
        for seed in 0..runs {
            let mut chance = Chance::new(seed + 77);
            let rows: Vec<Vec<bool>> =
                (0..records).map(|_| (0..60).map(|_| chance.happens(0.25)).collect()).collect();
            let won = rows.iter().map(|row| {
                let planted = row[..3].iter().filter(|has| **has).count() as i32;
                chance.happens((0.1 * 2.5_f64.powi(planted)).min(0.95))
            });
            let outcome = Bits::of(won.collect::<Vec<_>>());
            let properties: Vec<Bits> =
                (0..60).map(|at| Bits::of(rows.iter().map(|row| row[at]))).collect();
            let properties: Vec<&Bits> = properties.iter().collect();
            let tested = max_t(&properties, &outcome, &vec![0; records], 199, seed + 1);
            let proven = (0..60).filter(|at| tested.p[*at] <= 0.05 && tested.z[*at] > 0.0);
            for at in proven {
                found += 1;
                right += u64::from(at < 3);
            }
        }
        let (precision, recall) =
            (right as f64 / found.max(1) as f64, right as f64 / (3 * runs) as f64);
        println!("planted, {records} records: precision {precision:.3}, recall {recall:.3}");
        assert!(precision > 0.8, "{records}: {precision}");
        recalls.push(recall);
    }
    assert!(recalls[0] < recalls[1] && recalls[1] < recalls[2] + 1e-9, "{recalls:?}");
    assert!(recalls[2] > 0.95, "{recalls:?}");
}

#[test]
fn should_prove_nothing_in_noise_of_families_either() {
    let (mut found, mut found_plain) = (0_u64, 0_u64);
    let runs = runs().min(1_000);
    for seed in 0..runs {
        let mut chance = Chance::new(seed);
        // 60 accounts with 1 to 20 deals each; an account's own rate, and properties of the account.
        let accounts: Vec<(usize, f64, Vec<bool>)> = (0..60)
            .map(|_| {
                let rate = [0.2, 0.4, 0.6][chance.below(3)];
                let has = |at: u32| chance.happens(0.15 + 0.02 * f64::from(at));
                let properties = (0..20).map(has).collect();
                (1 + chance.below(20), rate, properties)
            })
            .collect();
        let (mut outcome, mut families) = (Bits::default(), Vec::new());
        let mut properties = vec![Bits::default(); 20];
        for (family, (deals, rate, own)) in accounts.iter().enumerate() {
            for _ in 0..*deals {
                outcome.push(chance.happens(*rate));
                families.push(family as u32);
                properties.iter_mut().zip(own).for_each(|(bits, has)| bits.push(*has));
            }
        }
        let properties: Vec<&Bits> = properties.iter().collect();
        let any = |p: Vec<f64>| u64::from(p.iter().any(|p| *p <= 0.05));
        found += any(max_t_by_family(&properties, &outcome, &families, 199, seed + 5).p);
        let one = vec![0; families.len()];
        found_plain += any(max_t(&properties, &outcome, &one, 199, seed + 5).p);
    }
    let share = |found: u64| found as f64 / runs as f64;
    println!("noise of families: {:.4}, as single records {:.4}", share(found), share(found_plain));
    assert!(share(found) <= 0.05 + 3.0 * (0.05 * 0.95 / runs as f64).sqrt(), "{}", share(found));
    assert!(share(found_plain) > 0.2, "the test would not notice that families are ignored");
}

#[test]
fn should_draw_the_same_resamples_for_the_same_seed() {
    let figure = |drawn: &[usize]| Some(drawn.iter().sum::<usize>() as f64 / drawn.len() as f64);
    let interval = |seed| bootstrap::percentile(40, 2_000, 0.05, seed, figure).unwrap();
    assert_eq!(interval(1), interval(1));
    assert_ne!(interval(1), interval(2));
    // The mean of 0..40 is 19.5, and the standard error of a mean of 40 draws is 11.54 / sqrt(40).
    let Interval { low, high } = interval(1);
    assert!(
        (low - (19.5 - 1.96 * 1.825)).abs() < 0.4 && (high - (19.5 + 1.96 * 1.825)).abs() < 0.4
    );
    assert_eq!(bootstrap::percentile(40, 100, 0.05, 1, |_| None), None);
}
