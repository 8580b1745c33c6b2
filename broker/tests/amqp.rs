//! A real RabbitMQ server beside a broker: every waiting job has a message, and losing messages or the server delays and
//! never loses.

#![expect(clippy::unwrap_used, reason = "a server that fails here fails the test")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chinampa_broker::amqp::{AmqpBridge, AmqpConfig, Band, queue_name};
use chinampa_broker::queue::Event;
use chinampa_broker::store::MemoryStore;
use chinampa_broker::{Broker, WorkerConfig};
use chinampa_jobs::agent::{ClaimRequest, JobOutcome, Offer, SettleRequest, Usage};
use chinampa_jobs::{EpochNumber, ProvingJob, RequestType};
use chinampa_testkit::rabbitmq::RabbitServer;
use lapin::options::{
    BasicAckOptions, BasicGetOptions, QueueBindOptions, QueueDeclareOptions, QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use serde_json::Value;

const KIND: RequestType = RequestType::RootRollup;
const PATIENCE: Duration = Duration::from_secs(60);

async fn channel(server: &RabbitServer) -> (Connection, Channel) {
    let begin = Instant::now();
    loop {
        let connected = Connection::connect(&server.url(), ConnectionProperties::default()).await;
        if let Ok(connection) = connected {
            let channel = connection.create_channel().await.unwrap();
            return (connection, channel);
        }
        assert!(begin.elapsed() < PATIENCE, "RabbitMQ takes no connection");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn enqueue(broker: &Broker, name: &str) {
    let job = ProvingJob {
        id: name.parse().unwrap(),
        request_type: KIND,
        epoch_number: EpochNumber::from(1),
        inputs_uri: "data:,x".parse().unwrap(),
    };
    broker.call(vec![Event::Enqueue(job)]).await.unwrap().remove(0).unwrap();
}

/// Takes messages of a queue until one is about each of these jobs.
async fn messages(channel: &Channel, queue: &str, expected: &[&str]) {
    let mut missing: BTreeSet<_> = expected.iter().map(|name| (*name).to_owned()).collect();
    let begin = Instant::now();
    while !missing.is_empty() {
        assert!(begin.elapsed() < PATIENCE, "no message about {missing:?} in {queue}");
        let message = channel.basic_get(queue.into(), BasicGetOptions::default()).await;
        // The queue may not be declared yet, or have no leader after a restart.
        let Ok(Some(message)) = message else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let body: Value = serde_json::from_slice(&message.data).unwrap();
        missing.remove(body["id"].as_str().unwrap());
        message.ack(BasicAckOptions::default()).await.unwrap();
    }
}

/// What an agent does that was woken: claims, and proves.
async fn prove(broker: &Broker) -> String {
    let agent: chinampa_jobs::agent::AgentId = "a".parse().unwrap();
    let request =
        ClaimRequest { agent: agent.clone(), version: String::new(), offer: Offer::default(), wait_ms: 0 };
    let (assigned, _) = broker.claim(request).await.unwrap().unwrap();
    let assigned = assigned.expect("a message said that a job waits");
    let outcome = JobOutcome::Success { value: "data:,r".parse().unwrap() };
    let (id, attempt, usage) = (assigned.job.id.clone(), assigned.attempt.0, Usage::default());
    let report = SettleRequest { agent, id, attempt, outcome, usage };
    broker.call(vec![Event::Report(report)]).await.unwrap().remove(0).unwrap();
    assigned.job.id.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_and_events_are_published_and_survive_lost_messages_and_a_restart() {
    let mut server = RabbitServer::start();
    let (broker, worker) = Broker::start(WorkerConfig::default(), MemoryStore::new()).unwrap();
    enqueue(&broker, "before").await;
    let sweep_interval = Duration::from_millis(500);
    let config = AmqpConfig { url: server.url(), prefix: "test".to_owned(), sweep_interval };
    let bridge = AmqpBridge::start(broker.clone(), config);
    let queue = queue_name("test", KIND, Band::Normal);

    let (connection, _) = channel(&server).await;
    let begin = Instant::now();
    let channel_of_agent = loop {
        // A channel is closed by a failed declaration.
        let channel = connection.create_channel().await.unwrap();
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        if channel.queue_declare(queue.as_str().into(), passive, FieldTable::default()).await.is_ok() {
            break channel;
        }
        assert!(begin.elapsed() < PATIENCE, "{queue} is not declared");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let exclusive = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    channel_of_agent.queue_declare("watch".into(), exclusive, FieldTable::default()).await.unwrap();
    let (key, options) = ("fulfilled.#", QueueBindOptions::default());
    let bound = channel_of_agent.queue_bind(
        "watch".into(),
        "test.events".into(),
        key.into(),
        options,
        FieldTable::default(),
    );
    bound.await.unwrap();

    messages(&channel_of_agent, &queue, &["before"]).await;
    assert_eq!(prove(&broker).await, "before");
    messages(&channel_of_agent, "watch", &["before"]).await;

    enqueue(&broker, "lost").await;
    messages(&channel_of_agent, &queue, &["lost"]).await;
    // The agent that took the message dies: the sweep says it again.
    messages(&channel_of_agent, &queue, &["lost"]).await;
    channel_of_agent.queue_purge(queue.as_str().into(), QueuePurgeOptions::default()).await.unwrap();
    messages(&channel_of_agent, &queue, &["lost"]).await;

    server.kill();
    enqueue(&broker, "while away").await;
    let begin = Instant::now();
    server.restart();
    let (_connection, channel_of_agent) = channel(&server).await;
    messages(&channel_of_agent, &queue, &["lost", "while away"]).await;
    println!("messages are there {} ms after RabbitMQ was started again", begin.elapsed().as_millis());
    assert_eq!([prove(&broker).await, prove(&broker).await], ["lost", "while away"]);

    bridge.stop().await;
    drop(broker);
    worker.join();
}
