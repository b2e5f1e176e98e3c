//! A person at an account, named by a digest: the same at every tool that knows the mail address, and no address to read.

use crate::domain::Text;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Of a mail address, in whatever case; where a tool gives none, of the tool's name and its id (`hubspot:1871`).
pub fn digest(named: &str) -> Text {
    let named = named.trim();
    let named = if named.contains('@') { named.to_lowercase() } else { named.to_owned() };
    HEXLOWER.encode(&Sha256::digest(named.as_bytes())[..16]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_any_case_is_one_person() {
        assert_eq!(digest(" Jo@Acme.com "), digest("jo@acme.com"));
        assert_ne!(digest("jo@acme.com"), digest("hubspot:1"));
        assert!(!digest("jo@acme.com").contains("jo"));
    }
}
