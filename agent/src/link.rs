//! The two ways to speak with a broker: our own protocol, and Aztec's JSON-RPC.

use std::sync::Arc;
use std::time::Duration;

use chinampa_jobs::agent::{
    AgentClient, AgentId, BeatRequest, ClaimRequest, Claimed, ClientError, Directive, HeldJob, Instruction,
    JobFate, JobOutcome, Offer, Progress as WireProgress, ReleaseReason, ReleaseRequest, SettleRequest,
    Usage, WireFormat,
};
use chinampa_jobs::rpc::{Call, CallResult, RpcClient, RpcClientError};
use chinampa_jobs::{Assignment, BrokerAccess, JobFilter, RequestType, UnixMs};
use tokio::time::Instant;

use crate::amqp::{AmqpWaking, CHECK_INTERVAL, Pace, Post, Token, Woken};
use crate::metrics::AgentMetrics;
use crate::session::{Claim, Fate, HandOut, Lease, Outcome, ReleaseCause};

/// Longest wait for an answer over JSON-RPC.
const RPC_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a question for a job may wait at the broker, in milliseconds.
const CLAIM_WAIT_MS: u32 = 10_000;

/// Shortest and longest pause before a broker is asked again which protocol it speaks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(3));

/// Which protocol a broker is spoken to with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Our own if the broker has it, else Aztec's.
    #[default]
    Auto,
    /// Our own, which fences: a call about a hand-out that is over changes nothing.
    Chinampa,
    /// Aztec's JSON-RPC, which every broker of release 4.1.2 speaks.
    Aztec,
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LinkError {
    /// Over JSON-RPC.
    #[error(transparent)]
    Rpc(#[from] RpcClientError),
    /// Over our own protocol.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The answer is to another method.
    #[error("the answer is not one of this call")]
    Mismatch,
}

impl LinkError {
    /// Whether the same call may work later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Rpc(error) => error.is_temporary(),
            Self::Client(error) => error.is_temporary(),
            Self::Mismatch => false,
        }
    }
}

/// What the broker answered, and what it wants of the agent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) instruction: Instruction,
}

/// A broker, as one session speaks with it.
#[derive(Clone, Debug)]
pub(crate) enum Link {
    Chinampa {
        client: AgentClient,
        agent: AgentId,
        version: Arc<str>,
        /// What wakes the session, if it does not wait at the broker.
        post: Option<Post>,
    },
    Aztec {
        client: RpcClient,
    },
}

/// A broker, before it is known how to speak with it. All sessions of a process share its connections.
#[derive(Clone, Debug)]
pub(crate) struct Broker {
    protocol: Protocol,
    chinampa: AgentClient,
    aztec: RpcClient,
    post: Option<Post>,
}

impl Broker {
    /// The broker at `url`. Nothing is asked yet.
    pub(crate) fn new(protocol: Protocol, url: &str, access: &BrokerAccess) -> Result<Self, LinkError> {
        let chinampa = AgentClient::new(url, access, WireFormat::Bincode)?;
        Ok(Self { protocol, chinampa, aztec: RpcClient::new(url, access, RPC_TIMEOUT)?, post: None })
    }

