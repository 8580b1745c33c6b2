//! `chinampa start` from the outside: a broker that is killed while it works, stopped by a signal, and refusals.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::chinampa;

/// A running broker. Killed when it is dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// How long it took to listen.
    ready_after: Duration,
}

impl Running {
    /// Starts a broker on a port of its own and waits until it says which.
    pub(crate) fn start(store: &str) -> Self {
        Self::launch(&mut program(), store, 0, &[])
    }

    /// Starts a broker on this port.
    pub(crate) fn start_on(store: &str, port: u16) -> Self {
        Self::launch(&mut program(), store, port, &[])
    }

    /// Starts a broker with more settings.
    pub(crate) fn start_with(store: &str, arguments: &[&str]) -> Self {
        Self::launch(&mut program(), store, 0, arguments)
    }

    /// Starts it by a command to which only the arguments are added.
    pub(crate) fn start_by(mut command: Command, store: &str, arguments: &[&str]) -> Self {
        Self::launch(&mut command, store, 0, arguments)
    }

    fn launch(command: &mut Command, store: &str, port: u16, arguments: &[&str]) -> Self {
        let begin = Instant::now();
        let mut child = command
            .args([
                "start",
                "--prover-broker",
                "--port",
                &port.to_string(),
                "--broker.store",
                store,
                "--log-format",
                "json",
            ])
            .args(arguments)
            .env_clear()
            .envs(crate::agents::cloud_credentials())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let port =
            lines.by_ref().map(Result::unwrap).find_map(|line| listens_on(&line)).expect("it says its port");
        // The pipe must not fill up.
        thread::spawn(move || lines.for_each(drop));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Self { child, address, ready_after: begin.elapsed() }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn client(&self) -> Client {
        Client(BufReader::new(TcpStream::connect(self.address).unwrap()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin("chinampa"))
}

fn listens_on(line: &str) -> Option<u16> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["address"].as_str()?.rsplit(':').next()?.parse().ok()
}

/// A connection that stays open.
pub(crate) struct Client(pub(crate) BufReader<TcpStream>);

impl Client {
    /// Sends one call. None if the broker went away before it answered.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Option<Value> {
        let method = format!("proverBroker_{method}");
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let reply = self.request("POST", "/", &body)?;
        let reply: Value = serde_json::from_str(&reply).ok()?;
        assert_eq!(reply.get("error"), None, "{reply}");
        Some(reply["result"].clone())
    }

    pub(crate) fn request(&mut self, method: &str, path: &str, body: &str) -> Option<String> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.0.get_mut().write_all(format!("{head}{body}").as_bytes()).ok()?;
        let mut len = 0;
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                len = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; len];
        self.0.read_exact(&mut body).ok()?;
        String::from_utf8(body).ok()
    }

    pub(crate) fn status(&mut self, id: &str) -> Value {
        self.call("getProvingJobStatus", &json!([id])).unwrap()
    }
}

fn job(number: usize) -> Value {
    let id = format!("1:PARITY_BASE:{number:064}");
    json!({"id": id, "type": 16, "epochNumber": 1, "inputsUri": format!("data:,{number}")})
}

fn id(job: &Value) -> String {
    job["id"].as_str().unwrap().to_owned()
}

/// What the broker has said yes to.
#[derive(Default)]
struct Acknowledged {
    jobs: Vec<String>,
    results: BTreeMap<String, String>,
}

/// Enqueues, claims and settles until the broker is gone.
fn load(running: SocketAddr, next: &AtomicUsize, acknowledged: &Mutex<Acknowledged>) {
    let mut client = Client(BufReader::new(TcpStream::connect(running).unwrap()));
    loop {
        let job = job(next.fetch_add(1, Ordering::Relaxed));
        if client.call("enqueueProvingJob", &json!([job])).is_none() {
            return;
        }
        acknowledged.lock().unwrap().jobs.push(id(&job));
        let Some(assignment) = client.call("getProvingJob", &json!([])) else { return };
        let Some(id) = assignment["job"]["id"].as_str() else { continue };
        // Some jobs stay claimed, some stay waiting.
        if next.load(Ordering::Relaxed).is_multiple_of(3) {
            continue;
        }
        let result = format!("data:,result of {id}");
        let nothing_else = json!({"allowList": [15]});
        if client.call("reportProvingJobSuccess", &json!([id, result, nothing_else])).is_none() {
            return;
        }
        acknowledged.lock().unwrap().results.insert(id.to_owned(), result);
    }
}

