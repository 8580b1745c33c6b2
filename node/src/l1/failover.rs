//! One JSON-RPC transport over several execution nodes: the first one that answers, in the order of preference.
//!
//! A request moves on to the next node when a node cannot be reached, is rate limited or overloaded, answers with
//! something that is not JSON-RPC, or does not know a block that the request names because it lags behind. An error
//! that any honest node would return, such as a revert, is final.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alloy::rpc::json_rpc::{ErrorPayload, RequestPacket, ResponsePacket};
use alloy::transports::http::Http;
use alloy::transports::{RpcError, TransportError, TransportErrorKind};
use tower::Service;
use url::Url;

/// Rounds over all nodes before a request fails.
const ROUNDS: u32 = 4;
/// Pause after the first round in which every node failed; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest pause that a node may ask for with `Retry-After`.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Requests after which the preferred nodes are tried again.
const STICKY_REQUESTS: usize = 256;

/// Code of EIP-1474 for an exceeded limit.
const LIMIT_EXCEEDED: i64 = -32005;
/// Message fragments by which execution nodes say that they do not have a block yet.
const LAGGING: [&str; 4] = ["header not found", "unknown block", "block not found", "BlockOutOfRange"];

/// The transport.
#[derive(Clone, Debug)]
pub(super) struct Failover {
    nodes: Arc<[Http<reqwest::Client>]>,
    /// Node of the last answer, and requests since the preferred one was tried.
    current: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Failover {
    /// A transport over `urls`, which must not be empty.
    pub(super) fn new(client: &reqwest::Client, urls: &[Url]) -> Self {
        assert!(!urls.is_empty(), "an L1 client has at least one URL");
        let nodes = urls.iter().map(|url| Http::with_client(client.clone(), url.clone())).collect();
        Self { nodes, current: Arc::default(), requests: Arc::default() }
    }

    pub(super) async fn send(self, request: RequestPacket) -> Outcome {
        if self.requests.fetch_add(1, Ordering::Relaxed) % STICKY_REQUESTS == STICKY_REQUESTS - 1 {
            self.current.store(0, Ordering::Relaxed);
        }
        let mut pause = FIRST_PAUSE;
        let mut round = 1;
        loop {
            let (outcome, wait) = match self.ask_all(&request).await {
                Round::Answered(outcome) => return outcome,
                Round::Failed { outcome, .. } if round == ROUNDS => return outcome,
                Round::Failed { outcome, wait } => (outcome, wait.unwrap_or(pause).min(PAUSE_MAX)),
            };
            tracing::debug!(round, ?wait, reason = %reason(&outcome), "no L1 node answered");
            tokio::time::sleep(wait).await;
            round += 1;
            pause *= 2;
        }
    }

    /// Asks the current node, and no other if it does not answer.
    pub(super) async fn try_once(&self, request: RequestPacket) -> Outcome {
        let index = self.current.load(Ordering::Relaxed) % self.nodes.len();
        self.nodes[index].clone().call(request).await.map_err(without_url)
    }

    /// Asks the nodes in turn, from the current one on.
    async fn ask_all(&self, request: &RequestPacket) -> Round {
        let first = self.current.load(Ordering::Relaxed);
        let mut step = 0;
        loop {
            let index = (first + step) % self.nodes.len();
            let outcome = self.nodes[index].clone().call(request.clone()).await.map_err(without_url);
            let Verdict::TryNext { wait } = judge(&outcome) else {
                self.current.store(index, Ordering::Relaxed);
                return Round::Answered(outcome);
            };
            step += 1;
            if step == self.nodes.len() {
                return Round::Failed { outcome, wait };
            }
        }
    }
}

pub(super) type Outcome = Result<ResponsePacket, TransportError>;

/// What came of asking every node once.
enum Round {
    /// One of them answered, perhaps with an error that is final.
    Answered(Outcome),
    /// None did; this is what the last one said, and how long it asked to be left alone.
    Failed { outcome: Outcome, wait: Option<Duration> },
}

/// Whether another node could do better.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Final,
    TryNext { wait: Option<Duration> },
}

fn judge(outcome: &Outcome) -> Verdict {
    match outcome {
        Ok(response) => match response.first_error_message().and(response.as_error()) {
            Some(error) if is_temporary(error) => Verdict::TryNext { wait: None },
            _ => Verdict::Final,
        },
        Err(RpcError::ErrorResp(error)) if !is_temporary(error) => Verdict::Final,
        Err(RpcError::Transport(TransportErrorKind::HttpErrorWithRetryAfter { retry_after, .. })) => {
            Verdict::TryNext { wait: Some(*retry_after) }
        }
        Err(_) => Verdict::TryNext { wait: None },
    }
}

/// Whether no other node could do better than this response.
pub(super) fn is_answer(response: &ResponsePacket) -> bool {
    response.as_error().is_none_or(|error| !is_temporary(error))
}

fn is_temporary(error: &ErrorPayload) -> bool {
    error.code == LIMIT_EXCEEDED
        || error.is_retry_err()
        || LAGGING.iter().any(|fragment| error.message.contains(fragment))
}

/// The text of a failure for the log. Provider URLs carry keys and are never part of it.
fn reason(outcome: &Outcome) -> String {
    match outcome {
        Ok(response) => response.as_error().map_or_else(String::new, |error| error.message.to_string()),
        Err(error) => error.to_string(),
    }
}

/// The HTTP client names the URL in its errors, and the URLs of providers carry keys.
fn without_url(error: TransportError) -> TransportError {
    match error {
        RpcError::Transport(TransportErrorKind::Custom(error)) => match error.downcast::<reqwest::Error>() {
            Ok(error) => TransportErrorKind::custom(error.without_url()),
            Err(error) => RpcError::Transport(TransportErrorKind::Custom(error)),
        },
        other => other,
    }
}
