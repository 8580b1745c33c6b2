//! Requests that Aztec's JSON-RPC server and validator answered, good and bad: `broker/rpc-validation`.
//!
//! The recorded handler echoes its arguments, so for accepted calls the arguments are compared.

#![expect(clippy::unwrap_used, reason = "what does not decode here fails the test, as it should")]

use chinampa_jobs::rpc::{Call, HttpReply, RpcLimits, Surface, is_json_content_type, parse_body};
use chinampa_testkit::vectors;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    content_type: Option<String>,
    request: String,
    #[serde(default)]
    spaces: usize,
    status: u16,
    body: String,
}

/// Cases in which this crate answers otherwise, and why. The module documentation of `rpc` has the list.
const DIFFERENT: [(&str, &str); 9] = [
    ("trailing-garbage", "text of a syntax error"),
    ("enqueue-epoch-big", "epoch above 2^53 - 1"),
    ("replay-epoch-big", "epoch above 2^53 - 1"),
    ("method-object-namespace", "Aztec fails on the namespace toString"),
    ("id-huge", "1e999 is echoed as it is, not as null"),
    ("jsonrpc-huge", "1e999 is echoed as it is, not as null"),
    ("getProvingJobStatus-empty", "empty job id"),
    ("enqueue-id-empty", "empty job id"),
    ("ids-entry-empty", "empty job id"),
];

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = vectors::json("broker/rpc-validation/cases.json.gz");
    for case in &mut cases {
        case.request = case.request.replace("{spaces}", &" ".repeat(case.spaces));
    }
    cases
}

fn answer(case: &Case) -> HttpReply {
    let is_json = case.content_type.as_deref().is_none_or(is_json_content_type);
    let body = if is_json { case.request.as_bytes() } else { b"" };
    match parse_body(body, &RpcLimits::default(), &Surface::broker_with_replay()) {
        Err(error) => error.to_http(),
        Ok(request) => {
            // Replies to accepted calls are compared below; here any result does.
            request.answer(|_| Ok(chinampa_jobs::rpc::CallResult::Void))
        }
    }
}

/// Numbers as JavaScript compares them: 16.0 is 16.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(values) => values.into_iter().map(normal).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, normal(value))).collect(),
        other => other,
    }
}

/// The reply with results taken out, for those of accepted calls were compared on their own.
fn without_results(text: &str) -> Value {
    // Rust's parser refuses the escape of an unpaired surrogate.
    let mut value: Value = serde_json::from_str(&text.replace("\\ud83d ", "\\ufffd ")).unwrap();
    let replies = match &mut value {
        Value::Array(replies) => replies.as_mut_slice(),
        single => std::slice::from_mut(single),
    };
    for reply in replies {
        reply.as_object_mut().unwrap().remove("result");
    }
    normal(value)
}

#[test]
fn every_reply_is_aztecs() {
    let mut different = Vec::new();
    let cases = cases();
    for case in &cases {
        let reply = answer(case);
        let body = std::str::from_utf8(&reply.body).unwrap();
        let is_known = DIFFERENT.iter().any(|(name, _)| *name == case.name);
        let is_equal = !body.contains("1e999")
            && reply.status == case.status
            && without_results(body) == without_results(&case.body);
        if is_equal == is_known {
            different.push(format!(
                "{}: {} {body}\n  Aztec: {} {}",
                case.name, reply.status, case.status, case.body
            ));
        }
    }
    assert!(different.is_empty(), "of {}:\n{}", cases.len(), different.join("\n"));
    assert_eq!(cases.len(), 513);
}

/// Arguments as the recorded handler saw them, from a decoded call.
fn arguments(call: &Call) -> Vec<Value> {
    let mut arguments: Vec<Value> = serde_json::from_str(&call.params_json()).unwrap();
    let count = match call {
        Call::GetProvingJob(_) => 1,
        Call::ReportProvingJobError { .. } => 4,
        Call::ReportProvingJobProgress { .. } | Call::ReportProvingJobSuccess { .. } => 3,
        _ => arguments.len(),
    };
    arguments.resize(count, Value::Null);
    arguments
}

#[test]
fn accepted_calls_have_the_same_arguments() {
    // A list keeps each type once, times are whole, and an unpaired surrogate has become U+FFFD.
    let rounded =
        ["filter-extra-member", "progress-startedAt-float", "progress-startedAt-small", "lone-surrogate"];
    let clamped = ["progress-startedAt-big", "progress-startedAt-huge"];
    let mut compared = 0;
    for case in cases() {
        let Ok(request) =
            parse_body(case.request.as_bytes(), &RpcLimits::default(), &Surface::broker_with_replay())
        else {
            continue;
        };
        let [request] = request.requests() else { continue };
        let (Ok(call), 200) = (&request.call, case.status) else { continue };
        if rounded.contains(&case.name.as_str()) || clamped.contains(&case.name.as_str()) {
            continue;
        }
        let reply: Value = serde_json::from_str(&case.body).unwrap();
        let reply = if reply.is_array() { reply[0].clone() } else { reply };
        let recorded = reply["result"]["args"].as_array().unwrap();
        let known = arguments(call);
        for (index, argument) in known.iter().enumerate() {
            let mut recorded = normal(recorded[index].clone());
            if recorded == "<undefined>" {
                recorded = Value::Null;
            }
            if let Some(list) = recorded.get_mut("allowList").and_then(Value::as_array_mut) {
                // A filter keeps each type once.
                list.dedup();
            }
            assert_eq!(normal(argument.clone()), recorded, "{} argument {index}", case.name);
        }
        compared += 1;
    }
    assert_eq!(compared, 85);
}
