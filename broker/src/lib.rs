//! The broker: the queue of proving jobs between prover nodes and agents.
//!
//! [`queue`] is a pure state machine, [`store`] keeps its changes, [`engine`] puts both together, and [`server`]
//! speaks Aztec's JSON-RPC. `docs/broker.md` says how it differs from Aztec's broker.

pub mod access;
pub mod amqp;
pub mod engine;
mod feed;
mod metrics;
mod parked;
pub mod payload;
pub mod queue;
pub mod server;
pub mod store;
pub mod trace;
mod verifier;
mod worker;

pub use feed::{Feed, FeedItem};
pub use metrics::{METRICS_CONTENT_TYPE, Metrics};
pub use verifier::{CommandVerifier, InsideVerifier, ResultCheck, Verdict, Verifier, VerifyError};
pub use worker::{Answer, Broker, ClaimAnswer, Stopped, Worker, WorkerConfig};
