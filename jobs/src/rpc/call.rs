//! Calls with their parameters.

use serde::Serialize;
use serde_json::value::RawValue;

use super::error::RpcError;
use super::issues::{Issues, Slot, js_text};
use super::method::Method;
use crate::job::{JobFilter, ProvingJob};
use crate::job_id::JobId;
use crate::raw_json;
use crate::request_type::RequestType;
use crate::unix_ms::UnixMs;
use crate::uri::ProofUri;

/// A call of a [`Method`]. Filters that are absent or null accept every type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Add a job. Answer: its status before the call.
    EnqueueProvingJob(ProvingJob),
    /// State of a job. Answer: its status.
    GetProvingJobStatus(JobId),
    /// Give up a job. Answer: nothing.
    CancelProvingJob(JobId),
    /// Answer: the ids settled since the last such call, and those of the given ones that are settled.
    GetCompletedJobs(Vec<JobId>),
    /// Take a job. Answer: an assignment or nothing.
    GetProvingJob(Option<JobFilter>),
    /// A job failed. Answer: the next assignment or nothing.
    ReportProvingJobError {
        /// The job.
        id: JobId,
        /// Why.
        error: String,
        /// Whether another attempt may help. Absent means no.
        retry: Option<bool>,
        /// What the agent wants next.
        filter: Option<JobFilter>,
    },
    /// Heartbeat. Answer: nothing, or the assignment to drop this job for.
    ReportProvingJobProgress {
        /// The job.
        id: JobId,
        /// The `time` of its assignment.
        started_at: UnixMs,
        /// What the agent wants if it should drop this job.
        filter: Option<JobFilter>,
    },
    /// A job is proven. Answer: the next assignment or nothing.
    ReportProvingJobSuccess {
        /// The job.
        id: JobId,
        /// Where the result is.
        value: ProofUri,
        /// What the agent wants next.
        filter: Option<JobFilter>,
    },
    /// Forget a job and queue it again. Answer: in queue.
    ReplayProvingJob(ProvingJob),
    /// What an agent does. Answer: its status.
    AgentGetStatus {
        /// Which agent of the process, from 0.
        index: u32,
    },
}

impl Call {
    /// Reads the `params` member of a request: an array, or absent.
    ///
    /// Surplus parameters and unknown members are ignored; optional parameters may be absent or null.
    ///
    /// # Errors
    /// [`super::ErrorCode::Handler`] if it is no array, else [`super::ErrorCode::InvalidParams`] with all problems
    pub fn decode(method: Method, params: Option<&RawValue>) -> Result<Self, RpcError> {
        let (wanted, optional) = method.arity();
        let (slots, count) = match params {
            None => (Vec::new(), 0),
            Some(raw) => raw_json::elements(raw, wanted)
                .ok_or_else(|| RpcError::params_not_array(method.name(), &js_text(raw)))?,
        };
        let mut issues = Issues::default();
        if count + optional < wanted {
            issues.too_few(wanted);
            return Err(issues.into_error());
        }
        let mut params = Params { slots, issues };
        params.call(method).ok_or_else(|| params.issues.into_error())
    }

    /// The method called.
    pub fn method(&self) -> Method {
        match self {
            Self::EnqueueProvingJob(_) => Method::EnqueueProvingJob,
            Self::GetProvingJobStatus(_) => Method::GetProvingJobStatus,
            Self::CancelProvingJob(_) => Method::CancelProvingJob,
            Self::GetCompletedJobs(_) => Method::GetCompletedJobs,
            Self::GetProvingJob(_) => Method::GetProvingJob,
            Self::ReportProvingJobError { .. } => Method::ReportProvingJobError,
            Self::ReportProvingJobProgress { .. } => Method::ReportProvingJobProgress,
            Self::ReportProvingJobSuccess { .. } => Method::ReportProvingJobSuccess,
            Self::ReplayProvingJob(_) => Method::ReplayProvingJob,
            Self::AgentGetStatus { index } => Method::AgentGetStatus { index: *index },
        }
    }

    /// The `params` array as JSON text. Absent parameters at the end are left out, others are null.
    pub fn params_json(&self) -> String {
        match self {
            Self::EnqueueProvingJob(job) => to_json(&(job,)),
            Self::GetProvingJobStatus(id) | Self::CancelProvingJob(id) => to_json(&(id,)),
            Self::GetCompletedJobs(ids) => to_json(&(ids,)),
            Self::GetProvingJob(None) | Self::AgentGetStatus { .. } => "[]".to_owned(),
            Self::GetProvingJob(Some(filter)) => to_json(&(filter,)),
            Self::ReportProvingJobError { id, error, retry, filter } => match (retry, filter) {
                (None, None) => to_json(&(id, error)),
                (Some(retry), None) => to_json(&(id, error, retry)),
                (retry, Some(filter)) => to_json(&(id, error, retry, filter)),
            },
            Self::ReportProvingJobProgress { id, started_at, filter: None } => to_json(&(id, started_at)),
            Self::ReportProvingJobProgress { id, started_at, filter } => to_json(&(id, started_at, filter)),
            Self::ReportProvingJobSuccess { id, value, filter: None } => to_json(&(id, value)),
            Self::ReportProvingJobSuccess { id, value, filter } => to_json(&(id, value, filter)),
            Self::ReplayProvingJob(job) => {
                to_json(&(&job.id, job.request_type, job.epoch_number, &job.inputs_uri))
            }
        }
    }
}

