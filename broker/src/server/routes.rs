//! Paths and methods, and the headers that Aztec's server sets.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use chinampa_jobs::rpc::{self, BodyError, HttpReply, RequestBody, Surface, VERSION_HEADERS};
use tokio::sync::{Semaphore, watch};

use super::body::{self, Encoding, ReadError};
use super::calls::{self, Unavailable};
use super::compress::ReplyEncoding;
use super::{Guard, ServerConfig, v1};
use crate::access::{Access, AccessError, Audit};
use crate::metrics::METRICS_CONTENT_TYPE;
use crate::payload::Payloads;
use crate::queue::Settings;
use crate::verifier::Verifier;
use crate::worker::Broker;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
/// Bodies and replies from this length on are not worked on by the threads that serve connections.
const OFFLOADED_LEN_MIN: usize = 64 << 10;
/// The unit in which buffered bytes are counted.
pub(super) const BUFFER_UNIT: usize = 1 << 10;
/// Bodies that are decompressed at the same time.
const INFLATIONS_MAX: usize = 4;

#[derive(Debug)]
pub(super) struct App {
    pub(super) broker: Broker,
    pub(super) config: ServerConfig,
    pub(super) access: Access,
    pub(super) audit: Arc<Audit>,
    pub(super) verifier: Option<Arc<dyn Verifier>>,
    pub(super) trusts_own_agents: bool,
    pub(super) payloads: Option<Arc<Payloads>>,
    /// Free room for bodies as they arrive, in [`BUFFER_UNIT`]s.
    pub(super) room: Semaphore,
    /// How many more bodies may be decompressed now; each may grow to the limit.
    pub(super) inflations: Semaphore,
    /// Turns true when the server ends.
    pub(super) stopping: watch::Receiver<bool>,
    decisions: Mutex<watch::Receiver<Arc<Settings>>>,
}

impl App {
    /// Takes over tokens that were given or revoked since the last call.
    fn refresh(&self) {
        let mut decisions = self.decisions.lock().unwrap_or_else(PoisonError::into_inner);
        if decisions.has_changed().unwrap_or(false) {
            self.access.update(&decisions.borrow_and_update());
        }
    }
}

/// The whole server as one service.
pub(super) fn router(
    broker: Broker,
    config: ServerConfig,
    guard: Guard,
    stopping: watch::Receiver<bool>,
) -> Router {
    // Semaphores count to 2^32 and this to more bytes than a machine has.
    let room = config.max_buffered_len.max(config.limits.max_body_len).div_ceil(BUFFER_UNIT);
    let room = Semaphore::new(room.min(u32::MAX as usize));
    let Guard { access, audit, verifier, trusts_own_agents, payloads, tls: _ } = guard;
    let access = Access::new(access);
    let mut decisions = broker.watch_settings();
    access.update(&decisions.borrow_and_update());
    let app = App {
        broker,
        config,
        access,
        audit,
        verifier,
        trusts_own_agents,
        payloads,
        room,
        inflations: Semaphore::new(INFLATIONS_MAX),
        stopping,
        decisions: Mutex::new(decisions),
    };
    Router::new().fallback(handle).with_state(Arc::new(app))
}

async fn handle(State(app): State<Arc<App>>, request: Request<Body>) -> Response<Body> {
    let is_options = request.method() == Method::OPTIONS;
    let is_preflight = is_options && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let reply = if is_preflight { preflight(request.headers()) } else { route(&app, request).await };
    let mut response = reply.response;
    let headers = response.headers_mut();
    if app.access.is_open() && !reply.is_aztecs {
        headers.insert("x-chinampa-open", HeaderValue::from_static("true"));
    }
    for (name, value) in VERSION_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // As in Aztec, a body that cannot be read is answered before the part that lets other origins read the reply.
    let vary = if reply.is_early { "Accept-Encoding" } else { "Accept-Encoding, Origin" };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    if !reply.is_early && (is_preflight || !is_options) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

/// A response on its way out.
struct Outgoing {
    response: Response<Body>,
    is_early: bool,
    /// An answer that Aztec's clients know, and that carries nothing else.
    is_aztecs: bool,
}

impl Outgoing {
    fn new(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Self {
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { response, is_early: false, is_aztecs: true }
    }

    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.response.headers_mut().insert(name, HeaderValue::from_static(value));
        self
    }
}

fn preflight(request: &HeaderMap) -> Outgoing {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(names) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    Outgoing { response, is_early: false, is_aztecs: true }
        .with(header::ACCESS_CONTROL_ALLOW_METHODS, "GET,HEAD,PUT,POST,DELETE,PATCH")
}

async fn route(app: &App, mut request: Request<Body>) -> Outgoing {
    app.refresh();
    if request.uri().path().starts_with("/v1/") {
        return own(app, request).await;
    }
    take_token_from_path(&mut request);
    let allowed = match request.uri().path() {
        "/" => "POST",
        "/status" | "/healthz" | "/readyz" | "/metrics" => "HEAD, GET",
        _ => return Outgoing::new(StatusCode::NOT_FOUND, TEXT, "Not Found"),
    };
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    match request.uri().path() {
        _ if request.method() == Method::OPTIONS => {
            Outgoing::new(StatusCode::OK, TEXT, "").with(header::ALLOW, allowed)
        }
        "/" if request.method() == Method::POST => rpc(app, request).await,
        "/status" | "/healthz" if is_read => Outgoing::new(StatusCode::OK, TEXT, "OK"),
        "/readyz" if is_read && app.broker.metrics().is_ready() => Outgoing::new(StatusCode::OK, TEXT, "OK"),
        "/readyz" if is_read => unavailable("the job store fails"),
        "/metrics" if is_read => {
            Outgoing::new(StatusCode::OK, METRICS_CONTENT_TYPE, app.broker.metrics().to_text())
        }
        _ => {
            let reply = Outgoing::new(StatusCode::METHOD_NOT_ALLOWED, TEXT, "Method Not Allowed");
            reply.with(header::ALLOW, allowed)
        }
    }
}

/// Our own API.
async fn own(app: &App, request: Request<Body>) -> Outgoing {
    let response = match v1::find(request.method(), request.uri().path()) {
        Some(found) => v1::answer(app, found, request).await,
        None => {
            let allowed = v1::allowed(request.uri().path());
            let reply = match (&allowed, request.method() == Method::OPTIONS) {
                (None, _) => Outgoing::new(StatusCode::NOT_FOUND, TEXT, "Not Found"),
                (Some(_), true) => Outgoing::new(StatusCode::OK, TEXT, ""),
                (Some(_), false) => Outgoing::new(StatusCode::METHOD_NOT_ALLOWED, TEXT, "Method Not Allowed"),
            };
            let mut response = reply.response;
            if let Some(Ok(value)) = allowed.map(|allowed| HeaderValue::from_str(&allowed)) {
                response.headers_mut().insert(header::ALLOW, value);
            }
            response
        }
    };
    Outgoing { response, is_early: false, is_aztecs: false }
}

/// For clients that keep the path of their URL but cannot set a header: `/t/TOKEN` is `/` with a token.
fn take_token_from_path(request: &mut Request<Body>) {
    let token = request.uri().path().strip_prefix("/t/").map(|rest| rest.trim_end_matches('/').to_owned());
    let Some(token) = token.filter(|token| !token.contains('/')) else { return };
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}")) {
        value.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, value);
        *request.uri_mut() = Uri::from_static("/");
    }
}

