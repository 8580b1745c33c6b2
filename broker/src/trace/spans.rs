//! Spans from what happens to jobs.

use std::collections::{BTreeMap, VecDeque};

use chinampa_jobs::JobId;
use chinampa_jobs::otlp::Span;
use chinampa_jobs::trace::{SpanId, TraceContext};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::feed::FeedItem;

/// Jobs whose traces are open at the same time; the oldest ones are given up.
const OPEN_MAX: usize = 100_000;

/// Jobs that are not settled.
#[derive(Debug, Default)]
pub(super) struct Spans {
    open: BTreeMap<String, Open>,
    order: VecDeque<(String, u64)>,
}

#[derive(Debug)]
struct Open {
    /// Of the producer, or the job's own.
    context: TraceContext,
    /// The span that the job's is a part of, if its producer has named one.
    parent: Option<SpanId>,
    root: SpanId,
    start_ms: i64,
    /// What the job does now, since when, and in which hand-out.
    now: Phase,
    now_ms: i64,
    first_number: u64,
}

#[derive(Clone, Debug)]
enum Phase {
    Waiting,
    Running { agent: Option<String>, attempt: Option<u64> },
    Aside,
}

impl Spans {
    /// Takes what has happened in. Returns the spans that have ended with it.
    pub(super) fn take(&mut self, item: &FeedItem) -> Vec<Span> {
        let job = item.entry.id.as_str().to_owned();
        let mut ended = Vec::new();
        if item.entry.trace.is_some_and(|trace| !trace.is_sampled()) {
            return ended;
        }
        if !self.open.contains_key(&job) {
            self.add(&job, item);
            if item.entry.kind == "enqueued" {
                return ended;
            }
        }
        let Some(open) = self.open.get_mut(&job) else { return ended };
        let agent = || item.entry.agent.as_ref().map(|agent| agent.as_str().to_owned());
        let (next, error) = match item.entry.kind {
            "claimed" => (Some(Phase::Running { agent: agent(), attempt: item.entry.attempt }), None),
            "retried" => (Some(Phase::Waiting), Some("failed")),
            "timedOut" => (Some(Phase::Waiting), Some("no sign of life")),
            "quarantined" => (Some(Phase::Aside), Some("put aside")),
            "rejected" => (None, Some("rejected")),
            "cancelled" => (None, Some("cancelled")),
            "fulfilled" => (None, None),
            _ => (Some(Phase::Waiting), None),
        };
        ended.push(open.phase_span(&job, item, error));
        match next {
            Some(next) => {
                open.now = next;
                open.now_ms = item.time_ms;
            }
            None => {
                ended.push(open.root_span(item, error));
                self.open.remove(&job);
            }
        }
        ended
    }

    fn add(&mut self, job: &str, item: &FeedItem) {
        let open = Open {
            context: item.entry.trace.unwrap_or_else(|| TraceContext::of_job(&item.entry.id)),
            parent: item.entry.trace.map(|context| context.span_id),
            root: span_id(job, item.number),
            start_ms: item.time_ms,
            now: Phase::Waiting,
            now_ms: item.time_ms,
            first_number: item.number,
        };
        self.order.push_back((job.to_owned(), open.first_number));
        self.open.insert(job.to_owned(), open);
        while self.order.len() > OPEN_MAX {
            let Some((job, number)) = self.order.pop_front() else { return };
            if self.open.get(&job).is_some_and(|open| open.first_number == number) {
                self.open.remove(&job);
            }
        }
    }
}

impl Open {
    fn phase_span(&self, job: &str, item: &FeedItem, error: Option<&'static str>) -> Span {
        let mut attributes = of_job(item);
        let mut id = span_id(job, item.number);
        let (name, error) = match &self.now {
            Phase::Waiting => ("wait", None),
            Phase::Aside => ("quarantine", None),
            Phase::Running { agent, attempt } => {
                attributes.extend(agent.as_ref().map(|agent| ("chinampa.agent", json!(agent))));
                attributes.extend(attempt.map(|attempt| ("chinampa.attempt", json!(attempt))));
                if let Some(attempt) = attempt {
                    id = attempt_id(job, *attempt);
                }
                ("attempt", error)
            }
        };
        let parent = Some(self.root);
        let error = error.map(Into::into);
        let (start_ns, end_ns) = (ns(self.now_ms), ns(item.time_ms));
        let trace = self.context.trace_id;
        Span { trace, id, parent, name: name.into(), start_ns, end_ns, error, attributes }
    }

    fn root_span(&self, item: &FeedItem, error: Option<&'static str>) -> Span {
        Span {
            trace: self.context.trace_id,
            id: self.root,
            parent: self.parent,
            name: "proving job".into(),
            start_ns: ns(self.start_ms),
            end_ns: ns(item.time_ms),
            error: error.map(Into::into),
            attributes: of_job(item),
        }
    }
}

/// The place in a trace of an attempt at a job, below which the agent's spans are.
pub(crate) fn of_attempt(id: &JobId, attempt: u64, producer: Option<TraceContext>) -> TraceContext {
    let context = producer.unwrap_or_else(|| TraceContext::of_job(id));
    context.below(attempt_id(id.as_str(), attempt))
}

/// The id of the span of an attempt, which brokers and agents know without asking each other.
fn attempt_id(job: &str, attempt: u64) -> SpanId {
    digest(Sha256::new_with_prefix("attempt").chain_update(attempt.to_le_bytes()).chain_update(job))
}

/// The id of another span of a job; `number` tells them apart.
fn span_id(job: &str, number: u64) -> SpanId {
    digest(Sha256::new_with_prefix(number.to_le_bytes()).chain_update(job))
}

fn digest(hash: Sha256) -> SpanId {
    let mut id = [0; 8];
    id.copy_from_slice(&hash.finalize()[..8]);
    id
}

fn ns(time_ms: i64) -> i64 {
    time_ms.saturating_mul(1_000_000)
}

/// Names as in Aztec's `@aztec/telemetry-client`.
fn of_job(item: &FeedItem) -> Vec<(&'static str, Value)> {
    vec![
        ("aztec.proving.job_id", json!(item.entry.id.as_str())),
        ("aztec.proving.job_type", json!(item.entry.request_type)),
        ("aztec.epoch.number", json!(item.entry.epoch.get())),
    ]
}
