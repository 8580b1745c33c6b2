//! All agents of a process. One thread speaks with the broker for all sessions; proofs run on threads of their own, at a
//! lower priority, so that no proof can keep a sign of life from being sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chinampa_jobs::RequestType;
use chinampa_jobs::agent::AgentId;
use tokio::sync::{oneshot, watch};

use crate::admission::{Admission, Room};
use crate::backend::Backend;
use crate::config::{AgentConfig, AgentError, DrainNotice};
use crate::driver::Driver;
use crate::estimates::Estimates;
use crate::link::Broker;
use crate::trace;

/// Longest wait for proofs that were called off. Programs are ended within a fraction of it.
const LAST_PROOFS_TIME: Duration = Duration::from_secs(2);

/// Longest wait for a collector that has not taken the last spans.
const LAST_SPANS_TIME: Duration = Duration::from_secs(2);

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: AgentConfig,
    /// What each type that is taken is proven with.
    pub(crate) offers: Vec<Offered>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) estimates: Estimates,
    pub(crate) counts: Counts,
    /// Threads that prove, or that have not noticed yet that they should not.
    pub(crate) proofs: AtomicU64,
}

/// A type, and the way to prove it.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    pub(crate) request_type: RequestType,
    /// What a job takes as far as the backend knows.
    room: Room,
    pub(crate) backend: Arc<dyn Backend>,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) proved: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) released: AtomicU64,
    pub(crate) wasted_ms: AtomicU64,
}

/// What the agents of a process have done, from start to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Jobs with a result.
    pub proved: u64,
    /// Jobs reported as failed.
    pub failed: u64,
    /// Jobs handed back.
    pub released: u64,
    /// Time spent on proofs that were called off, in milliseconds.
    pub wasted_ms: u64,
}

impl Shared {
    fn new(config: AgentConfig) -> Result<Self, AgentError> {
        let is_wanted = |request_type: &RequestType| {
            config.request_types.is_empty() || config.request_types.contains(request_type)
        };
        let mut offers: Vec<Offered> = Vec::new();
        for backend in &config.backends {
            for request_type in backend.request_types().into_iter().filter(is_wanted) {
                if offers.iter().all(|offered| offered.request_type != request_type) {
                    let (ram_bytes, threads) =
                        (backend.ram_bytes(request_type), backend.threads(request_type));
                    let room = Room { ram_bytes, threads };
                    offers.push(Offered { request_type, room, backend: Arc::clone(backend) });
                }
            }
        }
        if offers.is_empty() {
            return Err(AgentError::NothingToOffer);
        }
        let admission = Admission::new(Room { ram_bytes: config.ram_bytes, threads: config.threads });
        let (estimates, counts) = (Estimates::default(), Counts::default());
        Ok(Self { config, offers, admission, estimates, counts, proofs: AtomicU64::new(0) })
    }

    /// How a type is proven.
    pub(crate) fn offered(&self, request_type: RequestType) -> Option<&Offered> {
        self.offers.iter().find(|offered| offered.request_type == request_type)
    }

    /// What a job of an offered type takes, as far as was learned.
    pub(crate) fn room(&self, offered: &Offered) -> Room {
        let ram_bytes = self.estimates.ram_bytes(offered.request_type, offered.room.ram_bytes);
        Room { ram_bytes, ..offered.room }
    }

    /// Learns that a job of this type had too little memory with what was set aside for it when it began. Others of the type
    /// may have begun with as little, and fail now too: that says nothing new.
    pub(crate) fn had_too_little(&self, request_type: RequestType, had: u64) {
        let Some(offered) = self.offered(request_type) else { return };
        self.estimates.learn_need(request_type, had, self.config.ram_bytes);
        let needs = self.room(offered).ram_bytes;
        tracing::warn!("{request_type} had too little memory with {had} bytes; it gets {needs} from now on");
    }

    /// Waits for the proofs that were called off, whose programs and files should not outlive the process.
    async fn proofs_end(&self) {
        let end = Instant::now() + LAST_PROOFS_TIME;
        while self.proofs.load(Ordering::Acquire) > 0 && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn summary(&self) -> Summary {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { proved, failed, released, wasted_ms } = &self.counts;
        Summary {
            proved: read(proved),
            failed: read(failed),
            released: read(released),
            wasted_ms: read(wasted_ms),
        }
    }
}

/// Runs all agents until they are told to drain, by `drain` or by the broker, and have ended. The future needs no
/// particular runtime; dropping it leaves the agents running until the process ends.
///
/// # Errors
/// [`AgentError`], before the first call to the broker
pub async fn run(
    config: AgentConfig,
    drain: watch::Receiver<Option<DrainNotice>>,
) -> Result<Summary, AgentError> {
    let mut broker = Broker::new(config.protocol, &config.broker_url, &config.access)?;
    let names = (0..config.count).map(|index| format!("{}.{index}", config.name).parse());
    let names: Vec<AgentId> = names.collect::<Result<_, _>>().map_err(AgentError::Name)?;
    let shared = Arc::new(Shared::new(config)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (done, ended) = oneshot::channel();
    let sessions = Arc::clone(&shared);
    thread::Builder::new().name("agent-broker".to_owned()).spawn(move || {
        runtime.block_on(async {
            if let Some(first) = names.first() {
                tokio::select! {
                    () = broker.find_protocol(first) => {}
                    // There is nothing to end yet.
                    () = drained(drain.clone()) => return,
                }
            }
            broker.wake_by(sessions.config.amqp.as_ref(), &sessions.config.metrics);
            let (spans, exporter) =
                sessions.config.traces.clone().map_or_else(Default::default, trace::start);
            let mut tasks = tokio::task::JoinSet::new();
            for (index, name) in names.into_iter().enumerate() {
                let driver = Driver::new(index, broker.link(name), Arc::clone(&sessions), spans.clone());
                tasks.spawn(driver.run(drain.clone()));
            }
            while tasks.join_next().await.is_some() {}
            sessions.proofs_end().await;
            drop(spans);
            if let Some(exporter) = exporter {
                // A collector that does not answer keeps no process.
                let _ = tokio::time::timeout(LAST_SPANS_TIME, exporter).await;
            }
        });
        // Nobody waits if the future was dropped.
        let _ = done.send(());
    })?;
    // An error means that the thread has panicked; the sessions have ended then, too.
    let _ = ended.await;
    Ok(shared.summary())
}

/// Ends with the first notice. A sender that is gone never sends one.
async fn drained(mut drain: watch::Receiver<Option<DrainNotice>>) {
    if drain.wait_for(Option::is_some).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Milliseconds from `start` to now, for sessions.
pub(crate) fn ms_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
