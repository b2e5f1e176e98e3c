//! Logins that change while a program runs: access tokens that expire, files that are replaced.

use std::path::Path;
use std::time::{Duration, Instant};

use buymode::config::{OauthConfig, SecretConfig};
use buymode::credentials::SecretFile;
use buymode::kafka::{KafkaConfig, KafkaStore, SaslMechanism, Secret, SecurityProtocol};
use buymode::log::{LogError, Store};

use super::{config, place};
use crate::conformance::place::{await_assignment, to};
use crate::support::token::{CLIENT, SECRET, TokenServer};
use crate::support::{self, PASSWORD, USER};

fn with_tokens(address: &str, url: &str, secret: SecretConfig) -> KafkaConfig {
    KafkaConfig {
        security_protocol: SecurityProtocol::SaslPlaintext,
        sasl_mechanism: SaslMechanism::Oauthbearer,
        oauth: Some(OauthConfig {
            token_url: url.to_owned(),
            client_id: CLIENT.to_owned(),
            client_secret: secret,
            scope: Some("kafka".to_owned()),
            audience: None,
            extensions: [("logicalCluster".to_owned(), "lkc-1".to_owned())].into(),
            ca_location: None,
        }),
        ..config(address)
    }
}

/// The message with which nothing opens.
fn refusal(config: KafkaConfig) -> String {
    let store = KafkaStore::new(config).unwrap();
    let began = Instant::now();
    let error = store.topic_names().unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(10), "{error:?}");
    assert!(matches!(error, LogError::Fatal(_)), "{error:?}");
    assert!(!error.message().contains("secret/") && !error.message().contains("eyJ"), "{error:?}");
    error.message().to_owned()
}

fn assert_words(line: &str, words: &[&str]) {
    for word in words {
        assert!(line.contains(word), "no `{word}` in: {line}");
    }
}

#[test]
fn should_work_over_several_lives_of_a_token() {
    let Some(kafka) = support::kafka() else { return };
    let Some(address) = &kafka.oauth_bootstrap else { return };
    // Kafka lets no connection log in again within a second, and ours do it shortly before the end. A
    // busy machine must not make that too late.
    let server = TokenServer::start(12);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let secret = SecretConfig::File(SecretFile::File(file.clone()));
    let place = place(kafka, "oauth", with_tokens(address, &server.url, secret));
    let topic = place.topic("in", 1);
    assert_eq!(server.granted(), 1, "all clients share a token");
    let mut session = place.session("g", "s", &[&topic]);
    let mut writer = place.store.writer("w").unwrap();
    let positions = await_assignment(&mut *session, 0);
    let (began, mut written) = (Instant::now(), 0);
    // The secret is replaced, the file as a whole; it is read again for the next token.
    let another = folder.path().join("another");
    std::fs::write(&another, "another-secret").unwrap();
    std::fs::rename(&another, &file).unwrap();
    server.set_secret("another-secret");
    while began.elapsed() < Duration::from_secs(26) {
        session.begin().unwrap();
        session.send(&to(&topic, 0, "a")).unwrap();
        session.commit(&positions).unwrap();
        written += 1;
        for _ in 0..5 {
            session.poll(Duration::from_millis(100), 100, &mut |_| {}).unwrap();
            writer.tend();
        }
    }
    writer.begin().unwrap();
    writer.send(&to(&topic, 0, "a")).unwrap();
    writer.commit(&[]).unwrap();
    assert!(server.granted() >= 3, "{} tokens", server.granted());
    assert_eq!(place.values(&topic, 0).len(), written + 1);
}

#[test]
fn should_say_who_refuses_a_token_and_why() {
    let Some(kafka) = support::kafka() else { return };
    let Some(address) = &kafka.oauth_bootstrap else { return };
    let server = TokenServer::start(60);
    let with = |secret: &str| with_tokens(address, &server.url, Secret::new(secret).into());
    let line = refusal(with("wrong-secret/"));
    assert_words(
        &line,
        &["kafka: oauth: ", &server.url, CLIENT, "401", "invalid_client", "client_secret"],
    );
    assert_eq!(server.granted(), 0);

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = format!("http://{port}/token");
    let line = refusal(with_tokens(address, &nowhere, Secret::new(SECRET).into()));
    assert_words(&line, &[&nowhere, "does not answer", "refused"]);

    // Of another audience, and expired: the broker says no.
    let stranger = TokenServer::start(60);
    stranger.set_audience("another");
    let line = refusal(with_tokens(address, &stranger.url, Secret::new(SECRET).into()));
    assert_words(&line, &[address, "rejects this client", "invalid_token"]);
    let late = TokenServer::start(-30);
    let line = refusal(with_tokens(address, &late.url, Secret::new(SECRET).into()));
    assert_words(&line, &[address, "rejects this client", "invalid_token"]);
}

