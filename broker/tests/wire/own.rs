//! Our own API: agents through the typed client in both formats, people through HTTP, and who may do what.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinampa_broker::access::{AccessConfig, Audit, hash_hex};
use chinampa_broker::queue::QueueConfig;
use chinampa_broker::server::{Guard, ServerConfig};
use chinampa_broker::store::MemoryStore;
use chinampa_broker::{CommandVerifier, Verdict, Verifier, VerifyError, WorkerConfig};
use chinampa_jobs::agent::{
    AgentClient, BeatRequest, ClaimRequest, ClientError, Directive, FailureClass, HeldJob, JobFate,
    JobOutcome, Offer, ReleaseReason, ReleaseRequest, SettleRequest, Settled, Usage, WireFormat,
};
use chinampa_jobs::{
    BrokerAccess, CircuitOutputs, EpochNumber, JobResult, Proof, ProofUri, ProvingJob, RecursiveProof,
    RequestType, UnixMs, VerificationKeyData,
};
use serde_json::{Value, json};

use crate::http::{Answer, Server, read};

const ADMIN_KEY: &str = "admin key of this test";

fn server() -> Server {
    let queue = QueueConfig { job_timeout_ms: 300, ..QueueConfig::default() };
    let worker = WorkerConfig { queue, poll_interval_ms: 50, ..WorkerConfig::default() };
    Server::start(MemoryStore::new(), (worker, ServerConfig::default()))
}

fn closed(guard: Guard) -> Server {
    let access = AccessConfig { is_open: false, admin_key_sha256: Some(hash_hex(ADMIN_KEY)) };
    let config = (WorkerConfig::default(), ServerConfig::default());
    Server::guarded(MemoryStore::new(), config, Guard { access, ..guard })
}

pub(crate) fn http(server: &Server, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
    let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         {authorization}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut reply = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut reply).unwrap();
    read(&reply)
}

