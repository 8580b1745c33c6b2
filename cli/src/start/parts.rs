//! The parts of one process, and how they end: a signal ends all of them, and so does the failure of one.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::{io, panic};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::exit::Error;

/// A part that runs in a thread of its own.
pub(super) type Running = JoinHandle<Result<(), Error>>;

/// Asks a part to stop.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    has_failure: watch::Receiver<bool>,
    clients: watch::Receiver<usize>,
}

impl Stop {
    /// Waits until another part of the process has failed.
    pub(super) async fn failure(&mut self) {
        // Whoever sends it waits for this part.
        let _ = self.has_failure.wait_for(|has_failure| *has_failure).await;
    }

    /// Waits for SIGTERM, SIGINT or the failure of another part, and says which it was. The signals are caught from the
    /// call on.
    pub(super) fn asked(mut self) -> io::Result<impl Future<Output = &'static str>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = self.failure() => "the failure of another part",
            }
        })
    }

    /// Waits until no other part needs the broker: until it has taken back what they held.
    pub(super) async fn clients_ended(&mut self) {
        let _ = self.clients.wait_for(|clients| *clients == 0).await;
    }
}

/// The parts of this process.
#[derive(Debug)]
pub(super) struct Parts {
    running: Vec<(&'static str, Running)>,
    has_failure: watch::Sender<bool>,
    clients: watch::Sender<usize>,
}

impl Parts {
    /// The name of the part that others are clients of.
    pub(super) const BROKER: &'static str = "broker";

    pub(super) fn new() -> Self {
        Self { running: Vec::new(), has_failure: watch::Sender::new(false), clients: watch::Sender::new(0) }
    }

    /// Adds a part, which `start` starts.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        start: impl FnOnce(Stop) -> Result<Running, Error>,
    ) -> Result<(), Error> {
        let stop = Stop { has_failure: self.has_failure.subscribe(), clients: self.clients.subscribe() };
        self.running.push((name, start(stop)?));
        if name != Self::BROKER {
            self.clients.send_modify(|clients| *clients += 1);
        }
        Ok(())
    }

    /// Waits until all have ended. The first failure asks the others to stop, and is what the process ends with.
    ///
    /// # Panics
    /// If a part has.
    pub(super) fn wait(self) -> Result<(), Error> {
        let Self { running, has_failure, clients } = self;
        let (ended, ends) = mpsc::channel();
        for (name, part) in running {
            let ended = ended.clone();
            thread::spawn(move || {
                // Never an error: the receiver waits for every sender.
                let _ = ended.send((name, part.join()));
            });
        }
        drop(ended);
        let mut first = None;
        for (part, result) in ends {
            if part != Self::BROKER {
                clients.send_modify(|clients| *clients -= 1);
            }
            match result {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(part, %error, "a part has failed, and the process ends");
                    has_failure.send_replace(true);
                    first.get_or_insert(error);
                }
                Err(panicked) => panic::resume_unwind(panicked),
            }
        }
        first.map_or(Ok(()), Err)
    }
}
