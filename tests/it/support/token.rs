//! A token server: changes client credentials for JWTs that the shared broker accepts, counts what it
//! is asked, and can be told to misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::json;

pub(crate) const CLIENT: &str = "robot";
pub(crate) const SECRET: &str = "robot-secret/+~";

static KEY: LazyLock<PKey<Private>> = LazyLock::new(|| {
    PKey::from_rsa(Rsa::generate(2048).expect("OpenSSL and loopback work"))
        .expect("OpenSSL and loopback work")
});

/// The public key, as a broker reads it.
pub(crate) fn keys() -> String {
    let rsa = KEY.rsa().expect("OpenSSL and loopback work");
    let part = |number: &openssl::bn::BigNumRef| BASE64URL_NOPAD.encode(&number.to_vec());
    let key = json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one",
        "n": part(rsa.n()), "e": part(rsa.e())});
    json!({"keys": [key]}).to_string()
}

/// A token that lives for so many seconds from now, or up to one more.
pub(crate) fn token(life_s: i64, audience: &str) -> String {
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).expect("OpenSSL and loopback work").as_secs()
            as i64;
    let claims = json!({"iss": "buymode", "sub": CLIENT, "aud": audience, "scope": "kafka",
        "iat": now - 60, "exp": now + life_s + 1});
    let part = |json: serde_json::Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
    let signed = format!("{}.{}", part(json!({"alg": "RS256", "kid": "one"})), part(claims));
    let mut signer = Signer::new(MessageDigest::sha256(), &KEY).expect("OpenSSL and loopback work");
    let signature =
        signer.sign_oneshot_to_vec(signed.as_bytes()).expect("OpenSSL and loopback work");
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

pub(crate) struct TokenServer {
    pub url: String,
    state: Arc<State>,
}

struct State {
    life_s: AtomicI64,
    audience: Mutex<String>,
    secret: Mutex<String>,
    granted: AtomicU32,
    refused: AtomicU32,
}

impl TokenServer {
    /// Its tokens live for so many seconds.
    pub(crate) fn start(life_s: i64) -> TokenServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("OpenSSL and loopback work");
        let url =
            format!("http://{}/token", listener.local_addr().expect("OpenSSL and loopback work"));
        let state = Arc::new(State {
            life_s: AtomicI64::new(life_s),
            audience: Mutex::new("buymode".to_owned()),
            secret: Mutex::new(SECRET.to_owned()),
            granted: AtomicU32::new(0),
            refused: AtomicU32::new(0),
        });
        let shared = state.clone();
        // Ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.answer(stream);
            }
        });
        TokenServer { url, state }
    }

    pub(crate) fn granted(&self) -> u32 {
        self.state.granted.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u32 {
        self.state.refused.load(Ordering::Relaxed)
    }

    pub(crate) fn set_life_s(&self, life_s: i64) {
        self.state.life_s.store(life_s, Ordering::Relaxed);
    }

    pub(crate) fn set_audience(&self, audience: &str) {
        *self.state.audience.lock().expect("no test panicked with it") = audience.to_owned();
    }

    pub(crate) fn set_secret(&self, secret: &str) {
        *self.state.secret.lock().expect("no test panicked with it") = secret.to_owned();
    }
}

impl State {
    fn answer(&self, stream: TcpStream) {
        let mut reader = BufReader::new(&stream);
        let (mut login, mut length, mut line) = (String::new(), 0, String::new());
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "authorization" => login = value.trim().to_owned(),
                "content-length" => length = value.trim().parse().unwrap_or(0),
                _ => {}
            }
            line.clear();
        }
        let mut body = vec![0; length];
        let _ = reader.read_exact(&mut body);
        let asks = String::from_utf8_lossy(&body).contains("grant_type=client_credentials");
        let secret = self
            .secret
            .lock()
            .expect("no test panicked with it")
            .replace('/', "%2F")
            .replace('+', "%2B");
        let expected = BASE64.encode(format!("{CLIENT}:{secret}").as_bytes());
        let (status, body) = if login == format!("Basic {expected}") && asks {
            self.granted.fetch_add(1, Ordering::Relaxed);
            let life_s = self.life_s.load(Ordering::Relaxed);
            let token = token(life_s, &self.audience.lock().expect("no test panicked with it"));
            (
                "200 OK",
                json!({"access_token": token, "token_type": "Bearer", "expires_in": life_s.max(1)}),
            )
        } else {
            self.refused.fetch_add(1, Ordering::Relaxed);
            (
                "401 Unauthorized",
                json!({"error": "invalid_client", "error_description": "bad secret"}),
            )
        };
        let body = body.to_string();
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close");
        let _ = write!(&stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    }
}
