//! Traces of jobs from enqueue to settlement, sent as OTLP over HTTP in JSON.
//!
//! They are made from the feed, so that nothing waits for them and a broker without a collector does nothing. Every job has a
//! span from enqueue to settlement, with spans below it for each time that the job waited and for each attempt. It is a part of
//! the trace that the job's producer has named, else a trace of its own, whose id is made from the job's.

mod exporter;
mod spans;

pub use chinampa_jobs::otlp::TraceConfig;
pub use exporter::Tracer;
pub(crate) use spans::of_attempt;
