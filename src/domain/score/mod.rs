//! How well a company fits ([`fit`]), how strong its intent is ([`intent`]), and how soon sales
//! must act ([`priority`]). Evidence and a profile come in, points with their reasons go out.

pub mod fit;
pub mod intent;
pub mod news;
pub mod priority;
