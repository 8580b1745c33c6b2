//! `chinampa jobs inspect`: what a proving job's inputs or result say.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chinampa_jobs::{EpochNumber, JobInputs, JobResult, MAX_EPOCH_NUMBER, ProofUri, RequestType, limits};
use chinampa_protocol::circuits::{CircuitDataError, CircuitInputs, CircuitOutputs};
use serde::Serialize;
use serde_json::Value;

use crate::output;

/// Why a file cannot be inspected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InspectError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        path: String,
        #[source]
        source: io::Error,
    },
    /// More bytes than any job has.
    #[error("{path} has more than {limit} bytes, which no job has")]
    TooLong { path: String, limit: u64 },
    /// A raw buffer does not say what it is.
    #[error(
        "the file is neither a data: URI nor JSON; if it holds the raw inputs of a job, say of which type with --type"
    )]
    UnknownForm,
    /// JSON or URI that is not a job's.
    #[error("as inputs: {inputs}; as a result: {result}")]
    Neither { inputs: chinampa_jobs::Error, result: chinampa_jobs::Error },
    /// A raw buffer that is not of its type.
    #[error(transparent)]
    Jobs(#[from] chinampa_jobs::Error),
    /// Inputs or outputs that are not the circuit's.
    #[error(transparent)]
    Circuit(#[from] CircuitDataError),
    /// The AVM's inputs are JSON, and these are not.
    #[error("the inputs are not JSON: {0}")]
    Avm(serde_json::Error),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

/// What to look at.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// Inputs or result: JSON, a `data:` URI, or (with --type) the raw inputs of a file store; `-` for stdin.
    file: PathBuf,
    /// Type of raw inputs, by Aztec's name: PARITY_BASE, ROOT_ROLLUP, ...
    #[arg(long = "type", value_parser = |name: &str| name.parse::<RequestType>())]
    request_type: Option<RequestType>,
    /// Epoch for the job id of inputs.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=MAX_EPOCH_NUMBER))]
    epoch: u64,
    /// Print one JSON document, with everything that was decoded.
    #[arg(long)]
    json: bool,
}

/// A job's inputs or result, decoded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    what: &'static str,
    #[serde(rename = "type")]
    type_name: &'static str,
    type_number: u8,
    /// Bytes of the inputs, or of the result's public inputs.
    len_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<String>,
    /// Fields of the circuit's input witness, or of its public inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<ProofReport>,
    decoded: Value,
}

/// A result's proof.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProofReport {
    fields: usize,
    /// Aztec's simulated prover counts 1, 2, 3, ... (or leaves zeros) and makes no binary proof.
    simulated: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Inspect) -> Result<(), InspectError> {
    let bytes = read(&arguments.file)?;
    let report = report(&bytes, arguments)?;
    if arguments.json {
        output::json(&report)?
    } else {
        output::text(&lines(&report))?
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, InspectError> {
    let name = path.display().to_string();
    let limit = limits::MAX_URI_LEN as u64;
    let mut bytes = Vec::new();
    let read = if name == "-" {
        io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
    };
    let count = read.map_err(|source| InspectError::Read { path: name.clone(), source })?;
    if count as u64 > limit { Err(InspectError::TooLong { path: name, limit }) } else { Ok(bytes) }
}

fn report(bytes: &[u8], arguments: &Inspect) -> Result<Report, InspectError> {
    let epoch = EpochNumber::new(arguments.epoch)?;
    if let Some(request_type) = arguments.request_type {
        return inputs_report(&JobInputs::from_buffer(request_type, bytes.to_vec())?, epoch);
    }
    let text = bytes.trim_ascii();
    let (inputs, result) = match text.first() {
        Some(b'{') => (JobInputs::from_json(text), JobResult::from_json(text)),
        Some(b'd') => {
            let uri = String::from_utf8_lossy(text).parse::<ProofUri>()?;
            (JobInputs::from_inline_uri(&uri), JobResult::from_inline_uri(&uri))
        }
        _ => return Err(InspectError::UnknownForm),
    };
    match (inputs, result) {
        (Ok(inputs), _) => inputs_report(&inputs, epoch),
        (_, Ok(result)) => result_report(&result),
        (Err(inputs), Err(result)) => Err(InspectError::Neither { inputs, result }),
    }
}

fn inputs_report(inputs: &JobInputs, epoch: EpochNumber) -> Result<Report, InspectError> {
    let request_type = inputs.request_type();
    let (fields, decoded) = if request_type == RequestType::PublicVm {
        (None, serde_json::from_slice(inputs.buffer()).map_err(InspectError::Avm)?)
    } else {
        let circuit = CircuitInputs::decode(request_type.number().into(), inputs.buffer())?;
        (Some(circuit.fields().len()), to_value(&circuit))
    };
    Ok(Report {
        what: "inputs",
        type_name: request_type.name(),
        type_number: request_type.number(),
        len_bytes: inputs.buffer().len(),
        job_id: Some(inputs.job_id(epoch).to_string()),
        fields,
        proof: None,
        decoded,
    })
}

fn result_report(result: &JobResult) -> Result<Report, InspectError> {
    let request_type = result.request_type();
    let outputs = result.outputs().map(|outputs| outputs.public_inputs.as_slice()).unwrap_or_default();
    let (fields, decoded) = if request_type == RequestType::PublicVm {
        (None, Value::Null)
    } else {
        let circuit = CircuitOutputs::decode(request_type.number().into(), outputs)?;
        (Some(circuit.fields().len()), to_value(&circuit))
    };
    let proof = result.proof();
    Ok(Report {
        what: "result",
        type_name: request_type.name(),
        type_number: request_type.number(),
        len_bytes: outputs.len(),
        job_id: None,
        fields,
        proof: Some(ProofReport { fields: proof.fields().len(), simulated: proof.binary().is_empty() }),
        decoded,
    })
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("Aztec's objects have text keys only")
}

/// The report for people: what it is, then the members of the decoded object that fit a line each.
fn lines(report: &Report) -> String {
    let mut text = format!(
        "{} of {} (type {}), {} bytes\n",
        report.what, report.type_name, report.type_number, report.len_bytes
    );
    if let Some(id) = &report.job_id {
        push(&mut text, "job id", id);
    }
    if let Some(fields) = report.fields {
        let label = if report.what == "inputs" { "witness entries" } else { "public inputs" };
        push(&mut text, label, &fields.to_string());
    }
    if let Some(proof) = &report.proof {
        let kind = if proof.simulated { "simulated, no SNARK" } else { "real" };
        push(&mut text, "proof", &format!("{} fields, {kind}", proof.fields));
    }
    for (key, value) in report.decoded.as_object().into_iter().flatten() {
        push(&mut text, key, &summary(value));
    }
    text
}

fn push(text: &mut String, label: &str, value: &str) {
    writeln!(text, "  {label:<28} {value}").expect("writing to a string does not fail");
}

fn summary(value: &Value) -> String {
    match value {
        Value::Object(members) => format!("{} members (--json shows them)", members.len()),
        Value::Array(items) => format!("{} items (--json shows them)", items.len()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