#[test]
fn a_killed_broker_has_every_acknowledged_job_and_result() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("redb:{}", folder.path().join("jobs.redb").display());
    let (next, acknowledged) = (AtomicUsize::new(0), Mutex::new(Acknowledged::default()));
    for _ in 0..3 {
        let running = Running::start(&store);
        let address = running.address;
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| load(address, &next, &acknowledged));
            }
            thread::sleep(Duration::from_millis(400));
            running.kill();
        });
    }
    let running = Running::start(&store);
    assert!(running.ready_after < Duration::from_secs(2), "ready after {:?}", running.ready_after);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.jobs.len() > 30, "only {} jobs were acknowledged", acknowledged.jobs.len());
    assert!(acknowledged.results.len() > 10, "only {} results were", acknowledged.results.len());
    let mut client = running.client();
    for id in &acknowledged.jobs {
        let status = client.status(id);
        match acknowledged.results.get(id) {
            Some(result) => assert_eq!(status, json!({"status": "fulfilled", "value": result}), "{id}"),
            // A result whose acknowledgement was cut off may be there.
            None => assert!(["in-queue", "fulfilled"].contains(&status["status"].as_str().unwrap()), "{id}"),
        }
    }
}

#[test]
fn sigterm_ends_a_broker_with_success() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("redb:{}", folder.path().join("jobs.redb").display());
    let mut running = Running::start(&store);
    let mut client = running.client();
    client.call("enqueueProvingJob", &json!([job(1)])).unwrap();
    assert_eq!(client.request("GET", "/status", "").as_deref(), Some("OK"));
    assert_eq!(client.request("GET", "/readyz", "").as_deref(), Some("OK"));
    let metrics = client.request("GET", "/metrics", "").unwrap();
    assert!(
        metrics.contains("aztec_proving_queue_size{aztec_proving_job_type=\"PARITY_BASE\"} 1\n"),
        "{metrics}"
    );
    assert!(metrics.ends_with("# EOF\n"));
    running.signal("TERM");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    let again = Running::start(&store);
    assert_eq!(again.client().status(&id(&job(1))), json!({"status": "in-queue"}));
}

#[test]
fn systemd_hears_when_the_broker_is_ready_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let hear = || {
        let mut bytes = [0; 256];
        let len = socket.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..len]).trim().to_owned()
    };
    let mut command = Command::new("/usr/bin/env");
    command.arg(format!("NOTIFY_SOCKET={}", path.display())).arg(assert_cmd::cargo::cargo_bin("chinampa"));
    let mut running = Running::start_by(command, "memory", &[]);
    assert_eq!(hear(), "READY=1");
    running.signal("TERM");
    assert_eq!(hear(), "STOPPING=1");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

/// Long inputs are in files beside the job store, and a start that would not find them is refused.
#[test]
fn payloads_are_beside_the_store_and_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("redb:{}", folder.path().join("jobs.redb").display());
    let long = json!({"id": id(&job(1)), "type": 16, "epochNumber": 1, "inputsUri": format!("data:,{}", "i".repeat(100_000))});
    let running = Running::start(&store);
    running.client().call("enqueueProvingJob", &json!([long])).unwrap();
    running.kill();
    assert!(folder.path().join("jobs.redb.payloads/1").read_dir().unwrap().count() == 1);
    let inline = ["start", "--prover-broker", "--port", "0", "--broker.payloads", "inline", "--broker.store"];
    let run = chinampa(folder.path(), &[&inline[..], &[&store]].concat(), &[]);
    assert!(run.code == 1 && run.stderr.contains("set broker.payloads"), "{}", run.stderr);
    let again = Running::start(&store);
    let taken = again.client().call("getProvingJob", &json!([])).unwrap();
    assert_eq!(taken["job"]["inputsUri"], long["inputsUri"]);
}

#[test]
fn parts_that_do_not_exist_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = chinampa(folder.path(), &["start", "--prover-broker", "--prover-agent"], &[]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("circuit artifacts") && run.stdout.is_empty(), "{}", run.stderr);
    assert_eq!(chinampa(folder.path(), &["start"], &[]).code, 3);
}

#[test]
fn a_store_that_cannot_be_opened_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Path::new("no").join("such").join("folder");
    let store = format!("redb:{}", missing.display());
    let start = ["start", "--prover-broker", "--port", "0", "--broker.store"];
    let run = chinampa(folder.path(), &[&start[..], &[&store]].concat(), &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains(&missing.display().to_string()), "{}", run.stderr);
    assert_eq!(chinampa(folder.path(), &[&start[..], &["redis://h?x=1"]].concat(), &[]).code, 3);
}

/// Exit code and message of a start that is refused.
fn refused(flags: &[&str]) -> (i32, String) {
    let run = chinampa(Path::new("/"), &[&["start", "--prover-broker", "--port", "0"], flags].concat(), &[]);
    (run.code, run.stderr)
}

#[test]
fn a_broker_that_others_reach_is_open_only_when_it_is_asked_for() {
    let (code, message) = refused(&["--broker.listen", "0.0.0.0"]);
    assert_eq!(code, 3);
    assert!(message.contains("--broker.open") && message.contains("server.admin_api_key_hash"), "{message}");
}

#[test]
fn a_verifier_of_proofs_is_not_for_simulated_ones() {
    let (code, message) = refused(&["--broker-verifier", "native", "--proofs", "simulated"]);
    assert_eq!(code, 3);
    assert!(message.contains("broker.verifier") && message.contains("--proofs real"), "{message}");
}

