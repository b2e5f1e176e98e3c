//! An authority of the test's own, and certificates that it signs.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name, X509NameRef};

pub(crate) struct Authority {
    pub certificate: X509,
    key: PKey<Private>,
}

/// A certificate and its key.
pub(crate) struct Signed {
    pub certificate: X509,
    pub key: PKey<Private>,
}

impl Signed {
    /// The certificate and the key (PKCS#8), in PEM form.
    pub(crate) fn pem(&self) -> (Vec<u8>, Vec<u8>) {
        (
            self.certificate.to_pem().expect("OpenSSL makes it"),
            self.key.private_key_to_pem_pkcs8().expect("OpenSSL makes it"),
        )
    }
}

fn name(common: &str) -> X509Name {
    let mut name = X509Name::builder().expect("OpenSSL makes it");
    name.append_entry_by_text("CN", common).expect("OpenSSL makes it");
    name.build()
}

fn make(common: &str, issuer: Option<(&X509NameRef, &PKey<Private>)>) -> Signed {
    let key =
        PKey::from_rsa(Rsa::generate(2048).expect("OpenSSL makes it")).expect("OpenSSL makes it");
    let subject = name(common);
    let mut made = X509::builder().expect("OpenSSL makes it");
    made.set_version(2).expect("OpenSSL makes it");
    let mut serial = BigNum::new().expect("OpenSSL makes it");
    serial.rand(64, openssl::bn::MsbOption::MAYBE_ZERO, false).expect("OpenSSL makes it");
    made.set_serial_number(&serial.to_asn1_integer().expect("OpenSSL makes it"))
        .expect("OpenSSL makes it");
    made.set_subject_name(&subject).expect("OpenSSL makes it");
    made.set_issuer_name(issuer.map_or(&subject, |(name, _)| name)).expect("OpenSSL makes it");
    made.set_pubkey(&key).expect("OpenSSL makes it");
    made.set_not_before(&Asn1Time::days_from_now(0).expect("OpenSSL makes it"))
        .expect("OpenSSL makes it");
    made.set_not_after(&Asn1Time::days_from_now(10).expect("OpenSSL makes it"))
        .expect("OpenSSL makes it");
    if issuer.is_none() {
        made.append_extension(
            BasicConstraints::new().critical().ca().build().expect("OpenSSL makes it"),
        )
        .expect("OpenSSL makes it");
    } else {
        let mut host = SubjectAlternativeName::new();
        let host =
            host.ip("127.0.0.1").build(&made.x509v3_context(None, None)).expect("OpenSSL makes it");
        made.append_extension(host).expect("OpenSSL makes it");
    }
    made.sign(issuer.map_or(&key, |(_, key)| key), MessageDigest::sha256())
        .expect("OpenSSL makes it");
    Signed { certificate: made.build(), key }
}

impl Authority {
    pub(crate) fn new(common: &str) -> Authority {
        let Signed { certificate, key } = make(common, None);
        Authority { certificate, key }
    }

    /// A certificate for 127.0.0.1.
    pub(crate) fn sign(&self, common: &str) -> Signed {
        make(common, Some((self.certificate.subject_name(), &self.key)))
    }
}
