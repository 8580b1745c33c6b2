//! Requests that are made at the same time, as one JSON-RPC batch.
//!
//! A batch is an attempt: what of it does not come back as it should (a node without batches, a limit, an answer that is
//! missing) is asked for by itself, with all the patience of [`Failover`]. Transactions are always sent by themselves.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use alloy::rpc::json_rpc::{RequestPacket, Response, ResponsePacket, SerializedRequest};
use alloy::transports::{TransportError, TransportErrorKind, TransportFut};
use tokio::sync::oneshot;
use tower::Service;

use super::failover::{Failover, is_answer};

/// Requests of one batch. Providers take a hundred and more; answers with whole blocks are long.
const BATCH_LEN: usize = 25;
/// Changes a chain, so it must not depend on what others ask.
const ALONE: &str = "eth_sendRawTransaction";

type Answer = Result<ResponsePacket, TransportError>;

/// A request and who waits for its answer.
type Waiting = (SerializedRequest, oneshot::Sender<Answer>);

/// The transport. Cheap to clone; clones share their batches.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    failover: Failover,
    waiting: Arc<Mutex<Vec<Waiting>>>,
}

impl Batches {
    pub(super) fn new(failover: Failover) -> Self {
        Self { failover, waiting: Arc::default() }
    }

    async fn send(self, request: SerializedRequest) -> Answer {
        let (sender, answer) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push((request, sender));
            waiting.len() == 1
        };
        if is_first {
            // A task of its own, because whoever asks first may lose interest first. It runs when those who ask now have asked.
            tokio::spawn(self.flush());
        }
        let gone = || TransportErrorKind::custom_str("a batch of requests broke off");
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    async fn flush(self) {
        tokio::task::yield_now().await;
        let mut waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(BATCH_LEN));
            tokio::spawn(self.clone().send_all(std::mem::replace(&mut waiting, rest)));
        }
    }

    /// Sends requests together, and those without a good answer one by one.
    async fn send_all(self, waiting: Vec<Waiting>) {
        let mut answers = Vec::new();
        if waiting.len() > 1 {
            let batch = waiting.iter().map(|(request, _)| request.clone()).collect();
            if let Ok(ResponsePacket::Batch(responses)) =
                self.failover.try_once(RequestPacket::Batch(batch)).await
            {
                answers = responses;
            }
        }
        for (request, sender) in waiting {
            if let Some(answer) = take(&mut answers, &request) {
                // Nobody may want it any more.
                let _ = sender.send(Ok(answer));
                continue;
            }
            let failover = self.failover.clone();
            tokio::spawn(async move {
                // As above.
                let _ = sender.send(failover.send(RequestPacket::Single(request)).await);
            });
        }
    }
}

/// The answer to a request, unless another try could do better.
fn take(answers: &mut Vec<Response>, request: &SerializedRequest) -> Option<ResponsePacket> {
    let index = answers.iter().position(|answer| answer.id == *request.id())?;
    Some(ResponsePacket::Single(answers.swap_remove(index))).filter(is_answer)
}

impl Service<RequestPacket> for Batches {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        match request {
            RequestPacket::Single(request) if request.method() != ALONE => {
                Box::pin(self.clone().send(request))
            }
            request => Box::pin(self.failover.clone().send(request)),
        }
    }
}
