//! Generators of the domain's types for property tests: whatever a correct writer could have
//! written. Dates lie around `2020` to `2030`, texts are what [`bounded`] leaves.
//!
//! [`bounded`]: buymode::domain::evidence::signal::bounded
#![allow(dead_code, reason = "each test module uses its own part of this")]

pub(crate) mod decisions;
pub(crate) mod inputs;
pub(crate) mod signals;
pub(crate) mod states;
pub(crate) mod worlds;

use buymode::domain::Text;
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::term::Term;
use buymode::domain::terms::time::{Day, Occurred, Precision, Timestamp};
use buymode::domain::terms::units::BasisPoints;
use proptest::prelude::*;
use proptest::sample::select;
use strum::IntoEnumIterator;

pub(crate) fn one_of<T: IntoEnumIterator + Clone + std::fmt::Debug + 'static>()
-> impl Strategy<Value = T> {
    select(T::iter().collect::<Vec<T>>())
}

/// Text as people write it, with letters that take several bytes.
pub(crate) fn text() -> impl Strategy<Value = Text> {
    "[A-Za-z0-9éß名&][A-Za-z0-9éß名 .,:/@&-]{0,38}[A-Za-z0-9é名]".prop_map(Text::from)
}

pub(crate) fn maybe_text() -> impl Strategy<Value = Option<Text>> {
    proptest::option::of(text())
}

pub(crate) fn slug() -> impl Strategy<Value = Text> {
    "[a-z0-9]{1,9}(-[a-z0-9]{1,6})?".prop_map(Text::from)
}

pub(crate) fn term() -> impl Strategy<Value = Term> {
    slug().prop_map(|slug| Term::parse(&slug).unwrap())
}

pub(crate) fn source() -> impl Strategy<Value = Text> {
    select(vec!["crunchbase", "predictleads", "ashby", "a-vendor-with-a-rather-long-name"])
        .prop_map(Text::from)
}

pub(crate) fn account() -> impl Strategy<Value = AccountKey> {
    let domain = "[a-z]{1,9}(-[a-z0-9]{1,4})?\\.(com|io|co\\.uk|jp)";
    let typed = "(crunchbase|cik|yc):[a-z0-9-]{1,12}";
    prop_oneof![4 => domain, 1 => typed].prop_map(|key| AccountKey::parse(&key).unwrap())
}

pub(crate) fn id() -> impl Strategy<Value = SignalId> {
    any::<u128>().prop_map(SignalId::from_u128)
}

pub(crate) fn timestamp() -> impl Strategy<Value = Timestamp> {
    (1_577_836_800_000_i64..1_893_456_000_000).prop_map(Timestamp)
}

pub(crate) fn day() -> impl Strategy<Value = Day> {
    timestamp().prop_map(Timestamp::day)
}

pub(crate) fn precision() -> impl Strategy<Value = Precision> {
    use Precision as P;
    prop_oneof![5 => Just(P::Day), 1 => Just(P::Month), 1 => Just(P::Year), 1 => Just(P::Unknown)]
}

/// A date as it is after normalising: a month is its first day, none is the day of `observed`.
pub(crate) fn occurred(observed: Timestamp) -> impl Strategy<Value = Occurred> {
    (timestamp(), precision()).prop_map(move |(at, precision)| {
        let at = (precision != Precision::Unknown).then_some(at);
        Occurred::new(at, precision, observed)
    })
}

pub(crate) fn confidence() -> impl Strategy<Value = BasisPoints> {
    prop_oneof![Just(10_000), 0..=10_000_i64].prop_map(|bp| BasisPoints::new(bp).unwrap())
}

pub(crate) fn amount() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(0..=1_000_000_000_000_000_u64)
}
