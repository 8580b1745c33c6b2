//! Fields to effects, strictly: what is accepted is exactly what the encoder writes.

use std::fmt;

use chinampa_kernels::Fr;

use super::marker::{BlockEndMarker, BlockEndState, TxStartMarker, checkpoint_end};
use super::{BlockBlobData, BlockEnd, CheckpointBlobData};
use crate::address::AztecAddress;
use crate::block::BLOCKS_PER_CHECKPOINT_MAX;
use crate::circuits::{ContractClassLogFields, PublicDataWrite};
use crate::codec::Array;
use crate::constants::{
    CONTRACT_CLASS_LOG_SIZE_IN_FIELDS, FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH, MAX_L2_TO_L1_MSGS_PER_TX,
    MAX_NOTE_HASHES_PER_TX, MAX_NULLIFIERS_PER_TX, MAX_PRIVATE_LOGS_PER_TX,
    MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX, PRIVATE_LOG_SIZE_IN_FIELDS,
};
use crate::tx::{ContractClassLog, PrivateLog, PublicLog, RevertCode, TxEffect};

/// Fields that are not a checkpoint. Such a checkpoint is unreadable for every node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamError {
    index: usize,
    kind: StreamErrorKind,
}

/// What was expected and what came instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamErrorKind {
    /// The fields end inside an item.
    #[error("expected {expected} more fields, {actual} are left")]
    Truncated {
        /// Fields that the item still needs.
        expected: usize,
        /// Fields that are left.
        actual: usize,
    },
    /// Neither a tx, nor the end of a block or checkpoint.
    #[error("expected a marker, got {actual}")]
    Marker {
        /// The field.
        actual: Fr,
    },
    /// A count above what a tx or block may have.
    #[error("expected at most {limit} {what}, got {actual}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most there may be.
        limit: usize,
        /// The count.
        actual: usize,
    },
    /// A count or value that contradicts the rest.
    #[error("{what}: expected {expected}, got {actual}")]
    Count {
        /// Of what.
        what: &'static str,
        /// What the rest demands.
        expected: usize,
        /// What came.
        actual: usize,
    },
    /// A field that must not be zero, or must be.
    #[error("{what} must {not}be zero", not = if *.zero { "" } else { "not " })]
    Zero {
        /// Which field.
        what: &'static str,
        /// Whether it must be zero.
        zero: bool,
    },
    /// A field too wide for its parts.
    #[error("{what} is out of range: {actual}")]
    Range {
        /// Which field.
        what: &'static str,
        /// The field.
        actual: Fr,
    },
}

impl StreamError {
    /// Position of the field at fault among all fields of the checkpoint.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What was expected and what came instead.
    pub fn kind(&self) -> &StreamErrorKind {
        &self.kind
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blob field {}: {}", self.index, self.kind)
    }
}

impl std::error::Error for StreamError {}

/// A cursor over the fields.
struct Cursor<'a> {
    fields: &'a [Fr],
    index: usize,
}

impl<'a> Cursor<'a> {
    fn error(&self, kind: StreamErrorKind) -> StreamError {
        StreamError { index: self.index, kind }
    }

