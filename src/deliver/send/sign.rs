//! The signature of a request to a program.
//!
//! Source: Standard Webhooks 1.0, "Signature scheme" and "Webhook headers".

use data_encoding::BASE64;
use hmac::{Hmac, Mac};
use openssl::pkey::{Id, PKey, Private};
use openssl::sign::Signer;
use sha2::Sha256;
use std::fmt;

/// Keys of one program, of which each signs: two while one takes the other's place.
pub struct Keys(Vec<Key>);

enum Key {
    Shared(Vec<u8>),
    Pair(PKey<Private>),
}

/// A key shows in no log.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

/// Bytes of an Ed25519 seed.
const SEED: usize = 32;

impl Keys {
    /// Keys, separated by blanks or lines: `whsec_` and the base64 of 24 to 64 bytes, or `whsk_` and that of
    /// an Ed25519 key (32 bytes, or 64 with the public half behind). None where one is neither, or there is
    /// none.
    pub fn of(text: &str) -> Option<Keys> {
        let keys: Option<Vec<Key>> = text.split_whitespace().map(key).collect();
        keys.filter(|keys| !keys.is_empty()).map(Keys)
    }

    /// The value of `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> Option<String> {
        let signed = [format!("{id}.{timestamp_s}.").as_bytes(), body].concat();
        let all: Option<Vec<String>> = self.0.iter().map(|key| key.sign(&signed)).collect();
        all.map(|all| all.join(" "))
    }
}

fn key(text: &str) -> Option<Key> {
    if let Some(secret) = text.strip_prefix("whsec_") {
        let secret = BASE64.decode(secret.as_bytes()).ok()?;
        return (24..=64).contains(&secret.len()).then_some(Key::Shared(secret));
    }
    let pair = BASE64.decode(text.strip_prefix("whsk_")?.as_bytes()).ok()?;
    let seed = [SEED, 2 * SEED].contains(&pair.len()).then(|| &pair[..SEED])?;
    let key = PKey::private_key_from_raw_bytes(seed, Id::ED25519).ok()?;
    let public = key.raw_public_key().ok()?;
    let matches = pair.len() == SEED || pair[SEED..] == public;
    matches.then_some(Key::Pair(key))
}

impl Key {
    fn sign(&self, signed: &[u8]) -> Option<String> {
        match self {
            Key::Shared(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
                mac.update(signed);
                Some(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
            }
            Key::Pair(key) => {
                let mut signer = Signer::new_without_digest(key).ok()?;
                let signature = signer.sign_oneshot_to_vec(signed).ok()?;
                Some(format!("v1a,{}", BASE64.encode(&signature)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: the tests of the official libraries (libraries/rust/src/lib.rs, `test_sign`).
    #[test]
    fn signs_as_the_official_libraries_do() {
        let keys = Keys::of("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = keys.sign(id, 1_649_367_553, body).unwrap();
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    /// Source: RFC 8032, section 7.1, test 1: the key; the signature is checked with its public half.
    #[test]
    fn signs_with_a_pair_of_keys_beside_a_shared_one() {
        let hex = data_encoding::HEXLOWER;
        let seed = hex
            .decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
            .unwrap();
        let public = hex
            .decode(b"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
            .unwrap();
        let both = [seed.as_slice(), &public].concat();
        let shared = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let text = format!("whsk_{}\n{shared}\n", BASE64.encode(&both));
        let signed = Keys::of(&text).unwrap().sign("a", 7, b"{}").unwrap();
        let [pair, other] = signed.split(' ').collect::<Vec<_>>()[..] else { panic!("{signed}") };
        assert!(other.starts_with("v1,"));
        let signature = BASE64.decode(pair.strip_prefix("v1a,").unwrap().as_bytes()).unwrap();
        let key = PKey::public_key_from_raw_bytes(&public, Id::ED25519).unwrap();
        let mut verifier = openssl::sign::Verifier::new_without_digest(&key).unwrap();
        assert!(verifier.verify_oneshot(&signature, b"a.7.{}").unwrap());
        assert!(!verifier.verify_oneshot(&signature, b"a.8.{}").unwrap());
        let seed_alone = Keys::of(&format!("whsk_{}", BASE64.encode(&seed))).unwrap();
        assert_eq!(seed_alone.sign("a", 7, b"{}").unwrap(), pair);
    }

    #[test]
    fn refuses_what_is_not_a_key() {
        let wrong_half = format!("whsk_{}", BASE64.encode(&[7; 64]));
        for text in
            ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsk_c2hvcnQ=", "whpk_x", &wrong_half]
        {
            assert!(Keys::of(text).is_none(), "{text}");
        }
    }
}
