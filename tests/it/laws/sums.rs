//! A salesperson reads the same figures everywhere: the pieces of a headline come to its intent, the
//! lines of an explanation to their total, and no total looks like a line that it has not reached.

use super::logs::{BEGIN, logs};
use super::merge::{Merging, plans, play};
use crate::fold::Fold;
use crate::sums::adds_up;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

proptest! {
    #![proptest_config(super::cases(200))]

    #[test]
    fn every_decision_adds_up_to_the_point(log in logs()) {
        let mut fold = Fold::new("acme.com", BEGIN);
        fold.read_all(&log);
        for d in &fold.decisions {
            prop_assert_eq!(adds_up(d), Ok(()));
        }
    }

    #[test]
    fn every_decision_adds_up_wherever_merges_take_it(plan in plans()) {
        for d in &play(&plan, Merging::AtOnce).told {
            prop_assert_eq!(adds_up(d), Ok(()));
        }
    }
}

/// A law that is never put to the test holds of everything.
#[test]
fn the_logs_lead_to_headlines_of_every_shape() {
    let mut runner = TestRunner::deterministic();
    let shapes = [" more (", "together (", " capped at ", " = ", ".5)", " (-"];
    let mut seen = [0; 6];
    for _ in 0..400 {
        let log = logs().new_tree(&mut runner).unwrap().current();
        let mut fold = Fold::new("acme.com", BEGIN);
        fold.read_all(&log);
        for d in &fold.decisions {
            for (shape, times) in shapes.iter().zip(&mut seen) {
                *times += usize::from(d.headline.contains(shape));
            }
        }
    }
    assert!(
        seen.iter().all(|times| *times > 0),
        "{:?}",
        shapes.iter().zip(seen).collect::<Vec<_>>()
    );
}
