//! A span and its JSON.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::trace::{SpanId, TraceId};

/// Kind "internal" of the protocol.
const KIND_INTERNAL: u8 = 1;
const STATUS_OK: u8 = 1;
const STATUS_ERROR: u8 = 2;

/// A span that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The trace that it belongs to.
    pub trace: TraceId,
    /// Its id.
    pub id: SpanId,
    /// The span around it.
    pub parent: Option<SpanId>,
    /// What was done.
    pub name: Cow<'static, str>,
    /// When it began, nanoseconds since 1970.
    pub start_ns: i64,
    /// When it ended, nanoseconds since 1970.
    pub end_ns: i64,
    /// What went wrong, if anything did.
    pub error: Option<Cow<'static, str>>,
    /// Names and values; numbers and texts.
    pub attributes: Vec<(&'static str, Value)>,
}

impl Span {
    fn to_json(&self) -> Value {
        let attributes: Vec<_> = self
            .attributes
            .iter()
            .map(|(key, value)| json!({ "key": key, "value": of_value(value) }))
            .collect();
        let status = match &self.error {
            None => json!({ "code": STATUS_OK }),
            Some(message) => json!({ "code": STATUS_ERROR, "message": message }),
        };
        json!({
            "traceId": hex::encode(self.trace),
            "spanId": hex::encode(self.id),
            "parentSpanId": self.parent.map(hex::encode).unwrap_or_default(),
            "name": self.name,
            "kind": KIND_INTERNAL,
            "startTimeUnixNano": self.start_ns.to_string(),
            "endTimeUnixNano": self.end_ns.to_string(),
            "attributes": attributes,
            "status": status,
        })
    }
}

/// The body of a request.
pub(super) fn request(service: &str, spans: &[Span]) -> Value {
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
