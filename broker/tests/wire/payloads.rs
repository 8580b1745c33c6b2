//! Long inputs and results: in a folder for the broker, whole for everybody else.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinampa_broker::WorkerConfig;
use chinampa_broker::payload::{PayloadConfig, Payloads, Place};
use chinampa_broker::server::{Guard, ServerConfig};
use chinampa_broker::store::{MemoryStore, Store as _};
use chinampa_jobs::agent::{JobOutcome, Settled, WireFormat};
use serde_json::{Value, json};

use crate::http::Server;
use crate::own::{claim, client, http, run, settle};

fn server(store: &MemoryStore, folder: &Path, quota_bytes: u64) -> Server {
    let place = Place::folder(folder).unwrap();
    let config =
        PayloadConfig { place, inline_max_bytes: 100, quota_bytes, scrub_interval: Duration::from_secs(1) };
    let payloads = Some(Arc::new(run(Payloads::open(config)).unwrap()));
    let config = (WorkerConfig::default(), ServerConfig::default());
    Server::guarded(store.clone(), config, Guard { payloads, ..Guard::open() })
}

fn call(server: &Server, method: &str, params: &Value) -> Value {
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": format!("proverBroker_{method}"), "params": params});
    let answer = http(server, "POST", "/", None, &call.to_string());
    serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.text))
}

fn enqueue(server: &Server, id: &str, epoch: u32, inputs: &str) -> Value {
    let job = json!({"id": id, "type": 16, "epochNumber": epoch, "inputsUri": inputs});
    call(server, "enqueueProvingJob", &json!([job]))
}

fn long(letter: &str) -> String {
    format!("data:,{}", letter.repeat(5000))
}

fn files(folder: &Path, epoch: u32) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(epoch.to_string()));
    entries.map_or_else(|_| Vec::new(), |entries| entries.map(|entry| entry.unwrap().path()).collect())
}

#[test]
fn both_wires_carry_whole_texts_while_the_queue_has_references() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let first = server(&store, folder.path(), 0);
    assert_eq!(enqueue(&first, "1:a:1", 1, &long("i"))["result"]["status"], "not-found");
    assert_eq!(enqueue(&first, "1:a:1", 1, &long("i"))["result"]["status"], "in-queue");
    assert!(enqueue(&first, "1:a:1", 1, &long("j"))["error"].is_object(), "the id is taken");
    let taken = call(&first, "getProvingJob", &json!([]));
    assert_eq!(taken["result"]["job"]["inputsUri"], long("i"));
    call(&first, "reportProvingJobSuccess", &json!(["1:a:1", long("r")]));
    let status = call(&first, "getProvingJobStatus", &json!(["1:a:1"]));
    assert_eq!(status["result"], json!({"status": "fulfilled", "value": long("r")}));
    first.stop();

    let kept = store.clone().load().unwrap().jobs;
    assert!(kept.iter().all(|job| job.job.inputs_uri.as_str().starts_with("chinampa-payload:1:")));
    assert_eq!(files(folder.path(), 1).len(), 3, "two inputs, one of them refused, and a result");

    let second = server(&store, folder.path(), 0);
    let status = call(&second, "getProvingJobStatus", &json!(["1:a:1"]));
    assert_eq!(status["result"]["value"], long("r"), "after a restart too");
    enqueue(&second, "1:a:2", 1, &long("k"));
    run(async {
        let client = client(&second, WireFormat::Bincode, None);
        let claimed = client.claim(&claim("a", 0)).await.unwrap().claimed.unwrap();
        assert_eq!(claimed.job.inputs_uri.as_str(), long("k"));
        let outcome = JobOutcome::Success { value: long("q").parse().unwrap() };
        let reply = client.settle(&settle("a", "1:a:2", claimed.attempt, outcome)).await.unwrap();
        assert_eq!(reply.settled, Settled::Accepted);
    });
    let enqueued = enqueue(&second, "1:a:2", 1, &long("k"));
    assert_eq!(enqueued["result"], json!({"status": "fulfilled", "value": long("q")}));
    second.stop();
}

