//! Bytes of keys and values.
//!
//! A key is the epoch, 8 bytes big-endian, and the id, so that an epoch is a range and keys order as jobs do. A value
//! starts with a version byte. Integers in values are little-endian.

use std::sync::Arc;

use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, JobId, ProofUri, ProvingJob, RequestType};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::queue::{Change, History, Settlement, StoredJob, StoredLease};

/// First byte of every value.
const VERSION: u8 = 1;
/// First byte of a history. Values with [`VERSION`] in its place have only a count of failures (u32).
const HISTORY_VERSION: u8 = 2;

/// First byte of a job of a producer's trace.
const TRACED_VERSION: u8 = 2;
/// Length of a trace: number, span and flags.
const TRACE_LEN: usize = 16 + 8 + 1;

/// Table of jobs: version, sequence (u64), type (u8), for [`TRACED_VERSION`] the trace, inputs URI.
pub(super) const JOBS: &str = "jobs";
/// Table of settlements: version, kind (u8), text.
pub(super) const SETTLEMENTS: &str = "settlements";
/// Table of hand-outs: version, bincode of [`StoredLease`].
pub(super) const LEASES: &str = "leases";
/// Table of failures: version, bincode of [`History`].
pub(super) const FAILURES: &str = "failures";

/// Most memory that reading a history or a hand-out may take.
const MAX_DECODED_LEN: usize = 1 << 20;

/// The log of changes.
const LOG: &str = "log";

const FULFILLED: u8 = 0;
const REJECTED: u8 = 1;
const ABORTED: u8 = 2;

pub(super) fn key(epoch: EpochNumber, id: &JobId) -> Vec<u8> {
    [&epoch.get().to_be_bytes()[..], id.as_str().as_bytes()].concat()
}

/// The first key of an epoch.
pub(super) fn epoch_start(epoch: EpochNumber) -> [u8; 8] {
    epoch.get().to_be_bytes()
}

pub(super) fn job(job: &ProvingJob, sequence: u64, trace: Option<&TraceContext>) -> Vec<u8> {
    let uri = job.inputs_uri.as_str().as_bytes();
    let mut value = Vec::with_capacity(10 + TRACE_LEN + uri.len());
    value.push(if trace.is_some() { TRACED_VERSION } else { VERSION });
    value.extend_from_slice(&sequence.to_le_bytes());
    value.push(job.request_type.number());
    if let Some(TraceContext { trace_id, span_id, flags }) = trace {
        value.extend_from_slice(trace_id);
        value.extend_from_slice(span_id);
        value.push(*flags);
    }
    value.extend_from_slice(uri);
    value
}

pub(super) fn settlement(settlement: &Settlement) -> Vec<u8> {
    let (kind, text) = match settlement {
        Settlement::Fulfilled(value) => (FULFILLED, value.as_str()),
        Settlement::Rejected(reason) => (REJECTED, &**reason),
        Settlement::Aborted => (ABORTED, ""),
    };
    [&[VERSION, kind], text.as_bytes()].concat()
}

pub(super) fn history(history: &History) -> Vec<u8> {
    with_version(HISTORY_VERSION, history)
}

pub(super) fn lease(lease: &StoredLease) -> Vec<u8> {
    with_version(VERSION, lease)
}

fn with_version(version: u8, value: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![version];
    bincode::serde::encode_into_std_write(value, &mut bytes, bincode::config::standard())
        .expect("plain data, written to memory");
    bytes
}

pub(super) fn read_job(key: &[u8], value: &[u8]) -> Result<StoredJob, StoreError> {
    let damaged = |reason| StoreError::Record { table: JOBS, reason };
    let (epoch, id) = key.split_first_chunk().ok_or_else(|| damaged("short key"))?;
    let epoch_number =
        EpochNumber::new(u64::from_be_bytes(*epoch)).map_err(|_| damaged("epoch out of range"))?;
    let id: JobId = text(id, JOBS)?.parse().map_err(|_| damaged("empty or long id"))?;
    let (is_traced, body) = match value.split_first() {
        Some((&TRACED_VERSION, body)) => (true, body),
        _ => (false, versioned(value, JOBS)?),
    };
    let (sequence, body) = body.split_first_chunk().ok_or_else(|| damaged("short value"))?;
    let (number, mut uri) = body.split_first().ok_or_else(|| damaged("short value"))?;
    let mut trace = None;
    if is_traced {
        let (bytes, rest) = uri.split_first_chunk::<TRACE_LEN>().ok_or_else(|| damaged("short value"))?;
        (trace, uri) = (read_trace(bytes), rest);
    }
    let request_type = RequestType::from_number(u64::from(*number)).ok_or_else(|| damaged("unknown type"))?;
    let inputs_uri: ProofUri = text(uri, JOBS)?.parse().map_err(|_| damaged("long URI"))?;
    let job = ProvingJob { id, request_type, epoch_number, inputs_uri };
    Ok(StoredJob::new(job, u64::from_le_bytes(*sequence), trace))
}

