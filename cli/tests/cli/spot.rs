//! Agents that lose their machine, or are told to end: real processes, real signals, and the metadata services of the
//! clouds over HTTP.

use std::thread;
use std::time::{Duration, Instant};

use chinampa_testkit::metadata::Metadata;
use serde_json::Value;

use crate::agents::{Agents, PATIENCE, Recorded, enqueue, recorded, settled_as_recorded};
use crate::start::{Client, Running};

/// A job must be runnable elsewhere this long after a notice.
const RELEASE_TIME: Duration = Duration::from_secs(5);
/// A proof that no drain has time for.
const LONG: &str = "600000";

/// A broker on which a job that fails once is rejected.
fn strict_broker() -> (Running, String) {
    let running = Running::start_with("memory", &["--broker-job-max-retries", "1"]);
    let url = format!("http://{}", running.address);
    (running, url)
}

fn get(client: &mut Client, path: &str) -> Value {
    let reply = client.request("GET", path, "").expect("the broker lives");
    serde_json::from_str(&reply).unwrap_or_else(|error| panic!("{error}: {reply}"))
}

fn post(client: &mut Client, path: &str) {
    client.request("POST", path, "{}").expect("the broker lives");
}

fn job_view(client: &mut Client, job: &Recorded) -> Value {
    get(client, &format!("/v1/jobs/{}", job.id))
}

/// Waits until the job waits again, and checks that it did not take longer than it may.
fn runnable_again(client: &mut Client, job: &Recorded, notice: Instant) {
    loop {
        let view = job_view(client, job);
        if view["state"] == "waiting" {
            break;
        }
        assert!(notice.elapsed() < RELEASE_TIME, "{view}");
        thread::sleep(Duration::from_millis(10));
    }
    eprintln!("runnable elsewhere {} ms after the notice", notice.elapsed().as_millis());
}

/// Failures of the job by its own fault, which is what uses up its retries.
fn retries_used(client: &mut Client, job: &Recorded) -> u64 {
    job_view(client, job)["history"]["counts"][0].as_u64().unwrap_or(0)
}

#[test]
fn every_notice_makes_the_job_runnable_elsewhere_and_uses_up_no_retry() {
    let (broker, url) = strict_broker();
    let mut client = broker.client();
    let job = recorded(42, ":PARITY_BASE:");
    enqueue(&mut client, std::slice::from_ref(&job));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ending");
    let file_name = file.to_str().expect("UTF-8");
    let base =
        ["--prover-test-delay-ms", LONG, "--agent-drain-ms", "20000", "--agent-spot-interval-ms", "200"];

    for (name, cause) in [("USR1", "SIGUSR1"), ("TERM", "SIGTERM"), ("INT", "SIGINT")] {
        let mut agents = Agents::start(&url, &base);
        agents.wait_for("proving");
        let notice = Instant::now();
        agents.signal(name);
        assert_eq!(agents.wait_for("draining")["cause"], cause);
        runnable_again(&mut client, &job, notice);
        assert_eq!(agents.wait().code(), Some(0), "{name}");
    }
    for cloud in ["aws", "gcp", "azure"] {
        let service = Metadata::start(cloud, Duration::from_secs(120));
        let spot = ["--agent-spot", cloud, "--agent-spot-url", &service.url()];
        let mut agents = Agents::start(&url, &[&base[..], &spot].concat());
        agents.wait_for("proving");
        let notice = Instant::now();
        service.end_machine();
        runnable_again(&mut client, &job, notice);
        assert!(agents.wait_for("draining")["cause"].as_str().expect("a cause").starts_with(cloud));
        assert_eq!(agents.wait().code(), Some(0), "{cloud}");
    }
    let mut agents = Agents::start(&url, &[&base[..], &["--agent-spot-file", file_name]].concat());
    agents.wait_for("proving");
    let notice = Instant::now();
    std::fs::write(&file, "").expect("the file");
    runnable_again(&mut client, &job, notice);
    assert_eq!(agents.wait().code(), Some(0));

    // Seven times handed back, and one failure would have been the last.
    assert_eq!(retries_used(&mut client, &job), 0);
    let _agents = Agents::start(&url, &[]);
    settled_as_recorded(&mut client, std::slice::from_ref(&job));
}

#[test]
fn what_fits_into_the_time_left_is_finished() {
    let (broker, url) = strict_broker();
    let mut client = broker.client();
    let job = recorded(42, ":PARITY_BASE:");
    enqueue(&mut client, std::slice::from_ref(&job));
    let service = Metadata::start("aws", Duration::from_secs(30));
    let url_of_service = service.url();
    let spot =
        ["--agent-spot", "aws", "--agent-spot-url", &url_of_service, "--agent-spot-interval-ms", "200"];
    let time = ["--prover-test-delay-ms", "4000", "--agent-drain-ms", "60000"];
    let mut agents = Agents::start(&url, &[&spot[..], &time].concat());
    agents.wait_for("proving");
    service.end_machine();
    // The notice leaves 30 s, whatever the pool would allow.
    let drain_ms = agents.wait_for("draining")["drain_ms"].as_u64().expect("a number");
    assert!((20_000..=28_000).contains(&drain_ms), "{drain_ms}");
    assert_eq!(agents.wait().code(), Some(0));
    settled_as_recorded(&mut client, std::slice::from_ref(&job));
}

