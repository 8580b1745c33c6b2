//! Spans of attempts, below those of the broker, as OTLP over HTTP in JSON. Nothing waits for them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chinampa_jobs::otlp::{Span, SpanExporter, TraceConfig};
use chinampa_jobs::trace::{SpanId, TraceContext};
use chinampa_jobs::with_causes;
use serde_json::json;
use tokio::sync::mpsc;

use crate::backend::Phase;
use crate::session::Claim;

/// Name of this service in traces.
const SERVICE: &str = "chinampa-agent";
/// Spans that wait for the task; more are dropped.
const QUEUE_LEN: usize = 4_096;
const SEND_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Takes spans. The default throws them away.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanSink(Option<mpsc::Sender<Span>>);

/// Starts to send. The second part sends what is left, and ends.
pub(crate) fn start(config: TraceConfig) -> (SpanSink, Option<tokio::task::JoinHandle<()>>) {
    let exporter = match SpanExporter::new(config, SERVICE) {
        Ok(exporter) => exporter,
        Err(error) => {
            tracing::error!(error = with_causes(&error), "agents send no traces");
            return (SpanSink::default(), None);
        }
    };
    let (sender, spans) = mpsc::channel(QUEUE_LEN);
    (SpanSink(Some(sender)), Some(tokio::spawn(send_all(exporter, spans))))
}

/// Sends until the last sink is gone and everything has been offered once more.
async fn send_all(mut exporter: SpanExporter, mut spans: mpsc::Receiver<Span>) {
    let (mut batch, mut pause) = (Vec::new(), SEND_INTERVAL);
    loop {
        let is_last = spans.recv_many(&mut batch, QUEUE_LEN).await == 0;
        exporter.add(batch.drain(..));
        let is_sent = exporter.send().await;
        if is_last {
            return;
        }
        pause = if is_sent { SEND_INTERVAL } else { (pause * 2).min(LONGEST_PAUSE) };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = closed(&spans) => {}
        }
    }
}

/// Ends when nobody sends any more.
async fn closed(spans: &mpsc::Receiver<Span>) {
    while !(spans.is_closed() || spans.sender_strong_count() == 0) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl SpanSink {
    /// An attempt has ended just now, after these phases, which followed each other.
    pub(crate) fn ended(
        &self,
        claim: &Claim,
        took: Duration,
        phases: &[(Phase, Duration)],
        error: Option<&'static str>,
    ) {
        let Some(sender) = &self.0 else { return };
        let context = claim.trace.unwrap_or_else(|| TraceContext::of_job(&claim.job.id));
        if !context.is_sampled() {
            return;
        }
        for span in spans(claim, context, now_ns(), took, phases, error) {
            if sender.try_send(span).is_err() {
                tracing::warn!("the queue of spans is full, one is dropped");
            }
        }
    }
}

fn spans(
    claim: &Claim,
    context: TraceContext,
    end_ns: i64,
    took: Duration,
    phases: &[(Phase, Duration)],
    error: Option<&'static str>,
) -> Vec<Span> {
    let Some(id) = span_id() else { return Vec::new() };
    let start_ns = end_ns.saturating_sub(ns(took));
    let whole = Span {
        trace: context.trace_id,
        id,
        parent: Some(context.span_id),
        name: "prove".into(),
        start_ns,
        end_ns,
        error: error.map(Into::into),
        attributes: vec![
            ("aztec.proving.job_id", json!(claim.job.id.as_str())),
            ("aztec.proving.job_type", json!(claim.job.request_type.name())),
        ],
    };
    let mut begin = Duration::ZERO;
    let parts = phases.iter().filter_map(|(phase, time)| {
        let from = begin;
        begin += *time;
        let (start_ns, end_ns) = (start_ns.saturating_add(ns(from)), start_ns.saturating_add(ns(begin)));
        let name = phase.name().into();
        Some(Span { id: span_id()?, parent: Some(id), name, start_ns, end_ns, error: None, ..whole.clone() })
    });
    let mut spans: Vec<_> = parts.collect();
    spans.push(whole);
    spans
}

fn span_id() -> Option<SpanId> {
    let mut id = SpanId::default();
    getrandom::fill(&mut id).ok()?;
    // All zero is no number of a span.
    id[0] |= 1;
    Some(id)
}

fn ns(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

fn now_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_a_span_below_the_brokers_with_its_phases_below_it() {
        let claim = crate::session::test_claim();
        let context = TraceContext::of_job(&claim.job.id).below([9; 8]);
        let phases = [(Phase::Witness, Duration::from_millis(30)), (Phase::Prove, Duration::from_millis(70))];
        let spans =
            spans(&claim, context, 1_000_000_000, Duration::from_millis(110), &phases, Some("jobError"));
        let ms = |span: &Span| (span.start_ns / 1_000_000, span.end_ns / 1_000_000);
        let [witness, prove, whole] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!((whole.parent, ms(whole)), (Some([9; 8]), (890, 1_000)));
        assert_eq!((whole.name.as_ref(), whole.error.as_deref()), ("prove", Some("jobError")));
        assert_eq!((witness.name.as_ref(), ms(witness)), (Phase::Witness.name(), (890, 920)));
        assert_eq!((ms(prove), prove.error.as_deref()), ((920, 990), None));
        assert!(spans.iter().all(|span| span.trace == context.trace_id));
        assert!([witness, prove].iter().all(|span| span.parent == Some(whole.id) && span.id != whole.id));
    }
}
