//! Queue and store together: an outcome is told only when everything before it is stored.

use chinampa_jobs::UnixMs;

use crate::queue::{Effects, Event, Notice, Outcome, Queue, QueueConfig, Refusal};
use crate::store::{Store, StoreError};

/// Why an event has no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The queue refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed. The event may or may not have happened; after a failure the queue is read from the store
    /// again, so that asking again finds out.
    #[error("job store failed: {0}")]
    Store(String),
}

/// A queue on a store.
#[derive(Debug)]
pub struct Engine<S> {
    config: QueueConfig,
    store: S,
    /// None after a failure, until the store can be read.
    queue: Option<Queue>,
    notices: Vec<Notice>,
}

impl<S: Store> Engine<S> {
    /// Loads the store.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(config: QueueConfig, mut store: S, now: UnixMs) -> Result<Self, StoreError> {
        let queue = load(config, &mut store, now)?;
        Ok(Self { config, store, queue: Some(queue), notices: Vec::new() })
    }

    /// Handles events in order and stores what they change in one commit. One outcome for each event.
    pub fn run(
        &mut self,
        events: impl IntoIterator<Item = Event>,
        now: UnixMs,
    ) -> Vec<Result<Outcome, EngineError>> {
        let events = events.into_iter();
        let mut queue = match self.take_queue(now) {
            Ok(queue) => queue,
            Err(error) => return events.map(|_| Err(error.clone())).collect(),
        };
        let mut effects = Effects::default();
        let outcomes = events
            .map(|event| queue.apply(event, now, &mut effects).map_err(EngineError::Refused))
            .collect::<Vec<_>>();
        if !effects.changes.is_empty()
            && let Err(error) = self.store.commit(&effects.changes)
        {
            tracing::error!(%error, "the job store failed; the queue is read from it again");
            let error = EngineError::Store(error.to_string());
            return outcomes.iter().map(|_| Err(error.clone())).collect();
        }
        self.notices.append(&mut effects.notices);
        self.queue = Some(queue);
        outcomes
    }

    /// The queue; none while the store fails.
    pub fn queue(&self) -> Option<&Queue> {
        self.queue.as_ref()
    }

    /// What was counted since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Ends the engine and gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    fn take_queue(&mut self, now: UnixMs) -> Result<Queue, EngineError> {
        match self.queue.take() {
            Some(queue) => Ok(queue),
            None => {
                let queue = load(self.config, &mut self.store, now);
                queue.map_err(|error| EngineError::Store(error.to_string()))
            }
        }
    }
}

fn load<S: Store>(config: QueueConfig, store: &mut S, now: UnixMs) -> Result<Queue, StoreError> {
    let loaded = store.load()?;
    Ok(Queue::restore(config, loaded.run, now, loaded.jobs))
}
