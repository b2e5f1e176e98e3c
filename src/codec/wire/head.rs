//! The common head of all six kinds of signals.

use super::check::{confidence, optional, required, time, uuid};
use super::{FirstText, UuidText};
use crate::codec::datum::{Datum, Put, Take, Taken};
use crate::codec::error::Flaw;
use crate::codec::symbols::Open;
use crate::domain::account::input::{Input, Retraction};
use crate::domain::evidence::signal::{Event, Signal};
use crate::domain::terms::time::{Occurred, Precision};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    pub signal_id: UuidText<'a>,
    pub account: Option<&'a str>,
    pub occurred_at: Option<i64>,
    pub occurred_precision: Open<Precision>,
    pub observed_at: i64,
    pub source: &'a str,
    pub source_record_id: Option<&'a str>,
    pub confidence: f64,
    pub evidence_urls: FirstText<'a>,
    pub planned: bool,
    pub baseline: bool,
    pub supersedes: Option<UuidText<'a>>,
    pub retracts: Option<UuidText<'a>>,
}

/// The account of a record that must have one; empty where there is none.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(crate) struct Whose<'a>(pub &'a str);

impl Put for Whose<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<'a> Take<'a> for Whose<'a> {
    fn take(from: &mut Datum<'a>) -> Taken<Whose<'a>> {
        Take::take(from).map(Whose)
    }
}

impl<'a> From<Option<&'a str>> for Whose<'a> {
    fn from(account: Option<&'a str>) -> Whose<'a> {
        Whose(account.unwrap_or_default())
    }
}

impl<'a> From<Whose<'a>> for Option<&'a str> {
    fn from(whose: Whose<'a>) -> Option<&'a str> {
        Some(whose.0)
    }
}

/// Declares a signal's record: the fields of the head, then its own. `of`: its account.
macro_rules! signal_record {
    ($avro:literal $name:ident<$life:lifetime> of $account:ty { $($(#[$attr:meta])* $field:ident: $type:ty,)* }) => {
        $crate::codec::datum::record! {
            $avro
            #[derive(Clone, Debug)]
            pub(crate) struct $name<$life> {
                pub signal_id: $crate::codec::wire::UuidText<$life>,
                pub account: $account,
                pub occurred_at: Option<i64>,
                pub occurred_precision: $crate::codec::symbols::Open<$crate::domain::terms::time::Precision>,
                pub observed_at: i64,
                pub source: &$life str,
                pub source_record_id: Option<&$life str>,
                pub confidence: f64,
                pub evidence_urls: $crate::codec::wire::FirstText<$life>,
                pub planned: bool,
                pub baseline: bool,
                pub supersedes: Option<$crate::codec::wire::UuidText<$life>>,
                pub retracts: Option<$crate::codec::wire::UuidText<$life>>,
                $($(#[$attr])* pub $field: $type,)*
            }
        }

        impl<$life> $name<$life> {
            pub(crate) fn head(&self) -> $crate::codec::wire::head::Head<$life> {
                $crate::codec::wire::head::Head {
                    signal_id: self.signal_id,
                    account: self.account.into(),
                    occurred_at: self.occurred_at,
                    occurred_precision: self.occurred_precision,
                    observed_at: self.observed_at,
                    source: self.source,
                    source_record_id: self.source_record_id,
                    confidence: self.confidence,
                    evidence_urls: self.evidence_urls,
                    planned: self.planned,
                    baseline: self.baseline,
                    supersedes: self.supersedes,
                    retracts: self.retracts,
                }
            }

            #[allow(clippy::too_many_arguments, reason = "one for each field of the schema")]
            pub(crate) fn new(head: $crate::codec::wire::head::Head<$life>, $($field: $type),*) -> Self {
                $name {
                    signal_id: head.signal_id,
                    account: head.account.into(),
                    occurred_at: head.occurred_at,
                    occurred_precision: head.occurred_precision,
                    observed_at: head.observed_at,
                    source: head.source,
                    source_record_id: head.source_record_id,
                    confidence: head.confidence,
                    evidence_urls: head.evidence_urls,
                    planned: head.planned,
                    baseline: head.baseline,
                    supersedes: head.supersedes,
                    retracts: head.retracts,
                    $($field,)*
                }
            }
        }
    };
}
pub(super) use signal_record;

impl<'a> Head<'a> {
    pub(crate) fn of(account: &'a str, signal: &'a Signal) -> Head<'a> {
        Head {
            signal_id: UuidText::Write(signal.id),
            account: Some(account),
            occurred_at: occurred_at(signal.occurred),
            occurred_precision: precision(signal.occurred.precision),
            observed_at: signal.observed_at.0,
            source: &signal.source,
            source_record_id: None,
            confidence: signal.confidence.get() as f64 / 10_000.0,
            evidence_urls: FirstText(signal.evidence_url.as_deref()),
            planned: signal.planned,
            baseline: signal.baseline,
            supersedes: signal.supersedes.map(UuidText::Write),
            retracts: None,
        }
    }

    /// A retraction carries no signal.
    pub(crate) fn retraction(&self) -> Result<Option<Input>, Flaw> {
        let Some(retracts) = self.retracts else {
            return Ok(None);
        };
        Ok(Some(Input::Retraction(Retraction {
            id: uuid("signal_id", self.signal_id)?,
            retracts: uuid("retracts", retracts)?,
            source: required("source", self.source)?,
            reason: None,
        })))
    }

    pub(crate) fn occurred(&self) -> Result<Occurred, Flaw> {
        let observed = time("observed_at", self.observed_at)?;
        let at = self.occurred_at.map(|at| time("occurred_at", at)).transpose()?;
        Ok(Occurred::new(at, self.occurred_precision.0.unwrap_or(Precision::Unknown), observed))
    }

    pub(crate) fn signal(&self, event: Event) -> Result<Input, Flaw> {
        let supersedes = self.supersedes.map(|old| uuid("supersedes", old)).transpose()?;
        Ok(Input::Signal(Signal {
            id: uuid("signal_id", self.signal_id)?,
            source: required("source", self.source)?,
            occurred: self.occurred()?,
            observed_at: time("observed_at", self.observed_at)?,
            confidence: confidence(self.confidence)?,
            evidence_url: optional(self.evidence_urls.0),
            planned: self.planned,
            baseline: self.baseline,
            supersedes,
            event,
        }))
    }
}

/// `None` if there is no date; the day of observation is used instead.
pub(crate) fn occurred_at(occurred: Occurred) -> Option<i64> {
    (occurred.precision != Precision::Unknown).then(|| occurred.day.start().0)
}

pub(crate) fn precision(precision: Precision) -> Open<Precision> {
    Open((precision != Precision::Unknown).then_some(precision))
}
