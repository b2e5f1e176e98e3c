//! What cannot be opened says why, within ten seconds.

use std::time::{Duration, Instant};

use buymode::kafka::{KafkaConfig, KafkaStore, SaslMechanism, Secret, SecurityProtocol};
use buymode::log::{LogError, SessionSpec, Store};

use super::{config, place};
use crate::conformance::place::{await_assignment, to};
use crate::support::{self, Address, PASSWORD, USER};

/// Everything that can be opened fails, in time, on one line that has all of `words`.
fn assert_refused(config: KafkaConfig, words: &[&str]) {
    let store = KafkaStore::new(config).unwrap();
    let spec = SessionSpec {
        group: "g".to_owned(),
        transactional_id: "t".to_owned(),
        topics: vec!["in".to_owned()],
    };
    std::thread::scope(|scope| {
        let store = &store;
        let spec = &spec;
        let opened = [
            scope.spawn(move || timed(|| store.session(spec).err())),
            scope.spawn(move || timed(|| store.writer("w").err())),
            scope.spawn(move || timed(|| store.reader().err())),
            scope.spawn(move || timed(|| store.topic_names().err())),
        ];
        for (opening, what) in opened.into_iter().zip(["session", "writer", "reader", "topics"]) {
            let (error, took) = opening.join().unwrap();
            let error = error.unwrap_or_else(|| panic!("{what} opened"));
            assert!(matches!(error, LogError::Fatal(_)), "{what}: {error:?}");
            assert!(took < Duration::from_secs(10), "{what} took {took:?}");
            let line = error.message();
            assert!(!line.contains('\n'), "{what}: {line}");
            for word in words {
                assert!(line.contains(word), "{what}: no `{word}` in: {line}");
            }
        }
    });
}

fn timed(open: impl FnOnce() -> Option<LogError>) -> (Option<LogError>, Duration) {
    let began = Instant::now();
    let error = open();
    (error, began.elapsed())
}

#[test]
fn should_name_the_address_that_nobody_listens_on() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    assert_refused(config(&address), &[&address, "does not answer", "refused"]);
}

#[test]
fn should_say_that_the_login_was_refused() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let Some(sasl) = &kafka.sasl_bootstrap else {
        return;
    };
    let mut wrong = config(sasl);
    wrong.security_protocol = SecurityProtocol::SaslPlaintext;
    wrong.sasl_username = Some(USER.to_owned());
    wrong.sasl_password = Some(Secret::new("not-the-password").into());
    assert_refused(wrong, &[sasl, "rejects this client", "uthentication"]);
}

#[test]
fn should_say_that_the_certificate_is_not_trusted() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let Some(tls) = &kafka.tls_bootstrap else {
        return;
    };
    let mut distrustful = config(tls);
    distrustful.security_protocol = SecurityProtocol::SaslSsl;
    distrustful.sasl_username = Some(USER.to_owned());
    distrustful.sasl_password = Some(Secret::new(PASSWORD).into());
    assert_refused(distrustful, &[tls, "rejects this client", "certificate"]);
}

#[test]
fn should_say_which_side_speaks_tls() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let (Some(tls), Some(sasl)) = (&kafka.tls_bootstrap, &kafka.sasl_bootstrap) else {
        return;
    };
    let remedy = |protocol: &str| format!("set kafka.security_protocol: {protocol}");
    let speaks = |address: &str| format!("the broker at {address} speaks TLS");
    assert_refused(config(tls), &[&speaks(tls), &remedy("ssl")]);
    assert_refused(config(sasl), &["wants a login", &remedy("sasl_plaintext")]);
    let with = |address: &str, protocol: SecurityProtocol| {
        let mut changed = config(address);
        changed.security_protocol = protocol;
        if matches!(protocol, SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl) {
            changed.sasl_username = Some(USER.to_owned());
            changed.sasl_password = Some(Secret::new(PASSWORD).into());
        }
        changed
    };
    let no_login = with(tls, SecurityProtocol::SaslPlaintext);
    assert_refused(no_login, &[&speaks(tls), &remedy("sasl_ssl")]);
    let silent = |address: &str| format!("the broker at {address} does not speak TLS");
    let plain = kafka.bootstrap();
    let no_tls = with(plain, SecurityProtocol::Ssl);
    assert_refused(no_tls, &[&silent(plain), &remedy("plaintext")]);
    let no_tls = with(sasl, SecurityProtocol::SaslSsl);
    assert_refused(no_tls, &[&silent(sasl), &remedy("sasl_plaintext")]);
}

#[test]
fn should_work_over_tls_with_a_login() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let Some(tls) = &kafka.tls_bootstrap else {
        return;
    };
    let mut secure = config(tls);
    secure.security_protocol = SecurityProtocol::SaslSsl;
    secure.sasl_username = Some(USER.to_owned());
    secure.sasl_password = Some(Secret::new(PASSWORD).into());
    secure.ssl_ca_location = kafka.ca.clone();
    assert!(!format!("{secure:?}").contains(PASSWORD));
    for mechanism in [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512]
    {
        let secure = KafkaConfig { sasl_mechanism: mechanism, ..secure.clone() };
        let place = place(kafka, "tls", secure);
        let topic = place.topic("in", 1);
        let mut session = place.session("g", "s", &[&topic]);
        let positions = await_assignment(&mut *session, 0);
        session.begin().unwrap();
        session.send(&to(&topic, 0, "a")).unwrap();
        session.commit(&positions).unwrap();
        assert_eq!(place.values(&topic, 0), ["a"]);
    }
}