    /// Finds out, as the agent of this name, which protocol the broker speaks, however long it does not answer.
    pub(crate) async fn find_protocol(&mut self, agent: &AgentId) {
        let mut pause = PAUSES.0;
        while self.protocol == Protocol::Auto {
            let beat = BeatRequest { agent: agent.clone(), jobs: Vec::new() };
            match self.chinampa.beat(&beat).await {
                Ok(_) => self.protocol = Protocol::Chinampa,
                Err(ClientError::Refused { status: 404 | 405, .. } | ClientError::Wire(_)) => {
                    self.protocol = Protocol::Aztec;
                }
                // Who asks for a token has the protocol.
                Err(ClientError::Refused { status, .. }) if status < 500 => {
                    self.protocol = Protocol::Chinampa;
                }
                Err(error) => {
                    tracing::warn!("the broker does not say which protocol it speaks: {error}");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
        tracing::info!(protocol = ?self.protocol, "the broker is there");
    }

    /// Lets RabbitMQ wake the sessions, if the broker is one of ours. Needs a runtime.
    pub(crate) fn wake_by(&mut self, waking: Option<&AmqpWaking>, metrics: &Arc<AgentMetrics>) {
        match (waking, self.protocol) {
            (Some(waking), Protocol::Chinampa) => {
                self.post = Some(Post::start(waking.clone(), Arc::clone(metrics)));
            }
            (Some(_), _) => {
                tracing::warn!("agent.amqp has no effect: the broker speaks Aztec's protocol only");
            }
            (None, _) => {}
        }
    }

    /// A connection for the agent of this name.
    pub(crate) fn link(&self, agent: AgentId) -> Link {
        match self.protocol {
            Protocol::Chinampa => {
                let version = env!("CARGO_PKG_VERSION").into();
                let post = self.post.as_ref().map(Post::for_session);
                Link::Chinampa { client: self.chinampa.clone(), agent, version, post }
            }
            Protocol::Auto | Protocol::Aztec => Link::Aztec { client: self.aztec.clone() },
        }
    }
}

impl Link {
    /// Whether the broker may answer a report with another job.
    pub(crate) fn gives_with_reports(&self) -> bool {
        matches!(self, Self::Aztec { .. })
    }

    /// Asks for a job, and waits for one: at the broker, or for RabbitMQ to say that there is one.
    pub(crate) async fn ask(&self, offer: &Offer) -> Result<Said<Option<Claim>>, LinkError> {
        match self {
            Self::Chinampa { post, .. } => {
                if let Some(post) = post {
                    post.tried().await;
                }
                match post.as_ref().filter(|post| post.is_connected()) {
                    Some(post) => self.ask_woken(post, offer).await,
                    None => self.claim(offer, CLAIM_WAIT_MS).await,
                }
            }
            Self::Aztec { client } => {
                let call = Call::GetProvingJob(Some(filter(offer)));
                assignment(client.call(&call).await?)
            }
        }
    }

    /// Claims without waiting, first of all and then whenever a message says that a job waits.
    async fn ask_woken(&self, post: &Post, offer: &Offer) -> Result<Said<Option<Claim>>, LinkError> {
        let check = Instant::now() + self.check_interval();
        let (mut token, mut pace) = (None::<Token>, Pace::default());
        loop {
            // A token that is dropped by an error wakes somebody else.
            let said = self.claim(offer, 0).await?;
            let was_woken = token.is_some();
            post.claimed(token.take(), said.value.as_ref().map(Claim::request_type));
            let is_wanted = said.instruction.directive == Directive::Work;
            if said.value.is_some() || !is_wanted || post.is_stopping() || Instant::now() >= check {
                return Ok(said);
            }
            if was_woken {
                tokio::time::sleep(pace.next()).await;
            }
            match post.wait(offer.request_types.clone(), check).await {
                Woken::Message(message) => token = Some(message),
                Woken::Check => return Ok(said),
                Woken::Lost => return self.claim(offer, CLAIM_WAIT_MS).await,
            }
        }
    }

    /// Agents that were started together do not ask together.
    fn check_interval(&self) -> Duration {
        let Self::Chinampa { agent, .. } = self else { return CHECK_INTERVAL };
        let part =
            agent.as_str().bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        CHECK_INTERVAL.mul_f64(0.75 + 0.25 * f64::from(part % 1_000) / 1_000.0)
    }

    /// Claims a job by our own protocol, and waits at the broker for one.
    async fn claim(&self, offer: &Offer, wait_ms: u32) -> Result<Said<Option<Claim>>, LinkError> {
        let Self::Chinampa { client, agent, version, .. } = self else { return Err(LinkError::Mismatch) };
        let (agent, version, offer) = (agent.clone(), version.to_string(), offer.clone());
        let request = ClaimRequest { agent, version, offer, wait_ms };
        let (reply, trace) = client.claim_in_trace(&request).await?;
        let claim = reply.claimed.map(|claimed| Claim { trace, ..Claim::from(claimed) });
        Ok(Said { value: claim, instruction: reply.instruction })
    }

    /// The session takes no more jobs: it need not wait for a message.
    pub(crate) fn stop_waiting(&self) {
        if let Self::Chinampa { post: Some(post), .. } = self {
            post.stop_waiting();
        }
    }

    /// Says that a job is being worked on.
    pub(crate) async fn beat(
        &self,
        claim: &Claim,
        offer: &Offer,
        progress: WireProgress,
    ) -> Result<Said<(Fate, Option<Claim>)>, LinkError> {
        match self {
            Self::Chinampa { client, agent, .. } => {
                let held =
                    HeldJob { id: claim.job.id.clone(), attempt: attempt(claim), progress: Some(progress) };
                let reply = client.beat(&BeatRequest { agent: agent.clone(), jobs: vec![held] }).await?;
                let fate = match reply.fates.first().ok_or(LinkError::Mismatch)? {
                    JobFate::Held => Fate::Held,
                    JobFate::Superseded => Fate::Superseded,
                    JobFate::Settled | JobFate::Unknown => Fate::Gone,
                };
                Ok(Said { value: (fate, None), instruction: reply.instruction })
            }
            Self::Aztec { client } => {
                let started_at = match claim.lease.hand_out {
                    HandOut::StartedAt(time) => UnixMs(time),
                    HandOut::Attempt(_) => return Err(LinkError::Mismatch),
                };
                let (id, filter) = (claim.job.id.clone(), Some(filter(offer)));
                let call = Call::ReportProvingJobProgress { id, started_at, filter };
                let said = assignment(client.call(&call).await?)?;
                let fate = if said.value.is_some() { Fate::Superseded } else { Fate::Held };
                Ok(Said { value: (fate, said.value), instruction: said.instruction })
            }
        }
    }

    /// Reports how a job ended. The answer may be another job, if there is an offer for it.
    pub(crate) async fn report(
        &self,
        claim: &Claim,
        offer: Option<&Offer>,
        outcome: &Outcome,
        usage: Usage,
    ) -> Result<Said<Option<Claim>>, LinkError> {
        let id = claim.job.id.clone();
        match self {
            Self::Chinampa { client, agent, .. } => {
                let outcome = match outcome.clone() {
                    Outcome::Success { uri } => JobOutcome::Success { value: uri },
                    Outcome::Failure { class, reason, retry } => JobOutcome::Failure { class, reason, retry },
                };
                let request =
                    SettleRequest { agent: agent.clone(), id, attempt: attempt(claim), outcome, usage };
                let reply = client.settle(&request).await?;
                tracing::debug!(job = %claim.job.id, settled = ?reply.settled, "reported");
                Ok(Said { value: None, instruction: reply.instruction })
            }
            Self::Aztec { client } => {
                let filter = Some(offer.map_or_else(|| no_more(claim), filter));
                let call = match outcome.clone() {
                    Outcome::Success { uri } => Call::ReportProvingJobSuccess { id, value: uri, filter },
                    Outcome::Failure { reason, retry, .. } => {
                        Call::ReportProvingJobError { id, error: reason, retry: Some(retry), filter }
                    }
                };
                assignment(client.call(&call).await?)
            }
        }
    }

    /// Hands a job back. Aztec's protocol has no such call: the job is reported as one to try again.
    pub(crate) async fn release(&self, claim: &Claim, cause: ReleaseCause) -> Result<(), LinkError> {
        let id = claim.job.id.clone();
        match self {
            Self::Chinampa { client, agent, .. } => {
                let reason = match cause {
                    ReleaseCause::Shutdown => ReleaseReason::Shutdown,
                    ReleaseCause::SpotReclaim => ReleaseReason::SpotReclaim,
                };
                let request = ReleaseRequest { agent: agent.clone(), id, attempt: attempt(claim), reason };
                client.release(&request).await?;
                Ok(())
            }
            Self::Aztec { client } => {
                let error = match cause {
                    ReleaseCause::Shutdown => "released: the agent ends",
                    ReleaseCause::SpotReclaim => "released: the agent's machine is reclaimed",
                };
                let (error, retry, filter) = (error.to_owned(), Some(true), Some(no_more(claim)));
                let call = Call::ReportProvingJobError { id, error, retry, filter };
                if assignment(client.call(&call).await?)?.value.is_some() {
                    tracing::warn!(
                        "the broker gave a job to an agent that ends; it comes back with its lease"
                    );
                }
                Ok(())
            }
        }
    }
}

/// Whether an instruction ends the agent.
pub(crate) fn is_drain(instruction: &Instruction) -> bool {
    instruction.directive == Directive::Drain
}

/// The list of types for Aztec's broker. All types are as good as none, which old brokers read faster.
fn filter(offer: &Offer) -> JobFilter {
    let types = offer.request_types.iter().copied().filter(|kind| kind.is_aztecs());
    let allow_list: Vec<RequestType> = types.collect();
    let is_all = allow_list.len() == RequestType::AZTEC_COUNT;
    JobFilter { allow_list: if is_all { Vec::new() } else { allow_list } }
}

/// A filter for who wants no more jobs, which Aztec's protocol cannot say: a type that is hardly ever waiting, and not
/// the one that is just handed back.
fn no_more(claim: &Claim) -> JobFilter {
    let rare = match claim.request_type() {
        RequestType::RootRollup => RequestType::CheckpointPaddingRollup,
        _ => RequestType::RootRollup,
    };
    JobFilter { allow_list: vec![rare] }
}

fn attempt(claim: &Claim) -> u64 {
    match claim.lease.hand_out {
        HandOut::Attempt(attempt) => attempt,
        // No broker of ours has handed it out, so none will find it.
        HandOut::StartedAt(_) => 0,
    }
}

fn assignment(result: CallResult) -> Result<Said<Option<Claim>>, LinkError> {
    match result {
        CallResult::Assignment(assignment) => {
            Ok(Said { value: assignment.map(Claim::from), instruction: Instruction::default() })
        }
        _ => Err(LinkError::Mismatch),
    }
}

impl From<Assignment> for Claim {
    fn from(Assignment { job, time }: Assignment) -> Self {
        let lease = Lease { id: job.id.clone(), hand_out: HandOut::StartedAt(time.0) };
        Self { job, lease, lease_ms: None, trace: None }
    }
}

impl From<Claimed> for Claim {
    fn from(claimed: Claimed) -> Self {
        let lease = Lease { id: claimed.job.id.clone(), hand_out: HandOut::Attempt(claimed.attempt) };
        Self { job: claimed.job, lease, lease_ms: Some(claimed.lease_ms), trace: None }
    }
}
