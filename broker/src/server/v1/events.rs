//! Server-sent events: what happens to jobs, from now on or from where a watcher was cut off.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, header};
use http_body_util::channel::{Channel, Sender};
use tokio::sync::watch;

use super::{App, Call, query};
use crate::feed::Feed;

/// Entries that are read from the feed at once.
const BATCH_LEN: usize = 256;
/// A comment is sent after this long without an event, so that dead connections are noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The stream. `Last-Event-ID`, or `after` in the query, goes on after that number; what is older than the feed's window
/// is announced as an event `gap`.
pub(super) fn stream(app: &App, call: &Call) -> Response<Body> {
    let last = call.headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let last = last.or_else(|| query::value(call.uri.query(), "after"));
    let last: Option<u64> = last.and_then(|text| text.parse().ok());
    let (sender, body) = Channel::<Bytes, io::Error>::new(16);
    tokio::spawn(send(app.broker.feed_handle(), last, app.stopping.clone(), sender));
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn send(
    feed: Arc<Feed>,
    last: Option<u64>,
    mut stopping: watch::Receiver<bool>,
    mut sender: Sender<Bytes, io::Error>,
) {
    let mut next = feed.subscribe();
    let mut last = last.unwrap_or_else(|| next.borrow_and_update().saturating_sub(1));
    let mut text = ": chinampa\n\n".to_owned();
    loop {
        next.borrow_and_update();
        if last.saturating_add(1) < feed.first() {
            text.push_str(&format!("event: gap\ndata: {{\"after\":{last}}}\n\n"));
        }
        let items = feed.after(last, BATCH_LEN);
        for item in &items {
            last = item.number;
            let data = serde_json::to_string(item).expect("plain data");
            text.push_str(&format!("id: {}\nevent: {}\ndata: {data}\n\n", item.number, item.entry.kind));
        }
        if !text.is_empty() && sender.send_data(Bytes::from(std::mem::take(&mut text))).await.is_err() {
            return;
        }
        if items.len() == BATCH_LEN {
            continue;
        }
        tokio::select! {
            changed = next.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(KEEP_ALIVE) => text.push_str(": still here\n\n"),
            _ = stopping.wait_for(|is_stopping| *is_stopping) => return,
        }
    }
}