fn to_json<T: Serialize>(params: &T) -> String {
    serde_json::to_string(params).expect("tuples of strings, numbers and lists are always valid JSON")
}

/// Parameters on their way to a call.
struct Params<'a> {
    slots: Vec<&'a RawValue>,
    issues: Issues,
}

impl<'a> Params<'a> {
    fn slot(&self, index: usize) -> Slot<'a> {
        self.slots.get(index).copied()
    }

    fn call(&mut self, method: Method) -> Option<Call> {
        match method {
            Method::EnqueueProvingJob => self.job().map(Call::EnqueueProvingJob),
            Method::GetProvingJobStatus => self.id().map(Call::GetProvingJobStatus),
            Method::CancelProvingJob => self.id().map(Call::CancelProvingJob),
            Method::GetCompletedJobs => self.ids().map(Call::GetCompletedJobs),
            Method::GetProvingJob => self.filter(0).map(Call::GetProvingJob),
            Method::ReportProvingJobError => self.report_error(),
            Method::ReportProvingJobProgress => {
                let (id, started_at) = (self.id(), self.issues.unix_ms(&1, self.slot(1)));
                let filter = self.filter(2);
                Some(Call::ReportProvingJobProgress { id: id?, started_at: started_at?, filter: filter? })
            }
            Method::ReportProvingJobSuccess => {
                let (id, value) = (self.id(), self.issues.proof_uri(&1, self.slot(1)));
                let filter = self.filter(2);
                Some(Call::ReportProvingJobSuccess { id: id?, value: value?, filter: filter? })
            }
            Method::ReplayProvingJob => self.replay(),
            Method::AgentGetStatus { index } => Some(Call::AgentGetStatus { index }),
        }
    }

    fn id(&mut self) -> Option<JobId> {
        self.issues.job_id(&0, self.slot(0))
    }

    fn job(&mut self) -> Option<ProvingJob> {
        let names = ["id", "type", "epochNumber", "inputsUri"];
        let [id, request_type, epoch, uri] = self.issues.object(&0, self.slot(0), names)?;
        self.job_of([id, request_type, epoch, uri], &names.map(|name| format!("0.{name}")))
    }

    fn replay(&mut self) -> Option<Call> {
        let slots = [self.slot(0), self.slot(1), self.slot(2), self.slot(3)];
        self.job_of(slots, &["0", "1", "2", "3"].map(str::to_owned)).map(Call::ReplayProvingJob)
    }

    fn job_of(&mut self, slots: [Slot<'a>; 4], paths: &[String; 4]) -> Option<ProvingJob> {
        let id = self.issues.job_id(&paths[0], slots[0]);
        let request_type = self.issues.request_type(&paths[1], slots[1]);
        let epoch = self.issues.epoch(&paths[2], slots[2]);
        let uri = self.issues.proof_uri(&paths[3], slots[3]);
        Some(ProvingJob { id: id?, request_type: request_type?, epoch_number: epoch?, inputs_uri: uri? })
    }

    fn ids(&mut self) -> Option<Vec<JobId>> {
        let elements = self.issues.array(&0, self.slot(0))?;
        let mut ids = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            ids.extend(self.issues.job_id(&format_args!("0.{index}"), Some(element)));
            if self.issues.is_full() {
                break;
            }
        }
        (ids.len() == elements.len()).then_some(ids)
    }

    /// The filter at `index`: absent, or a list in which each type is kept once.
    fn filter(&mut self, index: usize) -> Option<Option<JobFilter>> {
        let slot = self.slot(index);
        if slot.is_none_or(|raw| raw.get() == "null") {
            return Some(None);
        }
        let [list] = self.issues.object(&index, slot, ["allowList"])?;
        let elements = self.issues.array(&format_args!("{index}.allowList"), list)?;
        let mut allow_list: Vec<RequestType> = Vec::new();
        let mut accepted = 0;
        for (position, element) in elements.iter().enumerate() {
            let path = format_args!("{index}.allowList.{position}");
            if let Some(request_type) = self.issues.request_type(&path, Some(element)) {
                accepted += 1;
                if !allow_list.contains(&request_type) {
                    allow_list.push(request_type);
                }
            }
            if self.issues.is_full() {
                break;
            }
        }
        (accepted == elements.len()).then_some(Some(JobFilter { allow_list }))
    }

    fn report_error(&mut self) -> Option<Call> {
        let (id, error) = (self.id(), self.issues.string(&1, self.slot(1)));
        let (retry, filter) = (self.issues.optional_boolean(&2, self.slot(2)), self.filter(3));
        Some(Call::ReportProvingJobError { id: id?, error: error?, retry: retry?, filter: filter? })
    }
}
