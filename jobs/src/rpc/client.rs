//! A typed client of Aztec's JSON-RPC, for agents and producers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method as HttpMethod, Request, StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::call::Call;
use super::error::RpcError;
use super::headers::{HEADER_PACKAGE_VERSION, VERSION_HEADERS};
use super::member::RawMember;
use super::message::parse_replies;
use super::reply::CallResult;
use crate::access::{AccessError, BrokerAccess};
use crate::causes::with_causes;
use crate::error::Error;
use crate::trace::{TRACEPARENT, TraceContext};

/// Longest reply that is read, in bytes: a job with inline inputs.
const MAX_REPLY_LEN: usize = 96 << 20;
/// Node closes connections that are idle for five seconds; one that is used at that moment loses its call.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RpcClientError {
    /// The address cannot be used.
    #[error("cannot call {url:?}: {reason}")]
    Address {
        /// The address without what may be a secret.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The token or the certificates of the client cannot be used.
    #[error(transparent)]
    BrokerAccess(#[from] AccessError),
    /// No answer in time, or none at all. The call may or may not have happened.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// An answer of something that does not speak JSON-RPC, such as a proxy.
    #[error("status {status} and a body that is no reply: {source}")]
    NoReply {
        /// HTTP status.
        status: u16,
        /// What is wrong with the body.
        source: Error,
    },
    /// The server does not let the caller in.
    #[error(
        "the server lets nobody in without a valid token or certificate (status {status}); for a broker of ours see agent.broker_token"
    )]
    Denied {
        /// HTTP status: 401 or 403.
        status: u16,
    },
    /// The reply is to another call.
    #[error("the reply has id {actual}, expected {expected}")]
    WrongId {
        /// Id of the call.
        expected: u64,
        /// Id of the reply; `undefined` without one.
        actual: String,
    },
    /// The other side works for another release of the network.
    #[error("expected {header} to be {expected}, the other side has {actual}")]
    Version {
        /// Name of the header.
        header: &'static str,
        /// Value of this release.
        expected: &'static str,
        /// Value received.
        actual: String,
    },
    /// The call was refused.
    #[error("{}", .0.message)]
    Refused(RpcError),
    /// The result is not one of the method.
    #[error(transparent)]
    Result(Error),
}

impl RpcClientError {
    /// Whether the same call may work later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::NoReply { .. } | Self::WrongId { .. } => true,
            Self::Address { .. }
            | Self::BrokerAccess(_)
            | Self::Denied { .. }
            | Self::Version { .. }
            | Self::Refused(_)
            | Self::Result(_) => false,
        }
    }
}

/// A connection pool to one server. Cheap to clone; it needs a tokio runtime when it is used.
#[derive(Clone, Debug)]
pub struct RpcClient {
    uri: Uri,
    next_id: Arc<AtomicU64>,
    timeout: Duration,
    authorization: Option<HeaderValue>,
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl RpcClient {
    /// A client of the server at `url`. As with Aztec's clients, calls go to `/`, whatever path the URL has. A call
    /// that has no answer within `timeout` has failed.
    ///
    /// # Errors
    /// [`RpcClientError::Address`], [`RpcClientError::BrokerAccess`]
    pub fn new(url: &str, access: &BrokerAccess, timeout: Duration) -> Result<Self, RpcClientError> {
        let host = url.rsplit('@').next().unwrap_or_default();
        let shown: String = host.split(['?', '#']).next().unwrap_or_default().to_owned();
        let bad = |reason: String| RpcClientError::Address { url: shown.clone(), reason };
        let uri: Uri = url.parse().map_err(|error: hyper::http::uri::InvalidUri| bad(error.to_string()))?;
        let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(bad("it does not start with http:// or https:// and a host".to_owned()));
        };
        let root = Uri::builder().scheme(scheme).authority(authority.clone()).path_and_query("/").build();
        let uri = root.map_err(|error| bad(error.to_string()))?;
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(access.connector()?);
        Ok(Self { uri, next_id: Arc::default(), timeout, authorization: access.authorization()?, http })
    }

    /// Calls a method. It is sent once; whether to send it again is for the caller, who knows what it does.
    ///
    /// # Errors
    /// [`RpcClientError`]
    pub async fn call(&self, call: &Call) -> Result<CallResult, RpcClientError> {
        self.call_within(call, None).await
    }

    /// The same as part of a trace.
    ///
    /// # Errors
    /// [`RpcClientError`]
    pub async fn call_within(
        &self,
        call: &Call,
        parent: Option<TraceContext>,
    ) -> Result<CallResult, RpcClientError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let method = call.method();
        // A batch of one, as Aztec's clients send it: so the status is 200 even for an error.
        let body = format!(
            r#"[{{"jsonrpc":"2.0","id":{id},"method":"{}","params":{}}}]"#,
            method.full_name(),
            call.params_json()
        );
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = HttpMethod::POST;
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(value) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, value.clone());
        }
        if let Some(parent) = parent {
            let value = HeaderValue::try_from(parent.to_string()).expect("it is hexadecimal");
            request.headers_mut().insert(TRACEPARENT, value);
        }
        let answer = tokio::time::timeout(self.timeout, self.send(request)).await;
        let none = |_| RpcClientError::Unreachable(format!("none in {} s", self.timeout.as_secs()));
        let (status, headers, bytes) = answer.map_err(none)??;
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(RpcClientError::Denied { status: status.as_u16() });
        }
        check_version(&headers)?;
        let no_reply = |source| RpcClientError::NoReply { status: status.as_u16(), source };
        let replies = parse_replies(&bytes, MAX_REPLY_LEN, 1).map_err(no_reply)?;
        let reply = replies.first().ok_or(Error::Missing { field: "reply" }).map_err(no_reply)?;
        let actual = reply.id.as_ref().map_or("undefined", RawMember::as_json);
        // A server that cannot read the body at all answers to id null.
        if reply.outcome.is_ok() && actual != id.to_string() {
            return Err(RpcClientError::WrongId { expected: id, actual: actual.to_owned() });
        }
        reply.decode(method).map_err(RpcClientError::Result)?.outcome.map_err(RpcClientError::Refused)
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, HeaderMap, Bytes), RpcClientError> {
        let response = self.http.request(request).await;
        let response = response.map_err(|error| RpcClientError::Unreachable(with_causes(&error)))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_REPLY_LEN).collect().await;
        let body = body.map_err(|error| RpcClientError::Unreachable(error.to_string()))?;
        Ok((parts.status, parts.headers, body.to_bytes()))
    }
}

/// Refuses a server of another release of the network. Headers that are absent, and the version of the package, say
/// nothing.
fn check_version(headers: &HeaderMap) -> Result<(), RpcClientError> {
    for (header, expected) in VERSION_HEADERS {
        let Some(actual) = headers.get(header) else { continue };
        if header != HEADER_PACKAGE_VERSION && actual.as_bytes() != expected.as_bytes() {
            let actual = String::from_utf8_lossy(actual.as_bytes()).into_owned();
            return Err(RpcClientError::Version { header, expected, actual });
        }
    }
    Ok(())
}
