//! The thread that owns the engine. Calls from any number of connections wait in line; the worker takes all that wait
//! and stores what they change with one commit, so that more callers make larger commits and not a longer line.
//! Claims that find no job are set aside and served when there is one.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chinampa_jobs::UnixMs;
use chinampa_jobs::agent::{ClaimRequest, Instruction, MAX_WAIT_MS};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use crate::engine::{Engine, EngineError};
use crate::feed::Feed;
use crate::metrics::Metrics;
use crate::parked::{Parked, ParkedClaims};
use crate::queue::{Assigned, Event, Outcome, Queue, QueueConfig, Settings};
use crate::store::{Store, StoreError};

/// Calls that wait in line before callers are held back.
const LINE_LEN: usize = 4096;
/// How often a shared store is asked for changes of others while somebody waits for a job.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(20);
/// How often the store is looked at whether it is still safe.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// What a call returns.
pub type Answer = Result<Outcome, EngineError>;

/// What a claim returns.
pub type ClaimAnswer = Result<(Option<Assigned>, Instruction), EngineError>;

/// A look at the queue; none while the store fails.
type Look = Box<dyn FnOnce(Option<&Queue>) + Send>;

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

struct Call {
    events: Vec<Event>,
    reply: oneshot::Sender<Vec<Answer>>,
}

enum Command {
    Call(Call),
    Claim(Parked),
    Look(Look),
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
    feed: Arc<Feed>,
    settings: Arc<watch::Sender<Arc<Settings>>>,
    clock: Clock,
    config: WorkerConfig,
}

