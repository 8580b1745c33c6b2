//! Request bodies: one call or a batch.

use serde_json::error::Category;
use serde_json::value::RawValue;

use super::call::Call;
use super::error::{ErrorCode, RpcError};
use super::member::RawMember;
use super::method::Surface;
use super::reply::{CallResult, HttpReply, Reply};
use crate::error::JsonKind;
use crate::raw_json;

/// Limits of a server, both configurable in Aztec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RpcLimits {
    /// Longest body in bytes, after decompression. `RPC_MAX_BODY_SIZE`.
    ///
    /// The default of 1 MiB is Aztec's. It is too small for the inline inputs of `PUBLIC_VM` and checkpoint roots.
    pub max_body_len: usize,
    /// Most calls in a batch. `RPC_MAX_BATCH_SIZE`.
    pub max_batch_len: usize,
}

impl Default for RpcLimits {
    fn default() -> Self {
        Self { max_body_len: 1 << 20, max_batch_len: 100 }
    }
}

/// A body that is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Longer than [`RpcLimits::max_body_len`].
    #[error("request body has {actual} bytes, at most {limit} are allowed")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
        /// Bytes found. A server that stops reading at the limit gives what it has read.
        actual: usize,
    },
    /// The `Content-Encoding` is not known. For servers; [`parse_body`] takes decompressed bodies.
    #[error("unsupported content encoding {name}")]
    UnsupportedEncoding {
        /// Value of the header.
        name: String,
    },
    /// The body could not be decompressed. For servers, as above.
    #[error("request body cannot be decompressed")]
    Decompression,
    /// Not UTF-8.
    #[error("request body is not UTF-8 at offset {offset}")]
    Utf8 {
        /// First byte that does not belong.
        offset: usize,
    },
    /// Neither an object nor an array.
    #[error("request body is neither a JSON object nor an array")]
    NotObjectOrArray,
    /// Ends inside a JSON value.
    #[error("request body ends inside its JSON")]
    UnexpectedEnd,
    /// Not JSON.
    #[error("request body is not JSON at line {line} column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at a line start.
        column: usize,
    },
    /// An object, at any depth, has a member `__proto__`.
    #[error("request body has a member __proto__")]
    ForbiddenMember,
    /// A batch of no calls.
    #[error("batch is empty")]
    EmptyBatch,
    /// More calls than [`RpcLimits::max_batch_len`].
    #[error("batch has {actual} calls, at most {limit} are allowed")]
    BatchTooLong {
        /// The limit.
        limit: usize,
        /// Calls found.
        actual: usize,
    },
}

impl BodyError {
    /// HTTP status of the reply.
    pub fn status(&self) -> u16 {
        match self {
            Self::TooLong { .. } | Self::UnsupportedEncoding { .. } | Self::Decompression => 500,
            _ => 400,
        }
    }

    /// The error object of the reply.
    pub fn to_rpc_error(&self) -> RpcError {
        let parse = |what: &str| RpcError::new(ErrorCode::Parse, format!("Parse error: {what}"));
        let invalid = |what: &str| RpcError::new(ErrorCode::InvalidRequest, what);
        match self {
            Self::TooLong { .. } => invalid("request entity too large"),
            Self::UnsupportedEncoding { name } => invalid(&format!("Unsupported Content-Encoding: {name}")),
            Self::Decompression => invalid("Decompression failed"),
            Self::Utf8 { offset } => parse(&format!("invalid UTF-8 at offset {offset}")),
            Self::NotObjectOrArray => parse("invalid JSON, only supports object and array"),
            Self::UnexpectedEnd => parse("Unexpected end of JSON input"),
            Self::Syntax { line, column } => parse(&format!("invalid JSON at line {line} column {column}")),
            Self::ForbiddenMember => parse("Object contains forbidden prototype property"),
            Self::EmptyBatch => RpcError::not_a_request(),
            Self::BatchTooLong { limit, .. } => {
                invalid(&format!("Batch request exceeds maximum allowed size of {limit}"))
            }
        }
    }

    /// The whole reply.
    pub fn to_http(&self) -> HttpReply {
        let reply = Reply::to_nothing(self.to_rpc_error());
        HttpReply { status: self.status(), body: reply.to_json().into_bytes() }
    }
}

/// One entry of a body: a call, or why it is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The `id` member; a reply without it if absent.
    pub id: Option<RawMember>,
    /// The `jsonrpc` member, `"2.0"` if absent.
    pub version: RawMember,
    /// What to do, or the error to answer.
    pub call: Result<Call, RpcError>,
}

impl Request {
    /// The reply to this request.
    ///
    /// Like Aztec's server, echoes the request's version but for malformed requests and parameters.
    pub fn reply(&self, outcome: Result<CallResult, RpcError>) -> Reply {
        let echoes = !matches!(
            &outcome,
            Err(RpcError { code: ErrorCode::InvalidRequest | ErrorCode::InvalidParams, .. })
        );
        let version = if echoes { self.version.clone() } else { RawMember::version_2() };
        Reply { version, id: self.id.clone(), outcome }
    }

