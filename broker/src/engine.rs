//! Queue and store together: an outcome is told only when everything before it is stored.

use chinampa_jobs::UnixMs;

use crate::queue::{
    Change, Effects, Event, FeedEntry, Notice, Outcome, Queue, QueueConfig, Refusal, Setting,
};
use crate::store::{Store, StoreError};

/// Changes that are not urgent and wait for the next commit, at most.
const MAX_PENDING: usize = 16_384;

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

/// What happened since somebody last asked.
#[derive(Debug, Default)]
pub struct News {
    /// To count.
    pub notices: Vec<Notice>,
    /// To show.
    pub feed: Vec<FeedEntry>,
}

/// A queue on a store.
#[derive(Debug)]
pub struct Engine<S> {
    config: QueueConfig,
    store: S,
    /// None after a failure, until the store can be read.
    queue: Option<Queue>,
    /// Changes that are not stored yet and need not be.
    pending: Vec<Change>,
    news: News,
}

impl<S: Store> Engine<S> {
    /// Loads the store.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(config: QueueConfig, mut store: S, now: UnixMs) -> Result<Self, StoreError> {
        let config = QueueConfig { is_shared: store.is_shared(), ..config };
        store.check()?;
        let queue = load(config, &mut store, now)?;
        Ok(Self { config, store, queue: Some(queue), pending: Vec::new(), news: News::default() })
    }

    /// Handles events in order and stores what they change in one commit. One outcome for each event.
    pub fn run(
        &mut self,
        events: impl IntoIterator<Item = Event>,
        now: UnixMs,
    ) -> Vec<Result<Outcome, EngineError>> {
        let events: Vec<_> = events.into_iter().collect();
        let count = events.len();
        self.try_run(events, now).unwrap_or_else(|error| {
            tracing::error!(%error, "the job store failed; the queue is read from it again");
            self.queue = None;
            self.pending.clear();
            // Others need not wait for the end of a turn in which nothing more happens; if it cannot be ended, it ends
            // by itself.
            let _ = self.store.end_turn();
            let error = EngineError::Store(error.to_string());
            (0..count).map(|_| Err(error.clone())).collect()
        })
    }

    /// Stores what is left to store, for example before the end.
    pub fn flush(&mut self, now: UnixMs) {
        if !self.pending.is_empty() {
            self.run([Event::Tick], now);
        }
    }

    /// The queue; none while the store fails.
    pub fn queue(&self) -> Option<&Queue> {
        self.queue.as_ref()
    }

    /// Follows what other brokers have changed, for a shared store.
    pub fn follow(&mut self, now: UnixMs) {
        if self.store.is_shared() {
            self.run([], now);
        }
    }

    /// Whether other brokers may change the queue.
    pub fn is_shared(&self) -> bool {
        self.config.is_shared
    }

    /// Looks whether the store is still one that loses nothing. If it is not, the engine stops working with it until
    /// it is.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn check(&mut self) -> Result<(), StoreError> {
        let checked = self.store.check();
        if checked.is_err() {
            self.queue = None;
            self.pending.clear();
        }
        checked
    }

    /// What happened since the last call.
    pub fn take_news(&mut self) -> News {
        std::mem::take(&mut self.news)
    }

    /// Ends the engine and gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    fn try_run(
        &mut self,
        events: Vec<Event>,
        now: UnixMs,
    ) -> Result<Vec<Result<Outcome, EngineError>>, StoreError> {
        let mut queue = match self.queue.take() {
            Some(queue) => queue,
            None => {
                self.store.check()?;
                load(self.config, &mut self.store, now)?
            }
        };
        let has_turn = events.iter().any(|event| !event.is_question());
        match self.store.follow(has_turn) {
            Ok(changes) => changes.into_iter().for_each(|change| queue.absorb(change)),
            Err(StoreError::Behind) => {
                queue = load(self.config, &mut self.store, now)?;
                self.store.follow(has_turn)?.into_iter().for_each(|change| queue.absorb(change));
            }
            Err(error) => return Err(error),
        }
        let is_tick = events.contains(&Event::Tick);
        let mut effects = Effects::default();
        let outcomes = events
            .into_iter()
            .map(|event| queue.apply(event, now, &mut effects).map_err(EngineError::Refused))
            .collect();
        self.pending.append(&mut effects.changes);
        if effects.is_urgent || is_tick || self.pending.len() > MAX_PENDING {
            self.try_flush()?;
        } else if has_turn {
            self.store.end_turn()?;
        }
        self.news.notices.append(&mut effects.notices);
        self.news.feed.append(&mut effects.feed);
        self.queue = Some(queue);
        Ok(outcomes)
    }

    fn try_flush(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return self.store.end_turn();
        }
        self.store.commit(&self.pending)?;
        self.pending.clear();
        Ok(())
    }
}

fn load<S: Store>(config: QueueConfig, store: &mut S, now: UnixMs) -> Result<Queue, StoreError> {
    let loaded = store.load()?;
    let settings = loaded.settings.iter().map(|(key, value)| Setting::from_stored(key, Some(value)));
    // What another version has decided is left alone.
    let settings = settings.flatten().collect();
    Ok(Queue::restore(config, loaded.run, now, loaded.jobs, settings))
}
