//! Exchanges and queues.
//!
//! - `PREFIX.jobs` (direct): a quorum queue for each request type and band, named `PREFIX.jobs.TYPE.BAND`.
//! - `PREFIX.events` (topic): what happens to jobs, with the routing key `KIND.TYPE.EPOCH`.
//! - `PREFIX.dead` (fanout) and a quorum queue of the same name: messages that were given up.

use chinampa_jobs::RequestType;
use chinampa_jobs::agent::{Band, JOB_EXCHANGE_SUFFIX, queue_name};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind, Queue};

pub(super) const EVENT_EXCHANGE_SUFFIX: &str = "events";
const DEAD_SUFFIX: &str = "dead";

/// How often a message comes back from a consumer that does not acknowledge it, before it goes to the dead ones. It only
/// wakes, so that a few times are enough; the sweep makes a new one if its job still waits.
const DELIVERY_LIMIT: i32 = 5;
/// Messages in one queue. More are refused and left to the sweep.
const MAX_LEN: i32 = 1_000_000;
/// Dead messages that are kept to look at.
const MAX_DEAD_LEN: i32 = 10_000;

/// Declares everything. What is there already stays; what is there with other arguments is an error.
pub(super) async fn declare(channel: &Channel, prefix: &str) -> lapin::Result<()> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let exchanges = [
        (JOB_EXCHANGE_SUFFIX, ExchangeKind::Direct),
        (EVENT_EXCHANGE_SUFFIX, ExchangeKind::Topic),
        (DEAD_SUFFIX, ExchangeKind::Fanout),
    ];
    for (suffix, kind) in exchanges {
        let name = exchange(prefix, suffix);
        channel.exchange_declare(name, kind, durable, FieldTable::default()).await?;
    }
    let mut dead = quorum();
    dead.insert("x-max-length".into(), AMQPValue::LongInt(MAX_DEAD_LEN));
    declare_queue(channel, &format!("{prefix}.{DEAD_SUFFIX}"), dead).await?;
    bind(channel, &format!("{prefix}.{DEAD_SUFFIX}"), exchange(prefix, DEAD_SUFFIX), "").await?;
    for kind in RequestType::ALL {
        for band in Band::ALL {
            let name = queue_name(prefix, kind, band);
            declare_queue(channel, &name, job_arguments(prefix)).await?;
            bind(channel, &name, exchange(prefix, JOB_EXCHANGE_SUFFIX), &name).await?;
        }
    }
    Ok(())
}

/// How many messages are ready in a queue.
pub(super) async fn ready(channel: &Channel, name: &str) -> lapin::Result<usize> {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue: Queue = channel.queue_declare(name.into(), passive, FieldTable::default()).await?;
    Ok(queue.message_count() as usize)
}

pub(super) fn exchange(prefix: &str, suffix: &str) -> ShortString {
    format!("{prefix}.{suffix}").into()
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments
}

/// `at-least-once` needs `reject-publish`: what does not fit is refused, not dropped.
fn job_arguments(prefix: &str) -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
    let dead = format!("{prefix}.{DEAD_SUFFIX}");
    arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString(dead.into()));
    arguments.insert("x-dead-letter-strategy".into(), AMQPValue::LongString("at-least-once".into()));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(MAX_LEN));
    arguments
}

async fn declare_queue(channel: &Channel, name: &str, arguments: FieldTable) -> lapin::Result<()> {
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(name.into(), durable, arguments).await.map(drop)
}

async fn bind(channel: &Channel, queue: &str, exchange: ShortString, key: &str) -> lapin::Result<()> {
    let options = QueueBindOptions::default();
    channel.queue_bind(queue.into(), exchange, key.into(), options, FieldTable::default()).await
}
