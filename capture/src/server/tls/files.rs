//! Certificate and key from PEM files, checked before they are shown, and read again when they change.

use super::{TlsError, provider};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, InconsistentKeys, RootCertStore};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// What tells two states of the files apart: inode, size and time of each.
type Stamp = [Option<(u64, u64, i64, i64)>; 2];

/// Reads both files and checks that they belong together and are valid now.
pub(super) fn load(cert: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let chain = chain(cert)?;
    check_dates(cert, &chain)?;
    let private = private_key(key)?;
    CertifiedKey::from_der(chain, private, &provider()).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch { cert: cert.to_owned(), key: key.to_owned() }
        }
        error => TlsError::Malformed { path: key.to_owned(), why: error.to_string() },
    })
}

/// Loads the files again whenever they change, and hands over what is good; what is not is logged, and changes nothing.
pub(super) async fn follow(cert: &Path, key: &Path, show: impl Fn(CertifiedKey)) {
    let mut loaded = stamp(cert, key).await;
    let mut before = loaded;
    loop {
        sleep(LOOK_EVERY).await;
        let now = stamp(cert, key).await;
        // Two files are not written at once: they are read when they have been quiet for a while.
        let is_quiet = std::mem::replace(&mut before, now) == now;
        if now == loaded || !is_quiet {
            continue;
        }
        loaded = now;
        let (cert, key) = (cert.to_owned(), key.to_owned());
        match spawn_blocking(move || load(&cert, &key)).await {
            Ok(Ok(certified)) => {
                show(certified);
                tracing::info!("the certificate has changed; new connections are shown the new one");
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the new certificate is not used, and the one before stays");
            }
            // It fails only when the program ends.
            Err(_) => return,
        }
    }
}

async fn stamp(cert: &Path, key: &Path) -> Stamp {
    let paths = [cert.to_owned(), key.to_owned()];
    let look = move || {
        paths.map(|path| {
            let found = fs::metadata(path).ok()?;
            Some((found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
        })
    };
    spawn_blocking(look).await.unwrap_or_default()
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|why| TlsError::Read { path: path.to_owned(), why })
}

fn malformed(path: &Path, why: &impl ToString) -> TlsError {
    TlsError::Malformed { path: path.to_owned(), why: why.to_string() }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| malformed(path, &error))?;
    if chain.is_empty() { Err(TlsError::NoCertificate(path.to_owned())) } else { Ok(chain) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey(path.to_owned()),
        error => malformed(path, &error),
    })
}

/// Looks at the dates alone: who signed the certificate is for browsers to judge.
fn check_dates(path: &Path, chain: &[CertificateDer<'static>]) -> Result<(), TlsError> {
    let [own, above @ ..] = chain else { return Err(TlsError::NoCertificate(path.to_owned())) };
    let parsed = ParsedCertificate::try_from(own).map_err(|error| malformed(path, &error))?;
    let algorithms = provider().signature_verification_algorithms.all;
    let nobody = RootCertStore::empty();
    let days = |from: UnixTime, to: UnixTime| to.as_secs().saturating_sub(from.as_secs()) / DAY_SECONDS;
    let path = || path.to_owned();
    match verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, above, UnixTime::now(), algorithms) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { time, not_after })) => {
            Err(TlsError::Expired { path: path(), days: days(not_after, time) })
        }
        Err(Error::InvalidCertificate(CertificateError::NotValidYetContext { time, not_before })) => {
            Err(TlsError::NotYetValid { path: path(), days: days(time, not_before) })
        }
        _ => Ok(()),
    }
}
