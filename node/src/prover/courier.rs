//! Calls that are repeated until they get through.

use std::sync::Arc;

use chinampa_jobs::rpc::{Call, CallResult};
use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{JobId, JobStatus, ProvingJob};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{BrokerError, ProverConfig, ProvingBroker};

/// A broker with patience. Cheap to clone.
#[derive(Debug)]
pub(super) struct Courier<B> {
    broker: Arc<B>,
    config: Arc<ProverConfig>,
    permits: Arc<Semaphore>,
    /// Jobs on their way to the broker.
    slots: Arc<Semaphore>,
}

impl<B> Clone for Courier<B> {
    fn clone(&self) -> Self {
        Self {
            broker: Arc::clone(&self.broker),
            config: Arc::clone(&self.config),
            permits: Arc::clone(&self.permits),
            slots: Arc::clone(&self.slots),
        }
    }
}

impl<B: ProvingBroker> Courier<B> {
    pub(super) fn new(broker: B, config: ProverConfig) -> Self {
        let [permits, slots] = [(); 2].map(|()| Arc::new(Semaphore::new(config.concurrency.max(1))));
        Self { broker: Arc::new(broker), config: Arc::new(config), permits, slots }
    }

    /// A place for a job on its way to the broker.
    pub(super) async fn slot(&self) -> SemaphorePermit<'_> {
        self.slots.acquire().await.expect("the semaphore is never closed")
    }

    pub(super) fn config(&self) -> &ProverConfig {
        &self.config
    }

    /// The job's status before the call.
    pub(super) async fn enqueue(
        &self,
        job: ProvingJob,
        parent: Option<TraceContext>,
    ) -> Result<JobStatus, BrokerError> {
        self.status_of(Call::EnqueueProvingJob(job), parent).await
    }

    pub(super) async fn status(&self, id: JobId) -> Result<JobStatus, BrokerError> {
        self.status_of(Call::GetProvingJobStatus(id), None).await
    }

    pub(super) async fn cancel(&self, id: JobId) -> Result<(), BrokerError> {
        self.call(&Call::CancelProvingJob(id), None).await.map(|_| ())
    }

    /// One question, not repeated: the next poll is another one.
    pub(super) async fn completed(&self, ids: Vec<JobId>) -> Result<Vec<JobId>, BrokerError> {
        let call = Call::GetCompletedJobs(ids);
        match self.broker.call(&call).await? {
            CallResult::CompletedJobs(ids) => Ok(ids),
            _ => Err(BrokerError::Unexpected { method: call.method().name() }),
        }
    }

    async fn status_of(&self, call: Call, parent: Option<TraceContext>) -> Result<JobStatus, BrokerError> {
        match self.call(&call, parent).await? {
            CallResult::Status(status) => Ok(status),
            _ => Err(BrokerError::Unexpected { method: call.method().name() }),
        }
    }

    async fn call(&self, call: &Call, parent: Option<TraceContext>) -> Result<CallResult, BrokerError> {
        let mut pauses = self.config.retry_pauses.iter();
        let mut pause = std::time::Duration::from_secs(1);
        loop {
            let permit = self.permits.acquire().await.expect("the semaphore is never closed");
            let outcome = self.broker.call_within(call, parent).await;
            drop(permit);
            let error = match outcome {
                Err(error) if error.is_temporary() => error,
                final_outcome => return final_outcome,
            };
            pause = pauses.next().copied().unwrap_or(pause);
            tracing::warn!(method = call.method().name(), %error, ?pause, "the broker will be asked again");
            tokio::time::sleep(pause).await;
        }
    }
}
