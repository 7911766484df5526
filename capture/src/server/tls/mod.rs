//! TLS for the port: the certificate that is shown, from files or made here, and what rustls is told.
//!
//! Knows neither HTTP nor viewers. Versions and suites are what Mozilla calls intermediate, which is what rustls has.

mod files;
mod own;
mod pinned;

use ring::digest;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, version};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// The newest versions that browsers of the last ten years speak.
const VERSIONS: [&rustls::SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// A certificate with its key, and what is needed to speak TLS with it.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    current: Arc<Current>,
    /// Certificate and key, if they are read again when they change.
    files: Option<(PathBuf, PathBuf)>,
}

/// Why there is no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why; named so that it is in this sentence and in no further one.
        why: io::Error,
    },
    /// A file has no certificate.
    #[error("{} has no certificate in PEM (`-----BEGIN CERTIFICATE-----`)", .0.display())]
    NoCertificate(PathBuf),
    /// A file has no private key.
    #[error("{} has no private key in PEM; one with a passphrase has to be decrypted first (`openssl pkey`)", .0.display())]
    NoKey(PathBuf),
    /// A file has something that is no certificate or no key.
    #[error("{} cannot be understood: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The key is not that of the certificate.
    #[error("the key in {} is not that of the certificate in {}", key.display(), cert.display())]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate is not valid any more.
    #[error("the certificate in {} expired {days} days ago; renew it", path.display())]
    Expired {
        /// The certificate's file.
        path: PathBuf,
        /// Whole days since.
        days: u64,
    },
    /// The certificate is not valid yet.
    #[error("the certificate in {} is not valid before {days} days from now; is this machine's clock right?", path.display())]
    NotYetValid {
        /// The certificate's file.
        path: PathBuf,
        /// Whole days until then.
        days: u64,
    },
    /// No certificate could be made.
    #[error("no self-signed certificate can be made: {0}")]
    Own(#[from] rcgen::Error),
    /// rustls does not take what it was given.
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The certificate that is shown now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl Tls {
    /// With a certificate chain and its key from PEM files, which are read again when they change.
    pub fn from_files(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let certified = files::load(cert, key)?;
        Ok(Self { files: Some((cert.to_owned(), key.to_owned())), ..Self::showing(certified)? })
    }

    /// With a certificate made now for these names and addresses, which nobody vouches for but its fingerprint.
    pub fn self_signed(names: Vec<String>) -> Result<Self, TlsError> {
        let (cert, key) = own::make(names)?;
        Self::showing(CertifiedKey::from_der(vec![cert], key, &provider())?)
    }

    fn showing(certified: CertifiedKey) -> Result<Self, TlsError> {
        let current = Arc::new(Current(RwLock::new(Arc::new(certified))));
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&VERSIONS)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), current, files: None })
    }

    /// SHA-256 of the certificate, as browsers show it: `AB:CD:…`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = digest::digest(&digest::SHA256, &self.current.certificate());
        digest.as_ref().iter().fold(String::new(), |mut text, byte| {
            let colon = if text.is_empty() { "" } else { ":" };
            let _ = write!(text, "{colon}{byte:02X}");
            text
        })
    }

    /// For a client that trusts this very certificate and no other.
    pub fn pinned(&self) -> Result<Arc<ClientConfig>, TlsError> {
        Ok(pinned::config(Arc::clone(&self.current))?)
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }

    /// Shows what is in the files whenever it changes, for as long as it is polled.
    pub(super) async fn follow(&self) {
        match &self.files {
            Some((cert, key)) => files::follow(cert, key, |certified| self.current.show(certified)).await,
            None => std::future::pending().await,
        }
    }
}

impl Current {
    fn get(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn show(&self, certified: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certified);
    }

    /// The server's own certificate, the first of its chain.
    fn certificate(&self) -> CertificateDer<'static> {
        self.get().cert.first().cloned().unwrap_or_else(|| Vec::new().into())
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get())
    }
}

/// A certificate and its key, both in DER.
type Pair = (CertificateDer<'static>, PrivateKeyDer<'static>);

fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}
