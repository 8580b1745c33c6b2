//! A span and its JSON.

use serde_json::{Value, json};

/// Kind "internal" of the protocol.
const KIND_INTERNAL: u8 = 1;
const STATUS_OK: u8 = 1;
const STATUS_ERROR: u8 = 2;

/// A span that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Number of its trace.
    pub trace_id: [u8; 16],
    /// Its number.
    pub id: [u8; 8],
    /// The span that it is a part of.
    pub parent: Option<[u8; 8]>,
    /// What it is.
    pub name: &'static str,
    /// When it began, milliseconds since 1970.
    pub start_ms: i64,
    /// When it ended, milliseconds since 1970.
    pub end_ms: i64,
    /// What went wrong, if anything did.
    pub error: Option<&'static str>,
    /// More about it.
    pub attributes: Vec<(&'static str, Value)>,
}

impl Span {
    fn to_json(&self) -> Value {
        let nanoseconds = |ms: i64| (i128::from(ms) * 1_000_000).to_string();
        let attributes: Vec<_> = self
            .attributes
            .iter()
            .map(|(key, value)| json!({ "key": key, "value": of_value(value) }))
            .collect();
        let status = match self.error {
            None => json!({ "code": STATUS_OK }),
            Some(message) => json!({ "code": STATUS_ERROR, "message": message }),
        };
        json!({
            "traceId": hex::encode(self.trace_id),
            "spanId": hex::encode(self.id),
            "parentSpanId": self.parent.map(hex::encode).unwrap_or_default(),
            "name": self.name,
            "kind": KIND_INTERNAL,
            "startTimeUnixNano": nanoseconds(self.start_ms),
            "endTimeUnixNano": nanoseconds(self.end_ms),
            "attributes": attributes,
            "status": status,
        })
    }
}

/// The body of a request to a collector, from the service of this name.
pub fn export_request(service: &str, spans: &[Span]) -> Value {
    let attributes =
        [("service.name", json!(service)), ("service.version", json!(env!("CARGO_PKG_VERSION")))]
            .map(|(key, value)| json!({ "key": key, "value": of_value(&value) }));
    json!({ "resourceSpans": [{
        "resource": { "attributes": attributes },
        "scopeSpans": [{
            "scope": { "name": "chinampa" },
            "spans": spans.iter().map(Span::to_json).collect::<Vec<_>>(),
        }],
    }] })
}

fn of_value(value: &Value) -> Value {
    match value {
        // Integers of 64 bits are texts in this mapping.
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::String(text) => json!({ "stringValue": text }),
        other => json!({ "stringValue": other.to_string() }),
    }
}
