//! Whether a request is Slack's: its signature over the time and the body, byte for byte.
//!
//! Source: docs.slack.dev, "Verifying requests from Slack".

use axum::http::HeaderMap;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// A request that is older, or that comes from the future, was perhaps recorded.
const WINDOW_S: i64 = 300;

/// Compared in constant time.
///
/// # Errors
/// Why it is not taken for Slack's; it says nothing of the secret.
pub(super) fn check(
    secret: &str,
    headers: &HeaderMap,
    body: &[u8],
    now_s: i64,
) -> Result<(), &'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let stamp = text("x-slack-request-timestamp").ok_or("missing x-slack-request-timestamp")?;
    let at: i64 =
        stamp.parse().map_err(|_| "invalid x-slack-request-timestamp; use a Unix time")?;
    if now_s.saturating_sub(at).saturating_abs() > WINDOW_S {
        return Err(
            "invalid x-slack-request-timestamp: it is more than 300 s off; check the clocks",
        );
    }
    let given = text("x-slack-signature").ok_or("missing x-slack-signature")?;
    let given = given.strip_prefix("v0=").ok_or("invalid x-slack-signature; use v0=…")?;
    let given = data_encoding::HEXLOWER_PERMISSIVE
        .decode(given.as_bytes())
        .map_err(|_| "invalid x-slack-signature; use v0= and hexadecimal digits")?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map_err(|_| "the signing secret cannot be used")?;
    mac.update(b"v0:");
    mac.update(stamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac.verify_slice(&given).map_err(|_| {
        "signature mismatch: check that deliver.words.slack_signing_secret is that of the app, and that no proxy \
         changes the body"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    /// The example of Slack's documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNED: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const AT: i64 = 1_531_420_618;

    fn headers(at: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-slack-request-timestamp", HeaderValue::from_str(at).unwrap());
        headers.insert("x-slack-signature", HeaderValue::from_str(signature).unwrap());
        headers
    }

    #[test]
    fn the_documented_example_holds_and_nothing_near_it() {
        let stamp = AT.to_string();
        let good = headers(&stamp, SIGNED);
        assert_eq!(check(SECRET, &good, BODY.as_bytes(), AT + 300), Ok(()));
        assert_eq!(check(SECRET, &good, BODY.as_bytes(), AT - 300), Ok(()));
        assert!(check(SECRET, &good, BODY.as_bytes(), AT + 301).is_err());
        assert!(check(SECRET, &good, &BODY.as_bytes()[1..], AT).is_err());
        assert!(check("another secret", &good, BODY.as_bytes(), AT).is_err());
        assert!(check(SECRET, &HeaderMap::new(), BODY.as_bytes(), AT).is_err());
        let later = headers(&(AT + 1).to_string(), SIGNED);
        assert!(check(SECRET, &later, BODY.as_bytes(), AT).is_err());
        for odd in ["", "v0=", "v0=zz", "v1=00", "v0=a2114d57"] {
            assert!(check(SECRET, &headers(&stamp, odd), BODY.as_bytes(), AT).is_err(), "{odd}");
        }
        assert!(check(SECRET, &headers("9999999999999999999", SIGNED), b"", AT).is_err());
    }
}
