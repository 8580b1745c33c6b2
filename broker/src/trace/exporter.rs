//! The task that follows the feed and sends spans.

use std::time::Duration;

use chinampa_jobs::otlp::{SpanExporter, TraceConfig};
use chinampa_jobs::with_causes;
use tokio::sync::watch;

use super::spans::Spans;
use crate::worker::Broker;

/// The name that collectors show.
const SERVICE: &str = "chinampa-broker";

/// Entries of the feed that are read at once.
const BATCH_LEN: usize = 1024;
const SEND_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A running exporter.
#[derive(Debug)]
pub struct Tracer {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Tracer {
    /// Starts the task.
    pub fn start(broker: Broker, config: TraceConfig) -> Self {
        let (stop, stopped) = watch::channel(false);
        // What happens from now on, though the task runs a little later.
        let last = broker.feed().subscribe().borrow().saturating_sub(1);
        let task = tokio::spawn(run(broker, config, last, stopped));
        Self { stop, task }
    }

    /// Sends what is left, if the collector takes it, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the exporter of traces has panicked");
        }
    }
}

async fn run(broker: Broker, config: TraceConfig, mut last: u64, mut stopped: watch::Receiver<bool>) {
    let mut exporter = match SpanExporter::new(config, SERVICE) {
        Ok(exporter) => exporter,
        Err(error) => return tracing::error!(error = with_causes(&error), "no traces are sent"),
    };
    let (mut spans, mut pause) = (Spans::default(), SEND_INTERVAL);
    loop {
        let is_last = tokio::select! {
            () = tokio::time::sleep(pause) => false,
            _ = stopped.wait_for(|is_stopped| *is_stopped) => true,
        };
        loop {
            let items = broker.feed().after(last, BATCH_LEN);
            let Some(newest) = items.last() else { break };
            last = newest.number;
            items.iter().for_each(|item| exporter.add(spans.take(item)));
        }
        let is_sent = exporter.send().await;
        pause = if is_sent { SEND_INTERVAL } else { (pause * 2).min(LONGEST_PAUSE) };
        if is_last {
            return;
        }
    }
}
