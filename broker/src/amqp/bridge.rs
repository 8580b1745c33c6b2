//! The task that follows the feed and publishes.

use std::collections::BTreeMap;
use std::time::Duration;

use chinampa_jobs::agent::{Band, JOB_EXCHANGE_SUFFIX, queue_name};
use chinampa_jobs::{JobId, RequestType};
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::topology::{self, EVENT_EXCHANGE_SUFFIX};
use crate::feed::FeedItem;
use crate::queue::{WaitingJob, WaitingLane};
use crate::worker::Broker;

/// Entries of the feed that are published together.
const BATCH_LEN: usize = 256;
/// Ids that one sweep publishes for one queue at most.
const SWEEP_LEN: usize = 1_000;
/// Messages that one sweep takes out of one queue one by one; more go at once where no job waits.
const TRIM_LEN: usize = 100;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Longest time for an answer of the server, so that a dead connection is noticed.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Messages are kept over a restart of the server.
const PERSISTENT: u8 = 2;
/// What a message may be about that makes a job claimable.
const WAKING: [&str; 4] = ["enqueued", "retried", "released", "timedOut"];

/// Settings of the bridge.
#[derive(Clone)]
pub struct AmqpConfig {
    /// `amqp://user:password@host:port/vhost`, or `amqps://`.
    pub url: String,
    /// Start of all names.
    pub prefix: String,
    /// Time between two sweeps.
    pub sweep_interval: Duration,
}

impl std::fmt::Debug for AmqpConfig {
    /// Without the URL, which has a password in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url: _, prefix, sweep_interval } = self;
        f.debug_struct("AmqpConfig")
            .field("prefix", prefix)
            .field("sweep_interval", sweep_interval)
            .finish_non_exhaustive()
    }
}

/// A running bridge.
#[derive(Debug)]
pub struct AmqpBridge {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum BridgeError {
    #[error(transparent)]
    Amqp(#[from] lapin::Error),
    #[error("no answer from RabbitMQ")]
    Silent,
    #[error("RabbitMQ has refused a message")]
    Refused,
}

impl AmqpBridge {
    /// Starts the task, which connects again whenever the connection breaks.
    pub fn start(broker: Broker, config: AmqpConfig) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(broker, config, stopped));
        Self { stop, task }
    }

    /// Ends it.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the AMQP bridge has panicked");
        }
    }
}

async fn run(broker: Broker, config: AmqpConfig, mut stopped: watch::Receiver<bool>) {
    let mut pause = FIRST_PAUSE;
    // Events that happen while the server is away are published later, as far as the feed goes back.
    let mut last = broker.feed().subscribe().borrow().saturating_sub(1);
    loop {
        let mut is_connected = false;
        let serving = serve(&broker, &config, &mut last, &mut is_connected);
        tokio::select! {
            error = serving => {
                tracing::warn!(%error, "RabbitMQ is away; agents that wait in claims get jobs all the same");
            }
            _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
        }
        pause = if is_connected { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
        }
    }
}

/// Connects and publishes until something fails.
async fn serve(broker: &Broker, config: &AmqpConfig, last: &mut u64, is_connected: &mut bool) -> BridgeError {
    let connecting = Connection::connect(&config.url, ConnectionProperties::default());
    // Dropped with this future, which closes it.
    let connection = match within(connecting).await {
        Ok(connection) => connection,
        Err(error) => return error,
    };
    match publish_all(broker, config, &connection, last, is_connected).await {
        Ok(()) => BridgeError::Silent,
        Err(error) => error,
    }
}

async fn publish_all(
    broker: &Broker,
    config: &AmqpConfig,
    connection: &Connection,
    last: &mut u64,
    is_connected: &mut bool,
) -> Result<(), BridgeError> {
    let channel = within(connection.create_channel()).await?;
    within(channel.confirm_select(ConfirmSelectOptions::default())).await?;
    within(topology::declare(&channel, &config.prefix)).await?;
    let mut bridge = Publisher { broker, prefix: &config.prefix, channel, surplus: BTreeMap::new() };
    *is_connected = true;
    tracing::info!(prefix = config.prefix, "connected to RabbitMQ");
    let mut next = broker.feed().subscribe();
    let mut sweeps = tokio::time::interval(config.sweep_interval);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = sweeps.tick() => bridge.sweep().await?,
            changed = next.changed() => if changed.is_err() { return Ok(()) },
        }
        loop {
            next.borrow_and_update();
            let items = broker.feed().after(*last, BATCH_LEN);
            let Some(newest) = items.last() else { break };
            bridge.publish_items(&items).await?;
            *last = newest.number;
        }
    }
}

struct Publisher<'a> {
    broker: &'a Broker,
    prefix: &'a str,
    channel: Channel,
    /// How many messages more than waiting jobs each queue had when it was last looked at.
    surplus: BTreeMap<String, usize>,
}

