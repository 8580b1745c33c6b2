//! What a process of agents tells over HTTP: whether it lives, and its counters.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::metrics::{AgentMetrics, METRICS_CONTENT_TYPE};

/// Connections at a time; others wait.
const MAX_CONNECTIONS: usize = 64;
/// Longest life of a connection, so that those that nobody uses do not keep others out.
const CONNECTION_TIME: Duration = Duration::from_secs(60);

/// Serves `GET /metrics` and, for whoever watches the process, `GET /healthz` and Aztec's `GET /status`. Runs until it
/// is dropped.
pub async fn serve_admin(listener: TcpListener, metrics: Arc<AgentMetrics>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        // A connection that breaks before it is accepted is nobody's loss.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<hyper::body::Incoming>| {
                let answer = answer(request.method(), request.uri().path(), &metrics);
                async move { Ok::<_, Infallible>(answer) }
            });
            // So is one that breaks later.
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
            drop(slot);
        });
    }
}

fn answer(method: &Method, path: &str, metrics: &AgentMetrics) -> Response<Full<Bytes>> {
    let (status, content_type, text) = match (method, path) {
        (&Method::GET, "/metrics") => (StatusCode::OK, METRICS_CONTENT_TYPE, metrics.to_text()),
        (&Method::GET, "/healthz" | "/status") => (StatusCode::OK, "text/plain", "OK".to_owned()),
        (_, "/metrics" | "/healthz" | "/status") => {
            (StatusCode::METHOD_NOT_ALLOWED, "text/plain", String::new())
        }
        _ => (StatusCode::NOT_FOUND, "text/plain", String::new()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_nothing_but_what_is_said() {
        let metrics = AgentMetrics::default();
        let status = |method: Method, path: &str| answer(&method, path, &metrics).status().as_u16();
        assert_eq!(status(Method::GET, "/metrics"), 200);
        assert_eq!(status(Method::GET, "/healthz"), 200);
        assert_eq!(status(Method::GET, "/status"), 200);
        assert_eq!(status(Method::POST, "/metrics"), 405);
        assert_eq!(status(Method::GET, "/"), 404);
    }
}
