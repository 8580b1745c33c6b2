//! Every recorded HTTP exchange with Aztec's broker (`broker/rpc`), replayed in order against ours over a socket.
//!
//! Answers must be equal: status, the headers that clients read, and the body, with times left out. What differs on
//! purpose is in [`DIFFERENCES`], each with its reason; a recording on that list that turns out equal fails, so that
//! the list stays true.

use std::collections::BTreeSet;
use std::time::Duration;

use chinampa_broker::WorkerConfig;
use chinampa_broker::queue::QueueConfig;
use chinampa_broker::server::ServerConfig;
use chinampa_broker::store::MemoryStore;
use chinampa_jobs::rpc::RpcLimits;
use chinampa_testkit::vectors;
use serde_json::Value;

use crate::capture::{Capture, Exchange, Text};
use crate::http::{Answer, Server};

/// How our answers may differ from those of one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// Error messages have only the first line.
    FirstLine,
    /// Completions: ours has every id of the recorded answer, and only ids that the session has settled.
    MoreCompletions,
    /// The replies to these exchanges, by number from 0, contain this instead.
    Contains(&'static [(usize, &'static str)]),
    /// Version headers are always ours.
    VersionHeaders,
}

use Difference::{Contains, FirstLine, MoreCompletions, VersionHeaders};

/// What differs on purpose, and why.
const DIFFERENCES: [(&str, Difference, &str); 15] = [
    ("045", FirstLine, "the other lines show the stored inputs to whoever asks"),
    ("046", FirstLine, "as 045"),
    ("047", FirstLine, "as 045"),
    ("071", MoreCompletions, "completions go to every caller, so that no epoch takes those of another"),
    ("072", MoreCompletions, "as 071"),
    ("073", MoreCompletions, "as 071"),
    ("091", Contains(&[(0, "\"in-queue\"")]), "a cancel takes no other job out of the queue"),
    ("092", Contains(&[(0, "0000000000000009")]), "the job that Aztec's cancel has stranded is handed out"),
    ("093", Contains(&[(0, "\"not-found\"")]), "a cancelled job that is enqueued again runs again"),
    ("100", MoreCompletions, "as 071"),
    ("106", VersionHeaders, "a broker that announces another tree of keys is not ours"),
    ("107", VersionHeaders, "ours always announces its versions, which clients accept"),
    ("121", MoreCompletions, "what was settled before a restart is told again"),
    (
        "124",
        Contains(&[(0, "\"id\":142}"), (2, "\"in-queue\"")]),
        "a cancel that comes before its enqueue cancels nothing, where Aztec has a race",
    ),
    ("125", Contains(&[(2, "\"id\":146}")]), "the epoch is the job's and not read from the id"),
];

/// Recordings of other servers: agents.
const OF_AGENTS: [&str; 2] = ["126", "127"];

/// Recordings before which time has to pass: old epochs are dropped, a lease ends.
const AFTER_A_WHILE: [&str; 2] = ["097", "108"];

fn session_config(session: char) -> (WorkerConfig, ServerConfig) {
    let job_timeout_ms = if session == 'D' { 400 } else { 30_000 };
    let queue = QueueConfig { job_timeout_ms, ..QueueConfig::default() };
    let worker = WorkerConfig { queue, poll_interval_ms: 100, ..WorkerConfig::default() };
    // The limits of the recorded broker.
    let server =
        ServerConfig { limits: RpcLimits::default(), has_replay: session == 'D', ..ServerConfig::default() };
    (worker, server)
}

/// The recordings in order, `index.json` lists them.
fn captures() -> Vec<(String, Capture)> {
    let index: Vec<Value> = vectors::json("broker/rpc/index.json");
    let names = index.iter().map(|row| row["file"].as_str().unwrap().to_owned());
    let numbered = names.filter(|name| name.as_bytes()[..3].iter().all(u8::is_ascii_digit));
    numbered.map(|name| (name[..3].to_owned(), vectors::json(&format!("broker/rpc/{name}")))).collect()
}

/// One broker and what was said to it.
struct Session {
    server: Server,
    store: MemoryStore,
    config: (WorkerConfig, ServerConfig),
    /// Times of the recorded broker and ours, to be said back.
    times: Vec<(String, String)>,
    settled: BTreeSet<String>,
}

impl Session {
    fn new(letter: char) -> Self {
        let (store, config) = (MemoryStore::new(), session_config(letter));
        let server = Server::start(store.clone(), config);
        Self { server, store, config, times: Vec::new(), settled: BTreeSet::new() }
    }

    fn restart(self) -> Self {
        self.server.stop();
        let server = Server::start(self.store.clone(), self.config);
        Self { server, ..self }
    }

