//! What goes wrong in a farm: killed agents, a broker that is away, a slow network, inputs, circuits, disks and programs
//! that are not as they should be. Real processes throughout.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use chinampa_circuits::ArtifactFolder;
use chinampa_testkit::dice::Dice;
use chinampa_testkit::peers;
use serde_json::{Value, json};

use crate::agents::{Agents, PATIENCE, Recorded, broker, enqueue, epochs, recorded, settled_as_recorded};
use crate::start::{Client, Running};
use crate::support::chinampa;

/// A broker that gives a job to somebody else after this long without a sign of life.
fn impatient_broker(lease_ms: u64) -> Running {
    let lease_ms = lease_ms.to_string();
    Running::start_with("memory", &["--broker-job-timeout-ms", &lease_ms, "--broker-poll-interval-ms", "50"])
}

/// Puts back what was put aside because several agents were killed with it, as an operator does, until all jobs are
/// proven. Returns how often.
fn release_until_proven(client: &mut Client, jobs: &[Recorded]) -> usize {
    let end = Instant::now() + 2 * PATIENCE;
    let mut released = 0;
    while jobs.iter().any(|job| client.status(job.id.as_str())["status"] != "fulfilled") {
        assert!(Instant::now() < end, "the epoch does not end");
        let reply = client.request("GET", "/v1/jobs?state=quarantined", "").expect("the broker lives");
        let page: Value = serde_json::from_str(&reply).expect("JSON");
        for job in page["jobs"].as_array().expect("a list") {
            let path = format!("/v1/jobs/{}/release", job["id"].as_str().expect("an id"));
            client.request("POST", &path, "{}").expect("the broker lives");
            released += 1;
        }
        thread::sleep(Duration::from_millis(200));
    }
    released
}

pub(crate) fn view(client: &mut Client, job: &Recorded) -> Value {
    let reply = client.request("GET", &format!("/v1/jobs/{}", job.id), "").expect("the broker lives");
    serde_json::from_str(&reply).unwrap_or_else(|error| panic!("{error}: {reply}"))
}

