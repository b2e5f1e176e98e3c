//! The words, numbers and times that everything else is said in: account keys, closed lists, job
//! titles, units, limits. The ground floor of the core; it uses nothing else.

pub mod account;
pub mod by_kind;
pub mod catalogue;
pub mod country;
mod described;
pub mod experiment;
pub mod figures;
pub mod heap;
pub mod limits;
pub mod news;
pub mod person;
pub mod place;
pub mod plain;
pub mod post_title;
pub mod quotable;
pub mod shown;
pub mod spelling;
pub mod term;
pub mod time;
pub mod titles;
pub mod units;
pub mod vocabulary;