    fn take(&mut self, count: usize) -> Result<&'a [Fr], StreamError> {
        let left = self.fields.len() - self.index;
        if count > left {
            return Err(self.error(StreamErrorKind::Truncated { expected: count, actual: left }));
        }
        let taken = &self.fields[self.index..self.index + count];
        self.index += count;
        Ok(taken)
    }

    fn next(&mut self) -> Result<Fr, StreamError> {
        Ok(self.take(1)?[0])
    }

    /// A field that must be a length of at most `limit`.
    fn length(&mut self, what: &'static str, limit: usize) -> Result<usize, StreamError> {
        let limbs = self.next()?.to_canonical_limbs();
        let wide = limbs[1] | limbs[2] | limbs[3] != 0;
        let actual = if wide { usize::MAX } else { usize::try_from(limbs[0]).unwrap_or(usize::MAX) };
        self.within(what, limit, actual)
    }

    fn within(&self, what: &'static str, limit: usize, actual: usize) -> Result<usize, StreamError> {
        if actual > limit {
            return Err(self.error(StreamErrorKind::TooMany { what, limit, actual }));
        }
        Ok(actual)
    }

    fn equal(&self, what: &'static str, expected: usize, actual: usize) -> Result<(), StreamError> {
        if expected != actual {
            return Err(self.error(StreamErrorKind::Count { what, expected, actual }));
        }
        Ok(())
    }

    /// `count` fields, none of them zero.
    fn non_zero(&mut self, what: &'static str, count: usize) -> Result<Vec<Fr>, StreamError> {
        let taken = self.take(count)?;
        if let Some(at) = taken.iter().position(Fr::is_zero) {
            let index = self.index - count + at;
            return Err(StreamError { index, kind: StreamErrorKind::Zero { what, zero: false } });
        }
        Ok(taken.to_vec())
    }
}

pub(super) fn checkpoint(fields: &[Fr]) -> Result<CheckpointBlobData, StreamError> {
    let mut cursor = Cursor { fields, index: 0 };
    let mut blocks = Vec::new();
    let mut tx_effects = Vec::new();
    loop {
        let marker = cursor.next()?;
        if let Some(start) = TxStartMarker::from_field(marker) {
            tx_effects.push(tx(&mut cursor, &start)?);
        } else if let Some(end) = BlockEndMarker::from_field(marker) {
            let first = blocks.is_empty();
            cursor.equal("txs of the block", tx_effects.len(), usize::from(end.num_txs))?;
            if tx_effects.is_empty() && !first {
                return Err(cursor.error(StreamErrorKind::Zero { what: "txs of a later block", zero: false }));
            }
            cursor.within("blocks", BLOCKS_PER_CHECKPOINT_MAX, blocks.len() + 1)?;
            let end = block_end(&mut cursor, end, first)?;
            blocks.push(BlockBlobData { tx_effects: std::mem::take(&mut tx_effects), end });
        } else if let Some(count) = checkpoint_end(marker) {
            cursor.equal("fields of the checkpoint", cursor.index, count as usize)?;
            cursor.equal("txs behind the last block", 0, tx_effects.len())?;
            if blocks.is_empty() {
                return Err(cursor.error(StreamErrorKind::Zero { what: "blocks", zero: false }));
            }
            return padding(&cursor).map(|()| CheckpointBlobData { blocks });
        } else {
            return Err(StreamError {
                index: cursor.index - 1,
                kind: StreamErrorKind::Marker { actual: marker },
            });
        }
    }
}

fn padding(cursor: &Cursor<'_>) -> Result<(), StreamError> {
    match cursor.fields[cursor.index..].iter().position(|field| !field.is_zero()) {
        None => Ok(()),
        Some(at) => Err(StreamError {
            index: cursor.index + at,
            kind: StreamErrorKind::Zero { what: "padding", zero: true },
        }),
    }
}

fn block_end(cursor: &mut Cursor<'_>, marker: BlockEndMarker, first: bool) -> Result<BlockEnd, StreamError> {
    let state = cursor.next()?;
    let state = BlockEndState::from_field(state)
        .ok_or_else(|| cursor.error(StreamErrorKind::Range { what: "state of the block", actual: state }))?;
    Ok(BlockEnd {
        timestamp: marker.timestamp,
        block_number: marker.block_number,
        state,
        last_archive_root: cursor.next()?,
        note_hash_root: cursor.next()?,
        nullifier_root: cursor.next()?,
        public_data_root: cursor.next()?,
        l1_to_l2_message_root: if first { Some(cursor.next()?) } else { None },
    })
}

