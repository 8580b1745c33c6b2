//! `chinampa start --prover-agent` with the real broker process: recorded epochs, killed agents, signals.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use chinampa_agent::write_development_bb;
use chinampa_jobs::objects::ProofObjects;
use chinampa_jobs::{JobId, JobInputs, JobResult, Proof, ProofUri, RecursiveProof, RequestType};
use chinampa_testkit::{peers, vectors};
use serde_json::{Value, json};

use crate::start::{Client, Running};
use crate::support::chinampa;

/// Longest wait for what should take seconds: the machine may be busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A service's credentials, where a test has one.
pub(crate) fn cloud_credentials() -> impl Iterator<Item = (String, String)> {
    let is_ours = |name: &str| ["AWS_", "GOOGLE_", "AZURE_"].into_iter().any(|start| name.starts_with(start));
    std::env::vars().filter(move |(name, _)| is_ours(name))
}

/// A running agent process. Killed when it is dropped.
pub(crate) struct Agents {
    pub(crate) child: Child,
    pub(crate) log: Receiver<Value>,
}

impl Agents {
    pub(crate) fn start(broker: &str, arguments: &[&str]) -> Self {
        let circuits = peers::circuits();
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("chinampa"))
            .args(["start", "--prover-agent", "--log-format", "json", "--agent-broker-url"])
            .arg(broker)
            .args(if arguments.contains(&"--proofs") { &[][..] } else { &["--proofs", "simulated"] })
            .args(if arguments.contains(&"--agent-circuits") { None } else { Some("--agent-circuits") })
            .args(if arguments.contains(&"--agent-circuits") { None } else { Some(circuits) })
            // Processes side by side cannot share the port of their counters.
            .args(["--agent-poll-interval-ms", "50", "--admin-port", "0"])
            .args(arguments)
            .env_clear()
            .envs(cloud_credentials())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let (sender, log) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                // The test may have all it wants.
                let _ = sender.send(line);
            }
        });
        Self { child, log }
    }

    /// Waits for a line of the log with this message and returns it.
    pub(crate) fn wait_for(&self, message: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        let mut last = Value::Null;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("it never says {message:?}, but last {last}"));
            last = line.clone();
            if line["message"].as_str().is_some_and(|text| text.contains(message)) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end");
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A recorded job and the inline URI of its recorded result.
pub(crate) struct Recorded {
    pub(crate) id: JobId,
    pub(crate) job: Value,
    pub(crate) result: String,
}

/// The recorded jobs by epoch.
pub(crate) fn epochs() -> BTreeMap<u32, Vec<Recorded>> {
    let files: BTreeMap<_, _> = vectors::archive("epoch/circuits.tar.zst").into_iter().collect();
    let mut epochs: BTreeMap<u32, Vec<Recorded>> = BTreeMap::new();
    for (path, contents) in &files {
        let Some(stem) = path.strip_suffix(".in.json") else { continue };
        let name = stem.rsplit('/').next().expect("a name");
        let number: u32 = name.split('-').next().expect("an epoch").parse().expect("a number");
        let inputs = JobInputs::from_json(contents).expect("inputs");
        let result = JobResult::from_json(&files[&format!("{stem}.out.json")]).expect("a result");
        let id = inputs.job_id(number.into());
        let uri = inputs.to_inline_uri().expect("small enough");
        let request_type = inputs.request_type().number();
        let job = json!({"id": id, "type": request_type, "epochNumber": number, "inputsUri": uri});
        let result = result.to_inline_uri().expect("small enough").to_string();
        epochs.entry(number).or_default().push(Recorded { id, job, result });
    }
    epochs
}

/// The recorded job of an epoch whose id has this part.
pub(crate) fn recorded(epoch: u32, part: &str) -> Recorded {
    let jobs = epochs().remove(&epoch).expect("a recorded epoch");
    jobs.into_iter().find(|job| job.id.as_str().contains(part)).expect("a job of this kind")
}

pub(crate) fn enqueue(client: &mut Client, jobs: &[Recorded]) {
    for job in jobs {
        client.call("enqueueProvingJob", &json!([job.job])).expect("the broker lives");
    }
}

