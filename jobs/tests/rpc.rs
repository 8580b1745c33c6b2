//! Traffic between Aztec's broker, its agents and its clients, recorded by a proxy: `broker/rpc`.
//!
//! Every request is parsed and encoded again, every reply is decoded as the result of its call and encoded again,
//! and every refusal is produced. Nothing of what a broker decides is tested here.

#![expect(clippy::unwrap_used, reason = "what does not decode here fails the test, as it should")]

use chinampa_jobs::rpc::{
    BodyError, Call, HttpReply, Request, RequestBody, RpcError, RpcLimits, Surface, VERSION_HEADERS,
    is_json_content_type, parse_body, parse_replies,
};
use chinampa_jobs::{EpochNumber, JobId};
use chinampa_testkit::vectors;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Capture {
    session: String,
    setup: Vec<Exchange>,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
struct Exchange {
    request: Message,
    response: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    method: Option<String>,
    path: Option<String>,
    #[serde(default)]
    status: u16,
    headers: std::collections::BTreeMap<String, Value>,
    body_text: String,
}

impl Message {
    fn is_cut(&self) -> bool {
        // The recorder marks where it cut, but for replies in the agent process's file.
        let is_cut_unmarked =
            self.body_text.len() == 300 && serde_json::from_str::<Value>(&self.body_text).is_err();
        self.body_text.contains('\u{2026}') || is_cut_unmarked
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.as_str()
    }

    /// The body. Cut ones are made whole where the rest is one repeated character or one repeated call.
    fn body(&self) -> Option<String> {
        if !self.is_cut() {
            return Some(self.body_text.clone());
        }
        let (head, len) = self.body_text.rsplit_once('\u{2026}')?;
        let len: usize = len.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
        if head.starts_with("[{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"proverBroker_getProvingJobStatus\"")
        {
            let call = |id| {
                format!(
                    "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"proverBroker_getProvingJobStatus\",\"params\":[\"x\"]}}"
                )
            };
            let whole = format!("[{}]", (0..101).map(call).collect::<Vec<_>>().join(","));
            return (whole.len() == len).then_some(whole);
        }
        let fill = head.chars().next_back()?;
        if !head.ends_with(&fill.to_string().repeat(20)) || head.contains("%22") {
            return None;
        }
        let tail = if head.starts_with('[') { "\"}]}]" } else { "\"}]}" };
        Some(format!("{head}{}{tail}", fill.to_string().repeat(len - head.len() - tail.len())))
    }
}

/// The scenarios by name, `index.json` lists them.
fn captures() -> Vec<(String, Capture)> {
    let index: Vec<Value> = vectors::json("broker/rpc/index.json");
    index
        .iter()
        .map(|row| {
            let name = row["file"].as_str().unwrap().to_owned();
            let capture = vectors::json(&format!("broker/rpc/{name}"));
            (name, capture)
        })
        .collect()
}

/// What the process that answered serves.
fn surface(capture: &Capture, request: &str) -> Surface {
    match capture.session.chars().next() {
        Some('D') => Surface::broker_with_replay(),
        Some('F') if request.contains("\"agent_") => Surface::agents(1),
        _ => Surface::broker(),
    }
}

fn parse(exchange: &Exchange, body: &str, surface: &Surface) -> Result<RequestBody, BodyError> {
    let is_json = exchange.request.header("content-type").is_some_and(is_json_content_type);
    if exchange.request.header("content-encoding") == Some("br") {
        // The capture announces Brotli for plain text, so a server fails before it gets here.
        return Err(BodyError::Decompression);
    }
    let body = if is_json { body } else { "" };
    parse_body(body.as_bytes(), &RpcLimits::default(), surface)
}

/// Encodes the recorded reply again through the types.
fn again(request: &RequestBody, recorded: &str) -> HttpReply {
    let messages = parse_replies(recorded.as_bytes(), 1 << 20, 100).unwrap();
    assert_eq!(messages.len(), request.requests().len());
    let reply = |(request, message): (&Request, &chinampa_jobs::rpc::ReplyMessage)| match &request.call {
        Err(error) => request.reply(Err(error.clone())),
        Ok(call) => request.reply(message.decode(call.method()).unwrap().outcome),
    };
    let replies: Vec<_> = request.requests().iter().zip(&messages).map(reply).collect();
    request.respond(&replies)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[derive(Debug, Default, PartialEq)]
struct Count {
    not_rpc: usize,
    cut_request: usize,
    cut_reply: usize,
    same_text: usize,
    same_json: usize,
    refused: usize,
}

fn check(name: &str, capture: &Capture, exchange: &Exchange, count: &mut Count) {
    let (request, response) = (&exchange.request, &exchange.response);
    let is_rpc = request.method.as_deref().is_none_or(|method| method == "POST")
        && request.path.as_deref().is_none_or(|path| path == "/");
    if !is_rpc {
        count.not_rpc += 1;
        return;
    }
    let Some(body) = request.body() else {
        count.cut_request += 1;
        return;
    };
    let parsed = parse(exchange, &body, &surface(capture, &body));
    let reply = match &parsed {
        Err(error) => {
            count.refused += 1;
            error.to_http()
        }
        Ok(_) if response.is_cut() => {
            count.cut_reply += 1;
            return;
        }
        Ok(request) => again(request, &response.body_text),
    };
    assert_eq!(reply.status, response.status, "{name}");
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(json(&text), json(&response.body_text), "{name}");
    if text == response.body_text { count.same_text += 1 } else { count.same_json += 1 }
}

#[test]
fn every_recorded_reply_comes_out_again() {
    let mut count = Count::default();
    let captures = captures();
    for (name, capture) in &captures {
        for exchange in capture.setup.iter().chain(&capture.exchanges) {
            check(name, capture, exchange, &mut count);
        }
    }
    assert_eq!(captures.len(), 128);
    let expected =
        Count { not_rpc: 6, cut_request: 1, cut_reply: 4, same_text: 189, same_json: 3, refused: 9 };
    assert_eq!(count, expected);
}

#[test]
fn the_agent_processes_traffic_comes_out_again() {
    let recorded: Value = vectors::json("broker/rpc/cli-agent-e2e.json");
    let exchanges: Vec<Exchange> = serde_json::from_value(recorded["exchanges"].clone()).unwrap();
    let capture = Capture { session: "A".to_owned(), setup: Vec::new(), exchanges };
    let mut count = Count::default();
    for exchange in &capture.exchanges {
        check("cli-agent-e2e", &capture, exchange, &mut count);
    }
    // Two requests carry results and were cut, as was the reply with an assignment of inline inputs.
    assert_eq!(count, Count { cut_request: 2, cut_reply: 1, same_text: 4, ..Count::default() });

    let status = recorded["agentStatusRpc"]["body"].as_str().unwrap();
    let proving: Value = vectors::json("broker/rpc/agent-status-proving.json");
    for reply in [status, proving["response"]["bodyText"].as_str().unwrap()] {
        let request = br#"{"jsonrpc":"2.0","id":1,"method":"agent0_getStatus","params":[]}"#;
        let request = parse_body(request, &RpcLimits::default(), &Surface::agents(1)).unwrap();
        assert_eq!(again(&request, reply).body, reply.as_bytes());
    }
}

/// Scenarios whose parameters were written by hand, with something that encoding does not give back.
const HAND_WRITTEN: [&str; 5] = [
    "025-too-many-params.json",
    "041-getProvingJob-null-filter.json",
    "048-enqueue-extra-field.json",
    "049-enqueue-epoch-as-string.json",
    "083-error-retry-param-null.json",
];

#[test]
fn every_recorded_call_comes_out_again() {
    let mut calls = 0;
    for (name, capture) in captures() {
        for exchange in capture.setup.iter().chain(&capture.exchanges) {
            let Some(body) = exchange.request.body() else { continue };
            let surface = surface(&capture, &body);
            let Ok(parsed) = parse(exchange, &body, &surface) else { continue };
            if parsed.requests().iter().all(|request| request.call.is_err()) {
                continue;
            }
            let body = json(&body);
            let entries = if body.is_array() { body.as_array().unwrap().clone() } else { vec![body] };
            for (request, entry) in parsed.requests().iter().zip(&entries) {
                let Ok(call) = &request.call else { continue };
                calls += 1;
                let params = call.params_json();
                let raw = serde_json::from_str(&params).unwrap();
                assert_eq!(Call::decode(call.method(), Some(raw)).as_ref(), Ok(call), "{name}");
                assert_eq!(surface.resolve(&call.method().full_name()), Some(call.method()), "{name}");
                if !HAND_WRITTEN.contains(&name.as_str()) {
                    let sent = entry.get("params").cloned().unwrap_or(Value::Array(Vec::new()));
                    assert_eq!(json(&params), sent, "{name}");
                }
            }
        }
    }
    assert!(calls > 170, "only {calls} calls were recorded");
}

#[test]
fn version_headers_are_aztecs() {
    let mut replies = 0;
    for (name, capture) in captures() {
        // Two sessions announce other versions, or none.
        if capture.session.starts_with(['B', 'C']) {
            continue;
        }
        for exchange in &capture.exchanges {
            replies += 1;
            if exchange.request.body_text.contains("agent_")
                || exchange.request.path.as_deref() == Some("/status")
            {
                continue;
            }
            for (header, value) in VERSION_HEADERS {
                assert_eq!(exchange.response.header(header), Some(value), "{name} {header}");
            }
        }
    }
    assert!(replies > 120);
}

/// The error of the last exchange of a scenario.
fn recorded_error(name: &str) -> RpcError {
    let capture: Capture = vectors::json(&format!("broker/rpc/{name}"));
    let reply = &capture.exchanges.last().unwrap().response.body_text;
    let mut errors = parse_replies(reply.as_bytes(), 1 << 20, 100).unwrap().into_iter();
    errors.find_map(|message| message.outcome.err()).unwrap()
}

#[test]
fn errors_of_the_broker_have_aztecs_words() {
    let error = RpcError::epoch_too_old(EpochNumber::from(10), EpochNumber::from(12));
    assert_eq!(recorded_error("096-enqueue-stale-epoch-10.json"), error);

    let duplicate = recorded_error("045-enqueue-dup-different-uri.json");
    assert_eq!(duplicate.code, RpcError::duplicate_job().code);
    assert_eq!(duplicate.message.lines().next(), Some(RpcError::duplicate_job().message.as_str()));

    let capture: Capture = vectors::json("broker/rpc/125-bad-id-persisted.json");
    let id: JobId = "no-epoch".parse().unwrap();
    let error = serde_json::to_string(&RpcError::no_epoch_in_id(&id)).unwrap();
    assert!(capture.exchanges.iter().any(|exchange| exchange.response.body_text.contains(&error)));
}
