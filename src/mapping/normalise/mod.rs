//! Normalises vendors' spellings: numbers, amounts, dates with their precision, relative ages, round
//! names, employee ranges, industries, and what people type into tables. Pure functions without a clock: the caller gives the
//! time that relative dates refer to. Each returns `None` for unknown text; none of them guesses.

pub mod age;
pub mod amount;
pub mod band;
pub use crate::domain::terms::country;
pub mod date;
pub mod days;
pub mod industry;
mod months;
pub mod number;
pub mod order;
mod part;
pub mod people;
pub mod rates;
pub mod round;
mod signs;
pub mod technologies;
pub mod until;
