//! How many accounts enter buying mode in a week, from the decisions in the routes' topics.

use crate::admin::place::Place;
use crate::domain::account::decision::{DecisionKind, Origin};
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::log::scan::Scan;
use std::time::{Duration, Instant};

/// The time before the last decision that is counted.
const DAYS: i64 = 28;
/// Counting stops after this time; the decisions read until then count.
const READ_MAX: Duration = Duration::from_secs(20);

/// `None` where no decision spans a week yet.
pub fn a_week(place: &Place, product: &str) -> anyhow::Result<Option<u64>> {
    let names: Vec<String> = place.store.topic_names()?;
    let names: Vec<String> =
        names.into_iter().filter(|n| n.starts_with(&place.topics.route_prefix)).collect();
    let specs = place.store.describe_topics(&names)?;
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let (until, mut entered) = (Instant::now() + READ_MAX, Vec::<Timestamp>::new());
    for (name, spec) in names.iter().zip(specs) {
        for partition in 0..spec.map_or(0, |spec| spec.partitions) {
            let scan = Scan::whole(&mut *reader, name, partition)?.until(until);
            scan.each(&mut *reader, &mut |record| {
                let decision = record.value.map(|value| codec.decode_decision(value));
                if let Some(Ok(d)) = decision
                    && d.kind == DecisionKind::Entered
                    && d.product == product
                    && d.origin != Origin::Test
                {
                    entered.push(d.decided_at);
                }
            })?;
        }
    }
    Ok(rate(&entered))
}

fn rate(entered: &[Timestamp]) -> Option<u64> {
    let last = entered.iter().max()?.0;
    let since = last - DAYS * DAY_MS;
    let first = entered.iter().min()?.0.max(since);
    let weeks = (last - first) / (7 * DAY_MS);
    let counted = entered.iter().filter(|at| at.0 >= since).count() as u64;
    (weeks > 0).then(|| counted.div_ceil(weeks as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_four_weeks() {
        let days = |days: &[i64]| -> Vec<Timestamp> {
            days.iter().map(|day| Timestamp(day * DAY_MS)).collect()
        };
        assert_eq!(rate(&[]), None);
        assert_eq!(rate(&days(&[1, 2, 3])), None);
        assert_eq!(rate(&days(&[1, 300, 301, 302, 307, 314])), Some(2));
    }
}
