//! TLS on the broker's port, and client certificates as another way to say who one is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, crypto};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::access::hex;

/// A certificate, its key, and whose client certificates are believed. Clones are cheap.
#[derive(Clone)]
pub struct Tls {
    pub(super) acceptor: TlsAcceptor,
}

/// SHA-256 of a client's certificate, in hex, in the extensions of its requests.
#[derive(Clone, Debug)]
pub(super) struct ClientCertificate(pub(super) String);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not what it should be.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The files do not fit each other.
    #[error("TLS: {0}")]
    Configuration(String),
}

impl Tls {
    /// Reads PEM files: a certificate with those that signed it, its key, and the authorities of client certificates. With
    /// authorities a client may show a certificate instead of a token; it counts when its SHA-256 was let in.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn load(certificate: &Path, key: &Path, client_authorities: Option<&Path>) -> Result<Self, TlsError> {
        let chain = certificates(certificate)?;
        let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, &error))?;
        let provider = Arc::new(crypto::ring::default_provider());
        let wrong = |error: &dyn std::fmt::Display| TlsError::Configuration(error.to_string());
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?;
        let builder = match client_authorities {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(path)? {
                    roots.add(authority).map_err(|error| file(path, &error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .allow_unauthenticated()
                    .build()
                    .map_err(|error| wrong(&error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(chain, key_der).map_err(|error| wrong(&error))?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl ClientCertificate {
    /// What a client has shown, if it has.
    pub(super) fn of(connection: &rustls::ServerConnection) -> Option<Self> {
        let shown = connection.peer_certificates()?.first()?;
        Some(Self(hex(&Sha256::digest(shown))))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| file(path, &error))?;
    let read = read.collect::<Result<Vec<_>, _>>().map_err(|error| file(path, &error))?;
    if read.is_empty() {
        return Err(TlsError::File { path: path.to_path_buf(), reason: "no certificate in it".to_owned() });
    }
    Ok(read)
}

fn file(path: &Path, error: &dyn std::fmt::Display) -> TlsError {
    TlsError::File { path: path.to_path_buf(), reason: error.to_string() }
}