/// Waits until the broker has noted a failure of the job, and returns the last.
pub(crate) fn failure(client: &mut Client, job: &Recorded) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let view = view(client, job);
        if let Some(last) = view["history"]["evidence"].as_array().and_then(|evidence| evidence.last()) {
            return last.clone();
        }
        assert!(Instant::now() < end, "{view}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Jobs that a process has begun and not ended, with the time of each, as its log says.
#[derive(Default)]
struct Begun(BTreeMap<(u64, String), Instant>);

impl Begun {
    fn read(&mut self, agents: &Agents) -> usize {
        let mut proved = 0;
        for line in agents.log.try_iter() {
            let (Some(agent), Some(job)) = (line["agent"].as_u64(), line["job"].as_str()) else { continue };
            let key = (agent, job.to_owned());
            match line["message"].as_str() {
                Some("proving") => drop(self.0.insert(key, Instant::now())),
                Some("proved") => {
                    proved += 1;
                    self.0.remove(&key);
                }
                Some("called off") => drop(self.0.remove(&key)),
                _ => {}
            }
        }
        proved
    }
}

/// An epoch under `processes` of `sessions` agents, of which one after another is killed at random and replaced, until
/// `kills` have been. Returns seconds of work that were lost.
fn epoch_under_kills(
    (epoch, lease_ms, delay_ms): (u32, u64, u64),
    (processes, sessions, kills): (usize, usize, usize),
) -> f64 {
    let broker = impatient_broker(lease_ms);
    let url = format!("http://{}", broker.address);
    let mut client = broker.client();
    let jobs = epochs().remove(&epoch).expect("a recorded epoch");
    let (sessions, delay) = (sessions.to_string(), delay_ms.to_string());
    let arguments =
        ["--agents", &sessions, "--prover-test-delay-ms", &delay, "--agent-memory-bytes", "1099511627776"];
    let mut started = 0;
    let mut start = || {
        started += 1;
        let name = format!("box{started}");
        (Agents::start(&url, &[&arguments[..], &["--agent-name", &name]].concat()), Begun::default())
    };
    let mut farm: Vec<_> = (0..processes).map(|_| start()).collect();
    farm.iter().for_each(|(agents, _)| drop(agents.wait_for("agents start")));
    enqueue(&mut client, &jobs);
    let (mut dice, mut wasted, mut proved) = (Dice::new(0x5eed), 0.0, 0);
    for _ in 0..kills {
        thread::sleep(Duration::from_millis(20 + dice.roll(180)));
        for (agents, begun) in &mut farm {
            proved += begun.read(agents);
        }
        // One of those that work, if any does: killing the others shows nothing.
        let busy: Vec<_> = (0..processes).filter(|index| !farm[*index].1.0.is_empty()).collect();
        let Some(victim) = busy.get(usize::try_from(dice.roll(busy.len().max(1) as u64)).expect("small"))
        else {
            continue;
        };
        let (agents, mut begun) = std::mem::replace(&mut farm[*victim], start());
        begun.read(&agents);
        wasted += begun.0.values().map(|since| since.elapsed().as_secs_f64()).sum::<f64>();
        drop(agents);
    }
    let released = release_until_proven(&mut client, &jobs);
    settled_as_recorded(&mut client, &jobs);
    for (agents, begun) in &mut farm {
        proved += begun.read(agents);
    }
    eprintln!(
        "{} jobs, {processes} processes of {sessions} agents, {kills} kills: {proved} proofs, \
         {wasted:.1} s wasted, {released} jobs put back",
        jobs.len()
    );
    wasted
}

#[test]
fn an_epoch_survives_random_kills() {
    let wasted = epoch_under_kills((43, 600, 400), (3, 4, 8));
    // At most what the agents of the killed processes can have worked.
    assert!(wasted < 8.0 * 4.0 * 10.0, "{wasted}");
}

/// The list of the largest epoch, under a hundred agents.
#[test]
#[ignore = "slow: a hundred agents"]
fn an_epoch_survives_random_kills_of_a_hundred_agents() {
    let largest = epochs().into_iter().max_by_key(|(_, jobs)| jobs.len()).expect("epochs").0;
    let wasted = epoch_under_kills((largest, 5_000, 1_000), (10, 10, 30));
    assert!(wasted < 30.0 * 10.0 * 60.0, "{wasted}");
}

/// A result is kept while the broker is away for `away`.
fn broker_goes_away(away: Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("redb:{}", folder.path().join("jobs.redb").display());
    let broker = Running::start(&store);
    let address = broker.address;
    let job = recorded(42, ":PARITY_BASE:");
    enqueue(&mut broker.client(), std::slice::from_ref(&job));
    let agents = Agents::start(&format!("http://{address}"), &["--prover-test-delay-ms", "2000"]);
    agents.wait_for("proving");
    broker.kill();
    let gone = Instant::now();
    agents.wait_for("proved");
    agents.wait_for("no answer to a report");
    thread::sleep(away.saturating_sub(gone.elapsed()));
    let broker = Running::start_on(&store, address.port());
    let mut client = broker.client();
    settled_as_recorded(&mut client, std::slice::from_ref(&job));
    let again = agents.log.try_iter().filter(|line| line["message"] == "proving").count();
    assert_eq!(again, 0, "the result of before is the job's");
}

#[test]
fn a_broker_may_be_away_for_seconds() {
    broker_goes_away(Duration::from_secs(6));
}

#[test]
#[ignore = "slow: the broker is away for a minute"]
fn a_broker_may_be_away_for_a_minute() {
    broker_goes_away(Duration::from_secs(60));
}

/// Listens on a port of its own and passes everything on to `to`, late and slowly.
fn slow_network(to: std::net::SocketAddr, delay: Duration, bytes_per_second: usize) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let pass = move |mut from: TcpStream, mut to: TcpStream| {
        // A fiftieth of what a second lets through at a time.
        let mut buffer = vec![0; (bytes_per_second / 50).max(1)];
        while let Ok(len @ 1..) = from.read(&mut buffer) {
            thread::sleep(delay + Duration::from_secs_f64(len as f64 / bytes_per_second as f64));
            if to.write_all(&buffer[..len]).is_err() {
                break;
            }
        }
        // The other direction ends as well.
        let _ = to.shutdown(std::net::Shutdown::Both);
    };
    thread::spawn(move || {
        for here in listener.incoming().map_while(Result::ok) {
            let Ok(there) = TcpStream::connect(to) else { continue };
            let (from, back) = (here.try_clone().expect("a handle"), there.try_clone().expect("a handle"));
            thread::spawn(move || pass(from, there));
            thread::spawn(move || pass(back, here));
        }
    });
    format!("http://{address}")
}