#[test]
fn a_start_without_keys_is_for_this_machine_only() {
    let broker = Running::start("memory");
    assert_eq!(broker.client().0.get_ref().peer_addr().unwrap().ip().to_string(), "127.0.0.1");
    let listening = std::fs::read_to_string(format!("/proc/{}/net/tcp", broker.child.id())).unwrap();
    let socket = format!(":{:04X} 00000000:0000 0A", broker.address.port());
    let line = listening.lines().find(|line| line.contains(&socket)).unwrap();
    assert!(line.contains("0100007F:"), "{line}");
}

/// Output of a command against a running broker.
fn operate(broker: &Running, arguments: &[&str]) -> (i32, String) {
    let url = format!("http://{}", broker.address);
    let run = chinampa(Path::new("/"), arguments, &[("CHINAMPA_BROKER_URL", &url)]);
    (run.code, run.stdout)
}

#[test]
fn people_work_with_the_queue_from_the_command_line() {
    let broker = Running::start("memory");
    let mut client = broker.client();
    client.call("enqueueProvingJob", &json!([job(0)])).unwrap();
    let id = job(0)["id"].as_str().unwrap().to_owned();
    let (code, listed) = operate(&broker, &["jobs", "list", "--state", "waiting"]);
    assert!(code == 0 && listed.contains(&id), "{listed}");
    assert_eq!(operate(&broker, &["queue", "pause", "--reason", "repairs"]).0, 0);
    assert_eq!(client.call("getProvingJob", &json!([])), Some(Value::Null));
    let (_, shown) = operate(&broker, &["queue", "show", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap()["paused"], "repairs");
    assert_eq!(operate(&broker, &["queue", "resume"]).0, 0);
    assert_eq!(operate(&broker, &["jobs", "quarantine", &id]).0, 0);
    let (_, shown) = operate(&broker, &["jobs", "show", &id]);
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap()["state"], "quarantined");
    assert_eq!(operate(&broker, &["agents", "drain", "rack-7", "--reason", "new disk"]).0, 0);
    assert_eq!(operate(&broker, &["agents", "list"]).0, 0);
    let (_, made) = operate(&broker, &["access", "give", "me", "viewer"]);
    assert!(made.contains("chp_"));
    assert_eq!(operate(&broker, &["jobs", "show", "nope"]).0, 1, "there is no such job");
    // From the beginning, which the broker remembers.
    let (code, events) = operate(&broker, &["events", "--after", "0", "--count", "2", "--json"]);
    let kinds: Vec<Value> =
        events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].take()).collect();
    assert_eq!((code, kinds), (0, vec![json!("gap"), json!("enqueued")]), "{events}");
    let (_, events) = operate(&broker, &["events", "--after", "0", "--count", "2"]);
    assert!(events.contains(&id), "{events}");
}

/// Two brokers on one Redis server under load; one is killed for good, the server is killed and comes back, and what was
/// acknowledged is there.
#[test]
fn two_brokers_on_one_redis_lose_nothing_when_one_is_killed_and_the_server_restarts() {
    use chinampa_testkit::redis::{RedisServer, SAFE};
    let mut server = RedisServer::start(&SAFE);
    let (first, second) = (Running::start(&server.url()), Running::start(&server.url()));
    let mut clients = [first.client(), second.client()];
    let mut results = BTreeMap::new();
    for number in 0..60 {
        let client = &mut clients[number % 2];
        client.call("enqueueProvingJob", &json!([job(number)])).unwrap();
    }
    let mut taken = std::collections::BTreeSet::new();
    for number in 0..40 {
        let client = &mut clients[number % 2];
        let id = client.call("getProvingJob", &json!([])).unwrap()["job"]["id"].as_str().unwrap().to_owned();
        assert!(taken.insert(id.clone()), "{id} was handed out twice");
        if number < 30 {
            let value = format!("data:,{number}");
            client.call("reportProvingJobSuccess", &json!([id, value, { "allowList": [15] }])).unwrap();
            results.insert(id, value);
        }
    }
    first.kill();
    let begin = Instant::now();
    server.kill_and_restart();
    let status = loop {
        let answered = second.client().call("getProvingJobStatus", &json!([job(0)["id"]]));
        if let Some(status) = answered {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "the broker does not recover");
        thread::sleep(Duration::from_millis(20));
    };
    println!("recovered {} ms after the servers were killed", begin.elapsed().as_millis());
    assert_ne!(status["status"], "not-found");
    let mut client = second.client();
    for number in 0..60 {
        let id = job(number)["id"].as_str().unwrap().to_owned();
        let status = client.status(&id);
        match results.get(&id) {
            Some(value) => {
                assert_eq!((&status["status"], &status["value"]), (&json!("fulfilled"), &json!(value)));
            }
            None => {
                assert!(
                    ["in-queue", "in-progress"].contains(&status["status"].as_str().unwrap()),
                    "{status}"
                );
            }
        }
    }
}
