//! The client of a collector.

use std::collections::VecDeque;
use std::time::Duration;

use super::span::{self, Span};

/// Spans of one request.
const REQUEST_LEN: usize = 512;
/// Spans that wait for a collector that is away; the oldest ones are dropped.
const WAITING_MAX: usize = 20_000;

/// Settings of traces.
#[derive(Clone, Debug)]
pub struct TraceConfig {
    /// Where spans go, such as `http://localhost:4318/v1/traces`.
    pub url: String,
    /// A request is given up after this long.
    pub timeout: Duration,
}

/// No requests can be made at all.
#[derive(Debug, thiserror::Error)]
#[error("no traces can be sent")]
pub struct ExporterError(#[source] reqwest::Error);

/// Spans on their way to a collector. The caller decides when they go.
#[derive(Debug)]
pub struct SpanExporter {
    config: TraceConfig,
    service: &'static str,
    http: reqwest::Client,
    waiting: VecDeque<Span>,
    dropped: u64,
}

impl SpanExporter {
    /// An exporter for the program that collectors know as `service`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ExporterError`]
    pub fn new(config: TraceConfig, service: &'static str) -> Result<Self, ExporterError> {
        // One that is there already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(config.timeout).build().map_err(ExporterError)?;
        Ok(Self { config, service, http, waiting: VecDeque::new(), dropped: 0 })
    }

    /// Takes spans, which are sent with the next [`Self::send`].
    pub fn add(&mut self, spans: impl IntoIterator<Item = Span>) {
        for span in spans {
            if self.waiting.len() == WAITING_MAX {
                self.waiting.pop_front();
                self.dropped += 1;
            }
            self.waiting.push_back(span);
        }
    }

    /// Sends what waits. Whether the collector has taken it; what it has not taken goes on waiting.
    pub async fn send(&mut self) -> bool {
        while !self.waiting.is_empty() {
            let len = self.waiting.len().min(REQUEST_LEN);
            let body = span::request(self.service, &self.waiting.make_contiguous()[..len]).to_string();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn span(number: u8) -> Span {
        Span {
            trace: [1; 16],
            id: [number; 8],
            parent: None,
            name: "span".into(),
            start_ns: 0,
            end_ns: i64::from(number),
            error: None,
            attributes: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_spans_are_dropped_beyond_the_limit() {
        let config = TraceConfig { url: String::new(), timeout: Duration::from_secs(1) };
        let mut exporter = SpanExporter::new(config, "test").unwrap();
        exporter.add((0..WAITING_MAX).map(|_| span(1)));
        assert_eq!((exporter.waiting.len(), exporter.dropped), (WAITING_MAX, 0));
        exporter.add([span(2)]);
        assert_eq!((exporter.waiting.len(), exporter.dropped), (WAITING_MAX, 1));
        assert_eq!(exporter.waiting.back().unwrap().end_ns, 2);
    }
}
