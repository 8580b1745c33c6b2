//! A real HTTP proxy before a real JSON-RPC server, which makes faults by a seed: errors, rate limits, garbage, answers
//! that come late, are old or leave something out.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

use crate::network::StartError;

/// Longest request that is read.
const REQUEST_LEN_MAX: u64 = 16 << 20;
/// Requests that are worked on at the same time.
const THREADS: usize = 8;
const SLOW: Duration = Duration::from_millis(700);
/// Blocks that an old answer is behind.
const LAG_BLOCKS: u64 = 3;

/// What is done to a request instead of answering it as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// HTTP status 500.
    Unavailable,
    /// HTTP status 429.
    RateLimited,
    /// A page of text with status 200.
    Garbage,
    /// JSON that breaks off.
    Truncated,
    /// A result of another type than the method has.
    Nonsense,
    /// A JSON-RPC error that says to come back later.
    Limit,
    /// The newest block is one of some blocks ago.
    Lag,
    /// Logs are left out, in every second answer.
    NoLogs,
    /// The answer takes its time.
    Slow,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Unavailable,
        Self::RateLimited,
        Self::Garbage,
        Self::Truncated,
        Self::Nonsense,
        Self::Limit,
        Self::Lag,
        Self::NoLogs,
        Self::Slow,
    ];
}

/// Which requests fail, and how.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The same seed makes the same faults for the same requests in the same order.
    pub seed: u64,
    /// Of 1,000 requests, how many have a fault.
    pub per_mille: u64,
    /// Which ones are made; none makes none.
    pub kinds: Vec<Fault>,
    /// Methods that are unknown.
    pub denied: Vec<String>,
    /// Transactions come without their calldata, as if they had been made inside of others.
    pub hides_calldata: bool,
    /// Calls are taken only one by one.
    pub refuses_batches: bool,
}

#[derive(Debug)]
struct Shared {
    target: String,
    faults: Mutex<Faults>,
    requests: AtomicU64,
    log_requests: AtomicU64,
    batches: AtomicU64,
    made: Mutex<BTreeMap<Fault, u64>>,
    traceparents: Mutex<Vec<String>>,
    http: ureq::Agent,
}

