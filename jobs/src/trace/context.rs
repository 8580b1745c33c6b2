//! A place in a trace, as the header `traceparent` has it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::job_id::JobId;

/// Number of a trace; not all zero.
pub type TraceId = [u8; 16];
/// Number of a span in its trace; not all zero.
pub type SpanId = [u8; 8];

/// Name of the header.
pub const TRACEPARENT: &str = "traceparent";
/// Length of the header of version 00.
const LEN: usize = 55;
/// The flag of a trace that is recorded.
const SAMPLED: u8 = 1;

/// A place in a trace: its number, and the span that what follows is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TraceContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// Flags of version 00.
    pub flags: u8,
}

/// The text is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no traceparent: 00-TRACE-SPAN-FLAGS in lowercase hex is expected")]
pub struct TraceContextError;

impl TraceContext {
    /// The place of a job whose producer has named none: a trace of its own, below a span that nobody records.
    pub fn of_job(id: &JobId) -> Self {
        let digest = Sha256::digest(id.as_str());
        let (mut trace_id, mut span_id) = ([0; 16], [0; 8]);
        trace_id.copy_from_slice(&digest[..16]);
        span_id.copy_from_slice(&digest[16..24]);
        Self::recorded(trace_id, span_id)
    }

    /// A place in a trace that is recorded.
    pub const fn recorded(trace_id: TraceId, span_id: SpanId) -> Self {
        Self { trace_id, span_id, flags: SAMPLED }
    }

    /// The same trace, below another span.
    pub fn below(self, span_id: SpanId) -> Self {
        Self { span_id, ..self }
    }

    /// Whether whoever began the trace records it.
    pub fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }
}

impl FromStr for TraceContext {
    type Err = TraceContextError;

    /// Reads version 00, and of later versions what version 00 has, as the specification wants it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.as_bytes();
        let is_whole = match bytes.get(LEN) {
            None => bytes.len() == LEN,
            Some(next) => *next == b'-' && !text.starts_with("00"),
        };
        let is_lower = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte) || *byte == b'-';
        if !is_whole || !bytes[..LEN].iter().all(is_lower) {
            return Err(TraceContextError);
        }
        let mut parts = text[..LEN].split('-');
        let mut part = |len: usize| parts.next().filter(|part| part.len() == len).ok_or(TraceContextError);
        let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let (mut trace_id, mut span_id, mut flag) = ([0; 16], [0; 8], [0; 1]);
        let read =
            |text: &str, into: &mut [u8]| hex::decode_to_slice(text, into).map_err(|_| TraceContextError);
        read(trace, &mut trace_id)?;
        read(span, &mut span_id)?;
        read(flags, &mut flag)?;
        if version == "ff" || trace_id == [0; 16] || span_id == [0; 8] {
            return Err(TraceContextError);
        }
        Ok(Self { trace_id, span_id, flags: flag[0] })
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, span_id, flags } = self;
        write!(f, "00-{}-{}-{flags:02x}", hex::encode(trace_id), hex::encode(span_id))
    }
}

impl From<TraceContext> for String {
    fn from(context: TraceContext) -> Self {
        context.to_string()
    }
}

impl TryFrom<String> for TraceContext {
    type Error = TraceContextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const EXAMPLE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn headers_are_read_as_the_specification_says() {
        let context: TraceContext = EXAMPLE.parse().unwrap();
        assert_eq!(context.to_string(), EXAMPLE);
        assert!(context.is_sampled() && !TraceContext { flags: 2, ..context }.is_sampled());
        let later = EXAMPLE.replacen("00-", "cc-", 1);
        assert_eq!(later.parse(), Ok(context));
        assert_eq!(format!("{later}-what-comes").parse(), Ok(context));
        let zeros = |from: usize, len: usize| {
            let mut text = EXAMPLE.to_owned();
            text.replace_range(from..from + len, &"0".repeat(len));
            text
        };
        for bad in [
            String::new(),
            EXAMPLE[..54].to_owned(),
            format!("{EXAMPLE}-"),
            format!("{later}x"),
            EXAMPLE.replacen("00-", "ff-", 1),
            EXAMPLE.to_uppercase(),
            EXAMPLE.replace('-', "_"),
            EXAMPLE.replacen('a', "-", 1),
            "\u{e9}".repeat(28),
            zeros(3, 32),
            zeros(36, 16),
        ] {
            assert_eq!(bad.parse::<TraceContext>(), Err(TraceContextError), "{bad}");
        }
    }

    #[test]
    fn a_job_without_a_producer_has_a_trace_of_its_own() {
        let [one, other] = ["7:A:0", "7:A:1"].map(|id| TraceContext::of_job(&id.parse().unwrap()));
        assert_eq!(one.to_string().parse(), Ok(one));
        assert!(one.trace_id != other.trace_id && one.is_sampled());
        let below = one.below([7; 8]);
        assert_eq!((below.trace_id, below.span_id), (one.trace_id, [7; 8]));
    }
}
