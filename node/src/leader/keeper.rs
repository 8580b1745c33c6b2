//! The thread that renews a lease. A thread of its own, so that a busy runtime does not cost the node its term.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::leadership::Leadership;
use super::lease::Lease;

/// Longest pause after a server that did not answer.
const RETRY_MAX: Duration = Duration::from_millis(500);

/// A term that is renewed until this is dropped, which ends it.
#[derive(Debug)]
pub(super) struct Keeper {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    lost: watch::Receiver<bool>,
}

/// What the thread has.
struct Renewal {
    lease: Arc<Lease>,
    number: u64,
    until: Instant,
    leadership: Leadership,
}

impl Keeper {
    /// Keeps the term of this number, which lasts until `until`.
    pub(super) fn start(lease: Arc<Lease>, number: u64, until: Instant, leadership: Leadership) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (lose, lost) = watch::channel(false);
        leadership.hold_until(Arc::clone(&lease), number, safe(until, &lease));
        let mut renewal = Renewal { lease, number, until, leadership };
        let thread = thread::spawn(move || {
            renewal.keep(&stopped);
            renewal.leadership.lose(number);
            // Nobody may wait for it any more.
            let _ = lose.send(true);
        });
        Self { stop: Some(stop), thread: Some(thread), lost }
    }

    /// Returns when the term is over.
    pub(super) async fn lost(&mut self) {
        // A thread that has ended keeps nothing.
        let _ = self.lost.wait_for(|is_lost| *is_lost).await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

/// The holder counts a little less than the server does.
fn safe(until: Instant, lease: &Lease) -> Instant {
    until.checked_sub(lease.time() / 10).unwrap_or(until)
}

impl Renewal {
    /// Renews until the term is over or nobody wants it any more.
    fn keep(&mut self, stopped: &mpsc::Receiver<()>) {
        let usual = self.lease.time() / 3;
        let mut pause = usual;
        loop {
            if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                if let Err(error) = self.lease.release(self.number) {
                    tracing::warn!(%error, "the lease is not given back; it ends by itself");
                }
                return;
            }
            match self.lease.renew(self.number) {
                Ok(Some(until)) => {
                    self.until = until;
                    let until = safe(until, &self.lease);
                    self.leadership.hold_until(Arc::clone(&self.lease), self.number, until);
                    pause = usual;
                }
                Ok(None) => {
                    tracing::warn!(term = self.number, "the lease is lost: another node may prove");
                    return;
                }
                Err(error) if Instant::now() < self.until => {
                    tracing::warn!(%error, "the lease cannot be renewed at the moment");
                    pause = usual.min(RETRY_MAX);
                }
                Err(error) => {
                    tracing::warn!(%error, term = self.number, "the lease is over: its server does not answer");
                    return;
                }
            }
        }
    }
}
