//! What sessions see of RabbitMQ.

use std::sync::Arc;
use std::time::Duration;

use chinampa_jobs::RequestType;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::token::Token;
use super::{AmqpWaking, watch as watcher};
use crate::metrics::AgentMetrics;

/// Longest wait for the first attempt to connect.
const FIRST_ATTEMPT: Duration = Duration::from_secs(1);

/// What a session wants.
#[derive(Debug)]
pub(super) enum Request {
    /// A message of one of these types, when there is one.
    Wait(Waiter),
    /// A session waits no more, and comes back soon.
    Left,
    /// A job of this type was handed out without a message.
    Took(RequestType),
}

/// A session without a job.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) kinds: Vec<RequestType>,
    pub(super) token: oneshot::Sender<Token>,
}

/// Why a session waits no more.
#[derive(Debug)]
pub(crate) enum Woken {
    /// A message has come.
    Message(Token),
    /// It is time to ask the broker, or the session ends.
    Check,
    /// RabbitMQ is away.
    Lost,
}

/// The way of one session to the messages. Clones are the same session's.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    requests: mpsc::UnboundedSender<Request>,
    /// None until the first attempt has ended.
    is_connected: watch::Receiver<Option<bool>>,
    stopping: Arc<watch::Sender<bool>>,
}

impl Post {
    /// Starts the task that speaks with RabbitMQ for all sessions of a process. It ends with the last of them.
    pub(crate) fn start(waking: AmqpWaking, metrics: Arc<AgentMetrics>) -> Self {
        let (requests, wishes) = mpsc::unbounded_channel();
        let (connects, is_connected) = watch::channel(None);
        tokio::spawn(watcher::run(waking, wishes, connects, metrics));
        Self { requests, is_connected, stopping: Arc::new(watch::Sender::new(false)) }
    }

    /// The same for another session.
    pub(crate) fn for_session(&self) -> Self {
        Self { stopping: Arc::new(watch::Sender::new(false)), ..self.clone() }
    }

    /// Whether messages come.
    pub(crate) fn is_connected(&self) -> bool {
        *self.is_connected.borrow() == Some(true)
    }

    /// Waits for the end of the first attempt to connect, for a moment.
    pub(crate) async fn tried(&self) {
        let mut is_connected = self.is_connected.clone();
        let tried = is_connected.wait_for(Option::is_some);
        // Either way, what is known then counts.
        let _ = tokio::time::timeout(FIRST_ATTEMPT, tried).await;
    }

    /// A claim is answered, with a job of this type or none, by a message or without. A job that has come without a message of
    /// its own leaves one that is too many.
    pub(crate) fn claimed(&self, token: Option<Token>, job: Option<RequestType>) {
        let by = token.as_ref().map(|token| token.kind);
        if let Some(token) = token {
            token.answered(job);
        }
        if let Some(kind) = job.filter(|kind| by != Some(*kind)) {
            // Without a connection there is nothing to take away.
            let _ = self.requests.send(Request::Took(kind));
        }
    }

    /// Waits for a message about a job of one of these types, until `check`, or until the session ends.
    pub(crate) async fn wait(&self, kinds: Vec<RequestType>, check: Instant) -> Woken {
        let (token, mut waiting) = oneshot::channel();
        if !self.is_connected() || self.requests.send(Request::Wait(Waiter { kinds, token })).is_err() {
            return Woken::Lost;
        }
        let mut stopping = self.stopping.subscribe();
        let woken = tokio::select! {
            token = &mut waiting => return token.map_or(Woken::Lost, Woken::Message),
            () = tokio::time::sleep_until(check) => Woken::Check,
            _ = stopping.wait_for(|is_stopping| *is_stopping) => Woken::Check,
        };
        waiting.close();
        // It may have come in this moment.
        if let Ok(token) = waiting.try_recv() {
            return Woken::Message(token);
        }
        let _ = self.requests.send(Request::Left);
        woken
    }

    /// Ends the wait of the session, now and later.
    pub(crate) fn stop_waiting(&self) {
        self.stopping.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}

/// Pauses of a session whose claims find nothing although messages come: their jobs are for others, or gone.
#[derive(Debug, Default)]
pub(crate) struct Pace(u32);

impl Pace {
    const FIRST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_secs(1);

    /// The pause after one more claim that found nothing.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = Self::FIRST.saturating_mul(1 << self.0.min(16)).min(Self::LONGEST);
        self.0 += 1;
        pause
    }
}
