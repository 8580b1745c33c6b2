//! `chinampa jobs submit` and `fetch`: the farm proves programs of Noir developers.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chinampa_circuits::{UltraProgram, Witness};
use chinampa_jobs::agent::{AgentClient, Method};
use chinampa_jobs::objects::ProofObjects;
use chinampa_jobs::{
    EpochNumber, JobInputs, JobResult, JobStatus, ProgramInputs, ProvingJob, RequestType, UnixMs,
};
use clap::Args;
use serde_json::json;

use super::Target;
use super::call::escape;
use crate::exit::Error;
use crate::honk::{HonkError, TargetFlags, read, read_bytecode, write};
use crate::output;

/// Time between two looks at a job.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Bytes of a public input.
const FIELD_LEN: usize = 32;

/// `chinampa jobs submit`
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// The program: the JSON of a Noir artifact, or gzip of its bytecode.
    #[arg(short = 'b', long, value_name = "FILE")]
    circuit: PathBuf,
    /// The witness that `nargo execute` or `chinampa execute` has written.
    #[arg(short = 'w', long, value_name = "FILE")]
    witness: PathBuf,
    #[command(flatten)]
    flavor: TargetFlags,
    /// Wait for the proof, and write it.
    #[arg(long)]
    wait: bool,
    /// Folder that the files of the proof are written to, with --wait.
    #[arg(short, long, value_name = "FOLDER", default_value = "./target")]
    output: PathBuf,
    #[command(flatten)]
    target: Target,
}

/// `chinampa jobs fetch`
#[derive(Debug, Args)]
pub(crate) struct Fetch {
    /// The id that `submit` has printed.
    id: String,
    /// Wait for the proof.
    #[arg(long)]
    wait: bool,
    /// Folder that the files of the proof are written to.
    #[arg(short, long, value_name = "FOLDER", default_value = "./target")]
    output: PathBuf,
    #[command(flatten)]
    target: Target,
}

/// Why there is no proof of a program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// The program is too large for a job.
    #[error("the program is no job: {0}")]
    Inputs(#[source] chinampa_jobs::Error),
    /// The job was given up.
    #[error("the job was rejected: {reason}; chinampa jobs show {id} says what went wrong")]
    Rejected {
        /// The job.
        id: String,
        /// Why.
        reason: String,
    },
    /// The job is not done.
    #[error("the job is {state}; --wait waits for it")]
    NotDone {
        /// Where it is.
        state: &'static str,
    },
    /// The result is not one of a program.
    #[error("{id} is no job of a program")]
    NoProgram {
        /// The job.
        id: String,
    },
    /// The result cannot be read from where the agent has put it.
    #[error("the result: {0}")]
    Result(#[from] chinampa_jobs::objects::ObjectsError),
}

impl Submit {
    /// Submits the job; prints its id, and with `--wait` what was written.
    pub(crate) fn run(self) -> Result<(), Error> {
        let inputs = self.inputs()?;
        let day = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let day = UnixMs(i64::try_from(day.as_millis()).unwrap_or(i64::MAX));
        let epoch_number = EpochNumber::of_day(day);
        let job = ProvingJob {
            id: inputs.job_id(epoch_number),
            request_type: RequestType::NoirProgram,
            epoch_number,
            inputs_uri: inputs.to_inline_uri().map_err(ProgramError::Inputs)?,
        };
        let body = serde_json::to_value(&job).map_err(std::io::Error::other)?;
        let is_json = self.target.json;
        let id = job.id.to_string();
        super::block_on(self.target, async |client| {
            client.administer(Method::POST, "/v1/jobs", Some(&body)).await?;
            if self.wait {
                let result = result_of(&client, &id, true).await?;
                return report(&id, &result, &self.output, is_json);
            }
            Ok(if is_json { output::json(&json!({ "id": id }))? } else { output::text(&format!("{id}\n"))? })
        })
    }

    /// The job's inputs, after a look at both files: what no prover takes is refused here.
    fn inputs(&self) -> Result<JobInputs, Error> {
        let flavor = self.flavor.flavor().map_err(|error| Error::Honk(error.into()))?;
        let bytecode = read_bytecode(&self.circuit).map_err(Error::Honk)?;
        let witness = read(&self.witness).map_err(Error::Honk)?;
        let program = |source| Error::Honk(HonkError::Program { path: self.circuit.clone(), source });
        let circuit = UltraProgram::from_gzip(&bytecode).map_err(program)?;
        circuit.check().map_err(|error| Error::Honk(error.into()))?;
        let solved = Witness::from_file(&witness, circuit.witness_count());
        solved.map_err(|source| Error::Honk(HonkError::Witness { path: self.witness.clone(), source }))?;
        let inputs = ProgramInputs { target: flavor.target().to_owned(), bytecode, witness };
        let encoded = inputs.encode().map_err(ProgramError::Inputs)?;
        Ok(JobInputs::from_buffer(RequestType::NoirProgram, encoded).map_err(ProgramError::Inputs)?)
    }
}

impl Fetch {
    /// Writes the files of a proof.
    pub(crate) fn run(self) -> Result<(), Error> {
        let is_json = self.target.json;
        super::block_on(self.target, async |client| {
            let result = result_of(&client, &self.id, self.wait).await?;
            report(&self.id, &result, &self.output, is_json)
        })
    }
}

/// The result of a job. With `wait`, however long that takes.
async fn result_of(client: &AgentClient, id: &str, wait: bool) -> Result<JobResult, Error> {
    let path = format!("/v1/jobs/{}/status", escape(id));
    loop {
        let reply = client.administer(Method::GET, &path, None).await?;
        let status: JobStatus = serde_json::from_value(reply).map_err(std::io::Error::other)?;
        let state = match status {
            JobStatus::Fulfilled { value } => {
                let objects = ProofObjects::open(None).map_err(ProgramError::Result)?;
                return Ok(objects.read_result(&value).await.map_err(ProgramError::Result)?);
            }
            JobStatus::Rejected { reason } => {
                return Err(ProgramError::Rejected { id: id.to_owned(), reason }.into());
            }
            JobStatus::InProgress => "being proven",
            JobStatus::InQueue | JobStatus::NotFound => "waiting",
        };
        if !wait {
            return Err(ProgramError::NotDone { state }.into());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Writes `proof`, `public_inputs` and `vk` as `bb prove --write_vk` does, and says so.
fn report(id: &str, result: &JobResult, folder: &Path, is_json: bool) -> Result<(), Error> {
    let outputs = result.outputs().filter(|_| result.request_type() == RequestType::NoirProgram);
    let outputs = outputs.ok_or_else(|| ProgramError::NoProgram { id: id.to_owned() })?;
    let binary = result.proof().binary();
    let count = usize::try_from(binary.public_input_count()).unwrap_or(usize::MAX);
    let split = count.saturating_mul(FIELD_LEN).min(binary.bytes().len());
    let (public_inputs, proof) = binary.bytes().split_at(split);
    let files =
        [("public_inputs", public_inputs), ("proof", proof), ("vk", outputs.verification_key.bytes())];
    for (name, bytes) in files {
        write(folder, name, bytes).map_err(Error::Honk)?;
    }
    let paths = files.map(|(name, _)| folder.join(name).display().to_string());
    Ok(if is_json {
        output::json(&json!({ "id": id, "files": paths }))?
    } else {
        output::text(&format!("{id}\n{}\n", paths.join("\n")))?
    })
}