fn read_trace(bytes: &[u8; TRACE_LEN]) -> Option<TraceContext> {
    let (trace_id, rest) = bytes.split_first_chunk()?;
    let (span_id, rest) = rest.split_first_chunk()?;
    Some(TraceContext { trace_id: *trace_id, span_id: *span_id, flags: *rest.first()? })
}

pub(super) fn read_settlement(value: &[u8]) -> Result<Settlement, StoreError> {
    let damaged = |reason| StoreError::Record { table: SETTLEMENTS, reason };
    let (kind, body) = versioned(value, SETTLEMENTS)?.split_first().ok_or_else(|| damaged("short value"))?;
    let body = text(body, SETTLEMENTS)?;
    match *kind {
        FULFILLED => Ok(Settlement::Fulfilled(body.parse().map_err(|_| damaged("long URI"))?)),
        REJECTED => Ok(Settlement::Rejected(Arc::from(body))),
        ABORTED => Ok(Settlement::Aborted),
        _ => Err(damaged("unknown kind")),
    }
}

pub(super) fn read_history(value: &[u8]) -> Result<History, StoreError> {
    let damaged = |reason| StoreError::Record { table: FAILURES, reason };
    match value.split_first() {
        Some((&HISTORY_VERSION, body)) => decoded(body, FAILURES),
        Some((&VERSION, body)) => {
            let bytes = body.try_into().map_err(|_| damaged("wrong length"))?;
            Ok(History::with_failures(u32::from_le_bytes(bytes)))
        }
        _ => Err(damaged("unknown version")),
    }
}

/// An entry of a log: version, bincode of the changes.
pub(super) fn changes(changes: &[Change]) -> Vec<u8> {
    with_version(VERSION, &changes)
}

pub(super) fn read_changes(value: &[u8]) -> Result<Vec<Change>, StoreError> {
    let body = versioned(value, LOG)?;
    match bincode::serde::decode_from_slice(body, bincode::config::standard()) {
        Ok((changes, len)) if len == body.len() => Ok(changes),
        Ok(_) => Err(StoreError::Record { table: LOG, reason: "wrong length" }),
        Err(_) => Err(StoreError::Record { table: LOG, reason: "not readable" }),
    }
}

/// The key of a job whose parts are not checked yet.
pub(super) fn raw_key(epoch: u64, id: &[u8]) -> Vec<u8> {
    [&epoch.to_be_bytes()[..], id].concat()
}

pub(super) fn read_lease(value: &[u8]) -> Result<StoredLease, StoreError> {
    decoded(versioned(value, LEASES)?, LEASES)
}

fn decoded<T: DeserializeOwned>(body: &[u8], table: &'static str) -> Result<T, StoreError> {
    let config = bincode::config::standard().with_limit::<MAX_DECODED_LEN>();
    match bincode::serde::decode_from_slice(body, config) {
        Ok((value, len)) if len == body.len() => Ok(value),
        Ok(_) => Err(StoreError::Record { table, reason: "wrong length" }),
        Err(_) => Err(StoreError::Record { table, reason: "not readable" }),
    }
}

fn versioned<'a>(value: &'a [u8], table: &'static str) -> Result<&'a [u8], StoreError> {
    match value.split_first() {
        Some((&VERSION, body)) => Ok(body),
        _ => Err(StoreError::Record { table, reason: "unknown version" }),
    }
}

fn text<'a>(bytes: &'a [u8], table: &'static str) -> Result<&'a str, StoreError> {
    std::str::from_utf8(bytes).map_err(|_| StoreError::Record { table, reason: "not UTF-8" })
}
