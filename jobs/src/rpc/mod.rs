//! JSON-RPC as Aztec 4.1.2 speaks it between prover nodes, brokers and agents: bodies in, calls out; replies in,
//! bodies out. No IO, except in the client behind the feature `client`.
//!
//! A server does, for each `POST /`:
//!
//! ```
//! use chinampa_jobs::JobStatus;
//! use chinampa_jobs::rpc::{self, Call, CallResult, HttpReply, RpcError, RpcLimits, Surface};
//!
//! fn serve(body: &[u8]) -> HttpReply {
//!     match rpc::parse_body(body, &RpcLimits::default(), &Surface::broker()) {
//!         Err(rejection) => rejection.to_http(),
//!         Ok(request) => request.answer(|call| match call {
//!             Call::GetProvingJobStatus(_) => Ok(CallResult::Status(JobStatus::NotFound)),
//!             _ => Err(RpcError::handler("not in this example")),
//!         }),
//!     }
//! }
//!
//! let reply = serve(br#"{"jsonrpc":"2.0","id":1,"method":"proverBroker_getProvingJobStatus","params":["x"]}"#);
//! assert_eq!(reply.status, 200);
//! assert_eq!(reply.body, br#"{"jsonrpc":"2.0","id":1,"result":{"status":"not-found"}}"#);
//! ```
//!
//! Error codes and messages are those of Aztec's server, so that its clients print what they always did. It
//! departs from Aztec in these cases, all of which no Aztec client produces:
//! - job ids must have 1 to 511 bytes, URIs at most [`crate::limits::MAX_URI_LEN`], epochs at most 2^53 - 1;
//! - a body that is not UTF-8 is a parse error, where Node replaces the bad bytes;
//! - an unpaired surrogate escape becomes U+FFFD;
//! - the text after `Parse error: ` is our parser's, but for a body that ends early;
//! - a list has at most [`MAX_LIST_LEN`] elements;
//! - at most [`MAX_ISSUES`] problems of one call are listed;
//! - a method whose namespace is the name of a member that every JavaScript object has is not found, where Aztec
//!   fails with status 500.

mod call;
#[cfg(feature = "client")]
mod client;
mod content_type;
mod envelope;
mod error;
mod headers;
mod issues;
mod member;
mod message;
mod method;
mod reply;

pub use call::Call;
#[cfg(feature = "client")]
pub use client::{RpcClient, RpcClientError};
pub use content_type::is_json_content_type;
pub use envelope::{BodyError, Request, RequestBody, RpcLimits, parse_body};
pub use error::{ErrorCode, RpcError};
pub use headers::{
    HEADER_PACKAGE_VERSION, HEADER_PROTOCOL_CONTRACTS_HASH, HEADER_VK_TREE_ROOT, PACKAGE_VERSION,
    PROTOCOL_CONTRACTS_HASH, VERSION_HEADERS, VK_TREE_ROOT,
};
pub use issues::{MAX_ISSUES, MAX_LIST_LEN};
pub use member::RawMember;
pub use message::{ReplyMessage, parse_replies};
pub use method::{Method, Surface};
pub use reply::{CallResult, HttpReply, Reply};