fn admin(server: &Server, method: &str, path: &str, body: &str) -> Value {
    let answer = http(server, method, path, Some(ADMIN_KEY), body);
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

fn enqueue(server: &Server, id: &str, token: Option<&str>) -> Answer {
    let job = json!({"id": id, "type": 16, "epochNumber": 1, "inputsUri": "data:,x"});
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": "proverBroker_enqueueProvingJob", "params": [job]});
    http(server, "POST", "/", token, &call.to_string())
}

pub(crate) fn client(server: &Server, format: WireFormat, token: Option<&str>) -> AgentClient {
    AgentClient::new(&format!("http://{}/", server.address), &BrokerAccess::with_token(token), format)
        .unwrap()
}

pub(crate) fn claim(agent: &str, wait_ms: u32) -> ClaimRequest {
    let agent = agent.parse().unwrap();
    ClaimRequest { agent, version: "1".to_owned(), offer: Offer::default(), wait_ms }
}

pub(crate) fn settle(agent: &str, id: &str, attempt: u64, outcome: JobOutcome) -> SettleRequest {
    let (agent, id) = (agent.parse().unwrap(), id.parse().unwrap());
    SettleRequest { agent, id, attempt, outcome, usage: Usage::default() }
}

fn success() -> JobOutcome {
    JobOutcome::Success { value: "data:,r".parse().unwrap() }
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn an_agent_claims_beats_releases_and_settles_in_both_formats() {
    let server = server();
    for format in [WireFormat::Json, WireFormat::Bincode] {
        let id = format!("1:job:{format:?}");
        assert_eq!(enqueue(&server, &id, None).status, 200);
        run(async {
            let client = client(&server, format, None);
            let first = client.claim(&claim("a", 0)).await.unwrap().claimed.unwrap();
            assert_eq!((first.job.id.as_str(), first.lease_ms), (id.as_str(), 300));
            let held = |attempt| HeldJob { id: id.parse().unwrap(), attempt, progress: None };
            let beat = |attempt| BeatRequest { agent: "a".parse().unwrap(), jobs: vec![held(attempt)] };
            assert_eq!(client.beat(&beat(first.attempt)).await.unwrap().fates, [JobFate::Held]);
            assert_eq!(client.beat(&beat(first.attempt + 1)).await.unwrap().fates, [JobFate::Superseded]);
            let release = ReleaseRequest {
                agent: "a".parse().unwrap(),
                id: id.parse().unwrap(),
                attempt: first.attempt,
                reason: ReleaseReason::Shutdown,
            };
            assert!(client.release(&release).await.unwrap().is_released);
            assert!(!client.release(&release).await.unwrap().is_released);
            let second = client.claim(&claim("b", 0)).await.unwrap().claimed.unwrap();
            assert!(second.attempt > first.attempt);
            let failure =
                JobOutcome::Failure { class: FailureClass::Timeout, reason: String::new(), retry: true };
            let stale = client.settle(&settle("a", &id, first.attempt, failure)).await.unwrap();
            assert_eq!(stale.settled, Settled::Stale);
            let done = client.settle(&settle("b", &id, second.attempt, success())).await.unwrap();
            assert_eq!(done.settled, Settled::Accepted);
            let again = client.settle(&settle("b", &id, second.attempt, success())).await.unwrap();
            assert_eq!(again.settled, Settled::AlreadySettled);
            assert_eq!(client.claim(&claim("a", 0)).await.unwrap().claimed, None);
        });
    }
}

#[test]
fn a_claim_waits_for_a_job_and_no_longer_than_it_says() {
    let server = server();
    run(async {
        let client = client(&server, WireFormat::Bincode, None);
        let begin = Instant::now();
        assert_eq!(client.claim(&claim("a", 200)).await.unwrap().claimed, None);
        let waited = begin.elapsed();
        assert!(waited >= Duration::from_millis(200) && waited < Duration::from_secs(5), "{waited:?}");
        let waiting = tokio::spawn({
            let client = client.clone();
            async move { client.claim(&claim("a", 20_000)).await.unwrap() }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begin = Instant::now();
        assert_eq!(enqueue(&server, "1:job:x", None).status, 200);
        assert!(waiting.await.unwrap().claimed.is_some());
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    });
}

#[test]
fn a_job_that_nobody_waits_for_any_more_goes_back_into_line() {
    let server = server();
    run(async {
        let client = client(&server, WireFormat::Json, None);
        let gone =
            tokio::time::timeout(Duration::from_millis(100), client.claim(&claim("gone", 20_000))).await;
        assert!(gone.is_err());
        assert_eq!(enqueue(&server, "1:job:x", None).status, 200);
        let claimed = client.claim(&claim("there", 2_000)).await.unwrap().claimed;
        assert!(claimed.is_some());
    });
}

#[test]
fn agents_hear_what_is_wanted_of_them_while_they_wait() {
    let server = closed(Guard::default());
    let token = admin(&server, "POST", "/v1/tokens", r#"{"name":"rack","role":"agent"}"#);
    let token = token["token"].as_str().unwrap().to_owned();
    run(async {
        let client = client(&server, WireFormat::Json, Some(&token));
        let waiting = tokio::spawn({
            let client = client.clone();
            async move { client.claim(&claim("a", 20_000)).await.unwrap() }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        admin(&server, "POST", "/v1/agents/a/drain", r#"{"reason":"new disk"}"#);
        let reply = waiting.await.unwrap();
        assert_eq!(reply.instruction.directive, Directive::Drain);
        assert_eq!(reply.instruction.reason, "new disk");
        admin(&server, "POST", "/v1/agents/a/resume", "");
        let reply = client.claim(&claim("a", 0)).await.unwrap();
        assert_eq!(reply.instruction.directive, Directive::Work);
    });
}

#[test]
fn nobody_without_a_token_does_anything() {
    let server = closed(Guard::default());
    assert_eq!(enqueue(&server, "1:a:x", None).status, 401);
    assert_eq!(enqueue(&server, "1:a:x", Some("chp_000000000000_00")).status, 401);
    for (method, path) in [("GET", "/v1/queue"), ("POST", "/v1/agent/claim"), ("GET", "/v1/events")] {
        assert_eq!(http(&server, method, path, None, "{}").status, 401, "{path}");
    }
    for path in ["/status", "/healthz", "/readyz", "/metrics"] {
        assert_eq!(http(&server, "GET", path, None, "").status, 200, "{path}");
    }
}

#[test]
fn roles_and_revocation_hold_at_the_next_call() {
    let server = closed(Guard::default());
    let make = |body: &str| {
        let made = admin(&server, "POST", "/v1/tokens", body);
        (made["id"].as_str().unwrap().to_owned(), made["token"].as_str().unwrap().to_owned())
    };
    let (_, node) = make(r#"{"name":"n","role":"node"}"#);
    let (id, agent) = make(r#"{"name":"a","role":"agent","agent":"a"}"#);
    let (_, viewer) = make(r#"{"name":"v","role":"viewer"}"#);
    assert_eq!(enqueue(&server, "1:a:x", Some(&node)).status, 200);
    assert_eq!(enqueue(&server, "1:a:y", Some(&agent)).status, 403);
    assert_eq!(http(&server, "GET", "/v1/queue", Some(&viewer), "").status, 200);
    assert_eq!(http(&server, "POST", "/v1/queue/pause", Some(&viewer), "").status, 403);
    assert_eq!(http(&server, "GET", "/v1/tokens", Some(&viewer), "").status, 403);
    run(async {
        let client = client(&server, WireFormat::Json, Some(&agent));
        let other = client.claim(&claim("b", 0)).await;
        assert!(matches!(other, Err(ClientError::Refused { status: 403, .. })), "{other:?}");
        assert!(client.claim(&claim("a", 0)).await.unwrap().claimed.is_some());
        admin(&server, "DELETE", &format!("/v1/tokens/{id}"), "");
        let revoked = client.claim(&claim("a", 0)).await;
        assert!(matches!(revoked, Err(ClientError::Refused { status: 401, .. })), "{revoked:?}");
    });
    // Aztec's agents send a token in the path.
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"proverBroker_getProvingJobStatus","params":["1:a:x"]}"#;
    let answer = http(&server, "POST", &format!("/t/{node}"), None, call);
    assert!(answer.text.contains("in-progress"), "{}", answer.text);
    assert_eq!(http(&server, "POST", "/t/chp_x_y", None, call).status, 401);
}

#[test]
fn changes_are_written_down_and_secrets_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let audit = Arc::new(Audit::with_file(&path).unwrap());
    let server = closed(Guard { audit, ..Guard::default() });
    let made = admin(&server, "POST", "/v1/tokens", r#"{"name":"v","role":"viewer"}"#);
    let token = made["token"].as_str().unwrap();
    admin(&server, "POST", "/v1/queue/pause", r#"{"requestType":"ROOT_ROLLUP","reason":"r"}"#);
    assert_eq!(http(&server, "POST", "/v1/queue/resume", Some(token), "").status, 403);
    let entries = admin(&server, "GET", "/v1/audit", "");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 3);
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["operation"], &last["status"], &last["role"]),
        (&json!("resume"), &json!(403), &json!("viewer"))
    );
    assert!(!text.contains(token) && !text.contains(ADMIN_KEY));
}

#[test]
fn people_see_and_change_the_queue() {
    let server = closed(Guard::default());
    for number in 0..5 {
        assert_eq!(enqueue(&server, &format!("1:a:{number}"), Some(ADMIN_KEY)).status, 200);
    }
    let page = admin(&server, "GET", "/v1/jobs?limit=3", "");
    assert_eq!(page["jobs"].as_array().unwrap().len(), 3);
    let next = page["next"].as_str().unwrap();
    let rest = admin(&server, "GET", &format!("/v1/jobs?after={next}"), "");
    assert_eq!((rest["jobs"].as_array().unwrap().len(), &rest["next"]), (2, &Value::Null));
    admin(&server, "POST", "/v1/jobs/1%3Aa%3A0/quarantine", "");
    let aside = admin(&server, "GET", "/v1/jobs?state=quarantined", "");
    assert_eq!(aside["jobs"][0]["id"], "1:a:0");
    admin(&server, "POST", "/v1/jobs/1%3Aa%3A0/release", "");
    admin(&server, "POST", "/v1/jobs/1:a:1/cancel", "");
    assert_eq!(admin(&server, "GET", "/v1/jobs/1:a:1", "")["state"], "cancelled");
    admin(&server, "POST", "/v1/jobs/1:a:1/retry", "");
    assert_eq!(admin(&server, "GET", "/v1/jobs/1:a:1", "")["state"], "waiting");
    admin(&server, "PUT", "/v1/jobs/1:a:2/priority", r#"{"priority":5}"#);
    admin(&server, "PUT", "/v1/epochs/1", r#"{"deadlineMs":99,"priority":-1}"#);
    admin(&server, "PUT", "/v1/queue/policy", r#"{"policy":"slack"}"#);
    admin(&server, "PUT", "/v1/types/PARITY_BASE/needs", r#"{"ramBytes":5}"#);
    let queue = admin(&server, "GET", "/v1/queue", "");
    assert_eq!(
        (&queue["jobs"], &queue["policy"], &queue["isOpen"]),
        (&json!(5), &json!("slack"), &json!(false))
    );
    assert_eq!(
        (&queue["epochs"][0]["deadlineMs"], &queue["epochs"][0]["priority"]),
        (&json!(99), &json!(-1))
    );
    assert_eq!(queue["types"][16]["needs"]["ramBytes"], 5);
    admin(&server, "DELETE", "/v1/epochs/1", "");
    assert_eq!(admin(&server, "GET", "/v1/queue", "")["jobs"], 0);
    let unknown = [
        ("GET", "/v1/jobs/nope", 404),
        ("POST", "/v1/jobs/nope/retry", 404),
        ("DELETE", "/v1/tokens/nope", 404),
        ("PUT", "/v1/types/NOPE/needs", 400),
        ("PUT", "/v1/epochs/9007199254740992", 400),
        ("PUT", "/v1/queue/policy", 400),
        ("GET", "/v1/jobs?limit=x", 400),
        ("GET", "/v1/nope", 404),
        ("PATCH", "/v1/queue", 405),
    ];
    for (method, path, status) in unknown {
        assert_eq!(http(&server, method, path, Some(ADMIN_KEY), "").status, status, "{method} {path}");
    }
}

#[test]
fn programs_go_over_our_own_api_only() {
    let server = closed(Guard::default());
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let day = EpochNumber::of_day(UnixMs(now.as_millis().try_into().unwrap())).get();
    let job = |epoch: u64| json!({"id": "p", "type": 18, "epochNumber": epoch, "inputsUri": "data:,x"});
    let rpc = |method: &str, params: Value| {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = http(&server, "POST", "/", Some(ADMIN_KEY), &call.to_string());
        serde_json::from_str::<Value>(&answer.text).unwrap()
    };
    let refused = rpc("proverBroker_enqueueProvingJob", json!([job(day)]));
    assert!(refused["error"]["message"].is_string(), "{refused}");
    let of_epoch = http(&server, "POST", "/v1/jobs", Some(ADMIN_KEY), &job(1).to_string());
    assert_eq!(of_epoch.status, 409, "{}", of_epoch.text);
    let none = http(&server, "POST", "/v1/jobs", Some(ADMIN_KEY), r#"{"id":"p"}"#);
    assert_eq!(none.status, 400, "{}", none.text);
    let before = |before: &str| json!({"before": {"status": before}});
    assert_eq!(admin(&server, "POST", "/v1/jobs", &job(day).to_string()), before("not-found"));
    assert_eq!(admin(&server, "POST", "/v1/jobs", &job(day).to_string()), before("in-queue"));
    let asked = rpc("proverBroker_getProvingJob", json!([{ "allowList": [] }]));
    assert!(asked.get("error").is_none() && asked["result"].is_null(), "{asked}");

    let client = client(&server, WireFormat::Bincode, Some(ADMIN_KEY));
    let offer = Offer { request_types: vec![RequestType::NoirProgram], ..Offer::default() };
    let claimed = run(client.claim(&ClaimRequest { offer, ..claim("a", 0) })).unwrap().claimed.unwrap();
    assert_eq!(claimed.job.request_type, RequestType::NoirProgram);
    run(client.settle(&settle("a", "p", claimed.attempt, success()))).unwrap();
    let status = admin(&server, "GET", "/v1/jobs/p/status", "");
    assert_eq!(status, json!({"status": "fulfilled", "value": "data:,r"}));
    let completed = rpc("proverBroker_getCompletedJobs", json!([[]]));
    assert_eq!(completed["result"], json!([]), "{completed}");
}

#[test]
fn every_route_of_the_document_is_served() {
    let server = closed(Guard::default());
    let document = admin(&server, "GET", "/v1/openapi.json", "");
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if path == "/v1/events" {
                continue;
            }
            let method = method.to_ascii_uppercase();
            let answer = http(&server, &method, &path.replace("{id}", "x"), Some(ADMIN_KEY), "");
            assert!(![401, 403, 405, 500].contains(&answer.status), "{method} {path}: {}", answer.status);
            assert_ne!(answer.text, "Not Found", "{method} {path}");
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}

/// Reads events of a stream until `count` have come. Returns their numbers and kinds.
fn events(server: &Server, last: Option<u64>, count: usize) -> Vec<(u64, String)> {
    let last = last.map(|number| format!("last-event-id: {number}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(format!("GET /v1/events HTTP/1.1\r\nhost: x\r\n{last}\r\n").as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines();
    let (mut found, mut number) = (Vec::new(), 0);
    while found.len() < count {
        let line = lines.next().unwrap().unwrap();
        if line == ": chinampa" && last.is_empty() {
            assert_eq!(enqueue(server, "1:a:0", None).status, 200);
            assert_eq!(enqueue(server, "1:a:1", None).status, 200);
        }
        if let Some(text) = line.strip_prefix("id: ") {
            number = text.parse().unwrap();
        } else if let Some(kind) = line.strip_prefix("event: ") {
            found.push((number, kind.to_owned()));
        }
    }
    found
}

#[test]
fn a_watcher_goes_on_where_it_was_cut_off() {
    let server = server();
    let seen = events(&server, None, 2);
    assert!(seen.iter().all(|(_, kind)| kind == "enqueued"), "{seen:?}");
    assert!(seen[1].0 > seen[0].0);
    assert_eq!(events(&server, Some(seen[0].0), 1), seen[1..]);
    assert_eq!(events(&server, Some(1), 1)[0].1, "gap");
    server.stop();
}

/// Aztec's metrics as its `metrics.ts` names them, which OpenMetrics writes with underscores.
const AZTECS_METRICS: [&str; 11] = [
    "aztec.proving_queue.size",
    "aztec.proving_queue.active_jobs_count",
    "aztec.proving_queue.enqueued_jobs_count",
    "aztec.proving_queue.cached_jobs_count",
    "aztec.proving_queue.resolved_jobs_count",
    "aztec.proving_queue.rejected_jobs_count",
    "aztec.proving_queue.aborted_jobs_count",
    "aztec.proving_queue.retried_jobs_count",
    "aztec.proving_queue.timed_out_jobs_count",
    "aztec.proving_queue.job_wait",
    "aztec.proving_queue.job_duration",
];

#[test]
fn metrics_have_aztecs_names() {
    let server = server();
    enqueue(&server, "1:a:0", None);
    enqueue(&server, "1:a:0", None);
    run(async {
        let client = client(&server, WireFormat::Json, None);
        let claimed = client.claim(&claim("a", 0)).await.unwrap().claimed.unwrap();
        client.settle(&settle("a", "1:a:0", claimed.attempt, success())).await.unwrap();
    });
    let text = http(&server, "GET", "/metrics", None, "").text;
    for name in AZTECS_METRICS {
        let name = name.replace('.', "_");
        let is_there = |line: &str| line.starts_with(&name) && line.contains("PARITY_BASE");
        assert!(text.lines().any(is_there), "{name} is not in\n{text}");
    }
    let value = |name: &str| {
        let start = format!("aztec_proving_queue_{name}{{aztec_proving_job_type=\"PARITY_BASE\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
    };
    let counted = ["enqueued", "cached", "resolved"].map(|kind| value(&format!("{kind}_jobs_count_total")));
    assert_eq!(counted, ["1", "1", "1"]);
    assert_eq!(value("job_wait_milliseconds_count") + &value("job_duration_milliseconds_count"), "11");
    server.stop();
}

/// Accepts one result only.
#[derive(Debug)]
struct Only(&'static str);

impl Verifier for Only {
    fn verify<'a>(&'a self, _job: &'a ProvingJob, value: &'a ProofUri) -> Verdict<'a> {
        Box::pin(async move {
            if value.as_str() == self.0 {
                return Ok(());
            }
            Err(VerifyError::Invalid("the proof does not verify".to_owned()))
        })
    }
}

#[test]
fn a_result_that_does_not_verify_settles_nothing() {
    let verifier: Option<Arc<dyn Verifier>> = Some(Arc::new(Only("data:,r")));
    let server = closed(Guard { verifier, ..Guard::default() });
    for id in ["1:a:ours", "1:a:aztecs"] {
        assert_eq!(enqueue(&server, id, Some(ADMIN_KEY)).status, 200);
    }
    run(async {
        let client = client(&server, WireFormat::Bincode, Some(ADMIN_KEY));
        let claimed = client.claim(&claim("a", 0)).await.unwrap().claimed.unwrap();
        let forged = JobOutcome::Success { value: "data:,forged".parse().unwrap() };
        let reply = client.settle(&settle("a", "1:a:ours", claimed.attempt, forged)).await.unwrap();
        assert_eq!(reply.settled, Settled::Invalid);
        let reply = client.settle(&settle("a", "1:a:ours", claimed.attempt, success())).await.unwrap();
        assert_eq!(reply.settled, Settled::Accepted, "a valid one settles, however late");
    });
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "proverBroker_reportProvingJobSuccess", "params": ["1:a:aztecs", "data:,forged"]});
    assert_eq!(http(&server, "POST", "/", Some(ADMIN_KEY), &call.to_string()).status, 200);
    assert_eq!(admin(&server, "GET", "/v1/jobs/1:a:aztecs", "")["state"], "waiting");
}

/// A program that says what the first byte of the proof tells it to.
const PROGRAM: &str = r#"#!/bin/sh
case "$1 $(head -c 1 "$2/proof")" in
  "PARITY_BASE v") [ -s "$2/vk" ] && [ "$(wc -c < "$2/public_inputs")" = 96 ] ;;
  "PARITY_BASE i") echo "first line" >&2; echo "the sum is wrong" >&2; exit 1 ;;
  *) exit 3 ;;
esac
"#;

fn parity_result(first: u8) -> ProofUri {
    let mut bytes = vec![0; 96];
    bytes.push(first);
    let proof = RecursiveProof::new(vec![[0; 32]; 449], Proof::new(bytes, 3).unwrap(), true).unwrap();
    let verification_key = VerificationKeyData::new(vec![[1; 32]], [2; 32], vec![7; 10]).unwrap();
    let public_inputs = vec![0; RequestType::ParityBase.public_inputs_class().unwrap().len_bytes().unwrap()];
    let outputs = CircuitOutputs { public_inputs, verification_key };
    JobResult::circuit(RequestType::ParityBase, proof, outputs).unwrap().to_inline_uri().unwrap()
}

#[test]
fn a_program_verifies_results() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("verify");
    std::fs::write(&program, PROGRAM).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let job = ProvingJob {
        id: "1:a:0".parse().unwrap(),
        request_type: RequestType::ParityBase,
        epoch_number: EpochNumber::from(1),
        inputs_uri: "data:x".parse().unwrap(),
    };
    let other = ProvingJob { request_type: RequestType::ParityRoot, ..job.clone() };
    let verifier = CommandVerifier::new(program, Duration::from_secs(10), 2, None).unwrap();
    let absent = CommandVerifier::new("/absent".into(), Duration::from_secs(10), 2, None).unwrap();
    run(async {
        assert_eq!(verifier.verify(&job, &parity_result(b'v')).await, Ok(()));
        let invalid = verifier.verify(&job, &parity_result(b'i')).await;
        assert_eq!(invalid, Err(VerifyError::Invalid("the sum is wrong".to_owned())));
        let crashed = verifier.verify(&job, &parity_result(b'x')).await;
        assert!(matches!(crashed, Err(VerifyError::Unavailable(_))), "{crashed:?}");
        let unread = verifier.verify(&job, &"data:,r".parse().unwrap()).await;
        assert!(matches!(unread, Err(VerifyError::Invalid(_))), "{unread:?}");
        let of_other = verifier.verify(&other, &parity_result(b'v')).await;
        assert!(matches!(of_other, Err(VerifyError::Invalid(_))), "{of_other:?}");
        let unknown = absent.verify(&job, &parity_result(b'v')).await;
        assert!(matches!(unknown, Err(VerifyError::Unavailable(_))), "{unknown:?}");
    });
}
