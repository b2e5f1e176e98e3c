//! A made-up decision (`buymode decisions send-sample`) is for subscribers alone.

use super::again::{accounts, crew, got, replay, to_hook};
use buymode::deliver::sample;
use buymode::domain::account::decision::DecisionKind;
use buymode::domain::terms::time::Timestamp;
use strum::IntoEnumIterator;

#[test]
fn a_test_reaches_no_target_and_is_not_sent_once_more() {
    let (mut crew, mut office) = crew();
    for kind in DecisionKind::iter() {
        crew.pass(1);
        let test = sample::test(kind, "sdr".into(), Timestamp(crew.now_ms()), None);
        crew.decide(&test);
    }
    crew.settle();
    assert!(got(&crew).is_empty(), "{:?}", got(&crew));
    let real = office.decision("enters one.com route sdr", Timestamp(crew.now_ms()));
    crew.decide(&real);
    crew.settle();
    assert_eq!(got(&crew).len(), 1, "a decision after tests is delivered");
    let plan = replay(&crew, &to_hook(), false);
    assert_eq!((accounts(&plan).len(), plan.there), (0, 1));
}
