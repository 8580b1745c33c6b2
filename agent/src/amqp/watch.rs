//! The task that speaks with RabbitMQ for all sessions of a process.
//!
//! Consumers are there while a session waits, and go when none does: a message that is in the hands of a process without a free
//! session wakes nobody. A channel of its own for each such time makes that one call, and gives back whatever has come
//! too many. Each consumer has one message at a time (prefetch 1).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chinampa_jobs::RequestType;
use chinampa_jobs::agent::{Band, queue_name};
use lapin::message::{Delivery, DeliveryResult};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicQosOptions,
    QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, Consumer};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::AmqpWaking;
use super::post::{Request, Waiter};
use super::token::{Answer, Token, Verdict};
use crate::metrics::AgentMetrics;

/// Pauses between attempts to connect: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// Longest time for an answer of the server.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long consumers stay for a session that is about to come back: it asks the broker something, or pauses.
const LINGER: Duration = Duration::from_secs(3);
/// Code of an orderly end.
const REPLY_SUCCESS: u16 = 200;

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum WatchError {
    #[error(transparent)]
    Amqp(#[from] lapin::Error),
    #[error("no answer from RabbitMQ")]
    Silent,
    #[error("RabbitMQ has ended a consumer")]
    Cancelled,
}

/// Whether sessions are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sessions {
    Left,
    Gone,
}

type Wishes = mpsc::UnboundedReceiver<Request>;

/// Connects again whenever the connection breaks, until the last session has ended.
pub(super) async fn run(
    waking: AmqpWaking,
    mut wishes: Wishes,
    connects: watch::Sender<Option<bool>>,
    metrics: Arc<AgentMetrics>,
) {
    let mut pause = PAUSES.0;
    loop {
        let ended = serve(&waking, &mut wishes, &connects, &metrics).await;
        let was_connected = connects.send_replace(Some(false)) == Some(true);
        metrics.amqp_is_connected(false);
        match ended {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "RabbitMQ is away; the agents wait at the broker"),
        }
        pause = if was_connected { PAUSES.0 } else { (pause * 2).min(PAUSES.1) };
        let end = Instant::now() + pause;
        loop {
            tokio::select! {
                // Dropped, so that whoever waits goes to the broker.
                wish = wishes.recv() => if wish.is_none() { return },
                () = tokio::time::sleep_until(end) => break,
            }
        }
    }
}

async fn serve(
    waking: &AmqpWaking,
    wishes: &mut Wishes,
    connects: &watch::Sender<Option<bool>>,
    metrics: &AgentMetrics,
) -> Result<(), WatchError> {
    let connecting = Connection::connect_uri(waking.uri.clone(), ConnectionProperties::default());
    let connection = within(connecting).await?;
    let gets = within(connection.create_channel()).await?;
    // Without the broker's queues, nothing ever comes.
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let first = queue_name(&waking.prefix, RequestType::RootRollup, Band::Normal);
    within(gets.queue_declare(first.into(), passive, FieldTable::default())).await?;
    connects.send_replace(Some(true));
    metrics.amqp_is_connected(true);
    tracing::info!(prefix = waking.prefix, "RabbitMQ wakes the agents");
    loop {
        match wishes.recv().await {
            None => return Ok(()),
            Some(Request::Left) => {}
            Some(Request::Took(kind)) => take_away(&gets, &waking.prefix, kind).await?,
            Some(Request::Wait(waiter)) => {
                let channel = within(connection.create_channel()).await?;
                let mut watch = Watch::new(&waking.prefix, channel, &gets, metrics);
                watch.add(waiter);
                if watch.run(wishes).await? == Sessions::Gone {
                    return Ok(());
                }
            }
        }
    }
}

/// Takes one message of a type away, as its job has been handed out. The job was the best of its type.
async fn take_away(gets: &Channel, prefix: &str, kind: RequestType) -> Result<(), WatchError> {
    for band in Band::ALL {
        let name = queue_name(prefix, kind, band);
        let taken = within(gets.basic_get(name.into(), BasicGetOptions { no_ack: true })).await?;
        if taken.is_some() {
            break;
        }
    }
    Ok(())
}

/// A time in which sessions wait.
struct Watch<'a> {
    prefix: &'a str,
    channel: Channel,
    gets: &'a Channel,
    metrics: &'a AgentMetrics,
    waiters: Vec<Waiter>,
    /// Types whose queues are consumed, or soon will be.
    kinds: Vec<RequestType>,
    to_consume: VecDeque<(RequestType, Band)>,
    /// Kept, because they end with their handles.
    consumers: Vec<Consumer>,
    delivered: (mpsc::UnboundedSender<(RequestType, DeliveryResult)>, Deliveries),
    answers: (mpsc::UnboundedSender<Answer>, mpsc::UnboundedReceiver<Answer>),
    /// Messages that no session waits for.
    held: Vec<(RequestType, Delivery)>,
    /// Messages that sessions claim by.
    in_flight: usize,
    /// The consumers stay until then without a session.
    linger_until: Instant,
}

type Deliveries = mpsc::UnboundedReceiver<(RequestType, DeliveryResult)>;