fn unavailable(why: &str) -> Outgoing {
    Outgoing::new(StatusCode::SERVICE_UNAVAILABLE, TEXT, why.to_owned())
}

async fn rpc(app: &App, request: Request<Body>) -> Outgoing {
    let accept = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let accept = accept.unwrap_or_default().to_owned();
    let caller = match v1::identify(app, &request) {
        Ok(caller) => caller,
        Err(error) => return denied(error),
    };
    let trace = calls::trace(request.headers());
    let http = match read_request(app, request).await {
        Err(ReadError::Lost) => return unavailable("the request did not arrive"),
        Err(ReadError::Refused(error)) => {
            let is_early = !matches!(error, BodyError::EmptyBatch | BodyError::BatchTooLong { .. });
            return Outgoing { is_early, ..json(error.to_http(), &accept).await };
        }
        Ok(body) => match calls::answer(app, &caller, body, trace).await {
            Ok(http) => http,
            Err(Unavailable::Denied(error)) => return denied(error),
            Err(error) => return unavailable(&error.to_string()),
        },
    };
    json(http, &accept).await
}

fn denied(error: AccessError) -> Outgoing {
    Outgoing { response: v1::denied(error), is_early: false, is_aztecs: false }
}

async fn read_request(app: &App, request: Request<Body>) -> Result<RequestBody, ReadError> {
    let limits = app.config.limits;
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.is_some_and(rpc::is_json_content_type);
    let encoding = if is_json { Encoding::of(&parts.headers) } else { Ok(Encoding::Identity) };
    let encoding = encoding.map_err(ReadError::Refused)?;
    let _room = app.room.acquire_many(body::reserved(&parts.headers, limits.max_body_len)).await;
    let wire = body::read(body, limits.max_body_len);
    let wire = body::within(app.config.body_timeout, wire).await?;
    let wire = if is_json { wire } else { Vec::new() };
    let surface = if app.config.has_replay { Surface::broker_with_replay() } else { Surface::broker() };
    let is_offloaded = encoding != Encoding::Identity || wire.len() >= OFFLOADED_LEN_MIN;
    let parse = move || {
        let body = encoding.decode(wire, limits.max_body_len)?;
        rpc::parse_body(&body, &limits, &surface)
    };
    let _inflation = match encoding {
        Encoding::Identity => None,
        _ => app.inflations.acquire().await.ok(),
    };
    let parsed = if is_offloaded {
        tokio::task::spawn_blocking(parse).await.map_err(|_| ReadError::Lost)?
    } else {
        parse()
    };
    parsed.map_err(ReadError::Refused)
}

async fn json(http: HttpReply, accept_encoding: &str) -> Outgoing {
    let status = StatusCode::from_u16(http.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let Some(encoding) = ReplyEncoding::choose(accept_encoding, http.body.len()) else {
        return Outgoing::new(status, JSON, http.body);
    };
    let compressed = if http.body.len() < OFFLOADED_LEN_MIN {
        encoding.encode(&http.body)
    } else {
        let body = http.body;
        match tokio::task::spawn_blocking(move || encoding.encode(&body)).await {
            Ok(compressed) => compressed,
            Err(_) => return unavailable("the reply was lost"),
        }
    };
    match compressed {
        Ok(body) => Outgoing::new(status, JSON, body).with(header::CONTENT_ENCODING, encoding.name()),
        Err(error) => unavailable(&error.to_string()),
    }
}
