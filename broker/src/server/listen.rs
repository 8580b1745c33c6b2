//! Connections.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use tokio_rustls::server::TlsStream;

use super::tls::{ClientCertificate, Tls};
use super::{Guard, ServerConfig, routes};
use crate::payload;
use crate::worker::Broker;

/// Pause after a failure to accept a connection, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` is ready, then finishes open requests within the configured time.
pub async fn serve(
    listener: TcpListener,
    broker: Broker,
    config: ServerConfig,
    guard: Guard,
    stop: impl Future<Output = ()>,
) {
    let (is_stopping, stopping) = watch::channel(false);
    let tls = guard.tls.clone();
    let keeper = guard
        .payloads
        .clone()
        .map(|payloads| tokio::spawn(payload::keep(payloads, broker.clone(), stopping.clone())));
    let service = TowerToHyperService::new(routes::router(broker, config, guard, stopping));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(config.header_timeout);
    let places = Arc::new(Semaphore::new(config.max_connections.min(Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (builder, service, watcher) = (builder.clone(), service.clone(), graceful.watcher());
        let (tls, timeout) = (tls.clone(), config.header_timeout);
        tokio::spawn(async move {
            let served = match tls {
                None => watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await,
                Some(tls) => {
                    let Some(stream) = handshake(&tls, stream, timeout).await else { return };
                    let certificate = ClientCertificate::of(stream.get_ref().1);
                    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
                        if let Some(certificate) = &certificate {
                            request.extensions_mut().insert(certificate.clone());
                        }
                        service.call(request)
                    });
                    watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await
                }
            };
            if let Err(error) = served {
                tracing::debug!(%error, "a connection has failed");
            }
            drop(place);
        });
    }
    drop(listener);
    // Calls that wait for something are answered now.
    is_stopping.send_replace(true);
    if tokio::time::timeout(config.drain_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    if let Some(keeper) = keeper {
        keeper.abort();
    }
}

/// None if the client does not come to an end with it.
async fn handshake(tls: &Tls, stream: TcpStream, timeout: Duration) -> Option<TlsStream<TcpStream>> {
    match tokio::time::timeout(timeout, tls.acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "no TLS with a client");
            None
        }
        Err(_) => None,
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, Option<OwnedSemaphorePermit>)> {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    let (stream, _) = listener.accept().await?;
    // Calls are small and wait for each other; holding them back to fill packets would cost 40 ms each.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection will be slow");
    }
    Ok((stream, place))
}