#[test]
fn a_slow_network_costs_no_lease() {
    let broker = Running::start_with(
        "memory",
        &["--broker-job-timeout-ms", "3000", "--broker-poll-interval-ms", "50"],
    );
    let url = slow_network(broker.address, Duration::from_millis(40), 4_000_000);
    let mut client = broker.client();
    let jobs: Vec<_> = epochs().remove(&42).expect("a recorded epoch").into_iter().take(8).collect();
    enqueue(&mut client, &jobs);
    let _agents = Agents::start(&url, &["--agents", "2", "--prover-test-delay-ms", "4000"]);
    settled_as_recorded(&mut client, &jobs);
    for job in &jobs {
        let history = &view(&mut client, job)["history"];
        assert!(history.is_null() || history["evidence"].as_array().is_some_and(Vec::is_empty), "{history}");
    }
}

#[test]
fn corrupted_inputs_fail_for_good_and_stop_nobody() {
    let (broker, url) = broker();
    let mut client = broker.client();
    let good = recorded(42, ":PARITY_ROOT:");
    let uri = good.job["inputsUri"].as_str().expect("a URI").to_owned();
    let cut = &uri[..uri.len() / 2];
    let turned =
        uri.replace("PARITY_ROOT", "PARITY_BASE").replace("%22inputs%22%3A%22", "%22inputs%22%3A%22%2F%2F");
    let bad = [("", cut), ("1", "data:application/json;charset=utf-8,nothing"), ("2", &turned)];
    let bad: Vec<_> = bad
        .iter()
        .map(|(digit, uri)| {
            let id = format!("42:PARITY_ROOT:{digit:0>64}");
            client
                .call(
                    "enqueueProvingJob",
                    &json!([{"id": id, "type": 17, "epochNumber": 42, "inputsUri": uri}]),
                )
                .expect("the broker lives");
            id
        })
        .collect();
    let agents = Agents::start(&url, &[]);
    let end = Instant::now() + PATIENCE;
    for id in &bad {
        while client.status(id)["status"] != "rejected" {
            assert!(Instant::now() < end, "{id}: {}", client.status(id));
            thread::sleep(Duration::from_millis(20));
        }
    }
    enqueue(&mut client, std::slice::from_ref(&good));
    settled_as_recorded(&mut client, std::slice::from_ref(&good));
    drop(agents);
}

