//! Vendors' spellings onto ours: numbers, amounts, dates with their precision, relative ages, round names,
//! employee bands, countries, industries. Pure functions, no clock: what is relative is relative to
//! an instant that the caller names. Each returns `None` for what it does not know; none of them
//! guesses.

pub mod age;
pub mod amount;
pub mod band;
pub mod country;
pub mod date;
pub mod industry;
pub mod number;
mod part;
pub mod rates;
pub mod round;
pub mod technologies;
pub mod until;
