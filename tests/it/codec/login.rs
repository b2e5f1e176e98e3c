//! A registry that asks for a client's certificate and for an access token.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use buymode::codec::{Codec, DecodeFailure, RegistryLogin, RegistrySettings};
use buymode::config::{OauthConfig, Secret};
use buymode::credentials::TlsFiles;
use data_encoding::BASE64URL_NOPAD;
use openssl::nid::Nid;
use openssl::ssl::{SslAcceptor, SslMethod, SslStream, SslVerifyMode};
use serde_json::Value;

use crate::support::certificates::Authority;
use crate::support::token::{CLIENT, SECRET, TokenServer};

/// Knows no schema. Answers whoever shows a living token and a certificate of that name.
struct Registry {
    url: String,
    client: Arc<Mutex<String>>,
}

impl Registry {
    fn start(authority: &Authority) -> Registry {
        let server = authority.sign("registry");
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
        acceptor.set_private_key(&server.key).unwrap();
        acceptor.set_certificate(&server.certificate).unwrap();
        acceptor.cert_store_mut().add_cert(authority.certificate.clone()).unwrap();
        acceptor.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let client = Arc::new(Mutex::new("first".to_owned()));
        let expected = client.clone();
        // Ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Ok(stream) = acceptor.accept(stream) {
                    answer(stream, &expected.lock().unwrap());
                }
            }
        });
        Registry { url, client }
    }
}

fn answer(stream: SslStream<std::net::TcpStream>, client: &str) {
    let certificate = stream.ssl().peer_certificate().unwrap();
    let name = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next().unwrap();
    let is_client = name.data().as_slice() == client.as_bytes();
    let mut reader = BufReader::new(stream);
    let (mut token, mut length, mut line) = (String::new(), 0, String::new());
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "authorization" => token = value.trim().replace("Bearer ", ""),
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
        line.clear();
    }
    let _ = reader.read_exact(&mut vec![0; length]);
    let claims = token.split('.').nth(1).unwrap_or_default();
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let lives = claims["exp"].as_u64().is_some_and(|exp| now <= exp);
    let (status, body) = match (lives, is_client) {
        (false, _) => {
            ("401 Unauthorized", r#"{"error_code": 401, "message": "the token says no"}"#)
        }
        (_, false) => ("403 Forbidden", r#"{"error_code": 403, "message": "another client"}"#),
        _ => ("404 Not Found", r#"{"error_code": 40403, "message": "Schema not found"}"#),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close");
    let _ = write!(reader.get_mut(), "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}

fn tokens(server: &TokenServer) -> RegistryLogin {
    RegistryLogin::Tokens(OauthConfig {
        token_url: server.url.clone(),
        client_id: CLIENT.to_owned(),
        client_secret: Secret::new(SECRET).into(),
        scope: None,
        audience: None,
        extensions: [("identityPoolId".to_owned(), "pool-1".to_owned())].into(),
        ca_location: None,
    })
}

/// Whether the registry answers; it knows no schema.
fn ask(codec: &mut Codec, id: u8) -> Result<(), String> {
    match codec.decode_unkeyed(Some(&[0, 0, 0, 0, id, 1])) {
        Err(DecodeFailure::Record(error)) if error.message.contains("unknown schema id") => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn write(folder: &Path, authority: &Authority, client: &str) -> (PathBuf, PathBuf) {
    let files = (folder.join("client.pem"), folder.join("client.key"));
    let (certificate, key) = authority.sign(client).pem();
    std::fs::write(&files.0, certificate).unwrap();
    std::fs::write(&files.1, key).unwrap();
    files
}

#[test]
fn a_registry_is_asked_with_a_certificate_and_with_tokens_that_are_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("authority");
    let identity = write(folder.path(), &authority, "first");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.certificate.to_pem().unwrap()).unwrap();
    let (registry, server) = (Registry::start(&authority), TokenServer::start(2));
    let settings = RegistrySettings {
        url: registry.url.clone(),
        login: tokens(&server),
        tls: TlsFiles { ca: Some(ca), identity: Some(identity.clone()) },
    };
    Codec::ask_registry(&settings).unwrap();
    let mut codec = Codec::with_registry(&settings, &[]).unwrap();
    let began = Instant::now();
    for id in 0..50 {
        ask(&mut codec, id).unwrap();
        std::thread::sleep(Duration::from_millis(80));
    }
    assert!(server.granted() >= 3 && began.elapsed() > Duration::from_secs(3));

    // Another certificate takes over, without a restart.
    *registry.client.lock().unwrap() = "second".to_owned();
    assert!(ask(&mut codec, 60).unwrap_err().contains("another client"));
    write(folder.path(), &authority, "second");
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Err(error) = ask(&mut codec, 61) {
        assert!(Instant::now() < deadline, "{error}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_registry_that_says_no_is_named_with_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("authority");
    let identity = write(folder.path(), &authority, "first");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.certificate.to_pem().unwrap()).unwrap();
    let (registry, server) = (Registry::start(&authority), TokenServer::start(60));
    let settings = RegistrySettings {
        url: registry.url.clone(),
        login: tokens(&server),
        tls: TlsFiles { ca: Some(ca.clone()), identity: Some(identity.clone()) },
    };
    let refusal = |change: &dyn Fn(&mut RegistrySettings)| {
        let mut changed = settings.clone();
        change(&mut changed);
        let error = Codec::ask_registry(&changed).unwrap_err().to_string();
        assert!(error.contains(&registry.url) && !error.contains("secret/"), "{error}");
        error
    };
    let no_token = refusal(&|s| s.login = RegistryLogin::None);
    assert!(no_token.contains("the token says no"), "{no_token}");
    let no_certificate = refusal(&|s| s.tls.identity = None);
    assert!(no_certificate.contains("certificate"), "{no_certificate}");
    let other_authority = refusal(&|s| s.tls.ca = None);
    assert!(other_authority.contains("certificate"), "{other_authority}");
    let swapped = refusal(&|s| s.tls.identity = Some((identity.1.clone(), identity.0.clone())));
    assert!(swapped.contains("client.key") && swapped.contains("PRIVATE KEY"), "{swapped}");
    let no_ca = refusal(&|s| s.tls.ca = Some(identity.1.clone()));
    assert!(no_ca.contains("no certificate in PEM form"), "{no_ca}");
    let stranger = TokenServer::start(60);
    stranger.set_secret("another");
    let refused = refusal(&|s| s.login = tokens(&stranger));
    assert!(refused.contains(&stranger.url) && refused.contains("401"), "{refused}");
}