#[test]
fn circuits_of_another_release_are_never_claimed() {
    let (broker, url) = broker();
    let mut client = broker.client();
    let jobs = [recorded(42, ":PARITY_BASE:"), recorded(42, ":PARITY_ROOT:")];
    enqueue(&mut client, &jobs);
    let folder = tempfile::tempdir().expect("a folder");
    let circuits = ArtifactFolder::open(&peers::circuits()).expect("the circuits");
    for entry in fs::read_dir(circuits.path()).expect("the circuits") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_owned();
        if path.extension().is_some_and(|extension| extension == "json") {
            std::os::unix::fs::symlink(&path, folder.path().join(name)).expect("a link");
        }
    }
    // One byte of one circuit.
    let base = folder.path().join("parity_base.json");
    let mut text = fs::read(&base).expect("the circuit");
    let place = text.len() / 2;
    text[place] ^= 1;
    fs::remove_file(&base).expect("the link");
    fs::write(&base, text).expect("a file");
    let path = folder.path().to_str().expect("UTF-8");
    let agents = Agents::start(&url, &["--agent-circuits", path]);
    agents.wait_for("PARITY_BASE is not proven here");
    settled_as_recorded(&mut client, &jobs[1..]);
    assert_eq!(client.status(jobs[0].id.as_str()), json!({"status": "in-queue"}));
    drop(agents);

    // Nothing but wrong circuits is nothing to offer.
    for entry in fs::read_dir(folder.path()).expect("the folder") {
        let path = entry.expect("an entry").path();
        fs::remove_file(&path).expect("the link");
        fs::write(&path, "{}").expect("a file");
    }
    let start = ["start", "--prover-agent", "--proofs", "simulated", "--agent-proof-types", "PARITY_BASE"];
    let run = chinampa(
        Path::new("/"),
        &[&start[..], &["--agent-broker-url", &url, "--agent-circuits", path]].concat(),
        &[],
    );
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("nothing to offer"), "{}", run.stderr);
}

