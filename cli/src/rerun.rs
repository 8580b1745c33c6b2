//! `chinampa epoch rerun`: an epoch from its kept data to its root proof, in this process and without L1 and broker.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chinampa_agent::{Backend, Work};
use chinampa_jobs::{EpochNumber, JobId};
use chinampa_node::epoch::{Effect, EpochProof, EpochProver, Event, PlannedJob};
use chinampa_node::execution::{ProverContext, execute_checkpoint};
use chinampa_node::planner::EpochError;
use chinampa_node::post_mortem::PostMortem;
use chinampa_node::state::{Funded, RedbTrees};
use chinampa_protocol::EthAddress;
use chinampa_protocol::codec::ToFields as _;
use chinampa_protocol::tree::{TreeError, WorldState};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::config::Resolved;
use crate::exit::Error;
use crate::{output, start};

/// What is run again.
pub(crate) struct Rerun {
    /// A path, or the URL of a folder in a bucket.
    pub(crate) data: String,
    pub(crate) state: Option<PathBuf>,
    pub(crate) prover: Option<String>,
    /// Whether an epoch that was not complete is proven up to where its data go.
    pub(crate) as_it_is: bool,
    pub(crate) compare: Option<PathBuf>,
}

/// Why an epoch cannot be run again, or what came of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RerunError {
    /// There is no world state of ours.
    #[error("there is no world state beside {data}; give one with --state")]
    NoState {
        /// The data.
        data: String,
    },
    /// More of the epoch came after its data were kept.
    #[error(
        "epoch {epoch} was not complete when its data were kept; --as-it-is proves it up to checkpoint {last}"
    )]
    Incomplete {
        /// The epoch.
        epoch: u32,
        /// The last checkpoint that there is.
        last: u32,
    },
    /// Nobody says who proves.
    #[error("no report beside the data names the prover; give its address with --prover")]
    NoProver,
    /// The world state cannot be used.
    #[error("the world state cannot be used: {0}")]
    State(String),
    /// It cannot be executed.
    #[error("checkpoint {checkpoint} cannot be executed: {reason}")]
    Execution {
        /// Which one.
        checkpoint: u32,
        /// Why.
        reason: String,
    },
    /// Its checkpoints are not an epoch.
    #[error(transparent)]
    Plan(EpochError),
    /// A job fails.
    #[error("job {job} fails: {reason}")]
    Job {
        /// Its id.
        job: JobId,
        /// Why.
        reason: String,
    },
    /// All jobs are done and there is no proof.
    #[error("no job is left and nothing is proven")]
    Stuck,
    /// The result of another run cannot be read.
    #[error("the result in {} cannot be read", path.display())]
    Compare {
        /// The file.
        path: PathBuf,
    },
    /// Another run came out otherwise.
    #[error("{member} is {actual}, in the other run {expected}")]
    Differs {
        /// Member of the result.
        member: &'static str,
        /// In the other run.
        expected: Value,
        /// Now.
        actual: Value,
    },
}

/// Members of the result that any run of the same epoch must have in common.
const COMPARED: [&str; 6] =
    ["epoch", "prover", "jobs", "jobIdsSha256", "publicInputsSha256", "endArchiveRoot"];

/// Runs the epoch again and prints what came of it.
pub(crate) fn run(config: &Resolved, rerun: &Rerun) -> Result<(), Error> {
    let backends = start::configured_backends(config)?;
    // A bucket's objects live here while the epoch is proven.
    let folder = tempfile::TempDir::with_prefix("chinampa-rerun-").map_err(Error::Start)?;
    let post_mortem = PostMortem::read(&local(&rerun.data, folder.path())?).map_err(Error::PostMortem)?;
    let result = prove(&backends, &post_mortem, rerun).map_err(Error::Rerun)?;
    output::json(&result)?;
    if let Some(path) = &rerun.compare {
        compare(&result, path).map_err(Error::Rerun)?;
    }
    Ok(())
}