#[test]
fn a_signal_after_a_notice_does_not_cut_the_drain_short() {
    let (broker, url) = strict_broker();
    let mut client = broker.client();
    let job = recorded(42, ":PARITY_BASE:");
    enqueue(&mut client, std::slice::from_ref(&job));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ending");
    let spot = ["--agent-spot-file", file.to_str().expect("UTF-8"), "--agent-spot-interval-ms", "100"];
    let time = ["--prover-test-delay-ms", "4000", "--agent-drain-ms", "30000"];
    let mut agents = Agents::start(&url, &[&spot[..], &time].concat());
    agents.wait_for("proving");
    std::fs::write(&file, "25").expect("the file");
    agents.wait_for("draining");
    // What the system sends when it goes down.
    agents.signal("TERM");
    agents.wait_for("draining");
    assert_eq!(agents.wait().code(), Some(0));
    settled_as_recorded(&mut client, std::slice::from_ref(&job));
}

#[test]
fn the_broker_quiets_resumes_and_drains_agents() {
    let (broker, url) = strict_broker();
    let mut client = broker.client();
    let [first, second] = [recorded(42, ":PARITY_BASE:"), recorded(43, ":PARITY_BASE:")];
    let mut agents = Agents::start(
        &url,
        &["--agent-name", "box", "--prover-test-delay-ms", "3000", "--agent-drain-ms", "0"],
    );
    let end = Instant::now() + PATIENCE;
    while get(&mut client, "/v1/agents")["agents"].as_array().is_none_or(Vec::is_empty) {
        assert!(Instant::now() < end, "the agent does not come");
        thread::sleep(Duration::from_millis(20));
    }

    // Quiet: the job at hand is finished, no other is begun.
    enqueue(&mut client, std::slice::from_ref(&first));
    agents.wait_for("proving");
    post(&mut client, "/v1/agents/box.0/quiet");
    enqueue(&mut client, std::slice::from_ref(&second));
    settled_as_recorded(&mut client, std::slice::from_ref(&first));
    thread::sleep(Duration::from_millis(500));
    assert_eq!(job_view(&mut client, &second)["state"], "waiting");

    // Resumed: the other is begun. Drained, with no time at all: it is handed back, and the process ends.
    post(&mut client, "/v1/agents/box.0/resume");
    agents.wait_for("proving");
    let notice = Instant::now();
    post(&mut client, "/v1/agents/box.0/drain");
    runnable_again(&mut client, &second, notice);
    assert_eq!(agents.wait().code(), Some(0));
    assert_eq!(retries_used(&mut client, &second), 0);
}

#[test]
fn agents_that_wait_for_the_broker_can_be_ended() {
    // Nobody listens there.
    let mut agents = Agents::start("http://127.0.0.1:1", &[]);
    agents.wait_for("does not say which protocol it speaks");
    agents.signal("TERM");
    assert_eq!(agents.wait().code(), Some(0));
}

#[test]
fn agents_show_what_they_count() {
    let (broker, url) = strict_broker();
    let mut client = broker.client();
    let job = recorded(42, ":PARITY_BASE:");
    enqueue(&mut client, std::slice::from_ref(&job));
    let agents = Agents::start(&url, &["--agents", "2"]);
    let line = agents.wait_for("counters are at /metrics");
    let address: std::net::SocketAddr =
        line["address"].as_str().expect("an address").parse().expect("an address");
    assert!(address.ip().is_loopback());
    settled_as_recorded(&mut client, std::slice::from_ref(&job));
    let stream = std::net::TcpStream::connect(address).expect("it listens");
    let mut admin = Client(std::io::BufReader::new(stream));
    let text = admin.request("GET", "/metrics", "").expect("it answers");
    for line in [
        "chinampa_agent_proven_jobs_total{job_type=\"PARITY_BASE\"} 1",
        "chinampa_agent_phase_seconds_count{job_type=\"PARITY_BASE\",phase=\"witness\"} 1",
        "chinampa_agent_phase_seconds_count{job_type=\"PARITY_BASE\",phase=\"store\"} 1",
        "chinampa_agent_sessions 2",
        "aztec_circuit_simulation_duration_milliseconds_count{aztec_circuit_protocol_circuit_name=\"parity-base\"} 1",
        "aztec_proving_queue_agent_idle_seconds_count 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    let peak = text.lines().find_map(|line| {
        line.strip_prefix("chinampa_agent_job_peak_ram_bytes{job_type=\"PARITY_BASE\"} ")?.parse::<u64>().ok()
    });
    assert!(peak.is_some_and(|bytes| bytes > 10 << 20), "{peak:?}");
    assert_eq!(admin.request("GET", "/healthz", "").as_deref(), Some("OK"));
    assert!(text.ends_with("# EOF\n"));
}
