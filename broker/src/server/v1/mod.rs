//! Our own API under `/v1`: the agent protocol, and what people and their programs do. The routes are one table, from
//! which the OpenAPI document is made too.

mod admin;
mod agent;
mod events;
mod openapi;
mod produce;
mod query;
mod routes;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use chinampa_jobs::agent::{Problem, WireError};

pub use openapi::document as open_api;
pub(super) use routes::{allowed, find};

use super::body::{self, ReadError};
use super::calls::Unavailable;
use super::payloads::NotTaken;
use super::routes::App;
use super::tls::ClientCertificate;
use crate::access::{AccessError, AuditEntry, Caller};
use crate::engine::EngineError;
use crate::worker::Stopped;
use routes::{Found, Operation};

/// A request as operations see it.
#[derive(Debug)]
struct Call {
    caller: Caller,
    /// What stands for the braces of the route.
    argument: String,
    uri: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("{0}")]
    Bad(String),
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{0}")]
    Conflict(String),
    #[error("body of {actual} bytes, at most {limit} are read")]
    TooLong { limit: usize, actual: usize },
    #[error("{0}")]
    Unavailable(String),
}

impl Refused {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Access(AccessError::Unauthenticated) => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::Access(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::Bad(_) => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::Wire(WireError::ContentType { .. }) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-content-type")
            }
            Self::Wire(_) => (StatusCode::BAD_REQUEST, "unreadable"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not-found"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            Self::TooLong { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-long"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }
}

impl From<Stopped> for Refused {
    fn from(stopped: Stopped) -> Self {
        Self::Unavailable(stopped.to_string())
    }
}

impl From<EngineError> for Refused {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => Self::Conflict(refusal.to_string()),
            EngineError::Store(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<NotTaken> for Refused {
    fn from(error: NotTaken) -> Self {
        match error {
            NotTaken::Unavailable(error) => error.into(),
            NotTaken::Refused(error) => Self::Conflict(error.to_string()),
        }
    }
}

impl From<Unavailable> for Refused {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Answers a request to a route.
pub(super) async fn answer(app: &App, found: Found, request: Request<Body>) -> Response<Body> {
    let is_change = request.method() != Method::GET;
    let caller = identify(app, &request);
    let name = caller.as_ref().map_or_else(|_| "unknown".to_owned(), |caller| caller.name.clone());
    let role = caller.as_ref().map_or("none", |caller| caller.role.name());
    let detail = format!("{} {}", request.method(), request.uri().path());
    let operation = found.operation;
    let reply = serve(app, caller, found, request).await;
    let response = reply.unwrap_or_else(|error| refused(&error));
    if is_change && operation.is_audited() {
        app.audit.add(AuditEntry {
            time_ms: app.broker.now().0,
            caller: name,
            role,
            operation: operation.name(),
            detail,
            status: response.status().as_u16(),
        });
    }
    response
}

async fn serve(
    app: &App,
    caller: Result<Caller, AccessError>,
    found: Found,
    request: Request<Body>,
) -> Result<Response<Body>, Refused> {
    let caller = caller?;
    caller.check(found.operation.permission())?;
    let (parts, body) = request.into_parts();
    let limit = app.config.limits.max_body_len;
    let bytes = body::receive(app, &parts.headers, body).await.map_err(|error| match error {
        ReadError::Lost => Refused::Unavailable("the request did not arrive".to_owned()),
        ReadError::Refused(error) => match error {
            chinampa_jobs::rpc::BodyError::TooLong { limit, actual } => Refused::TooLong { limit, actual },
            error => Refused::Bad(format!("body is not readable: {error:?}")),
        },
    })?;
    if bytes.len() > limit {
        return Err(Refused::TooLong { limit, actual: bytes.len() });
    }
    let (uri, headers) = (parts.uri, parts.headers);
    let call = Call { caller, argument: found.argument, uri, headers, body: bytes };
    match found.operation {
        Operation::Claim => agent::claim(app, call).await,
        Operation::Beat => agent::beat(app, call).await,
        Operation::Settle => agent::settle(app, call).await,
        Operation::Release => agent::release(app, call).await,
        Operation::Events => Ok(events::stream(app, &call)),
        Operation::EnqueueJob => produce::enqueue(app, &call).await,
        Operation::GetStatus => produce::status(app, &call).await,
        Operation::OpenApi => Ok(json(&openapi::document())),
        operation => admin::serve(app, operation, call).await,
    }
}

/// Who calls: by the token in the request, else by the certificate of the connection.
pub(super) fn identify(app: &App, request: &Request<Body>) -> Result<Caller, AccessError> {
    let token = token(request.headers());
    match (&token, request.extensions().get::<ClientCertificate>()) {
        (None, Some(certificate)) if !app.access.is_open() => app.access.identify_certificate(&certificate.0),
        _ => app.access.identify(token.as_deref()),
    }
}

/// The token in `Authorization: Bearer`.
fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The answer to a caller that may not call.
pub(super) fn denied(error: AccessError) -> Response<Body> {
    refused(&Refused::Access(error))
}

fn refused(error: &Refused) -> Response<Body> {
    let (status, code) = error.status();
    let problem = Problem { code: code.to_owned(), message: error.to_string() };
    let mut response = json(&problem);
    *response.status_mut() = status;
    if status == StatusCode::UNAUTHORIZED {
        let value = header::HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

fn json(value: &impl serde::Serialize) -> Response<Body> {
    let bytes = serde_json::to_vec(value).expect("plain data");
    let mut response = Response::new(bytes.into());
    let value = header::HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}