impl<'a> Watch<'a> {
    fn new(prefix: &'a str, channel: Channel, gets: &'a Channel, metrics: &'a AgentMetrics) -> Self {
        Self {
            prefix,
            channel,
            gets,
            metrics,
            waiters: Vec::new(),
            kinds: Vec::new(),
            to_consume: VecDeque::new(),
            consumers: Vec::new(),
            delivered: mpsc::unbounded_channel(),
            answers: mpsc::unbounded_channel(),
            held: Vec::new(),
            in_flight: 0,
            linger_until: Instant::now(),
        }
    }

    async fn run(mut self, wishes: &mut Wishes) -> Result<Sessions, WatchError> {
        within(self.channel.basic_qos(1, BasicQosOptions::default())).await?;
        loop {
            let is_idle = self.waiters.is_empty();
            tokio::select! {
                biased;
                Some(answer) = self.answers.1.recv() => self.settle(answer).await?,
                Some((kind, result)) = self.delivered.1.recv() => match result? {
                    Some(delivery) => self.give(kind, delivery),
                    None => return Err(WatchError::Cancelled),
                },
                wish = wishes.recv() => match wish {
                    None => return self.end(Sessions::Gone).await,
                    Some(Request::Wait(waiter)) => self.add(waiter),
                    Some(Request::Left) => {
                        self.waiters.retain(|waiter| !waiter.token.is_closed());
                        self.linger_until = Instant::now() + LINGER;
                    }
                    Some(Request::Took(kind)) => self.take_away(kind).await?,
                },
                () = std::future::ready(()), if !is_idle && !self.to_consume.is_empty() => self.consume().await?,
                () = tokio::time::sleep_until(self.linger_until), if is_idle && self.in_flight == 0 => {
                    return self.end(Sessions::Left).await;
                }
            }
        }
    }

    /// Gives back what is left, and ends the consumers.
    async fn end(self, sessions: Sessions) -> Result<Sessions, WatchError> {
        within(self.channel.close(REPLY_SUCCESS, "nobody waits".into())).await?;
        Ok(sessions)
    }

    fn add(&mut self, waiter: Waiter) {
        let new: Vec<_> = waiter.kinds.iter().copied().filter(|kind| !self.kinds.contains(kind)).collect();
        // Bands from high to low, so that what is urgent is seen first.
        let queues = Band::ALL.into_iter().flat_map(|band| new.iter().map(move |kind| (*kind, band)));
        self.to_consume.extend(queues);
        let kept = self.held.iter().position(|(kind, _)| waiter.kinds.contains(kind));
        self.waiters.push(waiter);
        self.kinds.extend(new);
        if let Some(index) = kept {
            let (kind, delivery) = self.held.remove(index);
            self.give(kind, delivery);
        }
    }

    async fn consume(&mut self) -> Result<(), WatchError> {
        let Some((kind, band)) = self.to_consume.pop_front() else { return Ok(()) };
        let name = queue_name(self.prefix, kind, band);
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = within(self.channel.basic_consume(name.into(), "".into(), options, arguments)).await?;
        let sender = self.delivered.0.clone();
        consumer.set_delegate(move |result: DeliveryResult| {
            // Who listens no more has closed the channel.
            let _ = sender.send((kind, result));
            std::future::ready(())
        });
        self.consumers.push(consumer);
        Ok(())
    }

    /// Hands a message to a session that waits for it, or keeps it until there is one.
    fn give(&mut self, kind: RequestType, delivery: Delivery) {
        let mut delivery = Box::new(delivery);
        while let Some(index) = self.waiters.iter().position(|waiter| waiter.kinds.contains(&kind)) {
            let waiter = self.waiters.remove(index);
            let answers = self.answers.0.clone();
            match waiter.token.send(Token { kind, delivery: Some(delivery), answers }) {
                Ok(()) => {
                    self.in_flight += 1;
                    self.metrics.woken_by_message();
                    return;
                }
                // It has gone away.
                Err(mut token) => match token.delivery.take() {
                    Some(back) => delivery = back,
                    None => return,
                },
            }
        }
        self.held.push((kind, *delivery));
    }

    async fn settle(&mut self, answer: Answer) -> Result<(), WatchError> {
        self.in_flight -= 1;
        if answer.is_free {
            self.linger_until = Instant::now() + LINGER;
        }
        match answer.verdict {
            Verdict::Done => within(answer.delivery.acker.ack(BasicAckOptions::default())).await?,
            Verdict::Back => {
                let options = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
                within(answer.delivery.acker.nack(options)).await?
            }
        };
        Ok(())
    }

    async fn take_away(&mut self, kind: RequestType) -> Result<(), WatchError> {
        match self.held.iter().position(|(held, _)| *held == kind) {
            Some(index) => {
                let (_, delivery) = self.held.remove(index);
                within(delivery.acker.ack(BasicAckOptions::default())).await?;
                Ok(())
            }
            None => take_away(self.gets, self.prefix, kind).await,
        }
    }
}

async fn within<T>(answer: impl Future<Output = lapin::Result<T>>) -> Result<T, WatchError> {
    match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(WatchError::Silent),
    }
}
