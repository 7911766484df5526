//! A certificate of this server's own making, for who has no other and compares its fingerprint.

use super::Pair;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_hours(24);
/// Browsers take no certificate that is valid for longer than about a year.
const VALID: Duration = Duration::from_hours(24 * 364);

/// Makes a P-256 key and its certificate for `names`, which may be addresses.
pub(super) fn make(names: Vec<String>) -> Result<Pair, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "Sinkview, self-signed");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // A viewer's clock may be behind.
    let now = SystemTime::now();
    params.not_before = (now - DAY).into();
    params.not_after = (now + VALID).into();
    let key = KeyPair::generate()?;
    let cert = params.self_signed(&key)?;
    Ok((cert.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
}
