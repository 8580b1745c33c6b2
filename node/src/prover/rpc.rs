//! A broker behind Aztec's JSON-RPC.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chinampa_jobs::rpc::{
    Call, CallResult, HEADER_PACKAGE_VERSION, RawMember, VERSION_HEADERS, parse_replies,
};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::Url;

use super::{BrokerError, ProvingBroker};

/// Longest reply that is read, in bytes; results with inline payloads are far below.
const REPLY_LEN_MAX: usize = 96 << 20;
/// Node closes connections that are idle for five seconds; one that is used at that moment loses its call.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// A broker at an address: ours or Aztec's.
#[derive(Debug)]
pub struct RpcBroker {
    http: reqwest::Client,
    url: Url,
    next_id: AtomicU64,
}

impl RpcBroker {
    /// The broker at `url`. As with Aztec's clients, calls go to `/`, whatever path the URL has. A call without an answer
    /// within `timeout` has failed.
    ///
    /// # Errors
    /// [`BrokerError::Unreachable`] if this machine cannot make such calls at all.
    pub fn new(mut url: Url, timeout: Duration) -> Result<Self, BrokerError> {
        url.set_path("/");
        // Whoever was first in the process has chosen; there is only this one to choose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(timeout).pool_idle_timeout(POOL_IDLE_TIMEOUT);
        let http = http.build().map_err(unreachable)?;
        Ok(Self { http, url, next_id: AtomicU64::new(0) })
    }

    async fn send(&self, body: String) -> Result<(HeaderMap, Vec<u8>), BrokerError> {
        let request = self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let mut response = request.send().await.map_err(unreachable)?;
        let headers = response.headers().clone();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > REPLY_LEN_MAX {
                return Err(BrokerError::Unreachable(format!("a reply of over {REPLY_LEN_MAX} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((headers, bytes))
    }
}

impl ProvingBroker for RpcBroker {
    async fn call(&self, call: &Call) -> Result<CallResult, BrokerError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let method = call.method();
        // A batch of one, as Aztec's clients send it.
        let body = format!(
            r#"[{{"jsonrpc":"2.0","id":{id},"method":"{}","params":{}}}]"#,
            method.full_name(),
            call.params_json()
        );
        let (headers, bytes) = self.send(body).await?;
        check_release(&headers)?;
        let garbled = |error: chinampa_jobs::Error| BrokerError::Unreachable(error.to_string());
        let replies = parse_replies(&bytes, REPLY_LEN_MAX, 1).map_err(garbled)?;
        let reply = replies.first().ok_or_else(|| BrokerError::Unreachable("an empty reply".to_owned()))?;
        if reply.outcome.is_ok() && reply.id != Some(RawMember::number(id)) {
            return Err(BrokerError::Unreachable("a reply to another call".to_owned()));
        }
        let reply = reply.decode(method).map_err(|_| BrokerError::Unexpected { method: method.name() })?;
        reply.outcome.map_err(BrokerError::Refused)
    }
}

/// A broker of another release of the network would prove other circuits.
fn check_release(headers: &HeaderMap) -> Result<(), BrokerError> {
    for (header, expected) in VERSION_HEADERS {
        let Some(actual) = headers.get(header).filter(|_| header != HEADER_PACKAGE_VERSION) else { continue };
        if actual.as_bytes() != expected.as_bytes() {
            let actual = String::from_utf8_lossy(actual.as_bytes()).into_owned();
            return Err(BrokerError::Release { header, expected, actual });
        }
    }
    Ok(())
}

/// The error with its causes, without the URL: it may hold a secret.
fn unreachable(error: reqwest::Error) -> BrokerError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    BrokerError::Unreachable(text)
}
