//! Traces, as a collector gets them.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use chinampa_broker::queue::{Event, Outcome, QueueConfig};
use chinampa_broker::store::MemoryStore;
use chinampa_broker::trace::{TraceConfig, Tracer};
use chinampa_broker::{Broker, WorkerConfig};
use chinampa_jobs::{EpochNumber, JobFilter, ProvingJob, RequestType};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A collector: refuses the first request, then hands on what it gets.
async fn collector() -> (String, mpsc::UnboundedReceiver<Value>) {
    #[derive(Clone)]
    struct Received {
        bodies: mpsc::UnboundedSender<Value>,
        is_away: std::sync::Arc<std::sync::atomic::AtomicBool>,
    }
    async fn receive(State(received): State<Received>, body: String) -> StatusCode {
        if received.is_away.swap(false, std::sync::atomic::Ordering::SeqCst) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        received.bodies.send(serde_json::from_str(&body).unwrap()).unwrap();
        StatusCode::OK
    }
    let (bodies, receiver) = mpsc::unbounded_channel();
    let is_away = std::sync::Arc::new(true.into());
    let router = Router::new().fallback(receive).with_state(Received { bodies, is_away });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, receiver)
}

async fn one(broker: &Broker, event: Event) -> Outcome {
    broker.call(vec![event]).await.unwrap().remove(0).unwrap()
}

fn text<'a>(span: &'a Value, name: &str) -> &'a str {
    span[name].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_a_trace_from_enqueue_to_settlement() {
    let (url, mut received) = collector().await;
    let queue = QueueConfig { max_attempts: 3, ..QueueConfig::default() };
    let config = WorkerConfig { queue, ..WorkerConfig::default() };
    let (broker, worker) = Broker::start(config, MemoryStore::new()).unwrap();
    let tracer = Tracer::start(broker.clone(), TraceConfig { url, timeout: Duration::from_secs(5) });
    let job = ProvingJob {
        id: "7:PARITY_BASE:00".parse().unwrap(),
        request_type: RequestType::ParityBase,
        epoch_number: EpochNumber::from(7),
        inputs_uri: "data:x".parse().unwrap(),
    };
    let id = job.id.clone();
    let filter = JobFilter::default;
    one(&broker, Event::Enqueue(job)).await;
    one(&broker, Event::Claim(filter())).await;
    let reason = "broken".to_owned();
    let next = one(&broker, Event::Fail { id: id.clone(), reason, retry: true, filter: filter() }).await;
    if matches!(next, Outcome::Assignment(None)) {
        one(&broker, Event::Claim(filter())).await;
    }
    one(&broker, Event::Succeed { id, value: "data:r".parse().unwrap(), filter: filter() }).await;

    let mut spans = Vec::new();
    while !spans.iter().any(|span: &Value| span["name"] == "proving job") {
        let body = tokio::time::timeout(Duration::from_secs(20), received.recv()).await.unwrap().unwrap();
        let resource = &body["resourceSpans"][0];
        assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "chinampa-broker");
        spans.extend(resource["scopeSpans"][0]["spans"].as_array().unwrap().clone());
    }
    let names: Vec<_> = spans.iter().map(|span| text(span, "name")).collect();
    assert_eq!(names, ["wait", "attempt", "wait", "attempt", "proving job"]);
    let root = &spans[4];
    for span in &spans {
        assert_eq!(text(span, "traceId"), text(root, "traceId"), "one trace");
        assert!(text(span, "traceId").len() == 32 && text(span, "spanId").len() == 16);
        let time = |span: &Value, name: &str| text(span, name).parse::<u64>().unwrap();
        assert!(time(span, "startTimeUnixNano") <= time(span, "endTimeUnixNano"));
        assert!(time(root, "startTimeUnixNano") <= time(span, "startTimeUnixNano"));
        assert_eq!(span["attributes"][1]["value"]["stringValue"], "PARITY_BASE");
        assert_eq!(span["attributes"][2]["value"]["intValue"], "7");
    }
    assert!(spans[..4].iter().all(|span| span["parentSpanId"] == root["spanId"]));
    assert_eq!(root["parentSpanId"], "");
    assert_eq!([&spans[1], root].map(|span| span["status"]["code"].as_u64().unwrap()), [2, 1]);
    tracer.stop().await;
    drop(broker);
    worker.join();
}
