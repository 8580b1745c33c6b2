//! Sends spans to a collector.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::span::{Span, export_request};
use crate::access::BrokerAccess;

/// A collector, as one service speaks with it.
#[derive(Clone, Debug)]
pub struct SpanClient {
    uri: Uri,
    service: &'static str,
    timeout: Duration,
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl SpanClient {
    /// The collector at a URL such as `http://localhost:4318/v1/traces`, which has `timeout` for an answer. None if the URL
    /// cannot be used. It needs a tokio runtime when it is used.
    pub fn new(url: &str, service: &'static str, timeout: Duration) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let http = Client::builder(TokioExecutor::new()).build(BrokerAccess::default().connector().ok()?);
        Some(Self { uri, service, timeout, http })
    }

    /// Sends spans. Whether the collector has taken them.
    pub async fn send(&self, spans: &[Span]) -> bool {
        let body = export_request(self.service, spans).to_string();
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = tokio::time::timeout(self.timeout, self.http.request(request)).await;
        matches!(answer, Ok(Ok(answer)) if answer.status().is_success())
    }
}