    fn exchange(&mut self, exchange: &Exchange) -> Answer {
        let mut body = exchange.request.body();
        for (theirs, ours) in &self.times {
            body = body.replace(theirs.as_str(), ours);
        }
        let answer = self.server.send(&exchange.request, body.as_bytes());
        self.times.extend(
            crate::capture::times(&exchange.response.body_text)
                .into_iter()
                .zip(crate::capture::times(&answer.text)),
        );
        self.remember_settled(&body);
        answer
    }

    /// Notes ids that a call settles: of results, failures and cancels.
    fn remember_settled(&mut self, body: &str) {
        let Ok(calls) = serde_json::from_str::<Value>(body) else { return };
        let calls = calls.as_array().cloned().unwrap_or_else(|| vec![calls]);
        for call in calls {
            let method = call["method"].as_str().unwrap_or_default();
            let settles = ["Success", "Error", "cancelProvingJob"].iter().any(|part| method.contains(part));
            if let Some(id) = call["params"][0].as_str().filter(|_| settles) {
                self.settled.insert(id.to_owned());
            }
        }
    }

    /// Whether `ours` has what `theirs` has and nothing that was not settled.
    fn has_more_completions(&self, ours: &str, theirs: &str) -> bool {
        let (ours, theirs) = (crate::capture::completions(ours), crate::capture::completions(theirs));
        theirs.iter().all(|id| ours.contains(id)) && ours.iter().all(|id| self.settled.contains(id))
    }
}

/// Why an answer is not the recorded one.
fn mismatch(answer: &Answer, expected: &crate::capture::Message, with_versions: bool) -> Option<String> {
    if answer.status != expected.status {
        return Some(format!("status {} instead of {}", answer.status, expected.status));
    }
    for name in [
        "content-type",
        "content-encoding",
        "allow",
        "vary",
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "x-aztec-packageversion",
        "x-aztec-l2circuitsvktreeroot",
        "x-aztec-l2protocolcontractshash",
    ] {
        let (ours, theirs) = (answer.headers.get(name).map(String::as_str), expected.header(name));
        if ours != theirs && (with_versions || !name.starts_with("x-aztec")) {
            return Some(format!("{name}: {ours:?} instead of {theirs:?}"));
        }
    }
    Text::of(&expected.body_text).mismatch(&answer.text)
}

fn check(session: &Session, number: &str, index: usize, answer: &Answer, exchange: &Exchange) -> bool {
    let difference = DIFFERENCES.iter().find(|(of, ..)| *of == number).map(|(_, difference, _)| *difference);
    let expected = &exchange.response;
    let Some(why) = mismatch(answer, expected, difference != Some(VersionHeaders)) else {
        return difference == Some(VersionHeaders);
    };
    let is_expected = match difference {
        None | Some(VersionHeaders) => false,
        Some(FirstLine) => {
            let line = crate::capture::first_line(&expected.body_text);
            answer.text.contains(&format!("\"message\":\"{line}\"")) && answer.status == expected.status
        }
        Some(MoreCompletions) => session.has_more_completions(&answer.text, &expected.body_text),
        Some(Contains(parts)) => parts.iter().any(|(at, part)| *at == index && answer.text.contains(part)),
    };
    assert!(
        is_expected,
        "{number} exchange {index}: {why}\nours: {}\ntheirs: {}",
        &answer.text[..answer.text.len().min(1000)],
        expected.body_text
    );
    true
}

#[test]
fn every_recorded_exchange_has_an_equal_answer() {
    let mut session: Option<(char, Session)> = None;
    let mut compared = 0;
    let mut differing = BTreeSet::new();
    for (number, capture) in captures() {
        if OF_AGENTS.contains(&number.as_str()) {
            continue;
        }
        let letter = capture.session.chars().next().unwrap();
        if session.as_ref().is_none_or(|(current, _)| *current != letter) {
            session = Some((letter, Session::new(letter)));
        }
        let (_, mut current) = session.take().unwrap();
        for exchange in &capture.setup {
            current.exchange(exchange);
        }
        if number == "118" {
            current = current.restart();
        }
        if AFTER_A_WHILE.contains(&number.as_str()) {
            std::thread::sleep(Duration::from_millis(700));
        }
        for (index, exchange) in capture.exchanges.iter().enumerate() {
            let answer = current.exchange(exchange);
            compared += 1;
            if check(&current, &number, index, &answer, exchange) {
                differing.insert(number.clone());
            }
        }
        session = Some((letter, current));
    }
    assert!(compared > 150, "only {compared} exchanges were compared");
    let listed: BTreeSet<_> = DIFFERENCES.iter().map(|(number, ..)| (*number).to_owned()).collect();
    assert_eq!(differing, listed, "exactly the listed recordings differ");
}
