//! Development only: measures the broker with a client that costs less than it does.
//!
//! - `measure http ADDRESS JOBS CONNECTIONS`: each connection adds a job, takes one and reports its result.
//! - `measure fill FILE JOBS`: fills a new redb store with waiting jobs, opens it again, and hands out a thousand.

#![expect(clippy::unwrap_used, reason = "a tool for developers: what goes wrong ends it with a message")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chinampa_broker::engine::Engine;
use chinampa_broker::queue::{Event, Outcome, QueueConfig};
use chinampa_broker::store::RedbStore;
use chinampa_jobs::{EpochNumber, JobFilter, ProvingJob, RequestType, UnixMs};
use serde_json::{Value, json};

/// Jobs that are added with one commit when a store is filled.
const FILL_BATCH: usize = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["http", address, jobs, connections] => {
            http(address.parse().unwrap(), jobs.parse().unwrap(), connections.parse().unwrap());
        }
        ["fill", file, jobs] => fill(Path::new(file), jobs.parse().unwrap()),
        _ => eprintln!("measure http ADDRESS JOBS CONNECTIONS | measure fill FILE JOBS"),
    }
}

fn http(address: SocketAddr, jobs: usize, connections: usize) {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let begin = Instant::now();
    let latencies = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..connections).map(|_| scope.spawn(|| work(address, jobs, &next, &done))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(done.into_inner(), jobs, "every job is done");
    println!("{jobs} jobs, {connections} connections: {:.1} jobs/s", jobs as f64 / seconds);
    for (index, name) in ["enqueue", "claim", "success"].into_iter().enumerate() {
        let mut all: Vec<Duration> =
            latencies.iter().flat_map(|of_worker| of_worker[index].clone()).collect();
        all.sort();
        let quantile = |percent: usize| all[(all.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        println!("{name} ms: p50 {:.3}, p95 {:.3}, p99 {:.3}", quantile(50), quantile(95), quantile(99));
    }
}

fn work(address: SocketAddr, jobs: usize, next: &AtomicUsize, done: &AtomicUsize) -> [Vec<Duration>; 3] {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let mut latencies = [Vec::new(), Vec::new(), Vec::new()];
    let mut timed = |kind: usize, method: &str, params: Value| {
        let begin = Instant::now();
        let result = call(&mut stream, method, &params);
        latencies[kind].push(begin.elapsed());
        result
    };
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number < jobs {
            timed(0, "enqueueProvingJob", json!([job(number)]));
        }
        let assignment = timed(1, "getProvingJob", json!([]));
        let Some(id) = assignment["job"]["id"].as_str() else {
            if number >= jobs {
                return latencies;
            }
            continue;
        };
        timed(2, "reportProvingJobSuccess", json!([id, "data:,result", {"allowList": [15]}]));
        done.fetch_add(1, Ordering::Relaxed);
    }
}

fn call(stream: &mut BufReader<TcpStream>, method: &str, params: &Value) -> Value {
    let method = format!("proverBroker_{method}");
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.get_mut().write_all((head + &body).as_bytes()).unwrap();
    let mut len = 0;
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).unwrap() > 0, "the broker went away");
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            len = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; len];
    stream.read_exact(&mut body).unwrap();
    let reply: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(reply.get("error"), None);
    reply["result"].clone()
}

fn fill(path: &Path, jobs: usize) {
    let open = || {
        let store = RedbStore::open(path).unwrap();
        Engine::open(QueueConfig::default(), store, UnixMs(0)).unwrap()
    };
    let mut engine = open();
    let begin = Instant::now();
    for start in (0..jobs).step_by(FILL_BATCH) {
        let batch = (start..jobs.min(start + FILL_BATCH)).map(|number| Event::Enqueue(job(number)));
        assert!(engine.run(batch, UnixMs(0)).iter().all(Result::is_ok));
    }
    println!(
        "filled with {jobs} jobs in {:.2} s, {} bytes on disk",
        begin.elapsed().as_secs_f64(),
        size(path)
    );
    println!("memory after filling: {}", memory());
    drop(engine);
    let begin = Instant::now();
    let mut engine = open();
    println!(
        "opened again in {:.2} s with {} jobs",
        begin.elapsed().as_secs_f64(),
        engine.queue().unwrap().len()
    );
    println!("memory at the end: {}", memory());
    let begin = Instant::now();
    for _ in 0..1000 {
        let claimed = engine.run([Event::Claim(JobFilter::default())], UnixMs(0));
        assert!(matches!(claimed[0], Ok(Outcome::Assignment(Some(_)))));
    }
    println!("a claim takes {:.1} us", begin.elapsed().as_secs_f64() * 1e3);
}

fn job(number: usize) -> ProvingJob {
    ProvingJob {
        id: format!("1:PARITY_BASE:{number:064}").parse().unwrap(),
        request_type: RequestType::ParityBase,
        epoch_number: EpochNumber::from(1),
        inputs_uri: "data:,iiiiiiiiiiiiiiii".parse().unwrap(),
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let lines = status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}
