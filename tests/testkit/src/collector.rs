//! A real HTTP listener in the place of a collector of traces: it decodes OTLP in JSON and keeps the spans.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde_json::Value;
use tiny_http::{Response, Server};

use crate::network::StartError;

/// Longest request that is read.
const REQUEST_LEN_MAX: u64 = 64 << 20;

/// A span as it was received.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// Name of the program that sent it.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Its trace, hexadecimal.
    pub trace: String,
    /// Its id, hexadecimal.
    pub id: String,
    /// Id of the span around it; empty without one.
    pub parent: String,
    /// When it began, nanoseconds since 1970.
    pub start_ns: u64,
    /// When it ended, nanoseconds since 1970.
    pub end_ns: u64,
    /// What went wrong; none if nothing did.
    pub error: Option<String>,
    /// Its attributes as they were sent.
    pub attributes: Value,
}

impl Received {
    /// The text or number of an attribute, as text.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let found = self.attributes.as_array()?.iter().find(|attribute| attribute["key"] == name)?;
        let value = found["value"].as_object()?.values().next()?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

/// A running collector. It ends when dropped.
pub struct Collector {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    spans: Arc<Mutex<Vec<Received>>>,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Collector {
    /// Starts one on a port of its own. It refuses the first request, as one that has just come up may.
    ///
    /// # Errors
    /// [`StartError`] if no port is free.
    pub fn start() -> Result<Self, StartError> {
        let server = Server::http("127.0.0.1:0").map_err(|error| StartError::new("collector", error))?;
        let (server, spans) = (Arc::new(server), Arc::<Mutex<Vec<Received>>>::default());
        let (listener, kept) = (Arc::clone(&server), Arc::clone(&spans));
        let thread = std::thread::spawn(move || {
            for (number, mut request) in listener.incoming_requests().enumerate() {
                let mut body = Vec::new();
                let read = request.as_reader().take(REQUEST_LEN_MAX).read_to_end(&mut body).is_ok();
                let decoded = serde_json::from_slice(&body).ok().and_then(|body: Value| spans_of(&body));
                let status = match decoded {
                    _ if number == 0 || !read => 503,
                    None => 400,
                    Some(mut received) => {
                        kept.lock().unwrap_or_else(PoisonError::into_inner).append(&mut received);
                        200
                    }
                };
                // A client that went away is no concern of the collector.
                let _ = request.respond(Response::from_string("{}").with_status_code(status));
            }
        });
        Ok(Self { server, thread: Some(thread), spans })
    }

    /// Where spans are to be sent.
    pub fn url(&self) -> String {
        let address = self.server.server_addr().to_ip();
        address.map_or_else(String::new, |address| format!("http://{address}/v1/traces"))
    }

    /// What has been received so far.
    pub fn spans(&self) -> Vec<Received> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

/// The spans of a request; none if it is not one.
fn spans_of(body: &Value) -> Option<Vec<Received>> {
    let mut received = Vec::new();
    for resource in body["resourceSpans"].as_array()? {
        let attributes = resource["resource"]["attributes"].as_array()?;
        let service = attributes.iter().find(|attribute| attribute["key"] == "service.name")?;
        let service = service["value"]["stringValue"].as_str()?;
        for scope in resource["scopeSpans"].as_array()? {
            for span in scope["spans"].as_array()? {
                received.push(of_json(service, span)?);
            }
        }
    }
    Some(received)
}

fn of_json(service: &str, span: &Value) -> Option<Received> {
    let text = |name: &str| span[name].as_str().map(str::to_owned);
    let is_hex = |text: &str, len| text.len() == len && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_failed = span["status"]["code"].as_u64()? == 2;
    let received = Received {
        service: service.to_owned(),
        name: text("name")?,
        trace: text("traceId").filter(|id| is_hex(id, 32))?,
        id: text("spanId").filter(|id| is_hex(id, 16))?,
        parent: text("parentSpanId").filter(|id| id.is_empty() || is_hex(id, 16))?,
        start_ns: text("startTimeUnixNano")?.parse().ok()?,
        end_ns: text("endTimeUnixNano")?.parse().ok()?,
        error: if is_failed { Some(span["status"]["message"].as_str()?.to_owned()) } else { None },
        attributes: span["attributes"].clone(),
    };
    (received.start_ns <= received.end_ns).then_some(received)
}
