//! TLS of clients: whose certificates are believed, and which one is shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::AccessError;

/// Files of a client, PEM. All may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Authorities that sign the broker's certificate. None are the public ones.
    pub authorities: Option<PathBuf>,
    /// The client's certificate, with those that signed it. It takes the place of a token.
    pub certificate: Option<PathBuf>,
    /// The key of the certificate.
    pub key: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads the files.
    ///
    /// # Errors
    /// [`AccessError::Tls`]
    pub fn load(&self) -> Result<ClientConfig, AccessError> {
        let roots = match &self.authorities {
            None => RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(path)? {
                    roots.add(authority).map_err(|error| file(path, &error))?;
                }
                roots
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let wrong = |reason: String| AccessError::Tls { reason };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?
            .with_root_certificates(roots);
        match (&self.certificate, &self.key) {
            (None, None) => Ok(builder.with_no_client_auth()),
            (Some(certificate), Some(key)) => {
                let chain = certificates(certificate)?;
                let key = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, &error))?;
                builder.with_client_auth_cert(chain, key).map_err(|error| wrong(error.to_string()))
            }
            _ => Err(wrong("a certificate and its key go together".to_owned())),
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, AccessError> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| file(path, &error))?;
    let read = read.collect::<Result<Vec<_>, _>>().map_err(|error| file(path, &error))?;
    if read.is_empty() {
        return Err(file(path, &"no certificate in it"));
    }
    Ok(read)
}

fn file(path: &Path, error: &dyn std::fmt::Display) -> AccessError {
    AccessError::Tls { reason: format!("{}: {error}", path.display()) }
}