/// Waits until all jobs have their recorded results.
pub(crate) fn settled_as_recorded(client: &mut Client, jobs: &[Recorded]) {
    let end = Instant::now() + PATIENCE;
    for Recorded { id, result, .. } in jobs {
        loop {
            let status = client.status(id.as_str());
            match status["status"].as_str().expect("a status") {
                "fulfilled" => {
                    assert!(status["value"].as_str() == Some(result), "{id} has another result");
                    break;
                }
                "in-queue" | "in-progress" if Instant::now() < end => {
                    thread::sleep(Duration::from_millis(20));
                }
                _ => panic!("{id}: {}", status.to_string().chars().take(500).collect::<String>()),
            }
        }
    }
}

pub(crate) fn broker() -> (Running, String) {
    let running = Running::start("memory");
    let url = format!("http://{}", running.address);
    (running, url)
}

#[test]
fn recorded_epochs_are_proved_through_the_broker_byte_for_byte() {
    let (broker, url) = broker();
    let mut client = broker.client();
    let mut agents = [Agents::start(&url, &["--agents", "2"]), Agents::start(&url, &[])];
    let epochs = epochs();
    assert_eq!(epochs.values().map(Vec::len).sum::<usize>(), 129);
    for jobs in epochs.values() {
        enqueue(&mut client, jobs);
        settled_as_recorded(&mut client, jobs);
    }
    for agents in &mut agents {
        agents.signal("TERM");
        assert_eq!(agents.wait().code(), Some(0));
    }
}

#[test]
fn an_allow_list_is_kept() {
    let (broker, url) = broker();
    let mut client = broker.client();
    let epochs = epochs();
    let jobs = &epochs[&37];
    enqueue(&mut client, jobs);
    let _agents = Agents::start(&url, &["--agent-proof-types", "PARITY_BASE,PARITY_ROOT"]);
    let is_parity = |job: &&Recorded| job.id.as_str().contains(":PARITY_");
    for job in jobs.iter().filter(is_parity) {
        settled_as_recorded(&mut client, std::slice::from_ref(job));
    }
    for job in jobs.iter().filter(|job| !is_parity(job)) {
        assert_eq!(client.status(job.id.as_str()), json!({"status": "in-queue"}), "{}", job.id);
    }
}

#[test]
fn a_result_is_kept_while_the_broker_is_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("redb:{}", folder.path().join("jobs.redb").display());
    let broker = Running::start(&store);
    let address = broker.address;
    let epochs = epochs();
    let jobs = &epochs[&42];
    let job = jobs.iter().find(|job| job.id.as_str().contains(":PARITY_BASE:")).expect("a parity base");
    enqueue(&mut broker.client(), std::slice::from_ref(job));
    // Long enough for the broker to be gone when the proof is done.
    let agents = Agents::start(&format!("http://{address}"), &["--prover-test-delay-ms", "3000"]);
    agents.wait_for("proving");
    broker.kill();
    agents.wait_for("proved");
    agents.wait_for("no answer to a report");
    let broker = Running::start_on(&store, address.port());
    settled_as_recorded(&mut broker.client(), std::slice::from_ref(job));
}

#[test]
fn sigterm_finishes_what_fits_and_hands_back_what_does_not() {
    let (broker, url) = broker();
    let mut client = broker.client();
    let epochs = epochs();
    let job =
        epochs[&42].iter().find(|job| job.id.as_str().contains(":PARITY_BASE:")).expect("a parity base");
    enqueue(&mut client, std::slice::from_ref(job));

    // A minute of proof and a second to end: handed back, and runnable elsewhere at once.
    let delay = ["--prover-test-delay-ms", "60000", "--agent-drain-ms", "1500"];
    let mut agents = Agents::start(&url, &delay);
    agents.wait_for("proving");
    let notice = Instant::now();
    agents.signal("USR1");
    assert_eq!(agents.wait().code(), Some(0));
    assert!(notice.elapsed() < Duration::from_secs(5), "{:?}", notice.elapsed());
    assert_eq!(client.status(job.id.as_str()), json!({"status": "in-queue"}));

    // Two seconds of proof and half a minute to end: finished.
    let mut agents = Agents::start(&url, &["--prover-test-delay-ms", "2000", "--agent-drain-ms", "30000"]);
    agents.wait_for("proving");
    agents.signal("TERM");
    assert_eq!(agents.wait().code(), Some(0));
    settled_as_recorded(&mut client, std::slice::from_ref(job));
}

