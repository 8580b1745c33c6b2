//! Methods and which of them a process serves.

/// A method of the broker or of an agent process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Producer: add a job.
    EnqueueProvingJob,
    /// Producer: state of a job.
    GetProvingJobStatus,
    /// Producer: give up a job.
    CancelProvingJob,
    /// Producer: which jobs are settled.
    GetCompletedJobs,
    /// Consumer: take a job.
    GetProvingJob,
    /// Consumer: a job failed.
    ReportProvingJobError,
    /// Consumer: heartbeat.
    ReportProvingJobProgress,
    /// Consumer: a job is proven.
    ReportProvingJobSuccess,
    /// Debug: run a job again.
    ReplayProvingJob,
    /// Agent process: what agent number `index` does.
    AgentGetStatus {
        /// Which agent of the process, from 0.
        index: u32,
    },
}

impl Method {
    /// Namespace of the broker's methods.
    pub const BROKER_NAMESPACE: &str = "proverBroker";

    /// The broker's methods.
    pub const BROKER: [Self; 9] = [
        Self::EnqueueProvingJob,
        Self::GetProvingJobStatus,
        Self::CancelProvingJob,
        Self::GetCompletedJobs,
        Self::GetProvingJob,
        Self::ReportProvingJobError,
        Self::ReportProvingJobProgress,
        Self::ReportProvingJobSuccess,
        Self::ReplayProvingJob,
    ];

    /// The name without its namespace.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnqueueProvingJob => "enqueueProvingJob",
            Self::GetProvingJobStatus => "getProvingJobStatus",
            Self::CancelProvingJob => "cancelProvingJob",
            Self::GetCompletedJobs => "getCompletedJobs",
            Self::GetProvingJob => "getProvingJob",
            Self::ReportProvingJobError => "reportProvingJobError",
            Self::ReportProvingJobProgress => "reportProvingJobProgress",
            Self::ReportProvingJobSuccess => "reportProvingJobSuccess",
            Self::ReplayProvingJob => "replayProvingJob",
            Self::AgentGetStatus { .. } => "getStatus",
        }
    }

    /// The name as a client sends it.
    pub fn full_name(self) -> String {
        match self {
            Self::AgentGetStatus { index } => format!("agent{index}_{}", self.name()),
            _ => format!("{}_{}", Self::BROKER_NAMESPACE, self.name()),
        }
    }

    /// Reads `<namespace>_<method>`; what follows a second underscore is ignored. `agent` means agent 0.
    pub fn parse(full_name: &str) -> Option<Self> {
        let mut parts = full_name.split('_');
        let (namespace, name) = (parts.next()?, parts.next()?);
        if namespace == Self::BROKER_NAMESPACE {
            return Self::BROKER.into_iter().find(|method| method.name() == name);
        }
        let number = namespace.strip_prefix("agent")?;
        let index = if number.is_empty() { 0 } else { number.parse().ok()? };
        let method = Self::AgentGetStatus { index };
        // The second condition refuses other spellings of the number, such as `agent007`.
        (name == method.name() && (number.is_empty() || number == index.to_string())).then_some(method)
    }

    /// How many parameters there are, and how many of those at the end may be left out.
    pub(super) const fn arity(self) -> (usize, usize) {
        match self {
            Self::AgentGetStatus { .. } => (0, 0),
            Self::GetProvingJob => (1, 1),
            Self::EnqueueProvingJob
            | Self::GetProvingJobStatus
            | Self::CancelProvingJob
            | Self::GetCompletedJobs => (1, 0),
            Self::ReportProvingJobProgress | Self::ReportProvingJobSuccess => (3, 1),
            Self::ReportProvingJobError => (4, 2),
            Self::ReplayProvingJob => (4, 0),
        }
    }
}

/// The methods that a process serves; any other is "not found".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface {
    broker: bool,
    debug_replay: bool,
    agents: u32,
}

impl Surface {
    /// A broker.
    pub const fn broker() -> Self {
        Self { broker: true, debug_replay: false, agents: 0 }
    }

    /// A broker with `PROVER_BROKER_DEBUG_REPLAY_ENABLED`.
    pub const fn broker_with_replay() -> Self {
        Self { broker: true, debug_replay: true, agents: 0 }
    }

    /// A process of `count` agents: `agent0` up, and `agent` if there is exactly one.
    pub const fn agents(count: u32) -> Self {
        Self { broker: false, debug_replay: false, agents: count }
    }

    /// The method of this name, if it is served.
    pub fn resolve(&self, full_name: &str) -> Option<Method> {
        let method = Method::parse(full_name)?;
        let served = match method {
            Method::AgentGetStatus { .. } if full_name.starts_with("agent_") => self.agents == 1,
            Method::AgentGetStatus { index } => index < self.agents,
            Method::ReplayProvingJob => self.debug_replay,
            _ => self.broker,
        };
        served.then_some(method)
    }
}
