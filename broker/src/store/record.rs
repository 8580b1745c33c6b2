//! Bytes of keys and values.
//!
//! A key is the epoch, 8 bytes big-endian, and the id, so that an epoch is a range and keys order as jobs do. A value
//! starts with a version byte. Integers in values are little-endian.

use std::sync::Arc;

use chinampa_jobs::{EpochNumber, JobId, ProofUri, ProvingJob, RequestType};

use super::StoreError;
use crate::queue::Settlement;

/// First byte of every value.
const VERSION: u8 = 1;

/// Table of jobs: version, sequence (u64), type (u8), inputs URI.
pub(super) const JOBS: &str = "jobs";
/// Table of settlements: version, kind (u8), text.
pub(super) const SETTLEMENTS: &str = "settlements";
/// Table of failures: version, count (u32).
pub(super) const FAILURES: &str = "failures";

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

pub(super) fn job(job: &ProvingJob, sequence: u64) -> Vec<u8> {
    let uri = job.inputs_uri.as_str().as_bytes();
    let mut value = Vec::with_capacity(10 + uri.len());
    value.push(VERSION);
    value.extend_from_slice(&sequence.to_le_bytes());
    value.push(job.request_type.number());
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

pub(super) fn failures(count: u32) -> Vec<u8> {
    [&[VERSION][..], &count.to_le_bytes()].concat()
}

pub(super) fn read_job(key: &[u8], value: &[u8]) -> Result<(ProvingJob, u64), StoreError> {
    let damaged = |reason| StoreError::Record { table: JOBS, reason };
    let (epoch, id) = key.split_first_chunk().ok_or_else(|| damaged("short key"))?;
    let epoch_number =
        EpochNumber::new(u64::from_be_bytes(*epoch)).map_err(|_| damaged("epoch out of range"))?;
    let id: JobId = text(id, JOBS)?.parse().map_err(|_| damaged("empty or long id"))?;
    let body = versioned(value, JOBS)?;
    let (sequence, body) = body.split_first_chunk().ok_or_else(|| damaged("short value"))?;
    let (number, uri) = body.split_first().ok_or_else(|| damaged("short value"))?;
    let request_type = RequestType::from_number(u64::from(*number)).ok_or_else(|| damaged("unknown type"))?;
    let inputs_uri: ProofUri = text(uri, JOBS)?.parse().map_err(|_| damaged("long URI"))?;
    Ok((ProvingJob { id, request_type, epoch_number, inputs_uri }, u64::from_le_bytes(*sequence)))
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

pub(super) fn read_failures(value: &[u8]) -> Result<u32, StoreError> {
    let body = versioned(value, FAILURES)?;
    let bytes =
        body.try_into().map_err(|_| StoreError::Record { table: FAILURES, reason: "wrong length" })?;
    Ok(u32::from_le_bytes(bytes))
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
