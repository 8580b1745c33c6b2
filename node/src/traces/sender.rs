//! The task that sends spans.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chinampa_jobs::otlp::{ExporterError, Span, SpanExporter, TraceConfig};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::{Scope, Traces};
use crate::process::process_id;

/// The name that collectors show.
const SERVICE: &str = "chinampa-prover-node";
/// Spans between those who make them and the task.
const QUEUE_LEN: usize = 8_192;
const SEND_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long tasks that are being ended may take.
const END_WAIT: Duration = Duration::from_secs(1);
/// Before the last try of a process that ends.
const LAST_PAUSE: Duration = Duration::from_millis(300);

/// A running exporter. It ends when dropped.
#[derive(Debug)]
pub struct TraceSender {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl TraceSender {
    /// Starts the task. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`ExporterError`]
    pub fn start(config: TraceConfig) -> Result<(Self, Traces), ExporterError> {
        let exporter = SpanExporter::new(config, SERVICE)?;
        let (sender, spans) = mpsc::channel(QUEUE_LEN);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(exporter, spans, stopped));
        let scope = Scope {
            sender,
            process: process_id(),
            next: AtomicU64::new(0),
            rollup: String::new(),
            openings: Mutex::default(),
        };
        Ok((Self { stop, task }, Traces(Some(Arc::new(scope)))))
    }

    /// Sends what is left, if the collector takes it, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the exporter of traces has panicked");
        }
    }
}

async fn run(
    mut exporter: SpanExporter,
    mut spans: mpsc::Receiver<Span>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut pause = SEND_INTERVAL;
    let mut due = tokio::time::Instant::now() + pause;
    loop {
        let is_last = tokio::select! {
            Some(span) = spans.recv() => {
                exporter.add([span]);
                continue;
            }
            () = tokio::time::sleep_until(due) => false,
            _ = stopped.wait_for(|is_stopped| *is_stopped) => true,
        };
        while let Ok(span) = spans.try_recv() {
            exporter.add([span]);
        }
        if is_last {
            take_last(&mut exporter, &mut spans).await;
        }
        let is_sent = exporter.send().await;
        if is_last {
            if !is_sent {
                tokio::time::sleep(LAST_PAUSE).await;
                exporter.send().await;
            }
            return;
        }
        pause = if is_sent { SEND_INTERVAL } else { (pause * 2).min(LONGEST_PAUSE) };
        due = tokio::time::Instant::now() + pause;
    }
}

/// Spans of tasks that are being ended: they come until nobody can make any more.
async fn take_last(exporter: &mut SpanExporter, spans: &mut mpsc::Receiver<Span>) {
    let end = tokio::time::Instant::now() + END_WAIT;
    while let Ok(Some(span)) = tokio::time::timeout_at(end, spans.recv()).await {
        exporter.add([span]);
    }
}
