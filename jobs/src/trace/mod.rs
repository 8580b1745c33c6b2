//! Traces of jobs over the processes that work on them: the place in a trace that goes with a job from its producer to the
//! broker and on to an agent, and spans as a collector takes them.
//!
//! # Sources
//! W3C Trace Context, sections 3.2 (`traceparent`) and 4.3; OpenTelemetry protocol 1.5, section "OTLP/HTTP", and its JSON
//! mapping of `ExportTraceServiceRequest`.

#[cfg(feature = "client")]
mod client;
mod context;
mod span;

#[cfg(feature = "client")]
pub use client::SpanClient;
pub use context::{TRACEPARENT, TraceContext, TraceContextError};
pub use span::{Span, export_request};
