//! What a broker of ours may ask of its clients, over each of its protocols: a token or a certificate.

mod tls;

use std::fmt;

use hyper::header::HeaderValue;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;

pub use tls::TlsFiles;

/// A token and certificates. The default is for a broker that asks for none and has a public certificate, if any.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BrokerAccess {
    /// Goes along with every call as `Authorization: Bearer`.
    pub token: Option<String>,
    /// For `https://`.
    pub tls: TlsFiles,
}

impl fmt::Debug for BrokerAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_token = self.token.is_some();
        formatter.debug_struct("BrokerAccess").field("has_token", &has_token).field("tls", &self.tls).finish()
    }
}

/// Why credentials cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The token cannot go into a header.
    #[error("the token has characters that no header may have")]
    Token,
    /// The certificates cannot be used.
    #[error("TLS: {reason}")]
    Tls {
        /// What is wrong.
        reason: String,
    },
}

impl BrokerAccess {
    /// With a token only.
    pub fn with_token(token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), tls: TlsFiles::default() }
    }

    /// The value of the header `Authorization`.
    pub(crate) fn authorization(&self) -> Result<Option<HeaderValue>, AccessError> {
        let Some(token) = &self.token else { return Ok(None) };
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.map_err(|_| AccessError::Token)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// What opens connections.
    pub(crate) fn connector(&self) -> Result<HttpsConnector<HttpConnector>, AccessError> {
        let tls = self.tls.load()?;
        Ok(HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build())
    }
}