#[test]
fn a_failed_job_leaves_a_bundle_that_fails_again() {
    let (broker, url) = broker();
    let mut client = broker.client();
    let epochs = epochs();
    let recorded =
        epochs[&42].iter().find(|job| job.id.as_str().contains(":PARITY_ROOT:")).expect("a parity root");
    let uri = recorded.job["inputsUri"].as_str().expect("a URI").parse().expect("a URI");
    let mut inputs = JobInputs::from_inline_uri(&uri).expect("inputs").into_buffer();
    // The first child's root of keys, which all children share.
    inputs[95] ^= 1;
    let inputs = JobInputs::from_buffer(RequestType::ParityRoot, inputs).expect("inputs");
    let id = inputs.job_id(42_u32.into());
    let uri = inputs.to_inline_uri().expect("small enough");
    let job = json!({"id": id, "type": 17, "epochNumber": 42, "inputsUri": uri});
    client.call("enqueueProvingJob", &json!([job])).expect("the broker lives");

    let folder = tempfile::tempdir().expect("a folder");
    let agents = Agents::start(&url, &["--agent-failure-folder", folder.path().to_str().expect("UTF-8")]);
    let kept = agents.wait_for("a bundle of the failure is kept");
    let failed = agents.wait_for("failed: ");
    let status = loop {
        let status = client.status(id.as_str());
        if status["status"] == "rejected" {
            break status;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let reason = status["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("parity_root: ") && reason.contains(" at opcode "), "{reason}");
    assert!(failed["message"].as_str().expect("a message").contains(reason));

    let bundle = kept["bundle"].as_str().expect("a path");
    let circuits = peers::circuits();
    let circuits = circuits.to_str().expect("UTF-8");
    let replay = ["replay", bundle, "--proofs", "simulated", "--agent-circuits", circuits];
    let run = chinampa(folder.path(), &replay, &[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("it fails here as well") && run.stderr.contains(reason), "{}", run.stderr);

    // With the inputs as they were, it works.
    let good = JobInputs::from_json(&std::fs::read(Path::new(bundle).join("inputs.json")).expect("inputs"));
    let mut good = good.expect("inputs").into_buffer();
    good[95] ^= 1;
    let good = JobInputs::from_buffer(RequestType::ParityRoot, good).expect("inputs");
    std::fs::write(Path::new(bundle).join("inputs.json"), good.to_json()).expect("the bundle");
    let run = chinampa(folder.path(), &replay, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("\"requestType\": \"PARITY_ROOT\""), "{}", run.stdout);
}

#[test]
fn killed_agents_cost_an_epoch_nothing_but_time() {
    let broker =
        Running::start_with("memory", &["--broker-job-timeout-ms", "600", "--broker-poll-interval-ms", "50"]);
    let url = format!("http://{}", broker.address);
    let mut client = broker.client();
    let epochs = epochs();
    let jobs = &epochs[&43];
    enqueue(&mut client, jobs);
    // Each process is killed in the middle of its work, and another takes its place.
    let delay = ["--agents", "4", "--prover-test-delay-ms", "150"];
    for round in 0..5 {
        let agents = Agents::start(&url, &delay);
        agents.wait_for("proving");
        thread::sleep(Duration::from_millis(100 + 70 * round));
        drop(agents);
    }
    let _agents = Agents::start(&url, &delay);
    settled_as_recorded(&mut client, jobs);
}

#[test]
fn a_checkpoint_padding_is_really_proved_by_bb() {
    a_checkpoint_padding_is_really_proved(&["--backend", "bb"], "bb");
}

/// With bb beside it, which it does not need for this.
#[test]
fn a_checkpoint_padding_is_really_proved_by_our_own_prover() {
    a_checkpoint_padding_is_really_proved(&[], "native");
}

/// Inputs come from a proof store and the result goes there.
fn proves_through(store: &str) {
    let (broker, url) = broker();
    let mut client = broker.client();
    let recorded = recorded(42, ":PARITY_BASE:");
    let objects = ProofObjects::open(Some(store)).expect("a store");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let uri: ProofUri = recorded.job["inputsUri"].as_str().expect("a URI").parse().expect("a URI");
    let inputs = JobInputs::from_inline_uri(&uri).expect("inputs");
    let place = runtime.block_on(objects.write_inputs(&recorded.id, &inputs)).expect("it is written");
    let mut job = recorded.job.clone();
    job["inputsUri"] = json!(place.as_str());
    client.call("enqueueProvingJob", &json!([job])).expect("the broker lives");
    let _agents = Agents::start(&url, &["--proverAgent.proofStore", store]);
    let end = Instant::now() + PATIENCE;
    let value = loop {
        let status = client.status(recorded.id.as_str());
        match status["status"].as_str().expect("a status") {
            "fulfilled" => break status["value"].as_str().expect("a URI").to_owned(),
            "rejected" => panic!("{status}"),
            _ => assert!(Instant::now() < end, "{status}"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    let base = store.split('?').next().expect("a URL");
    assert!(value.starts_with(&format!("{base}/outputs/PARITY_BASE/")), "{value}");
    let result = runtime.block_on(objects.read_result(&value.parse().expect("a URI"))).expect("a result");
    let expected = JobResult::from_inline_uri(&recorded.result.parse().expect("a URI")).expect("a result");
    assert!(result == expected);
}

#[test]
fn a_folder_takes_inputs_and_results() {
    let folder = tempfile::tempdir().expect("a folder");
    proves_through(&format!("file://{}", folder.path().display()));
}

#[test]
#[ignore = "needs a service: tests/interop/broker/run objects"]
fn a_bucket_takes_inputs_and_results() {
    let url =
        std::env::var("BUCKET_PLACE").expect("BUCKET_PLACE is s3://, gs:// or az://, with ?endpoint=URL");
    proves_through(&url);
    let (base, query) = url.split_once('?').expect("an endpoint");
    keeps_payloads_in(&format!("{base}/kept?{query}"));
}

/// A broker keeps inputs and results there while a job is proven, over its own end, and until its epoch is dropped.
fn keeps_payloads_in(place: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("redb:{}", folder.path().join("jobs").display());
    let arguments = ["--broker.payloads", place, "--broker-payload-inline-bytes", "100"];
    let broker = Running::start_with(&store, &arguments);
    let mut client = broker.client();
    let used = |client: &mut Client| {
        let queue = client.request("GET", "/v1/queue", "").expect("the broker lives");
        let queue: Value = serde_json::from_str(&queue).expect("JSON");
        queue["payloads"]["usedBytes"].as_u64().expect("a number")
    };
    let before = used(&mut client);
    let recorded = [recorded(42, ":PARITY_BASE:")];
    enqueue(&mut client, &recorded);
    let enqueued = used(&mut client);
    assert!(enqueued > before, "inputs are in the bucket");
    drop(broker);
    let broker = Running::start_with(&store, &arguments);
    let mut client = broker.client();
    assert_eq!(used(&mut client), enqueued, "counted as listed");
    let agents = Agents::start(&format!("http://{}", broker.address), &[]);
    settled_as_recorded(&mut client, &recorded);
    drop(agents);
    assert!(used(&mut client) > enqueued, "the result is there too");
    client.request("DELETE", "/v1/epochs/42", "").expect("the broker lives");
    // The queue takes no job of an epoch that far below the newest.
    let mut newer = recorded[0].job.clone();
    newer["id"] = json!("50:PARITY_BASE:newer");
    newer["epochNumber"] = json!(50);
    newer["inputsUri"] = json!("data:,short");
    client.call("enqueueProvingJob", &json!([newer])).expect("the broker lives");
    let end = Instant::now() + PATIENCE;
    while used(&mut client) > before {
        assert!(Instant::now() < end, "the payloads of a dropped epoch stay");
        thread::sleep(Duration::from_millis(200));
    }
}

/// What an agent without a prover might claim: the outputs are right, the proof is none.
fn forged(result: &JobResult) -> JobResult {
    let binary = Proof::new(vec![1; 4096], 5).expect("bytes");
    let proof = RecursiveProof::new(result.proof().fields().to_vec(), binary, true).expect("a proof");
    JobResult::circuit(result.request_type(), proof, result.outputs().expect("outputs").clone())
        .expect("a result")
}

/// The broker verifies what it is told.
fn a_checkpoint_padding_is_really_proved(flags: &[&str], backend: &str) {
    let broker = Running::start_with("memory", &["--broker-verifier", "native", "--dev"]);
    let url = format!("http://{}", broker.address);
    let mut client = broker.client();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (crs, bb, work) = (path("crs"), path("bb"), path("work"));
    let run = chinampa(folder.path(), &["srs", "dev", "--log2", "12", "--output", &crs], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    write_development_bb(&peers::path("bin/bb"), Path::new(&bb)).expect("bb 4.1.2");
    let real = [
        "--proofs",
        "real",
        "--bb-crs-path",
        &crs,
        "--proverNode.bbBinaryPath",
        &bb,
        "--bb-working-directory",
        &work,
    ];

    // A reference string whose secret is public is not used by mistake.
    let circuits = peers::circuits();
    let start = ["start", "--prover-agent", "--agent-broker-url", &url, "--agent-circuits"];
    let refused = [&start[..], &[circuits.to_str().expect("UTF-8")], &real[..]].concat();
    let run = chinampa(folder.path(), &refused, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("--dev"), "{}", run.stderr);

    let epochs = epochs();
    let job = epochs[&42].iter().find(|job| job.id.as_str().contains(":CHECKPOINT_PADDING_ROLLUP:"));
    let job = job.expect("a checkpoint padding");
    enqueue(&mut client, std::slice::from_ref(job));
    let recorded = JobResult::from_inline_uri(&job.result.parse().expect("a URI")).expect("a result");
    for (forged, reason) in
        [(recorded.clone(), "without a binary proof"), (forged(&recorded), "other public inputs")]
    {
        let uri = forged.to_inline_uri().expect("a URI");
        client.call("reportProvingJobSuccess", &json!([job.id.as_str(), uri.as_str()])).expect("an answer");
        let path = format!("/v1/jobs/{}", job.id.as_str());
        let shown = client.request("GET", &path, "").expect("the job");
        assert!(shown.contains(reason) && shown.contains("\"waiting\""), "{shown}");
    }
    let agents = Agents::start(&url, &[&real[..], &["--dev"], flags].concat());
    assert_eq!(agents.wait_for("proving")["backend"], backend);
    agents.wait_for("proved");
    let end = Instant::now() + PATIENCE;
    let value = loop {
        let status = client.status(job.id.as_str());
        if status["status"] == "fulfilled" {
            break status["value"].as_str().expect("a URI").to_owned();
        }
        assert!(Instant::now() < end, "{status}");
        thread::sleep(Duration::from_millis(20));
    };
    let result = JobResult::from_inline_uri(&value.parse().expect("a URI")).expect("a result");
    assert!(!result.proof().binary().is_empty());
    assert!(
        result.outputs().expect("outputs").public_inputs
            == recorded.outputs().expect("outputs").public_inputs
    );
}

#[test]
fn a_second_signal_ends_at_once() {
    let (broker, url) = broker();
    let epochs = epochs();
    let job =
        epochs[&42].iter().find(|job| job.id.as_str().contains(":PARITY_BASE:")).expect("a parity base");
    enqueue(&mut broker.client(), std::slice::from_ref(job));
    let mut agents = Agents::start(&url, &["--prover-test-delay-ms", "60000", "--agent-drain-ms", "100000"]);
    agents.wait_for("proving");
    agents.signal("TERM");
    agents.wait_for("draining");
    agents.signal("TERM");
    assert_eq!(agents.wait().code(), Some(143));
}
