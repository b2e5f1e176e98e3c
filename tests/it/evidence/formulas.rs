//! Every formula against `tests/independent/formulas.json`, which a script wrote with other people's
//! libraries: closed forms to 1e-9, permuted ones to three Monte-Carlo errors.

use buymode::evidence::stats::Interval;
use buymode::evidence::stats::drift;
use buymode::evidence::stats::experiment::{self, Adjusted, Arm};
use buymode::evidence::stats::jackknife;
use buymode::evidence::stats::lift;
use buymode::evidence::stats::multiplicity::{self, Bits};
use buymode::evidence::stats::planner;
use buymode::evidence::stats::proportion::{self, Family};
use buymode::evidence::stats::ranking;
use buymode::evidence::stats::revenue;
use buymode::evidence::stats::sequential;
use buymode::evidence::stats::special;
use buymode::evidence::stats::survival::{self, End, Step};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

const CASES: &str = include_str!("../../independent/formulas.json");
const PERMUTATIONS: usize = 20_000;

#[test]
fn should_compute_as_other_libraries_do() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in &cases {
        let formula = case["formula"].as_str().unwrap();
        let expected = flat(&case["value"]);
        let ours = computed(formula, &case["given"]);
        assert_eq!(ours.len(), expected.len(), "{formula} {}", case["given"]);
        for (a, b) in ours.iter().zip(&expected) {
            let allowed = match formula {
                // Of both estimates, ours with fewer permutations.
                "max_t" => 3.0 * (b * (1.0 - b) / PERMUTATIONS as f64 * 1.1).sqrt() + 1e-4,
                _ => 1e-9 * b.abs().max(1.0),
            };
            assert!(
                (a - b).abs() <= allowed,
                "{formula} {}: {ours:?}, {expected:?}",
                case["given"]
            );
        }
        *seen.entry(formula.to_owned()).or_default() += 1;
    }
    assert_eq!(seen.len(), 38, "{seen:?}");
}

fn get<T: DeserializeOwned>(given: &Value, name: &str) -> T {
    serde_json::from_value(given[name].clone()).unwrap_or_else(|e| panic!("{name} of {given}: {e}"))
}

fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other.as_f64().unwrap_or_else(|| panic!("{other}"))],
    }
}

fn computed(formula: &str, given: &Value) -> Vec<f64> {
    let f = |name: &str| get::<f64>(given, name);
    let n = |name: &str| get::<u64>(given, name);
    match formula {
        "wilson" => both(proportion::wilson95(n("k"), n("n"))),
        "jeffreys" => both(proportion::jeffreys(n("k"), n("n"), 0.05)),
        "clopper_pearson" => both(proportion::clopper_pearson(n("k"), n("n"), 0.05)),
        "fisher" => {
            let [a, b] = get::<[[u64; 2]; 2]>(given, "table");
            vec![proportion::fisher(a, b)]
        }
        "by_family" => {
            let families = get::<Vec<[u64; 2]>>(given, "families").into_iter();
            let families: Vec<Family> =
                families.map(|[happened, records]| Family { happened, records }).collect();
            both(proportion::by_family(&families, 0.05))
        }
        "chi2_above" => vec![special::chi2_above(f("x"), f("df"))],
        "normal_quantile" => vec![special::normal_quantile(f("p"))],
        "t_quantile" => vec![special::t_quantile(f("p"), f("df"))],
        "beta_cdf" => vec![special::beta_cdf(f("x"), f("a"), f("b"))],
        "kolmogorov_above" => vec![drift::kolmogorov_above(f("x"))],
        "ratio" => {
            let (ratio, interval) = lift::ratio(n("k"), n("n"), n("k0"), n("n0")).unwrap();
            vec![ratio, interval.low, interval.high]
        }
        "shrunken" => vec![lift::shrunken(f("k"), f("n"), f("base"), lift::SHRINKAGE)],
        "kaplan_meier" => steps(&survival::kaplan_meier(&records(given))),
        "won_by" => steps(&survival::won_by(&records(given))),
        "won_by_without_ties" => {
            let steps = survival::won_by(&records(given));
            steps.iter().flat_map(|step| [step.days, step.share]).collect()
        }
        "auc" => vec![ranking::auc(&scored(given)).unwrap()],
        "average_precision" => vec![ranking::average_precision(&scored(given)).unwrap()],
        "brier" => vec![ranking::brier(&scored(given))],
        "top" => {
            let top = ranking::top(&scored(given), get(given, "k")).unwrap();
            vec![top.precision, top.recall]
        }
        "kolmogorov_smirnov" => {
            let [first, second] = ["first", "second"].map(|name| get::<Vec<f64>>(given, name));
            let (d, p) = drift::kolmogorov_smirnov(&first, &second).unwrap();
            vec![d, p]
        }
        "psi" => {
            let [expected, actual] =
                ["expected", "actual"].map(|name| get::<Vec<u64>>(given, name));
            vec![drift::psi(&expected, &actual)]
        }
        "max_t" => {
            let bits = |row: Vec<u8>| Bits::of(row.into_iter().map(|bit| bit == 1));
            let properties = get::<Vec<Vec<u8>>>(given, "properties").into_iter().map(bits);
            let (outcome, strata) = (bits(get(given, "outcome")), get::<Vec<u32>>(given, "strata"));
            let properties: Vec<Bits> = properties.collect();
            multiplicity::max_t(
                &properties.iter().collect::<Vec<_>>(),
                &outcome,
                &strata,
                PERMUTATIONS,
                1,
            )
            .p
        }
        "benjamini_hochberg" => multiplicity::benjamini_hochberg(&get::<Vec<f64>>(given, "p")),
        _ => of_experiments(formula, given),
    }
}

