//! The task that follows the feed and sends spans.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::watch;

use chinampa_jobs::trace::{Span, export_request};

use super::spans::Spans;
use crate::worker::Broker;

/// Entries of the feed that are read at once.
const BATCH_LEN: usize = 1024;
/// Spans of one request.
const REQUEST_LEN: usize = 512;
/// Spans that wait for a collector that is away; the oldest ones are dropped.
const WAITING_MAX: usize = 20_000;
/// Name of this service in traces.
const SERVICE: &str = "chinampa-broker";
const SEND_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Settings of traces.
#[derive(Clone, Debug)]
pub struct TraceConfig {
    /// Where spans go, such as `http://localhost:4318/v1/traces`.
    pub url: String,
    /// A request is given up after this long.
    pub timeout: Duration,
}

/// A running exporter.
#[derive(Debug)]
pub struct Tracer {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

struct Exporter {
    config: TraceConfig,
    http: reqwest::Client,
    waiting: VecDeque<Span>,
    dropped: u64,
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
    // One that is there already stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = match reqwest::Client::builder().timeout(config.timeout).build() {
        Ok(http) => http,
        Err(error) => return tracing::error!(%error, "no traces are sent"),
    };
    let mut exporter = Exporter { config, http, waiting: VecDeque::new(), dropped: 0 };
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

impl Exporter {
    fn add(&mut self, spans: Vec<Span>) {
        self.waiting.extend(spans);
        while self.waiting.len() > WAITING_MAX {
            self.waiting.pop_front();
            self.dropped += 1;
        }
    }

    /// Sends what waits. Whether the collector has taken it.
    async fn send(&mut self) -> bool {
        while !self.waiting.is_empty() {
            let len = self.waiting.len().min(REQUEST_LEN);
            let body = export_request(SERVICE, &self.waiting.make_contiguous()[..len]).to_string();
            let request = self.http.post(&self.config.url).header("content-type", "application/json");
            let answer = request.body(body).send().await.and_then(reqwest::Response::error_for_status);
            if let Err(error) = answer {
                // Without the URL, which may hold a secret.
                let error = error.without_url();
                let waiting = self.waiting.len();
                tracing::warn!(%error, waiting, dropped = self.dropped, "the collector of traces takes nothing");
                return false;
            }
            self.waiting.drain(..len);
        }
        true
    }
}
