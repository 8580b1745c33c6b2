//! Spans of attempts, below those of the broker, as OTLP over HTTP in JSON. Nothing waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chinampa_jobs::trace::{Span, SpanClient, TraceContext};
use serde_json::json;
use tokio::sync::mpsc;

use crate::backend::Phase;
use crate::session::Claim;

/// Name of this service in traces.
const SERVICE: &str = "chinampa-agent";
/// Spans that wait for the collector; more are dropped.
const WAITING_MAX: usize = 4_096;
/// Spans of one request.
const REQUEST_LEN: usize = 512;
const SEND_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Where agents send spans.
#[derive(Clone, Debug)]
pub struct AgentTraces {
    /// Such as `http://localhost:4318/v1/traces`.
    pub url: String,
    /// A request is given up after this long.
    pub timeout: Duration,
}

/// Takes spans. The default throws them away.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanSink(Option<(mpsc::Sender<Span>, Arc<AtomicU64>)>);

impl AgentTraces {
    /// Starts to send. The second part sends what is left, and ends.
    pub(crate) fn start(&self) -> (SpanSink, Option<tokio::task::JoinHandle<()>>) {
        let Some(client) = SpanClient::new(&self.url, SERVICE, self.timeout) else {
            tracing::warn!("observability.otlp_traces_url is no URL: agents send no traces");
            return (SpanSink::default(), None);
        };
        let (sender, spans) = mpsc::channel(WAITING_MAX);
        let dropped = Arc::<AtomicU64>::default();
        let task = tokio::spawn(send_all(client, spans, Arc::clone(&dropped)));
        (SpanSink(Some((sender, dropped))), Some(task))
    }
}

/// Sends until the last sink is gone and everything has been offered once more.
async fn send_all(client: SpanClient, mut spans: mpsc::Receiver<Span>, dropped: Arc<AtomicU64>) {
    let (mut batch, mut pause) = (Vec::new(), SEND_INTERVAL);
    loop {
        let room = REQUEST_LEN - batch.len();
        let is_last = room > 0 && spans.recv_many(&mut batch, room).await == 0;
        let is_sent = batch.is_empty() || client.send(&batch).await;
        if is_sent {
            batch.clear();
            pause = SEND_INTERVAL;
        } else {
            let dropped = dropped.load(Ordering::Relaxed);
            tracing::warn!(
                waiting = spans.len() + batch.len(),
                dropped,
                "the collector of traces takes nothing"
            );
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        if is_last {
            return;
        }
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
        let Some((sender, dropped)) = &self.0 else { return };
        let context = claim.trace.unwrap_or_else(|| TraceContext::of_job(&claim.job.id));
        if !context.is_sampled() {
            return;
        }
        for span in spans(claim, context, now_ms(), took, phases, error) {
            if sender.try_send(span).is_err() {
                dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn spans(
    claim: &Claim,
    context: TraceContext,
    end_ms: i64,
    took: Duration,
    phases: &[(Phase, Duration)],
    error: Option<&'static str>,
) -> Vec<Span> {
    let Some(id) = span_id() else { return Vec::new() };
    let start_ms = end_ms.saturating_sub(ms(took));
    let whole = Span {
        trace_id: context.trace_id,
        id,
        parent: Some(context.span_id),
        name: "prove",
        start_ms,
        end_ms,
        error,
        attributes: vec![
            ("aztec.proving.job_id", json!(claim.job.id.as_str())),
            ("aztec.proving.job_type", json!(claim.job.request_type.name())),
        ],
    };
    let mut begin = Duration::ZERO;
    let parts = phases.iter().filter_map(|(phase, time)| {
        let from = begin;
        begin += *time;
        let (start_ms, end_ms) = (start_ms.saturating_add(ms(from)), start_ms.saturating_add(ms(begin)));
        let name = phase.name();
        Some(Span { id: span_id()?, parent: Some(id), name, start_ms, end_ms, error: None, ..whole.clone() })
    });
    let mut spans: Vec<_> = parts.collect();
    spans.push(whole);
    spans
}

fn span_id() -> Option<[u8; 8]> {
    let mut id = [0; 8];
    getrandom::fill(&mut id).ok()?;
    // All zero is no number of a span.
    id[0] |= 1;
    Some(id)
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_a_span_below_the_brokers_with_its_phases_below_it() {
        let claim = crate::session::test_claim();
        let context = TraceContext::of_job(&claim.job.id).below([9; 8]);
        let phases = [(Phase::Witness, Duration::from_millis(30)), (Phase::Prove, Duration::from_millis(70))];
        let spans = spans(&claim, context, 1_000, Duration::from_millis(110), &phases, Some("jobError"));
        let [witness, prove, whole] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!((whole.parent, whole.start_ms, whole.end_ms), (Some([9; 8]), 890, 1_000));
        assert_eq!((whole.name, whole.error), ("prove", Some("jobError")));
        assert_eq!((witness.name, witness.start_ms, witness.end_ms), (Phase::Witness.name(), 890, 920));
        assert_eq!((prove.start_ms, prove.end_ms, prove.error), (920, 990, None));
        assert!(spans.iter().all(|span| span.trace_id == context.trace_id));
        assert!([witness, prove].iter().all(|span| span.parent == Some(whole.id) && span.id != whole.id));
    }
}