fn of_experiments(formula: &str, given: &Value) -> Vec<f64> {
    let f = |name: &str| get::<f64>(given, name);
    let arm = |name: &str| {
        let (k, n) = get::<(u64, u64)>(given, name);
        Arm::of_counts(k, n)
    };
    match formula {
        "ratio_mismatch" => {
            let (counts, shares) =
                (get::<Vec<u64>>(given, "counts"), get::<Vec<f64>>(given, "shares"));
            vec![experiment::ratio_mismatch(&counts, &shares).1]
        }
        "anytime_mismatch" => {
            let (counts, shares) =
                (get::<Vec<u64>>(given, "counts"), get::<Vec<f64>>(given, "shares"));
            vec![sequential::ratio_mismatch(&counts, &shares, 100.0)]
        }
        "always_valid" => {
            let effect = match get(given, "relative") {
                true => experiment::relative(arm("a"), arm("b")).unwrap(),
                false => experiment::absolute(arm("a"), arm("b")),
            };
            let planned = f("tuning");
            let interval = sequential::always_valid(effect, 0.05, planned);
            let p = sequential::always_valid_p(effect, 0.05, planned);
            vec![effect.estimate, effect.variance, interval.low, interval.high, p]
        }
        "z_of_looks" => vec![sequential::z_of_looks(f("alpha"))],
        "log_ratio" => {
            let [a, b] = ["a", "b"].map(|name| get::<[u64; 2]>(given, name));
            let effect = experiment::log_ratio(a, b).unwrap();
            vec![effect.estimate, effect.variance]
        }
        "cuped" => {
            let units = |name: &str| -> Vec<Adjusted> {
                let pairs = get::<Vec<(f64, f64)>>(given, name).into_iter();
                pairs.map(|(outcome, before)| Adjusted { outcome, before }).collect()
            };
            let (a, b) = experiment::cuped(&units("control"), &units("treated"));
            vec![b.mean - a.mean, a.variance, b.variance]
        }
        "accounts_an_arm" => {
            vec![planner::accounts_an_arm(f("before"), f("after"), 0.05, 0.8).unwrap()]
        }
        "won_between" => {
            let records = records(given);
            let (won, open) = (survival::won_by(&records), survival::kaplan_meier(&records));
            vec![survival::won_between(&won, &open, f("age"), f("until")).unwrap()]
        }
        "half_won_days" => {
            vec![survival::half_won_days(&survival::won_by(&records(given))).unwrap()]
        }
        "jackknife" => {
            let without: Vec<Option<f64>> =
                get::<Vec<f64>>(given, "without").into_iter().map(Some).collect();
            vec![jackknife::deviation(&without).unwrap()]
        }
        "velocity" => {
            let given = ["opportunities", "rate", "deal", "days"].map(f);
            vec![revenue::velocity(given[0], given[1], given[2], given[3]).unwrap()]
        }
        "net_retention" => {
            let [start, expansion, contraction, churn] =
                ["start", "expansion", "contraction", "churn"].map(f);
            let cohort = revenue::Cohort { start, expansion, contraction, churn };
            vec![revenue::net_retention(cohort).unwrap()]
        }
        "cac_payback_months" => {
            vec![revenue::cac_payback_months(f("cost"), f("monthly"), f("margin")).unwrap()]
        }
        "lifetime_value" => {
            let churn = Interval { low: f("churn"), high: f("churn") };
            let (value, _) =
                revenue::lifetime_value(f("monthly"), f("margin"), f("churn"), churn).unwrap();
            vec![value]
        }
        "ratio_of_sums" => {
            let arm = experiment::ratio_of_sums(&get::<Vec<(f64, f64)>>(given, "units")).unwrap();
            vec![arm.mean, arm.variance]
        }
        other => panic!("no formula {other}"),
    }
}

fn both(interval: Interval) -> Vec<f64> {
    vec![interval.low, interval.high]
}

fn steps(steps: &[Step]) -> Vec<f64> {
    let flat = |step: &Step| [step.days, step.share, step.interval.low, step.interval.high];
    steps.iter().flat_map(flat).collect()
}

fn scored(given: &Value) -> Vec<(f64, bool)> {
    get(given, "scored")
}

fn records(given: &Value) -> Vec<(f64, End)> {
    let end = |name: String| match name.as_str() {
        "won" => End::Won,
        "lost" => End::Lost,
        _ => End::Open,
    };
    let records = get::<Vec<(f64, String)>>(given, "records").into_iter();
    records.map(|(days, name)| (days, end(name))).collect()
}