/// Where the data are as files: a URL is fetched into `folder`.
fn local(data: &str, folder: &Path) -> Result<PathBuf, Error> {
    if !data.contains("://") {
        return Ok(PathBuf::from(data));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(PostMortem::fetch(data, folder)).map_err(Error::PostMortem)?;
    Ok(folder.to_path_buf())
}

fn prove(
    backends: &[Arc<dyn Backend>],
    post_mortem: &PostMortem,
    rerun: &Rerun,
) -> Result<Value, RerunError> {
    let PostMortem { data, report, state } = post_mortem;
    let said = report.as_ref().map(|report| report.prover_id.clone());
    let prover = rerun.prover.clone().or(said).ok_or(RerunError::NoProver)?;
    let prover: EthAddress = prover.parse().map_err(|_| RerunError::NoProver)?;
    let state = rerun.state.as_ref().or(state.as_ref());
    let state = state.ok_or_else(|| RerunError::NoState { data: rerun.data.clone() })?;
    let world = open(state)?;
    let context = ProverContext::new(prover);
    let last = data.checkpoints.last().map_or(0, |checkpoint| checkpoint.number);
    let is_complete = report.as_ref().is_none_or(|report| report.complete);
    if !is_complete && !rerun.as_it_is {
        return Err(RerunError::Incomplete { epoch: data.epoch, last });
    }
    let first = data.checkpoints[0].number;
    let epoch = EpochNumber::new(data.epoch.into()).expect("epochs have 32 bits");
    let begun = Instant::now();
    let mut run =
        Run { prover: EpochProver::new(epoch, first), backends, jobs: BTreeMap::new(), proof: None };
    let mut queue = Vec::new();
    for input in data.inputs() {
        let checkpoint = input.checkpoint.number;
        let executed = execute_checkpoint(&world, &input, &context);
        let executed =
            executed.map_err(|error| RerunError::Execution { checkpoint, reason: error.to_string() })?;
        run.step(Event::Checkpoint(Box::new(executed)), &mut queue)?;
    }
    run.step(Event::Complete { last }, &mut queue)?;
    while let Some(job) = queue.pop() {
        run.work(&job, &mut queue)?;
    }
    let proof = run.proof.take().ok_or(RerunError::Stuck)?;
    Ok(result(&run, &proof, post_mortem, prover, begun.elapsed().as_secs_f64()))
}

fn open(path: &Path) -> Result<WorldState<RedbTrees>, RerunError> {
    let failed = |error: &dyn std::error::Error| RerunError::State(error.to_string());
    let trees = RedbTrees::open(path).map_err(|error| failed(&error))?;
    let genesis = Funded::default().genesis().map_err(|error: TreeError| failed(&error))?;
    WorldState::open(trees, &genesis).map_err(|error| failed(&error))
}

/// An epoch at work.
struct Run<'a> {
    prover: EpochProver,
    backends: &'a [Arc<dyn Backend>],
    /// Jobs that were asked for, with the names of their types.
    jobs: BTreeMap<JobId, &'static str>,
    proof: Option<Box<EpochProof>>,
}

impl Run<'_> {
    fn step(&mut self, event: Event, queue: &mut Vec<PlannedJob>) -> Result<(), RerunError> {
        for effect in self.prover.step(event).map_err(RerunError::Plan)? {
            match effect {
                Effect::Enqueue(job) => {
                    self.jobs.insert(job.id.clone(), job.inputs.request_type().name());
                    queue.push(*job);
                }
                Effect::Abandon(_) => {}
                Effect::Failed(job, failure) => {
                    return Err(RerunError::Job { job, reason: failure.to_string() });
                }
                Effect::Unlinked(error) => return Err(RerunError::Plan(error)),
                Effect::Proven(proof) => self.proof = Some(proof),
            }
        }
        Ok(())
    }

    fn work(&mut self, job: &PlannedJob, queue: &mut Vec<PlannedJob>) -> Result<(), RerunError> {
        let request_type = job.inputs.request_type();
        let failed = |reason: String| RerunError::Job { job: job.id.clone(), reason };
        let backend = self.backends.iter().find(|backend| backend.request_types().contains(&request_type));
        let backend = backend.ok_or_else(|| failed("no backend that is configured proves it".to_owned()))?;
        let proven = backend.prove(&job.inputs, &Work::default());
        let result = proven.map_err(|error| failed(error.to_string()))?;
        self.step(Event::Done { id: job.id.clone(), result: Box::new(result) }, queue)
    }
}

fn result(
    run: &Run<'_>,
    proof: &EpochProof,
    post_mortem: &PostMortem,
    prover: EthAddress,
    seconds: f64,
) -> Value {
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    run.jobs.values().for_each(|kind| *kinds.entry(kind).or_default() += 1);
    let mut ids = Sha256::new();
    run.jobs.keys().for_each(|id| ids.update(format!("{id}\n")));
    let mut inputs = Sha256::new();
    proof.public_inputs.fields().iter().for_each(|field| inputs.update(field.to_be_bytes()));
    let failed = post_mortem.report.iter().flat_map(|report| &report.failed_jobs);
    // A job that comes out with the id that failed had the same inputs, and was proven this time.
    let failed = failed.map(|fault| {
        let is_same = run.jobs.keys().any(|id| id.to_string() == fault.job);
        json!({"job": fault.job, "reason": fault.reason, "provenNow": is_same})
    });
    json!({
        "epoch": post_mortem.data.epoch,
        "prover": prover.to_string(),
        "checkpoints": [proof.first, proof.last],
        "jobs": kinds,
        "jobIdsSha256": hex::encode(ids.finalize()),
        "publicInputsSha256": hex::encode(inputs.finalize()),
        "endArchiveRoot": proof.public_inputs.end_archive_root,
        "failedFirst": post_mortem.report.as_ref().map(|report| &report.error),
        "failedJobs": failed.collect::<Vec<_>>(),
        "seconds": seconds,
    })
}

fn compare(result: &Value, path: &Path) -> Result<(), RerunError> {
    let other = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let other = other.ok_or_else(|| RerunError::Compare { path: path.to_path_buf() })?;
    for member in COMPARED {
        let (expected, actual) = (other[member].clone(), result[member].clone());
        if expected != actual {
            return Err(RerunError::Differs { member, expected, actual });
        }
    }
    Ok(())
}
