//! The recorded answers of an Aztec node over JSON-RPC: identity, txs, checkpoints.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use tiny_http::{Header, Method, Response, Server};

use crate::network::StartError;

/// Longest request that is read.
const REQUEST_LEN_MAX: u64 = 16 << 20;

/// A server of recorded answers. It ends when dropped.
pub struct NodeRpc {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    calls: Arc<AtomicUsize>,
}

impl std::fmt::Debug for NodeRpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeRpc").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl NodeRpc {
    /// Serves a recording, which is JSON.
    ///
    /// # Errors
    /// [`StartError`] if the recording cannot be read or no port is free.
    pub fn start(recording: &[u8]) -> Result<Self, StartError> {
        let recording: Value =
            serde_json::from_slice(recording).map_err(|error| StartError::new("node-rpc.json", error))?;
        let server = Server::http("127.0.0.1:0").map_err(|error| StartError::new("node RPC", error))?;
        let server = Arc::new(server);
        let calls = Arc::new(AtomicUsize::new(0));
        let (listener, counter) = (Arc::clone(&server), Arc::clone(&calls));
        let thread = std::thread::spawn(move || {
            for mut request in listener.incoming_requests() {
                let mut body = Vec::new();
                let read = request.as_reader().take(REQUEST_LEN_MAX).read_to_end(&mut body);
                let reply = match (request.method(), read) {
                    (Method::Post, Ok(_)) => reply(&recording, &body, &counter),
                    _ => String::new(),
                };
                let mut response = Response::from_string(reply);
                for header in headers(&recording) {
                    response.add_header(header);
                }
                // A client that went away is no concern of the server.
                let _ = request.respond(response);
            }
        });
        Ok(Self { server, thread: Some(thread), calls })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.server.server_addr().to_ip().map_or_else(String::new, |address| format!("http://{address}"))
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Drop for NodeRpc {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

fn headers(recording: &Value) -> Vec<Header> {
    let recorded = recording["responseHeaders"].as_object().into_iter().flatten();
    let pairs = recorded.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let pairs = pairs.chain([("content-type", "application/json")]);
    pairs.filter_map(|(name, value)| Header::from_bytes(name, value).ok()).collect()
}

fn reply(recording: &Value, body: &[u8], calls: &AtomicUsize) -> String {
    let answer = |call: &Value| {
        calls.fetch_add(1, Ordering::Relaxed);
        answer(recording, call)
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(batch)) => Value::Array(batch.iter().map(answer).collect()).to_string(),
        Ok(call) => answer(&call).to_string(),
        Err(error) => {
            json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": error.to_string()}})
                .to_string()
        }
    }
}

fn answer(recording: &Value, call: &Value) -> Value {
    let name = call["method"].as_str().unwrap_or_default();
    let mut reply = json!({"jsonrpc": "2.0", "id": call["id"]});
    match result(recording, name.trim_start_matches("node_"), &call["params"]) {
        Ok(Value::Null) => {}
        Ok(result) => reply["result"] = result,
        Err(message) => reply["error"] = json!({"code": -32601, "message": message}),
    }
    reply
}

fn result(recording: &Value, method: &str, params: &Value) -> Result<Value, String> {
    let member = |object: &str, key: &Value| {
        let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        recording[object].get(key).cloned().unwrap_or(Value::Null)
    };
    let range = |object: &str| {
        let number = |param: &Value| param.as_u64().unwrap_or_default();
        let (from, count) = (number(&params[0]), number(&params[1]));
        let found = (from..from.saturating_add(count.min(50))).map(|number| member(object, &json!(number)));
        Value::Array(found.filter(|value| !value.is_null()).collect())
    };
    if let Some(fixed) = recording["static"].get(method) {
        return Ok(fixed.clone());
    }
    Ok(match method {
        "getTxByHash" => member("txs", &params[0]),
        "getTxsByHash" => {
            let hashes = params[0].as_array().into_iter().flatten();
            Value::Array(hashes.map(|hash| member("txs", hash)).filter(|tx| !tx.is_null()).collect())
        }
        "getBlock" => member("blocks", &params[0]),
        "getBlockHeader" => member("headers", &params[0]),
        "getBlocks" => range("blocks"),
        "getCheckpoints" => range("checkpoints"),
        _ => return Err(format!("Method not found: {method}")),
    })
}
