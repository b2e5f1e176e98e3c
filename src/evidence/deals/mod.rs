//! A profile on the rows of a CRM's export, for a team that has no log: which deals fit it, and how those went
//! beside the others.
//!
//! [`rows`] makes deals and customers of the files' rows, [`company`] what a row says of a company, [`fit`] asks
//! the profile; [`sums`] adds up by company family, [`figures`] turns sums into figures with their intervals,
//! [`groups`], [`order`] and [`forecast`] look closer, [`result`] holds it all and [`page`] writes it down. [`outcomes`]
//! makes the same deals of what sales reported in a log, and [`sales`] the figures of those. An export holds no signals, so that only the profile's fit is judged, never its triggers.

mod company;
pub mod curves;
mod customers;
mod definitions;
mod families;
pub mod figures;
pub mod fit;
pub mod forecast;
mod funnel;
mod groups;
mod impact;
pub mod order;
mod outcomes;
pub mod page;
pub mod result;
pub mod rows;
pub mod sales;
mod sums;

pub use result::{Options, Tested, test};
