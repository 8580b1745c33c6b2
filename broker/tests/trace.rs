//! Traces, as a collector gets them.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use chinampa_broker::queue::{Event, Outcome, QueueConfig};
use chinampa_broker::server::{Guard, ServerConfig, serve};
use chinampa_broker::store::{MemoryStore, RedbStore};
use chinampa_broker::trace::{TraceConfig, Tracer};
use chinampa_broker::{Broker, WorkerConfig};
use chinampa_jobs::agent::{
    AgentClient, AgentId, ClaimRequest, JobOutcome, Offer, SettleRequest, Usage, WireFormat,
};
use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{BrokerAccess, EpochNumber, JobFilter, ProvingJob, RequestType};
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

/// Reads spans until the one of the whole job is there.
async fn spans_of_job(received: &mut mpsc::UnboundedReceiver<Value>) -> Vec<Value> {
    let mut spans = Vec::new();
    while !spans.iter().any(|span: &Value| span["name"] == "proving job") {
        let body = tokio::time::timeout(Duration::from_secs(20), received.recv()).await.unwrap().unwrap();
        spans.extend(body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone());
    }
    spans
}

fn job(id: &str) -> ProvingJob {
    ProvingJob {
        id: id.parse().unwrap(),
        request_type: RequestType::ParityBase,
        epoch_number: EpochNumber::from(7),
        inputs_uri: "data:x".parse().unwrap(),
    }
}

/// Producers name their trace in a header of either wire; it goes with the job over a restart, to the agent, and into the
/// broker's spans. A trace that its producer does not record is not recorded here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producers_trace_goes_with_the_job_to_the_agent() {
    const OWN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const RPC: &str = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-01";
    const UNRECORDED: &str = "00-2af7651916cd43dd8448eb211c80319c-b7ad6b7169203333-00";
    let (url, mut received) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let store = || RedbStore::open(&folder.path().join("jobs")).unwrap();
    let first = Running::start(store()).await;
    // One that is there already stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let post = |path: &str, trace: &str, body: Value| {
        let request = http.post(format!("{}{path}", first.url)).header("traceparent", trace);
        request.header("content-type", "application/json").body(body.to_string()).send()
    };
    let whole = |id: &str| serde_json::to_value(job(id)).unwrap();
    post("/v1/jobs", UNRECORDED, whole("7:PARITY_BASE:0")).await.unwrap().error_for_status().unwrap();
    let call = serde_json::json!({
        "jsonrpc": "2.0", "id": 1, "method": "proverBroker_enqueueProvingJob", "params": [whole("7:PARITY_BASE:1")],
    });
    post("/", RPC, call).await.unwrap().error_for_status().unwrap();
    post("/v1/jobs", OWN, whole("7:PARITY_BASE:2")).await.unwrap().error_for_status().unwrap();
    post("/v1/jobs", "nonsense", whole("7:PARITY_BASE:3")).await.unwrap().error_for_status().unwrap();
    first.stop().await;

    let second = Running::start(store()).await;
    let timeout = Duration::from_secs(5);
    let tracer = Tracer::start(second.broker.clone(), TraceConfig { url, timeout });
    let client = AgentClient::new(&second.url, &BrokerAccess::default(), WireFormat::Bincode).unwrap();
    let agent: AgentId = "a".parse().unwrap();
    for (number, expected) in [UNRECORDED, RPC, OWN, ""].into_iter().enumerate() {
        let (agent, version) = (agent.clone(), String::new());
        let request = ClaimRequest { agent: agent.clone(), version, offer: Offer::default(), wait_ms: 0 };
        let (reply, trace) = client.claim_in_trace(&request).await.unwrap();
        let (claimed, trace) = (reply.claimed.unwrap(), trace.unwrap());
        assert_eq!(claimed.job.id.as_str(), format!("7:PARITY_BASE:{number}"));
        let producer = expected.parse().unwrap_or_else(|_| TraceContext::of_job(&claimed.job.id));
        assert_eq!((trace.trace_id, trace.flags), (producer.trace_id, producer.flags));
        let outcome = JobOutcome::Success { value: "data:r".parse().unwrap() };
        let (id, attempt, usage) = (claimed.job.id, claimed.attempt, Usage::default());
        client.settle(&SettleRequest { agent, id, attempt, outcome, usage }).await.unwrap();
        if expected == UNRECORDED {
            continue;
        }
        let spans = spans_of_job(&mut received).await;
        let [_, attempt, root] = &spans[..] else { panic!("{spans:?}") };
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(spans.iter().all(|span| text(span, "traceId") == hex(&producer.trace_id)));
        assert_eq!(text(attempt, "spanId"), hex(&trace.span_id), "the agent's spans are below this one");
        let parent = if expected.is_empty() { String::new() } else { hex(&producer.span_id) };
        assert_eq!(text(root, "parentSpanId"), parent);
    }
    tracer.stop().await;
    second.stop().await;
}

/// A broker that listens.
struct Running {
    url: String,
    broker: Broker,
    worker: chinampa_broker::Worker,
    stop: tokio::sync::oneshot::Sender<()>,
    server: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start(store: RedbStore) -> Self {
        let (broker, worker) = Broker::start(WorkerConfig::default(), store).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let serving = serve(listener, broker.clone(), ServerConfig::default(), Guard::open(), async {
            let _ = stopped.await;
        });
        Self { url, broker, worker, stop, server: tokio::spawn(serving) }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.server.await.unwrap();
        drop(self.broker);
        self.worker.join();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_a_trace_from_enqueue_to_settlement() {
    let (url, mut received) = collector().await;
    let queue = QueueConfig { max_attempts: 3, ..QueueConfig::default() };
    let config = WorkerConfig { queue, ..WorkerConfig::default() };
    let (broker, worker) = Broker::start(config, MemoryStore::new()).unwrap();
    let tracer = Tracer::start(broker.clone(), TraceConfig { url, timeout: Duration::from_secs(5) });
    let job = job("7:PARITY_BASE:00");
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