/// A running proxy. It ends when dropped.
pub struct Proxy {
    server: Arc<Server>,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Starts a proxy before the server at `target`.
    ///
    /// # Errors
    /// [`StartError`] if no port is free.
    pub fn start(target: &str, faults: Faults) -> Result<Self, StartError> {
        let server = Server::http("127.0.0.1:0").map_err(|error| StartError::new("proxy", error))?;
        let server = Arc::new(server);
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            faults: Mutex::new(faults),
            requests: AtomicU64::new(0),
            log_requests: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            made: Mutex::default(),
            traceparents: Mutex::default(),
            http: ureq::Agent::config_builder().http_status_as_error(false).build().into(),
        });
        let work = |_| {
            let (server, shared) = (Arc::clone(&server), Arc::clone(&shared));
            std::thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    shared.serve(request);
                }
            })
        };
        let threads = (0..THREADS).map(work).collect();
        Ok(Self { server, shared, threads })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.server.server_addr().to_ip().map_or_else(String::new, |address| format!("http://{address}"))
    }

    /// Makes other faults from now on.
    pub fn set(&self, faults: Faults) {
        *self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The faults that were made so far.
    pub fn made(&self) -> BTreeMap<Fault, u64> {
        self.shared.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests so far that were batches of calls.
    pub fn batches(&self) -> u64 {
        self.shared.batches.load(Ordering::Relaxed)
    }

    /// The values of `traceparent` that requests have had so far.
    pub fn traceparents(&self) -> Vec<String> {
        self.shared.traceparents.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.server.unblock();
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn serve(&self, mut request: Request) {
        let mut body = Vec::new();
        let read = request.as_reader().take(REQUEST_LEN_MAX).read_to_end(&mut body);
        let call: Value = serde_json::from_slice(&body).unwrap_or_default();
        if let Some(header) = request.headers().iter().find(|header| header.field.equiv("traceparent")) {
            let mut seen = self.traceparents.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(header.value.to_string());
        }
        let (status, answer) = match read {
            Ok(_) => self.answer_all(&call),
            Err(_) => (400, String::new()),
        };
        let mut response = Response::from_string(answer).with_status_code(status);
        for (name, value) in [("content-type", "application/json"), ("retry-after", "0")] {
            if let Ok(header) = Header::from_bytes(name, value) {
                response.add_header(header);
            }
        }
        // A client that went away is no concern of the proxy.
        let _ = request.respond(response);
    }

    /// The answer to a call, or to a batch of them, each with its own faults.
    fn answer_all(&self, call: &Value) -> (u16, String) {
        let Some(calls) = call.as_array() else { return self.answer(call) };
        self.batches.fetch_add(1, Ordering::Relaxed);
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if faults.refuses_batches {
            let error = json!({"code": -32_600, "message": "batches are not supported"});
            return (200, json!({"jsonrpc": "2.0", "id": null, "error": error}).to_string());
        }
        if faults.kinds.is_empty() && faults.denied.is_empty() && !faults.hides_calldata {
            return self.forward(call);
        }
        let answers: Vec<_> = calls.iter().map(|call| self.answer(call)).collect();
        let failed = answers.iter().find(|(status, _)| *status != 200).cloned();
        failed.unwrap_or_else(|| {
            let texts: Vec<_> = answers.into_iter().map(|(_, text)| text).collect();
            (200, format!("[{}]", texts.join(",")))
        })
    }

    fn answer(&self, call: &Value) -> (u16, String) {
        let method = call["method"].as_str().unwrap_or_default();
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let error = |code: i64, message: &str| {
            json!({"jsonrpc": "2.0", "id": call["id"], "error": {"code": code, "message": message}})
                .to_string()
        };
        if faults.denied.iter().any(|denied| denied == method) {
            return (200, error(-32_601, "Method not found"));
        }
        if faults.hides_calldata && method == "eth_getTransactionByHash" {
            return self.without_calldata(call);
        }
        let Some(fault) = self.pick(&faults, method) else { return self.forward(call) };
        *self.made.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += 1;
        match fault {
            Fault::Unavailable => (500, "out of order".to_owned()),
            Fault::RateLimited => (429, "too many requests".to_owned()),
            Fault::Garbage => (200, "<html>maintenance</html>".to_owned()),
            Fault::Truncated => {
                let (status, mut answer) = self.forward(call);
                answer.truncate(answer.len() / 2);
                (status, answer)
            }
            Fault::Nonsense => {
                (200, json!({"jsonrpc": "2.0", "id": call["id"], "result": {"is": "nonsense"}}).to_string())
            }
            Fault::Limit => (200, error(-32_005, "limit exceeded")),
            Fault::Lag => self.old(call),
            Fault::NoLogs => (200, json!({"jsonrpc": "2.0", "id": call["id"], "result": []}).to_string()),
            Fault::Slow => {
                std::thread::sleep(SLOW);
                self.forward(call)
            }
        }
    }

    /// The fault of this request, if it has one that fits its method.
    fn pick(&self, faults: &Faults, method: &str) -> Option<Fault> {
        // Logs are asked for seldom, so every second answer leaves them out.
        if method == "eth_getLogs" && faults.kinds.contains(&Fault::NoLogs) {
            let is_even = self.log_requests.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            return is_even.then_some(Fault::NoLogs);
        }
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let random = mix(faults.seed ^ mix(number));
        if faults.kinds.is_empty() || random % 1_000 >= faults.per_mille {
            return None;
        }
        let kinds = u64::try_from(faults.kinds.len()).unwrap_or(u64::MAX);
        let fault = faults.kinds[usize::try_from((random >> 32) % kinds).unwrap_or_default()];
        match fault {
            Fault::NoLogs => None,
            Fault::Lag if method != "eth_getBlockByNumber" => None,
            // A transaction that was taken must not look as if it was not: that is another test.
            Fault::Nonsense | Fault::Truncated if method == "eth_sendRawTransaction" => None,
            fault => Some(fault),
        }
    }

    fn forward(&self, call: &Value) -> (u16, String) {
        let answer = self.http.post(&self.target).send_json(call);
        let answer = answer.and_then(|answer| {
            let status = answer.status().as_u16();
            Ok((status, answer.into_body().read_to_string()?))
        });
        answer.unwrap_or_else(|error| (502, error.to_string()))
    }

    fn without_calldata(&self, call: &Value) -> (u16, String) {
        let (status, answer) = self.forward(call);
        let mut answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        if answer["result"].is_object() {
            answer["result"]["input"] = json!("0x");
        }
        (status, answer.to_string())
    }

    /// The block some blocks before the newest one.
    fn old(&self, call: &Value) -> (u16, String) {
        if call["params"][0] != "latest" {
            return self.forward(call);
        }
        let ask = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []});
        let newest: Value = serde_json::from_str(&self.forward(&ask).1).unwrap_or_default();
        let newest = newest["result"].as_str().unwrap_or_default().trim_start_matches("0x");
        let newest = u64::from_str_radix(newest, 16).unwrap_or_default();
        let mut call = call.clone();
        call["params"][0] = json!(format!("{:#x}", newest.saturating_sub(LAG_BLOCKS)));
        self.forward(&call)
    }
}

/// The finaliser of `SplitMix64`: every bit of the input reaches every bit of the output.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