impl Publisher<'_> {
    async fn publish_items(&self, items: &[FeedItem]) -> Result<(), BridgeError> {
        let mut messages = Vec::with_capacity(items.len() * 2);
        for item in items {
            let entry = &item.entry;
            let key = format!("{}.{}.{}", entry.kind, entry.request_type, entry.epoch);
            messages.push((EVENT_EXCHANGE_SUFFIX, key, serde_json::to_vec(item).expect("plain data")));
        }
        let woken = items.iter().filter(|item| WAKING.contains(&item.entry.kind));
        let ids: Vec<JobId> = woken.map(|item| item.entry.id.clone()).collect();
        let waiting = self
            .broker
            .look(move |queue| ids.iter().filter_map(|id| queue.waiting_job(id)).collect::<Vec<_>>());
        // A failing store is the sweep's business.
        for job in waiting.await.ok().flatten().unwrap_or_default() {
            messages.push(self.job_message(&job));
        }
        self.publish(messages).await
    }

    /// Publishes for each queue what waits and has no message, and takes away messages that have no waiting job, as far as
    /// the sweep before has seen them too: what is on its way in this moment is neither.
    async fn sweep(&mut self) -> Result<(), BridgeError> {
        let lanes = self.broker.look(|queue| queue.claimable_lanes(SWEEP_LEN)).await;
        // While the store fails, nothing is known.
        let Some(lanes) = lanes.ok().flatten() else { return Ok(()) };
        let mut by_queue = BTreeMap::<String, (usize, Vec<WaitingJob>)>::new();
        for WaitingLane { count, jobs } in lanes {
            let Some(first) = jobs.first() else { continue };
            let name = queue_name(self.prefix, first.request_type, Band::of(first.priority));
            let entry = by_queue.entry(name).or_default();
            entry.0 += count;
            entry.1.extend(jobs);
        }
        for kind in RequestType::ALL {
            for band in Band::ALL {
                let name = queue_name(self.prefix, kind, band);
                let (count, jobs) = by_queue.remove(&name).unwrap_or_default();
                self.sweep_queue(&name, count, &jobs).await?;
            }
        }
        Ok(())
    }

    async fn sweep_queue(
        &mut self,
        name: &str,
        count: usize,
        jobs: &[WaitingJob],
    ) -> Result<(), BridgeError> {
        let ready = within(topology::ready(&self.channel, name)).await?;
        let missing = count.saturating_sub(ready).min(SWEEP_LEN);
        if missing > 0 {
            tracing::debug!(queue = name, missing, "jobs wait without a message");
            let jobs = jobs.iter().take(missing);
            self.publish(jobs.map(|job| self.job_message(job)).collect()).await?;
        }
        let surplus = ready.saturating_sub(count);
        let before = self.surplus.insert(name.to_owned(), surplus).unwrap_or(0);
        let stale = surplus.min(before);
        if stale > TRIM_LEN && count == 0 {
            within(self.channel.queue_purge(name.into(), QueuePurgeOptions::default())).await?;
        } else {
            for _ in 0..stale.min(TRIM_LEN) {
                let taken = self.channel.basic_get(name.into(), BasicGetOptions { no_ack: true });
                if within(taken).await?.is_none() {
                    break;
                }
            }
        }
        if stale > 0 {
            tracing::debug!(queue = name, stale, "messages are taken away whose jobs do not wait any more");
        }
        Ok(())
    }

    fn job_message(&self, job: &WaitingJob) -> (&'static str, String, Vec<u8>) {
        let kind = job.request_type;
        let body = json!({ "id": job.id, "requestType": kind.name(), "epoch": job.epoch });
        let key = queue_name(self.prefix, kind, Band::of(job.priority));
        (JOB_EXCHANGE_SUFFIX, key, serde_json::to_vec(&body).expect("plain data"))
    }

    /// Publishes and waits until the server has all of it.
    async fn publish(&self, messages: Vec<(&'static str, String, Vec<u8>)>) -> Result<(), BridgeError> {
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_content_type("application/json".into());
        let mut confirms = Vec::with_capacity(messages.len());
        for (suffix, key, body) in messages {
            let exchange = topology::exchange(self.prefix, suffix);
            let options = BasicPublishOptions::default();
            let sent = self.channel.basic_publish(exchange, key.into(), options, &body, properties.clone());
            confirms.push(within(sent).await?);
        }
        for confirm in confirms {
            if let Confirmation::Nack(_) = within(confirm).await? {
                return Err(BridgeError::Refused);
            }
        }
        Ok(())
    }
}

async fn within<T>(answer: impl Future<Output = lapin::Result<T>>) -> Result<T, BridgeError> {
    match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(BridgeError::Silent),
    }
}