#[test]
fn should_outlast_a_token_server_that_is_away_for_a_while() {
    let Some(kafka) = support::kafka() else { return };
    let Some(address) = &kafka.oauth_bootstrap else { return };
    let server = TokenServer::start(5);
    let secret = Secret::new(SECRET).into();
    let place = place(kafka, "outage", with_tokens(address, &server.url, secret));
    let topic = place.topic("in", 1);
    let mut reader = place.store.reader().unwrap();
    let began = Instant::now();
    server.set_secret("changed by mistake");
    let mut failed = false;
    while began.elapsed() < Duration::from_secs(7) {
        failed |= reader.watermarks(&topic, 0).is_err();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(server.refused() >= 1, "it was asked before the token's end");
    server.set_secret(SECRET);
    server.set_life_s(60);
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Err(error) = reader.watermarks(&topic, 0) {
        assert!(Instant::now() < deadline, "failed {failed}, {error:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Polls until the session asks to be opened anew; `None`: it has not for so long.
fn reopening(session: &mut dyn buymode::log::Log, limit: Duration) -> Option<String> {
    let began = Instant::now();
    while began.elapsed() < limit {
        match session.poll(Duration::from_millis(50), 100, &mut |_| {}) {
            Ok(_) => {}
            Err(LogError::Reopen(why)) => return Some(why),
            Err(error) => panic!("{error:?}"),
        }
    }
    None
}

fn replace(file: &Path, text: &str) {
    let new = file.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, file).unwrap();
}

#[test]
fn should_open_anew_with_certificates_and_secrets_that_were_replaced() {
    let Some(kafka) = support::kafka() else { return };
    let (Some(tls), Some(ca)) = (&kafka.tls_bootstrap, &kafka.ca) else { return };
    let folder = tempfile::tempdir().unwrap();
    let [ca_file, password_file] = ["ca.pem", "password"].map(|name| folder.path().join(name));
    let authority = std::fs::read_to_string(ca).unwrap();
    std::fs::write(&ca_file, &authority).unwrap();
    std::fs::write(&password_file, PASSWORD).unwrap();
    let settings = KafkaConfig {
        security_protocol: SecurityProtocol::SaslSsl,
        sasl_username: Some(USER.to_owned()),
        sasl_password: Some(SecretConfig::File(SecretFile::File(password_file.clone()))),
        ssl_ca_location: Some(ca_file.clone()),
        ..config(tls)
    };
    let place = place(kafka, "replaced", settings);
    let topic = place.topic("in", 1);
    let spec = place.session_spec("g", "t", &[&topic]);
    let mut session = place.store.session(&spec).unwrap();
    let mut reader = place.store.reader().unwrap();
    reader.watermarks(&topic, 0).unwrap();
    // No client can be made of the one, and the broker refuses the other: the present client goes on.
    replace(&ca_file, "rubbish");
    assert_eq!(reopening(&mut *session, Duration::from_secs(5)), None);
    reader.watermarks(&topic, 0).unwrap();
    replace(&ca_file, &authority);
    replace(&password_file, "not-yet-the-password");
    assert_eq!(reopening(&mut *session, Duration::from_secs(6)), None);
    reader.watermarks(&topic, 0).unwrap();
    replace(&password_file, PASSWORD);
    replace(&ca_file, &format!("{authority}\n"));
    let why = reopening(&mut *session, Duration::from_secs(8)).expect("it was replaced");
    assert!(
        why.contains("certificates or secrets have changed") && why.contains("ca.pem"),
        "{why}"
    );
    drop(session);
    // The password in the file counts, for new clients at once.
    replace(&password_file, "no-longer-the-password");
    let error = place.store.session(&spec).map(drop).unwrap_err();
    assert!(error.message().contains("rejects this client"), "{error:?}");
    replace(&password_file, PASSWORD);
    drop(place.store.session(&spec).unwrap());
    reader.watermarks(&topic, 0).unwrap();
}