fn tx(cursor: &mut Cursor<'_>, start: &TxStartMarker) -> Result<TxEffect, StreamError> {
    let begin = cursor.index - 1;
    let revert_code = RevertCode::try_from(start.revert_code).map_err(|_| {
        cursor.error(StreamErrorKind::TooMany {
            what: "revert code",
            limit: 3,
            actual: start.revert_code.into(),
        })
    })?;
    let note_hashes = cursor.within("note hashes", MAX_NOTE_HASHES_PER_TX, start.note_hashes.into())?;
    let nullifiers = cursor.within("nullifiers", MAX_NULLIFIERS_PER_TX, start.nullifiers.into())?;
    if nullifiers == 0 {
        return Err(cursor.error(StreamErrorKind::Zero { what: "nullifiers of a tx", zero: false }));
    }
    let messages = cursor.within("messages", MAX_L2_TO_L1_MSGS_PER_TX, start.l2_to_l1_msgs.into())?;
    let writes_max = MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX;
    let writes = cursor.within("public data writes", writes_max, start.public_data_writes.into())?;
    let effect = TxEffect {
        revert_code,
        tx_hash: cursor.next()?,
        transaction_fee: cursor.next()?,
        note_hashes: cursor.non_zero("note hash", note_hashes)?,
        nullifiers: cursor.non_zero("nullifier", nullifiers)?,
        l2_to_l1_msgs: cursor.non_zero("message", messages)?,
        public_data_writes: cursor
            .take(2 * writes)?
            .chunks_exact(2)
            .map(|pair| PublicDataWrite { leaf_slot: pair[0], value: pair[1] })
            .collect(),
        private_logs: private_logs(cursor, start)?,
        public_logs: public_logs(cursor, start.public_logs_length as usize)?,
        contract_class_logs: contract_class_log(cursor, start.contract_class_log_length.into())?,
    };
    cursor.equal("fields of the tx", cursor.index - begin, start.blob_fields as usize)?;
    Ok(effect)
}

fn private_logs(cursor: &mut Cursor<'_>, start: &TxStartMarker) -> Result<Vec<PrivateLog>, StreamError> {
    let count = cursor.within("private logs", MAX_PRIVATE_LOGS_PER_TX, start.private_logs.into())?;
    let begin = cursor.index;
    let mut logs = Vec::new();
    for _ in 0..count {
        let length = cursor.length("fields of a private log", PRIVATE_LOG_SIZE_IN_FIELDS)?;
        let fields = Array::padded(cursor.take(length)?.iter().copied()).expect("checked against the size");
        logs.push(PrivateLog {
            fields,
            emitted_length: u32::try_from(length).expect("checked against the size"),
        });
    }
    let length = cursor.index - begin - count;
    cursor.equal("fields of the private logs", length, start.private_logs_length.into())?;
    Ok(logs)
}

fn public_logs(cursor: &mut Cursor<'_>, length: usize) -> Result<Vec<PublicLog>, StreamError> {
    let end =
        cursor.index + cursor.within("fields of public logs", FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH, length)?;
    let mut logs = Vec::new();
    while cursor.index < end {
        let count = cursor.length("fields of a public log", FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH)?;
        let contract_address = AztecAddress(cursor.next()?);
        logs.push(PublicLog { contract_address, fields: cursor.take(count)?.to_vec() });
    }
    cursor.equal("end of the public logs", end, cursor.index)?;
    Ok(logs)
}

fn contract_class_log(cursor: &mut Cursor<'_>, length: usize) -> Result<Vec<ContractClassLog>, StreamError> {
    if length == 0 {
        return Ok(Vec::new());
    }
    let limit = CONTRACT_CLASS_LOG_SIZE_IN_FIELDS;
    cursor.within("fields of a contract class log", limit, length)?;
    let contract_address = AztecAddress(cursor.next()?);
    let fields = Array::padded(cursor.take(length)?.iter().copied()).expect("checked against the size");
    let emitted_length = u32::try_from(length).expect("checked against the size");
    Ok(vec![ContractClassLog { contract_address, fields: ContractClassLogFields { fields }, emitted_length }])
}