#[test]
fn jobs_of_before_and_after_payloads_are_the_same_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let inline = Server::start(store.clone(), (WorkerConfig::default(), ServerConfig::default()));
    enqueue(&inline, "1:a:1", 1, &long("i"));
    inline.stop();
    let server = server(&store, folder.path(), 0);
    assert_eq!(enqueue(&server, "1:a:1", 1, &long("i"))["result"]["status"], "in-queue");
    assert_eq!(call(&server, "getProvingJob", &json!([]))["result"]["job"]["inputsUri"], long("i"));
    server.stop();
}

#[test]
fn a_full_store_refuses_jobs_with_a_code_and_takes_results() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let server = server(&store, folder.path(), 60);
    enqueue(&server, "1:a:1", 1, &long("i"));
    let refused = enqueue(&server, "1:a:2", 1, &long("j"));
    assert_eq!(refused["error"]["data"]["code"], "payload-store-full", "{refused}");
    assert_eq!(refused["error"]["data"]["quotaBytes"], 60);
    assert_eq!(enqueue(&server, "1:a:3", 1, "data:,short")["result"]["status"], "not-found");
    call(&server, "reportProvingJobSuccess", &json!(["1:a:1", long("r")]));
    let status = call(&server, "getProvingJobStatus", &json!(["1:a:1"]));
    assert_eq!(status["result"]["value"], long("r"));
    let queue: Value = serde_json::from_str(&http(&server, "GET", "/v1/queue", None, "").text).unwrap();
    assert_eq!(queue["payloads"]["isAlarm"], true, "{queue}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !http(&server, "GET", "/metrics", None, "").text.contains("chinampa_broker_payload_alarm 1") {
        assert!(Instant::now() < deadline, "no alarm");
        std::thread::sleep(Duration::from_millis(50));
    }
    server.stop();
}

#[test]
fn lost_inputs_reject_their_job_and_lost_results_are_proven_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let server = server(&store, folder.path(), 0);
    enqueue(&server, "1:a:1", 1, &long("i"));
    fs::remove_file(files(folder.path(), 1).remove(0)).unwrap();
    assert!(call(&server, "getProvingJob", &json!([])).get("result").is_none(), "nobody gets half a job");
    let status = call(&server, "getProvingJobStatus", &json!(["1:a:1"]));
    assert_eq!(status["result"]["status"], "rejected", "{status}");
    assert!(status["result"]["reason"].as_str().unwrap().starts_with("inputs are lost"), "{status}");

    enqueue(&server, "1:a:2", 1, "data:,short");
    call(&server, "getProvingJob", &json!([]));
    call(&server, "reportProvingJobSuccess", &json!(["1:a:2", long("r")]));
    fs::write(files(folder.path(), 1).remove(0), "CHPL is not a payload").unwrap();
    let status = call(&server, "getProvingJobStatus", &json!(["1:a:2"]));
    assert_eq!(status["result"]["status"], "in-queue", "{status}");
    assert_eq!(call(&server, "getProvingJob", &json!([]))["result"]["job"]["id"], "1:a:2");
    call(&server, "reportProvingJobSuccess", &json!(["1:a:2", long("r")]));
    assert_eq!(call(&server, "getProvingJobStatus", &json!(["1:a:2"]))["result"]["value"], long("r"));
    server.stop();
}

#[test]
fn payloads_go_with_their_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let server = server(&store, folder.path(), 0);
    for epoch in [1, 2, 3] {
        enqueue(&server, &format!("{epoch}:a:1"), epoch, &long("i"));
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while !files(folder.path(), 1).is_empty() {
        assert!(Instant::now() < deadline, "the payloads of an old epoch stay");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!([files(folder.path(), 2).len(), files(folder.path(), 3).len()], [1, 1], "others stay");
    assert_eq!(call(&server, "getProvingJob", &json!([]))["result"]["job"]["inputsUri"], long("i"));
    server.stop();
}
