//! The thread that owns the engine. Calls from any number of connections wait in line; the worker takes all that wait
//! and stores what they change with one commit, so that more callers make larger commits and not a longer line.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chinampa_jobs::UnixMs;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::engine::{Engine, EngineError};
use crate::metrics::Metrics;
use crate::queue::{Event, Outcome, QueueConfig};
use crate::store::{Store, StoreError};

/// Calls that wait in line before callers are held back.
const LINE_LEN: usize = 4096;

/// What a call returns.
pub type Answer = Result<Outcome, EngineError>;

/// Settings of the worker.
#[derive(Clone, Copy, Debug)]
pub struct WorkerConfig {
    /// Settings of the queue.
    pub queue: QueueConfig,
    /// Time between two looks for ended leases and old epochs. `PROVER_BROKER_POLL_INTERVAL_MS`.
    pub poll_interval_ms: u64,
    /// Most calls that share a commit. `PROVER_BROKER_BATCH_SIZE`.
    pub batch_size: usize,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { queue: QueueConfig::default(), poll_interval_ms: 1000, batch_size: 1024 }
    }
}

struct Command {
    events: Vec<Event>,
    reply: oneshot::Sender<Vec<Answer>>,
}

/// The worker is gone: the process is going down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("broker is shutting down")]
pub struct Stopped;

/// A way to call the broker. Cheap to clone; the worker ends when the last one is gone.
#[derive(Clone, Debug)]
pub struct Broker {
    line: mpsc::Sender<Command>,
    metrics: Arc<Metrics>,
}

/// The thread. It ends after the last [`Broker`] is gone and every call is answered.
#[derive(Debug)]
pub struct Worker {
    thread: thread::JoinHandle<()>,
}

impl Broker {
    /// Loads the store and starts the thread.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn start<S: Store + 'static>(config: WorkerConfig, store: S) -> Result<(Self, Worker), StoreError> {
        let clock = Clock::new();
        let engine = Engine::open(config.queue, store, clock.now())?;
        let metrics = Arc::new(Metrics::new());
        metrics.update(engine.queue());
        let (line, calls) = mpsc::channel(LINE_LEN);
        let work = Work { engine, config, calls, metrics: Arc::clone(&metrics), clock };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let thread =
            thread::Builder::new().name("broker".to_owned()).spawn(move || runtime.block_on(work.run()));
        let thread = thread.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok((Self { line, metrics }, Worker { thread }))
    }

    /// Handles events in order. Returns when what they changed is stored.
    ///
    /// # Errors
    /// [`Stopped`]
    pub async fn call(&self, events: Vec<Event>) -> Result<Vec<Answer>, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.line.send(Command { events, reply }).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Counters of this broker.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

impl Worker {
    /// Waits until the thread has ended.
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the broker thread has panicked");
        }
    }
}

/// Unix time that never jumps: the time at the start, and what a monotonic clock adds to it.
struct Clock {
    start: Instant,
    start_ms: i64,
}

impl Clock {
    fn new() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: Instant::now(), start_ms: i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX) }
    }

    fn now(&self) -> UnixMs {
        let elapsed_ms = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        UnixMs(self.start_ms.saturating_add(elapsed_ms))
    }
}

struct Work<S> {
    engine: Engine<S>,
    config: WorkerConfig,
    calls: mpsc::Receiver<Command>,
    metrics: Arc<Metrics>,
    clock: Clock,
}

impl<S: Store> Work<S> {
    async fn run(mut self) {
        let mut ticks = tokio::time::interval(Duration::from_millis(self.config.poll_interval_ms.max(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                command = self.calls.recv() => match command {
                    Some(command) => self.serve(command),
                    None => return,
                },
                _ = ticks.tick() => {
                    self.engine.run([Event::Tick], self.clock.now());
                    self.count();
                }
            }
        }
    }

    /// Answers a call and those that wait behind it. Those that store nothing come first and do not wait for the
    /// others' commit: what they see is stored already.
    fn serve(&mut self, first: Command) {
        let mut commands = vec![first];
        let mut len = commands[0].events.len();
        while len < self.config.batch_size
            && let Ok(next) = self.calls.try_recv()
        {
            len += next.events.len();
            commands.push(next);
        }
        let is_stored = |command: &Command| command.events.iter().any(Event::may_be_stored);
        let (stored, unstored) = commands.into_iter().partition(is_stored);
        self.answer(unstored);
        self.answer(stored);
    }

    fn answer(&mut self, commands: Vec<Command>) {
        if commands.is_empty() {
            return;
        }
        let mut events = Vec::new();
        let mut callers = Vec::with_capacity(commands.len());
        for command in commands {
            callers.push((command.events.len(), command.reply));
            events.extend(command.events);
        }
        let mut answers = self.engine.run(events, self.clock.now()).into_iter();
        self.count();
        for (count, reply) in callers {
            // A caller that has gone away needs no answer.
            let _ = reply.send(answers.by_ref().take(count).collect());
        }
    }

    fn count(&mut self) {
        let notices = self.engine.take_notices();
        notices.into_iter().for_each(|notice| self.metrics.count(notice));
        self.metrics.update(self.engine.queue());
    }
}
