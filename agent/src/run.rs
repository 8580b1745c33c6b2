//! All agents of a process. One thread speaks with the broker for all sessions; proofs run on threads of their own, at a
//! lower priority, so that no proof can keep a sign of life from being sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use chinampa_jobs::RequestType;
use chinampa_jobs::agent::AgentId;
use tokio::sync::{oneshot, watch};

use crate::admission::Admission;
use crate::backend::Backend;
use crate::config::{AgentConfig, AgentError, DrainNotice};
use crate::driver::Driver;
use crate::estimates::Estimates;
use crate::link::Link;

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: AgentConfig,
    /// What each type that is taken is proven with.
    pub(crate) offers: Vec<Offered>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) estimates: Estimates,
    pub(crate) counts: Counts,
}

/// A type, and the way to prove it.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    pub(crate) request_type: RequestType,
    pub(crate) ram_bytes: u64,
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
                    let ram_bytes = backend.ram_bytes(request_type);
                    offers.push(Offered { request_type, ram_bytes, backend: Arc::clone(backend) });
                }
            }
        }
        if offers.is_empty() {
            return Err(AgentError::NothingToOffer);
        }
        let admission = Admission::new(config.ram_bytes);
        let (estimates, counts) = (Estimates::default(), Counts::default());
        Ok(Self { config, offers, admission, estimates, counts })
    }

    /// How a type is proven.
    pub(crate) fn offered(&self, request_type: RequestType) -> Option<&Offered> {
        self.offers.iter().find(|offered| offered.request_type == request_type)
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
    let mut links = Vec::new();
    for index in 0..config.count {
        let id: AgentId = format!("{}.{index}", config.name).parse().map_err(AgentError::Name)?;
        links.push(Link::new(config.protocol, &config.broker_url, config.token.as_deref(), id)?);
    }
    let shared = Arc::new(Shared::new(config)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (done, ended) = oneshot::channel();
    let sessions = Arc::clone(&shared);
    thread::Builder::new().name("agent-broker".to_owned()).spawn(move || {
        runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for (index, link) in links.into_iter().enumerate() {
                tasks.spawn(Driver::new(index, link, Arc::clone(&sessions)).run(drain.clone()));
            }
            while tasks.join_next().await.is_some() {}
        });
        // Nobody waits if the future was dropped.
        let _ = done.send(());
    })?;
    // An error means that the thread has panicked; the sessions have ended then, too.
    let _ = ended.await;
    Ok(shared.summary())
}

/// Milliseconds from `start` to now, for sessions.
pub(crate) fn ms_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
