//! Jobs from enqueue to settle, as fast as they go.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chinampa_jobs::agent::{
    AgentId, CLAIM_PATH, ClaimReply, ClaimRequest, JobOutcome, Offer, SETTLE_PATH, SettleReply,
    SettleRequest, Usage, WireFormat,
};
use serde_json::{Value, json};

use super::{Load, quantiles};
use crate::exit::Error;
use crate::output;

/// Enqueue, claim, settle.
type Latencies = [Vec<Duration>; 3];

pub(super) fn run(load: &Load) -> Result<(), Error> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Ids that no earlier run has used.
    let run = since_epoch.as_millis();
    let begin = Instant::now();
    let latencies = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..load.connections)
            .map(|number| {
                let (next, done) = (&next, &done);
                scope.spawn(move || Connection::open(load, number, run)?.work(load.jobs, next, done))
            })
            .collect();
        let results = workers.into_iter().map(|worker| {
            worker.join().unwrap_or_else(|_| Err(io::Error::other("a connection has panicked")))
        });
        results.collect::<io::Result<Vec<Latencies>>>()
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let mut text = format!(
        "{} jobs, {} connections to {} brokers, protocol {}: {:.1} jobs/s\n",
        done.load(Ordering::Relaxed),
        load.connections,
        load.urls.len(),
        load.protocol,
        load.jobs as f64 / seconds
    );
    for (index, name) in ["enqueue", "claim", "settle"].into_iter().enumerate() {
        let all = latencies.iter().flat_map(|of_one| of_one[index].iter().copied()).collect();
        text.push_str(&format!("{name} ms: {}\n", quantiles::text(all)));
    }
    Ok(output::text(&text)?)
}

/// A connection that stays open.
struct Connection {
    stream: BufReader<TcpStream>,
    head: String,
    agent: Option<AgentId>,
    run: u128,
}

impl Connection {
    fn open(load: &Load, number: usize, run: u128) -> io::Result<Self> {
        let url = &load.urls[number % load.urls.len()];
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        let token = load.token.as_ref().map(|token| format!("authorization: Bearer {token}\r\n"));
        let head = format!("host: {host}\r\n{}", token.unwrap_or_default());
        let agent = format!("bench-{number}").parse().ok().filter(|_| load.protocol == "own");
        Ok(Self { stream: BufReader::new(stream), head, agent, run })
    }

    fn work(mut self, jobs: usize, next: &AtomicUsize, done: &AtomicUsize) -> io::Result<Latencies> {
        let mut latencies = Latencies::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number < jobs {
                let begin = Instant::now();
                let id = format!("1:PARITY_BASE:{}-{number:064}", self.run);
                let job =
                    json!({"id": id, "type": 16, "epochNumber": 1, "inputsUri": "data:,iiiiiiiiiiiiiiii"});
                self.rpc("enqueueProvingJob", &json!([job]))?;
                latencies[0].push(begin.elapsed());
            }
            let begin = Instant::now();
            let claimed = self.claim()?;
            latencies[1].push(begin.elapsed());
            let Some((id, attempt)) = claimed else {
                if done.load(Ordering::Relaxed) >= jobs || number >= jobs.saturating_mul(2) {
                    return Ok(latencies);
                }
                continue;
            };
            let begin = Instant::now();
            self.settle(&id, attempt)?;
            latencies[2].push(begin.elapsed());
            done.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn claim(&mut self) -> io::Result<Option<(String, u64)>> {
        let Some(agent) = self.agent.clone() else {
            let assignment = self.rpc("getProvingJob", &json!([]))?;
            return Ok(assignment["job"]["id"].as_str().map(|id| (id.to_owned(), 0)));
        };
        let request = ClaimRequest { agent, version: String::new(), offer: Offer::default(), wait_ms: 0 };
        let body = WireFormat::Bincode.encode(&request).map_err(io::Error::other)?;
        let reply = self.post(CLAIM_PATH, WireFormat::Bincode.content_type(), &body)?;
        let reply: ClaimReply = WireFormat::Bincode.decode(&reply).map_err(io::Error::other)?;
        Ok(reply.claimed.map(|claimed| (claimed.job.id.to_string(), claimed.attempt)))
    }

    fn settle(&mut self, id: &str, attempt: u64) -> io::Result<()> {
        let value = "data:,result";
        let Some(agent) = self.agent.clone() else {
            let nothing_else = json!({"allowList": [15]});
            return self.rpc("reportProvingJobSuccess", &json!([id, value, nothing_else])).map(drop);
        };
        let id = id.parse().map_err(io::Error::other)?;
        let outcome = JobOutcome::Success { value: value.parse().map_err(io::Error::other)? };
        let request = SettleRequest { agent, id, attempt, outcome, usage: Usage::default() };
        let body = WireFormat::Bincode.encode(&request).map_err(io::Error::other)?;
        let reply = self.post(SETTLE_PATH, WireFormat::Bincode.content_type(), &body)?;
        WireFormat::Bincode.decode::<SettleReply>(&reply).map(drop).map_err(io::Error::other)
    }

    fn rpc(&mut self, method: &str, params: &Value) -> io::Result<Value> {
        let method = format!("proverBroker_{method}");
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let reply = self.post("/", "application/json", call.as_bytes())?;
        let mut reply: Value = serde_json::from_slice(&reply)?;
        match reply.get("error") {
            Some(error) => Err(io::Error::other(format!("the broker answers {error}"))),
            None => Ok(reply["result"].take()),
        }
    }

    fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> io::Result<Vec<u8>> {
        let head = format!(
            "POST {path} HTTP/1.1\r\n{}content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            self.head,
            body.len()
        );
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let (mut len, mut status, mut is_first) = (0, String::new(), true);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if is_first {
                status = line.trim().to_owned();
                is_first = false;
            } else if line == "\r\n" {
                break;
            } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                len = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut reply = vec![0; len];
        self.stream.read_exact(&mut reply)?;
        if !status.contains(" 200 ") {
            return Err(io::Error::other(format!("{status}: {}", String::from_utf8_lossy(&reply))));
        }
        Ok(reply)
    }
}
