//! A span and its JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Kind "internal" of the protocol.
const KIND_INTERNAL: u8 = 1;
const STATUS_OK: u8 = 1;
const STATUS_ERROR: u8 = 2;

/// Number of a span in its trace.
pub(super) type SpanId = [u8; 8];

/// A span that has ended.
#[derive(Clone, Debug)]
pub(super) struct Span {
    /// The job.
    pub(super) job: String,
    pub(super) id: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) name: &'static str,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    /// What went wrong, if anything did.
    pub(super) error: Option<&'static str>,
    pub(super) attributes: Vec<(&'static str, Value)>,
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
            "traceId": hex(&Sha256::digest(&self.job)[..16]),
            "spanId": hex(&self.id),
            "parentSpanId": self.parent.map(|parent| hex(&parent)).unwrap_or_default(),
            "name": self.name,
            "kind": KIND_INTERNAL,
            "startTimeUnixNano": nanoseconds(self.start_ms),
            "endTimeUnixNano": nanoseconds(self.end_ms),
            "attributes": attributes,
            "status": status,
        })
    }
}

/// The id of a span of a job; `number` tells its spans apart.
pub(super) fn span_id(job: &str, number: u64) -> SpanId {
    let digest = Sha256::new_with_prefix(number.to_le_bytes()).chain_update(job).finalize();
    let mut id = [0; 8];
    id.copy_from_slice(&digest[..8]);
    id
}

/// The body of a request.
pub(super) fn request(spans: &[Span]) -> Value {
    let attributes =
        [("service.name", json!("chinampa-broker")), ("service.version", json!(env!("CARGO_PKG_VERSION")))]
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}
