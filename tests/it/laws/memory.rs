//! What an account remembers from look to look changes nothing: a restart forgets it. In a debug build
//! every look of every law is compared with a plain one too.

use super::logs::{BEGIN, logs};
use crate::fold::{Entry, Fold, Record};
use buymode::domain::terms::time::{DAY_MS, Timestamp};
use proptest::prelude::*;

fn folded(log: &[Record], is_forgetful: bool, every_midnight: bool) -> Fold {
    let mut fold = Fold::new("acme.com", BEGIN);
    (fold.is_forgetful, fold.every_midnight) = (is_forgetful, every_midnight);
    for record in log {
        fold.read(record);
        // A duplicate: it leaves what is remembered as it is.
        fold.read(&Record { offset: record.offset + 1, ..record.clone() });
    }
    let last = log.last().expect("a log has a record");
    let time = Timestamp(last.time.0 + 300 * DAY_MS);
    fold.read(&Record { offset: last.offset + 900, time, entry: Entry::Tick });
    fold
}

proptest! {
    #![proptest_config(super::cases(120))]

    #[test]
    fn an_account_that_forgets_decides_the_same(log in logs(), every_midnight in any::<bool>()) {
        let (plain, forgetful) =
            (folded(&log, false, every_midnight), folded(&log, true, every_midnight));
        prop_assert_eq!(format!("{:?}", plain.decisions), format!("{:?}", forgetful.decisions));
        prop_assert_eq!(&plain.verdicts, &forgetful.verdicts);
        prop_assert_eq!(&plain.state, &forgetful.state);
        prop_assert_eq!(plain.due, forgetful.due);
    }
}
