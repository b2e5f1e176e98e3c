//! News about a market: it names no account and reaches every one in its scope.

use crate::domain::Text;
use crate::domain::evidence::signal::{News, SignalId};
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Occurred;
use crate::domain::terms::units::BasisPoints;
use serde::Serialize;

/// News about a market: it names no account and goes to all whose industry and place match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarketEvent {
    pub id: SignalId,
    pub source: Text,
    pub occurred: Occurred,
    pub confidence: BasisPoints,
    pub evidence_url: Option<Text>,
    pub news: News,
    /// Empty: every industry.
    pub industries: Vec<Term>,
    /// Regions and ISO countries; empty: everywhere.
    pub regions: Vec<Term>,
}
