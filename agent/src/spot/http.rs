//! Calls of a metadata service: small answers, soon or not at all.

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Time for an answer. The services answer from the machine's own host.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Longest answer that is read.
const MAX_ANSWER_LEN: usize = 64 << 10;

/// Why a metadata service did not say anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// The address is none.
    #[error("{url:?} is no address of a metadata service: {reason}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No answer.
    #[error("no answer from {path}: {reason}")]
    Unreachable {
        /// What was asked for.
        path: String,
        /// Why.
        reason: String,
    },
    /// An answer that is none of the service's.
    #[error("{path} answers with status {status}")]
    Status {
        /// What was asked for.
        path: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer of another shape.
    #[error("the answer of {path} is not readable: {reason}")]
    Answer {
        /// What was asked for.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// What a service answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// A metadata service.
#[derive(Debug)]
pub(super) struct Http {
    base: String,
    client: Client<HttpConnector, Empty<Bytes>>,
}

impl Http {
    pub(super) fn new(url: &str) -> Result<Self, ProbeError> {
        let base = url.trim_end_matches('/').to_owned();
        let bad = |reason: String| ProbeError::Address { url: base.clone(), reason };
        let uri: Uri = base.parse().map_err(|error: hyper::http::uri::InvalidUri| bad(error.to_string()))?;
        if uri.scheme_str() != Some("http") || uri.host().is_none() {
            return Err(bad("it does not start with http:// and a host".to_owned()));
        }
        Ok(Self { base, client: Client::builder(TokioExecutor::new()).build(HttpConnector::new()) })
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        header: (&'static str, &str),
    ) -> Result<Answer, ProbeError> {
        let unreachable = |reason: String| ProbeError::Unreachable { path: path.to_owned(), reason };
        let value = HeaderValue::from_str(header.1).map_err(|error| unreachable(error.to_string()))?;
        let uri: Uri = format!("{}{path}", self.base)
            .parse()
            .map_err(|error: hyper::http::uri::InvalidUri| unreachable(error.to_string()))?;
        let mut request = Request::new(Empty::new());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        request.headers_mut().insert(HeaderName::from_static(header.0), value);
        let exchange = async {
            let response =
                self.client.request(request).await.map_err(|error| unreachable(error.to_string()))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MAX_ANSWER_LEN).collect().await;
            let body = body.map_err(|error| unreachable(error.to_string()))?.to_bytes();
            let text = String::from_utf8_lossy(&body).into_owned();
            Ok(Answer { status: parts.status, headers: parts.headers, text })
        };
        let limited = tokio::time::timeout(TIMEOUT, exchange).await;
        limited.map_err(|_| unreachable(format!("none in {} s", TIMEOUT.as_secs())))?
    }

    /// The text at `path`; an error unless the status is 200.
    pub(super) async fn get(&self, path: &str, header: (&'static str, &str)) -> Result<Answer, ProbeError> {
        let answer = self.send(Method::GET, path, header).await?;
        if answer.status == StatusCode::OK { Ok(answer) } else { Err(answer.refused(path)) }
    }
}

impl Answer {
    pub(super) fn refused(&self, path: &str) -> ProbeError {
        ProbeError::Status { path: path.to_owned(), status: self.status.as_u16() }
    }
}