/// The thread. It ends after the last [`Broker`] is gone and every call is answered.
#[derive(Debug)]
pub struct Worker {
    thread: thread::JoinHandle<()>,
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Command")
    }
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
        // Numbers of a feed must grow over restarts; nothing else is asked of them.
        let first = u64::try_from(clock.now().0).unwrap_or(0) << 20;
        let feed = Arc::new(Feed::new(first));
        let known = engine.queue().map(|queue| queue.settings().clone()).unwrap_or_default();
        let settings = Arc::new(watch::Sender::new(Arc::new(known)));
        let (line, calls) = mpsc::channel(LINE_LEN);
        let work = Work {
            engine,
            config,
            calls,
            parked: ParkedClaims::default(),
            metrics: Arc::clone(&metrics),
            feed: Arc::clone(&feed),
            settings: Arc::clone(&settings),
            clock,
            seen_wakeups: 0,
            last_check: Instant::now(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let thread =
            thread::Builder::new().name("broker".to_owned()).spawn(move || runtime.block_on(work.run()));
        let thread = thread.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok((Self { line, metrics, feed, settings, clock, config }, Worker { thread }))
    }

    /// Handles events in order. Returns when what they changed is stored.
    ///
    /// # Errors
    /// [`Stopped`]
    pub async fn call(&self, events: Vec<Event>) -> Result<Vec<Answer>, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.line.send(Command::Call(Call { events, reply })).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Asks for a job and waits for one as long as the request says. A job that is found when the caller is gone goes
    /// back into line.
    ///
    /// # Errors
    /// [`Stopped`]
    pub async fn claim(&self, request: ClaimRequest) -> Result<ClaimAnswer, Stopped> {
        let wait = Duration::from_millis(u64::from(request.wait_ms.min(MAX_WAIT_MS)));
        let (reply, answer) = oneshot::channel();
        let ClaimRequest { agent, version, offer, .. } = request;
        let until = Instant::now() + wait;
        let parked = Parked { agent, version, offer, until, reply };
        self.line.send(Command::Claim(parked)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Looks at the queue. None while the store fails.
    ///
    /// # Errors
    /// [`Stopped`]
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Queue) -> T + Send + 'static,
    ) -> Result<Option<T>, Stopped> {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |queue| {
            // A caller that has gone away needs no answer.
            let _ = reply.send(queue.map(look));
        });
        self.line.send(Command::Look(look)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Counters of this broker.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What happens to jobs.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// What happens to jobs, without keeping the broker alive.
    pub fn feed_handle(&self) -> Arc<Feed> {
        Arc::clone(&self.feed)
    }

    /// The broker's clock.
    pub fn now(&self) -> UnixMs {
        self.clock.now()
    }

    /// The decisions in force, now and whenever they change.
    pub fn watch_settings(&self) -> watch::Receiver<Arc<Settings>> {
        self.settings.subscribe()
    }

    /// Its settings.
    pub fn config(&self) -> &WorkerConfig {
        &self.config
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
#[derive(Clone, Copy, Debug)]
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
    parked: ParkedClaims,
    metrics: Arc<Metrics>,
    feed: Arc<Feed>,
    settings: Arc<watch::Sender<Arc<Settings>>>,
    clock: Clock,
    seen_wakeups: u64,
    last_check: Instant,
}

impl<S: Store> Work<S> {
    async fn run(mut self) {
        let mut ticks = tokio::time::interval(Duration::from_millis(self.config.poll_interval_ms.max(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let wake = tokio::time::Instant::from_std(self.next_look());
            tokio::select! {
                command = self.calls.recv() => match command {
                    Some(command) => self.serve(command),
                    None => break,
                },
                _ = ticks.tick() => self.tick(),
                () = tokio::time::sleep_until(wake) => {
                    self.engine.follow(self.clock.now());
                }
            }
            self.serve_parked();
        }
        self.engine.flush(self.clock.now());
    }

    /// When somebody who waits for a job has to be looked at.
    fn next_look(&self) -> Instant {
        let now = Instant::now();
        match self.parked.first_deadline() {
            None => now + CHECK_INTERVAL,
            Some(_) if self.engine.is_shared() => now + FOLLOW_INTERVAL,
            Some(deadline) => deadline,
        }
    }

    fn tick(&mut self) {
        if self.last_check.elapsed() >= CHECK_INTERVAL {
            self.last_check = Instant::now();
            if let Err(error) = self.engine.check() {
                tracing::error!(%error, "the job store is refused until it is safe again");
            }
        }
        self.engine.run([Event::Tick], self.clock.now());
        self.count();
    }

    /// Answers a call and those that wait behind it. Those that usually store nothing come first and do not wait for
    /// the others' commit: what they see is stored already.
    fn serve(&mut self, first: Command) {
        let (mut stored, mut unstored, mut looks) = (Vec::new(), Vec::new(), Vec::new());
        let mut len = 0;
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::Call(call) => {
                    len += call.events.len();
                    let is_stored = call.events.iter().any(Event::may_be_stored);
                    if is_stored { stored.push(call) } else { unstored.push(call) }
                }
                Command::Claim(claim) => {
                    len += 1;
                    self.parked.push(claim);
                }
                Command::Look(look) => looks.push(look),
            }
            next = if len < self.config.batch_size { self.calls.try_recv().ok() } else { None };
        }
        self.answer(unstored);
        self.answer(stored);
        if !looks.is_empty() {
            self.engine.follow(self.clock.now());
        }
        looks.into_iter().for_each(|look| look(self.engine.queue()));
    }

    fn answer(&mut self, calls: Vec<Call>) {
        if calls.is_empty() {
            return;
        }
        let mut events = Vec::new();
        let mut callers = Vec::with_capacity(calls.len());
        for call in calls {
            callers.push((call.events.len(), call.reply));
            events.extend(call.events);
        }
        let mut answers = self.engine.run(events, self.clock.now()).into_iter();
        self.count();
        for (count, reply) in callers {
            // A caller that has gone away needs no answer.
            let _ = reply.send(answers.by_ref().take(count).collect());
        }
    }

    /// Serves claims: new ones, those whose time is up, and, if something has changed, those that wait, until no job is
    /// left.
    fn serve_parked(&mut self) {
        let wakeups = self.engine.queue().map_or(0, Queue::wakeups);
        let has_changed = wakeups != self.seen_wakeups;
        self.parked.start(self.engine.queue());
        loop {
            let claims = self.parked.next_due();
            if claims.is_empty() {
                break;
            }
            self.try_claims(claims);
        }
        while has_changed && self.engine.queue().is_some_and(Queue::has_waiting) {
            let claims = self.parked.next_waiting();
            if claims.is_empty() {
                break;
            }
            self.try_claims(claims);
        }
        self.parked.end();
        // Jobs that were handed back meanwhile are for the next pass.
        self.seen_wakeups = wakeups;
    }

    fn try_claims(&mut self, claims: Vec<Parked>) {
        let events: Vec<_> = claims.iter().map(Parked::event).collect();
        let answers = self.engine.run(events, self.clock.now());
        let settled = claims.into_iter().zip(answers);
        let unclaimed: Vec<_> =
            settled.filter_map(|(claim, answer)| self.parked.settle(claim, answer)).collect();
        if !unclaimed.is_empty() {
            self.engine.run(unclaimed, self.clock.now());
        }
        self.count();
    }

    fn count(&mut self) {
        let news = self.engine.take_news();
        news.notices.into_iter().for_each(|notice| self.metrics.count(notice));
        self.feed.push(news.feed, self.clock.now());
        self.metrics.update(self.engine.queue());
        let Some(queue) = self.engine.queue() else { return };
        if self.settings.borrow().version() != queue.settings().version() {
            self.settings.send_replace(Arc::new(queue.settings().clone()));
        }
    }
}
