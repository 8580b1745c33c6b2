//! Traces as OTLP over HTTP in JSON (feature `otlp`): spans that have ended, and the client that brings them to a collector.
//!
//! # Sources
//! OpenTelemetry protocol 1.5, section "OTLP/HTTP", and its JSON mapping of `ExportTraceServiceRequest`.

mod exporter;
mod span;

pub use exporter::{ExporterError, SpanExporter, TraceConfig};
pub use span::Span;
