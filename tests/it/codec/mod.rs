//! The wire formats: what is written comes back, what is wrong is refused with its reason, schemas
//! stay readable, a registry is spoken to as it should.

mod answers;
mod desk;
mod examples;
mod json;
mod login;
mod produced;
mod refusals;
pub(crate) mod registry;
mod roundtrip;
mod samples;
mod schemas;
