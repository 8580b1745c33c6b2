//! A typed client of the agent protocol.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
pub use hyper::Method;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::encoding::{WireError, WireFormat};
use super::events::Events;
use super::message::{
    BeatReply, BeatRequest, ClaimReply, ClaimRequest, Problem, ReleaseReply, ReleaseRequest, SettleReply,
    SettleRequest,
};
use super::{BEAT_PATH, CLAIM_PATH, EVENTS_PATH, RELEASE_PATH, SETTLE_PATH};
use crate::access::{AccessError, BrokerAccess};
use crate::causes::with_causes;
use crate::trace::{TRACEPARENT, TraceContext};

/// Longest reply that is read, in bytes: a job with inline inputs.
const MAX_REPLY_LEN: usize = 96 << 20;
/// Time for an answer that has nothing to wait for.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a call has no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The broker's address cannot be used.
    #[error("cannot call {url:?}: {reason}")]
    Address {
        /// The address without what follows an `@`-sign's user part.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The token or the certificates of the client cannot be used.
    #[error(transparent)]
    BrokerAccess(#[from] AccessError),
    /// No answer in time, or none at all. The call may or may not have happened; every call can be repeated.
    #[error("no answer from the broker: {0}")]
    Unreachable(String),
    /// The broker refuses the call.
    #[error("the broker refuses with status {status}: {} ({})", problem.message, problem.code)]
    Refused {
        /// HTTP status.
        status: u16,
        /// Why.
        problem: Problem,
    },
    /// The answer is not one of this protocol.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl ClientError {
    /// Whether the same call may work later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429,
            Self::Address { .. } | Self::BrokerAccess(_) | Self::Wire(_) => false,
        }
    }
}

/// A connection pool to one broker. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AgentClient {
    base: String,
    format: WireFormat,
    authorization: Option<HeaderValue>,
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl AgentClient {
    /// A client of the broker at `url` (`http://` or `https://`, without a path). It needs a tokio runtime when it is used.
    ///
    /// # Errors
    /// [`ClientError::Address`], [`ClientError::BrokerAccess`]
    pub fn new(url: &str, access: &BrokerAccess, format: WireFormat) -> Result<Self, ClientError> {
        let base = url.trim_end_matches('/').to_owned();
        let shown = base.rsplit('@').next().unwrap_or_default().to_owned();
        let bad = |reason: String| ClientError::Address { url: shown.clone(), reason };
        let uri: Uri = base.parse().map_err(|error: hyper::http::uri::InvalidUri| bad(error.to_string()))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(bad("it does not start with http:// or https:// and a host".to_owned()));
        }
        let http = Client::builder(TokioExecutor::new()).build(access.connector()?);
        Ok(Self { base, format, authorization: access.authorization()?, http })
    }

    /// Asks for a job and waits for one as long as the request says.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn claim(&self, request: &ClaimRequest) -> Result<ClaimReply, ClientError> {
        Ok(self.claim_in_trace(request).await?.0)
    }

    /// The same, with the place in a trace that the attempt at the job has.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn claim_in_trace(
        &self,
        request: &ClaimRequest,
    ) -> Result<(ClaimReply, Option<TraceContext>), ClientError> {
        let wait = Duration::from_millis(u64::from(request.wait_ms.min(super::MAX_WAIT_MS)));
        self.post(CLAIM_PATH, request, wait + CALL_TIMEOUT).await
    }

    /// Says that the caller lives and works.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn beat(&self, request: &BeatRequest) -> Result<BeatReply, ClientError> {
        self.call(BEAT_PATH, request, CALL_TIMEOUT).await
    }

    /// Reports the end of an attempt.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn settle(&self, request: &SettleRequest) -> Result<SettleReply, ClientError> {
        self.call(SETTLE_PATH, request, CALL_TIMEOUT).await
    }

    /// Hands a job back.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn release(&self, request: &ReleaseRequest) -> Result<ReleaseReply, ClientError> {
        self.call(RELEASE_PATH, request, CALL_TIMEOUT).await
    }

    /// A call of the broker's administration, whose paths and bodies its OpenAPI document describes. The format of this
    /// client does not matter: bodies and replies are JSON.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn administer(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<serde_json::Value, ClientError> {
        let body = body.map(|body| WireFormat::Json.encode(body)).transpose()?.unwrap_or_default();
        Ok(self.exchange(method, path, WireFormat::Json, body, CALL_TIMEOUT).await?.0)
    }

    /// What happens to jobs, from now on or after the event of a number.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn events(&self, after: Option<u64>) -> Result<Events, ClientError> {
        let after = after.map(|number| format!("?after={number}")).unwrap_or_default();
        let request =
            self.request(Method::GET, &format!("{EVENTS_PATH}{after}"), WireFormat::Json, Vec::new())?;
        let answer = tokio::time::timeout(CALL_TIMEOUT, self.http.request(request)).await;
        let response = answer.map_err(|_| no_answer(CALL_TIMEOUT))?;
        let response = response.map_err(|error| ClientError::Unreachable(with_causes(&error)))?;
        if response.status() == StatusCode::OK {
            return Ok(Events::new(response.into_body()));
        }
        let status = response.status();
        let bytes = tokio::time::timeout(CALL_TIMEOUT, read(response.into_body())).await;
        Err(refused(status, &bytes.map_err(|_| no_answer(CALL_TIMEOUT))??))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        message: &impl Serialize,
        timeout: Duration,
    ) -> Result<T, ClientError> {
        Ok(self.post(path, message, timeout).await?.0)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        message: &impl Serialize,
        timeout: Duration,
    ) -> Result<(T, Option<TraceContext>), ClientError> {
        let body = self.format.encode(message)?;
        self.exchange(Method::POST, path, self.format, body, timeout).await
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        format: WireFormat,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<(T, Option<TraceContext>), ClientError> {
        let request = self.request(method, path, format, body)?;
        let answer = tokio::time::timeout(timeout, self.send(request)).await;
        let (status, trace, bytes) = answer.map_err(|_| no_answer(timeout))??;
        if status == StatusCode::OK {
            Ok((format.decode(&bytes)?, trace))
        } else {
            Err(refused(status, &bytes))
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        format: WireFormat,
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, ClientError> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = method;
        let uri = format!("{}{path}", self.base);
        *request.uri_mut() = uri.parse().map_err(|error: hyper::http::uri::InvalidUri| {
            ClientError::Address { url: path.to_owned(), reason: error.to_string() }
        })?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        if let Some(value) = &self.authorization {
            headers.insert(AUTHORIZATION, value.clone());
        }
        Ok(request)
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Option<TraceContext>, Bytes), ClientError> {
        let response = self.http.request(request).await;
        let response = response.map_err(|error| ClientError::Unreachable(with_causes(&error)))?;
        let status = response.status();
        let trace = response.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok((status, trace, read(response.into_body()).await?))
    }
}

async fn read(body: Incoming) -> Result<Bytes, ClientError> {
    let body = Limited::new(body, MAX_REPLY_LEN).collect().await;
    Ok(body.map_err(|error| ClientError::Unreachable(error.to_string()))?.to_bytes())
}

fn no_answer(timeout: Duration) -> ClientError {
    ClientError::Unreachable(format!("none in {} s", timeout.as_secs()))
}

/// What a reply says that is no success.
fn refused(status: StatusCode, bytes: &[u8]) -> ClientError {
    let problem = WireFormat::Json.decode(bytes).unwrap_or_else(|_| Problem {
        code: "unknown".to_owned(),
        message: String::from_utf8_lossy(bytes).chars().take(200).collect(),
    });
    ClientError::Refused { status: status.as_u16(), problem }
}
