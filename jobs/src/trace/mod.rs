//! The place in a trace that goes with a job from its producer to the broker and on to an agent.
//!
//! # Source
//! W3C Trace Context, sections 3.2 (`traceparent`) and 4.3.

mod context;

pub use context::{SpanId, TRACEPARENT, TraceContext, TraceContextError, TraceId};