    fn read(raw: &RawValue, surface: &Surface) -> Self {
        let [version, id, method, params] = match raw_json::kind(raw) {
            JsonKind::Object => {
                raw_json::members(raw, ["jsonrpc", "id", "method", "params"]).unwrap_or_default()
            }
            // To JavaScript, arrays are objects without these members.
            JsonKind::Array => [None; 4],
            _ => {
                let (id, version) = (Some(RawMember::null()), RawMember::version_2());
                return Self { id, version, call: Err(RpcError::not_a_request()) };
            }
        };
        let call = match method.and_then(raw_json::string) {
            Some(name) if !name.is_empty() => match surface.resolve(&name) {
                Some(method) => Call::decode(method, params),
                None => Err(RpcError::method_not_found(&name)),
            },
            _ => Err(RpcError::no_method()),
        };
        let version = version.map_or_else(RawMember::version_2, RawMember::new);
        Self { id: id.map(RawMember::new), version, call }
    }
}

/// A body that is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestBody {
    /// One request.
    Single(Request),
    /// One or more requests; Aztec's clients always send batches.
    Batch(Vec<Request>),
}

impl RequestBody {
    /// The requests in order.
    pub fn requests(&self) -> &[Request] {
        match self {
            Self::Single(request) => std::slice::from_ref(request),
            Self::Batch(requests) => requests,
        }
    }

    /// Answers every request in order: calls with what `handle` returns, others with their error.
    ///
    /// A server that handles calls concurrently does the same with [`Request::reply`] and [`RequestBody::respond`].
    pub fn answer(&self, mut handle: impl FnMut(&Call) -> Result<CallResult, RpcError>) -> HttpReply {
        let mut reply = |request: &Request| match &request.call {
            Ok(call) => request.reply(handle(call)),
            Err(error) => request.reply(Err(error.clone())),
        };
        self.respond(&self.requests().iter().map(&mut reply).collect::<Vec<_>>())
    }

    /// The HTTP reply with these replies, one per request, in the requests' order.
    ///
    /// # Panics
    /// If there are more or fewer replies than requests.
    pub fn respond(&self, replies: &[Reply]) -> HttpReply {
        assert_eq!(replies.len(), self.requests().len(), "every request has one reply");
        match (self, replies) {
            (Self::Single(_), [reply]) => HttpReply::single(reply),
            _ => HttpReply::batch(replies),
        }
    }
}

/// Reads the body of a `POST /`, decompressed.
///
/// # Errors
/// If the body is refused as a whole. Errors of single requests are in [`Request::call`].
pub fn parse_body(body: &[u8], limits: &RpcLimits, surface: &Surface) -> Result<RequestBody, BodyError> {
    if body.len() > limits.max_body_len {
        return Err(BodyError::TooLong { limit: limits.max_body_len, actual: body.len() });
    }
    let text = std::str::from_utf8(body).map_err(|error| BodyError::Utf8 { offset: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // An empty body counts as an empty object.
    let text = if text.is_empty() { "{}" } else { text };
    if !text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with(['{', '[']) {
        return Err(BodyError::NotObjectOrArray);
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Eof => BodyError::UnexpectedEnd,
        _ => BodyError::Syntax { line: error.line(), column: error.column() },
    })?;
    if has_forbidden_member(raw.get()) {
        return Err(BodyError::ForbiddenMember);
    }
    let Some((entries, count)) = raw_json::elements(raw, limits.max_batch_len) else {
        return Ok(RequestBody::Single(Request::read(raw, surface)));
    };
    if count > limits.max_batch_len {
        return Err(BodyError::BatchTooLong { limit: limits.max_batch_len, actual: count });
    }
    if entries.is_empty() {
        return Err(BodyError::EmptyBatch);
    }
    Ok(RequestBody::Batch(entries.into_iter().map(|entry| Request::read(entry, surface)).collect()))
}

/// Whether valid JSON text has a member `__proto__` at any depth. JavaScript servers refuse it, because it would
/// change the prototype of an object.
fn has_forbidden_member(json: &str) -> bool {
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let inner = &rest[start + 1..];
        let Some(len) = string_len(inner) else { return false };
        let after = inner[len + 1..].trim_start_matches([' ', '\t', '\n', '\r']);
        if after.starts_with(':') && is_forbidden(&rest[start..start + len + 2]) {
            return true;
        }
        rest = after;
    }
    false
}

/// Length of a string up to its closing quote.
fn string_len(inner: &str) -> Option<usize> {
    let mut is_escaped = false;
    inner.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

/// Whether a quoted member name is `__proto__`, perhaps written with escapes.
fn is_forbidden(quoted: &str) -> bool {
    const NAME: &str = "__proto__";
    // Each character takes one byte, or six as an escape.
    let fits = (NAME.len() + 2..=6 * NAME.len() + 2).contains(&quoted.len());
    fits && serde_json::from_str::<String>(quoted).is_ok_and(|name| name == NAME)
}
