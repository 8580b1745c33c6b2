//! The stream of what happens to jobs, read by a client.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::client::ClientError;
use crate::causes::with_causes;

/// Longest event that is read, in bytes: they have a few hundred.
const MAX_EVENT_LEN: usize = 1 << 20;
/// Longest silence. Brokers say every 15 seconds that they are there.
const MAX_SILENCE: Duration = Duration::from_secs(60);

/// What has happened to a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its number, with which a watcher goes on; an event `gap` has none.
    pub number: Option<u64>,
    /// `enqueued`, `claimed` and so on, or `gap` where the broker does not remember what a watcher has missed.
    pub kind: String,
    /// JSON.
    pub data: String,
}

/// Events as they come.
///
/// # Source
/// HTML Living Standard, section 9.2.6 ("Interpreting an event stream"), of which brokers use `id`, `event` and `data` in lines that
/// end with a line feed.
#[derive(Debug)]
pub struct Events {
    body: Incoming,
    lines: Lines,
}

impl Events {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, lines: Lines::default() }
    }

    /// The next event; none at the end of the stream.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] when the connection breaks or is silent, or an event is endless.
    pub async fn next(&mut self) -> Result<Option<Event>, ClientError> {
        loop {
            if let Some(event) = self.lines.next() {
                return Ok(Some(event));
            }
            if self.lines.bytes.len() + self.lines.event.data.len() > MAX_EVENT_LEN {
                let message = format!("an event of the stream has more than {MAX_EVENT_LEN} bytes");
                return Err(ClientError::Unreachable(message));
            }
            let frame = tokio::time::timeout(MAX_SILENCE, self.body.frame()).await;
            let silent = |_| ClientError::Unreachable("the stream of events is silent".to_owned());
            let Some(frame) = frame.map_err(silent)? else { return Ok(None) };
            let frame = frame.map_err(|error| ClientError::Unreachable(with_causes(&error)))?;
            if let Ok(data) = frame.into_data() {
                self.lines.bytes.extend_from_slice(&data);
            }
        }
    }
}

/// What was received and is not read yet.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    event: Event,
}

impl Lines {
    /// The next whole event.
    fn next(&mut self) -> Option<Event> {
        while let Some(end) = self.bytes.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line[..end]);
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if !event.data.is_empty() {
                    return Some(event);
                }
            } else if let Some(number) = line.strip_prefix("id: ") {
                self.event.number = number.parse().ok();
            } else if let Some(kind) = line.strip_prefix("event: ") {
                self.event.kind = kind.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                self.event.data.push_str(data);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let stream = ": chinampa\n\nevent: gap\ndata: {\"after\":1}\n\nid: 7\nevent: claimed\ndata: {}\n\n: still here\n\n";
        let gap = Event { number: None, kind: "gap".to_owned(), data: "{\"after\":1}".to_owned() };
        let claimed = Event { number: Some(7), kind: "claimed".to_owned(), data: "{}".to_owned() };
        for step in 1..=stream.len() {
            let mut lines = Lines::default();
            let mut events = Vec::new();
            for piece in stream.as_bytes().chunks(step) {
                lines.bytes.extend_from_slice(piece);
                events.extend(std::iter::from_fn(|| lines.next()));
            }
            assert_eq!(events, [gap.clone(), claimed.clone()], "{step}");
        }
    }
}
