//! What this program proves itself with to servers: secrets, access tokens, and the files that hold
//! them or certificates; all of it read again when it changes.
//!
//! What may enter: how to get a credential, and how to notice that it has changed. What may not: what
//! it is used for. `kafka` and `codec` use it, each for its own server, and `deliver`, which also sends its
//! requests from here ([`Web`]).

mod files;
mod http;
mod oauth;
mod outgoing;
mod request;
mod secret;
mod tokens;

pub use files::Files;
pub use http::{TlsFiles, client_builder};
pub use oauth::OauthConfig;
pub use outgoing::{Asked, Fault, Http, REQUEST_MAX, Request, Response, Web};
pub use secret::{Secret, SecretConfig, SecretFile};
pub use tokens::{Token, Tokens};
