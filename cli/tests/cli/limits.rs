//! A broker at its limits: no room on the disk, and very many connections.

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::start::Running;

/// Connections that do nothing.
const IDLE: usize = 10_000;
/// Most memory that the broker may take with them.
const IDLE_RSS_KB: u64 = 256 << 10;
/// Largest file that the broker may write, in units of 1,024 bytes.
const FILE_KB: usize = 12 << 10;

fn large_job(number: usize) -> Value {
    let id = format!("1:PARITY_BASE:{number:064}");
    json!({"id": id, "type": 16, "epochNumber": 1, "inputsUri": format!("data:,{}", "i".repeat(256 << 10))})
}

/// Resident memory of a process.
fn rss_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_full_disk_refuses_more_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("redb:{}", folder.path().join("jobs.redb").display());
    // The shell counts in units of 512 or 1,024 bytes; either is far from the end of the disk.
    let mut command = Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {FILE_KB}; exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(assert_cmd::cargo::cargo_bin("chinampa"));
    // Payloads have files of their own, which do not grow.
    let broker = Running::start_by(command, &store, &["--broker.payloads", "inline"]);
    let mut acknowledged = Vec::new();
    let refused = (0..200).map(large_job).find(|job| {
        let is_refused = broker.client().call("enqueueProvingJob", &json!([job])).is_none();
        if !is_refused {
            acknowledged.push(job["id"].as_str().unwrap().to_owned());
        }
        is_refused
    });
    let refused = refused.expect("there is room for less");
    assert!(acknowledged.len() > 3, "only {}", acknowledged.len());
    // It answers, says what is wrong, and has what it had.
    let reply = broker.client().request("GET", "/readyz", "").unwrap();
    assert!(reply.contains("fails") || reply == "OK", "{reply}");
    let begin = Instant::now();
    let first = loop {
        if let Some(status) = broker.client().call("getProvingJobStatus", &json!([acknowledged[0]])) {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "it does not come back");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(first, json!({"status": "in-queue"}));
    println!("usable {} ms after the disk was full", begin.elapsed().as_millis());
    broker.kill();
    let broker = Running::start_with(&store, &["--broker.payloads", "inline"]);
    let mut client = broker.client();
    for id in &acknowledged {
        assert_eq!(client.status(id), json!({"status": "in-queue"}), "{id}");
    }
    assert!(client.call("enqueueProvingJob", &json!([refused])).is_some(), "there is room again");
}

#[test]
fn ten_thousand_idle_connections_leave_room_for_work() {
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current = limit.maximum;
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    assert!(allowed > IDLE as u64 + 200, "the system allows only {allowed} open files");
    let broker = Running::start("memory");
    let before_kb = rss_kb(broker.child.id());
    let idle: Vec<_> = (0..IDLE).map(|_| TcpStream::connect(broker.address).unwrap()).collect();
    let begin = Instant::now();
    let mut client = broker.client();
    client.call("enqueueProvingJob", &json!([large_job(0)])).unwrap();
    assert_ne!(client.call("getProvingJob", &json!([])).unwrap(), Value::Null);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let after_kb = rss_kb(broker.child.id());
    println!("{} idle connections: {before_kb} kB before, {after_kb} kB with them", idle.len());
    assert!(after_kb < IDLE_RSS_KB, "{after_kb} kB");
}
