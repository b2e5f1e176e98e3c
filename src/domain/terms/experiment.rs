//! The arms of an experiment that holds accounts back.

use serde::Serialize;
use strum::{Display, EnumString, IntoStaticStr};

/// Drawn once, at the first entry, and kept.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Arm {
    Treatment,
    HoldOut,
}
