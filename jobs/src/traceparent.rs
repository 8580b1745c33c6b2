//! Where a call stands in a distributed trace.

use std::fmt;
use std::str::FromStr;

/// Id of a trace.
pub type TraceId = [u8; 16];
/// Id of a span in its trace.
pub type SpanId = [u8; 8];

/// A trace and the span in it that a call belongs to, as the header `traceparent` carries them.
///
/// # Source
/// W3C Trace Context, version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: TraceId,
    /// The caller's span.
    pub span: SpanId,
}

/// The text is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent of W3C's trace context")]
pub struct TraceParentError;

impl TraceParent {
    /// Name of the header.
    pub const HEADER: &str = "traceparent";
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The last number says that the trace is recorded.
        write!(f, "00-{}-{}-01", hex::encode(self.trace), hex::encode(self.span))
    }
}

impl FromStr for TraceParent {
    type Err = TraceParentError;

    /// Reads version 00 exactly, and of later versions the part that they share with it.
    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let mut parts = text.splitn(5, '-');
        let mut part = |len: usize| {
            let part = parts.next().filter(|part| part.len() == len && is_hex(part));
            part.ok_or(TraceParentError)
        };
        let (version, trace, span, _flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        if version == "ff" || (version == "00" && parts.next().is_some()) {
            return Err(TraceParentError);
        }
        let mut read = Self { trace: [0; 16], span: [0; 8] };
        let decoded = hex::decode_to_slice(trace, &mut read.trace)
            .and_then(|()| hex::decode_to_slice(span, &mut read.span));
        let is_valid = decoded.is_ok() && read.trace != [0; 16] && read.span != [0; 8];
        is_valid.then_some(read).ok_or(TraceParentError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let read: TraceParent = EXAMPLE.parse().unwrap();
        assert_eq!(read.span, [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
        assert_eq!(read.to_string(), EXAMPLE);
    }

    #[test]
    fn later_versions_are_read_and_wrong_texts_refused() {
        let later = EXAMPLE.replacen("00-", "cc-", 1) + "-what-comes";
        assert!(later.parse::<TraceParent>().is_ok());
        let wrong = [
            String::new(),
            EXAMPLE[1..].to_owned(),
            EXAMPLE.to_uppercase(),
            EXAMPLE.to_owned() + "-00",
            EXAMPLE.replacen("00-", "ff-", 1),
            EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            EXAMPLE.replace("00f067aa0ba902b7", &"0".repeat(16)),
        ];
        for text in wrong {
            assert_eq!(text.parse::<TraceParent>(), Err(TraceParentError), "{text}");
        }
    }
}