/// A file system of one megabyte. It is unmounted when it is dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where this user may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(folder.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It goes with the machine otherwise.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_waited_for() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("this user may not mount a small disk");
        return;
    };
    let (broker, url) = broker();
    let mut client = broker.client();
    let job = recorded(42, ":PARITY_BASE:");
    enqueue(&mut client, std::slice::from_ref(&job));
    let filler = disk.0.path().join("filler");
    let mut file = fs::File::create(&filler).expect("a file");
    while file.write_all(&[0; 4096]).is_ok() {}
    let store = format!("file://{}", disk.0.path().display());
    let agents = Agents::start(&url, &["--proverAgent.proofStore", &store]);
    agents.wait_for("the result is not stored yet");
    assert_eq!(client.status(job.id.as_str())["status"], "in-progress");
    drop(file);
    fs::remove_file(&filler).expect("the filler");
    agents.wait_for("proved");
    let end = Instant::now() + PATIENCE;
    loop {
        let status = client.status(job.id.as_str());
        if status["status"] == "fulfilled" {
            let path =
                status["value"].as_str().expect("a URI").strip_prefix("file://").expect("a file").to_owned();
            assert!(fs::metadata(path).expect("the result").len() > 1_000);
            return;
        }
        assert!(Instant::now() < end, "{status}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A program in place of bb, and the arguments of an agent that uses it.
pub(crate) fn agents_with_bb(url: &str, folder: &Path, script: &str, more: &[&str]) -> Agents {
    let bb = folder.join("bb");
    fs::write(&bb, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&bb, fs::Permissions::from_mode(0o755)).expect("a script");
    let (bb, work) = (bb.to_str().expect("UTF-8"), folder.join("work"));
    let crs = folder.join("crs");
    let paths = [
        "--proofs",
        "real",
        "--backend",
        "bb",
        "--proverNode.bbBinaryPath",
        bb,
        "--bb-working-directory",
        work.to_str().expect("UTF-8"),
        "--bb-crs-path",
        crs.to_str().expect("UTF-8"),
    ];
    Agents::start(url, &[&paths[..], more].concat())
}

/// Processes whose command line has this text.
fn running(text: &str) -> usize {
    let processes = fs::read_dir("/proc").expect("processes").map_while(Result::ok);
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(text)).count()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_bb_that_hangs_or_is_killed_costs_no_retry() {
    let broker = Running::start_with("memory", &["--broker-job-max-retries", "1"]);
    let url = format!("http://{}", broker.address);
    let mut client = broker.client();
    let cases = [
        ("exec sleep 86399", "timeout", "took more than"),
        ("kill -KILL $$", "outOfMemory", "out of memory"),
        ("exit 137", "outOfMemory", "out of memory"),
    ];
    for (number, (script, class, reason)) in cases.into_iter().enumerate() {
        let epoch = [37, 42, 43][number];
        let job = recorded(epoch, ":PARITY_ROOT:");
        enqueue(&mut client, std::slice::from_ref(&job));
        let folder = tempfile::tempdir().expect("a folder");
        let agents = agents_with_bb(&url, folder.path(), script, &["--bb-time-limit-ms", "1500"]);
        let failure = failure(&mut client, &job);
        assert_eq!(failure["class"], class, "{failure}");
        assert!(failure["reason"].as_str().expect("a reason").contains(reason), "{failure}");
        // Not rejected, although one failure of its own would have done that.
        assert!(
            ["waiting", "running", "quarantined"]
                .contains(&view(&mut client, &job)["state"].as_str().expect("a state"))
        );
        drop(agents);
        client.call("cancelProvingJob", &json!([job.id])).expect("the broker lives");
    }
    wait_until("a hanging bb is left", || running("sleep\u{0}86399") == 0);
}

#[test]
fn a_killed_agent_leaves_no_bb_behind() {
    let (broker, url) = broker();
    let job = recorded(42, ":PARITY_ROOT:");
    enqueue(&mut broker.client(), std::slice::from_ref(&job));
    let folder = tempfile::tempdir().expect("a folder");
    let mut agents = agents_with_bb(&url, folder.path(), "exec sleep 86398", &[]);
    wait_until("bb is not started", || running("sleep\u{0}86398") == 1);
    // As the kernel kills it when memory is short: nothing of it runs any more.
    agents.child.kill().expect("a child");
    agents.wait();
    wait_until("bb is left", || running("sleep\u{0}86398") == 0);
    let files = fs::read_dir(folder.path().join("work")).expect("the folder").count();
    assert_eq!(files, 1, "its files are left");

    // The next one removes them, and ends bb when it is drained.
    let mut agents = agents_with_bb(&url, folder.path(), "exec sleep 86397", &["--agent-drain-ms", "3000"]);
    agents.wait_for("removed files of processes that were killed");
    // The lease of the killed agent is thirty seconds long.
    let end = Instant::now() + PATIENCE;
    while running("sleep\u{0}86397") == 0 {
        assert!(Instant::now() < end, "bb is not started again");
        thread::sleep(Duration::from_millis(50));
    }
    agents.signal("TERM");
    assert_eq!(agents.wait().code(), Some(0));
    assert_eq!(running("sleep\u{0}86397"), 0);
    assert_eq!(fs::read_dir(folder.path().join("work")).expect("the folder").count(), 0);
}

#[test]
fn the_real_bb_without_memory_is_out_of_memory() {
    let (broker, url) = broker();
    let mut client = broker.client();
    let job = recorded(42, ":CHECKPOINT_PADDING_ROLLUP:");
    enqueue(&mut client, std::slice::from_ref(&job));
    let folder = tempfile::tempdir().expect("a folder");
    let crs = folder.path().join("crs");
    let run = chinampa(
        folder.path(),
        &["srs", "dev", "--log2", "12", "--output", crs.to_str().expect("UTF-8")],
        &[],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let bb = peers::path("bin/bb");
    // Less address space than it takes to prove anything.
    let script = format!("ulimit -v 60000; exec {} \"$@\"", bb.display());
    let _agents = agents_with_bb(&url, folder.path(), &script, &["--dev"]);
    let failure = failure(&mut client, &job);
    assert_eq!(failure["class"], "outOfMemory", "{failure}");
}
