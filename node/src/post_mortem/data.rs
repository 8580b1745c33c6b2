//! Aztec's `EpochProvingJobData`.

use std::collections::{BTreeMap, BTreeSet};

use chinampa_protocol::Fr;
use chinampa_protocol::block::{BlockHeader, Checkpoint};
use chinampa_protocol::codec::{CountPrefix, Decode, DecodeError, DecodeErrorKind, Encode, Reader};
use chinampa_protocol::constants::NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP;
use chinampa_protocol::tx::Tx;

use super::CommitteeAttestation;
use crate::execution::CheckpointInput;

/// Most checkpoints of an epoch.
const CHECKPOINTS_MAX: usize = 32;
/// Most txs that are read.
const TXS_MAX: usize = 1 << 16;
/// Most members of a committee.
const COMMITTEE_MAX: usize = 1 << 10;

/// All that an epoch's proof is made of, besides the world state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochJobData {
    /// The epoch.
    pub epoch: u32,
    /// Header of the block before the first one.
    pub previous_block_header: BlockHeader,
    /// Its checkpoints, in order.
    pub checkpoints: Vec<Checkpoint>,
    /// Their txs.
    pub txs: Vec<Tx>,
    /// L1 to L2 messages by checkpoint, without padding.
    pub messages: BTreeMap<u32, Vec<Fr>>,
    /// Of the last checkpoint.
    pub attestations: Vec<CommitteeAttestation>,
}

/// Why data are not those of an epoch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobDataError {
    /// The bytes are not the data of an epoch.
    #[error("the bytes are not the data of an epoch")]
    Decode(#[from] DecodeError),
    /// There is nothing to prove.
    #[error("there are no checkpoints to prove, or one without blocks")]
    Empty,
    /// The previous header is of another block.
    #[error("the first block is {first}, but the header before it is of block {previous}")]
    PreviousHeader {
        /// The first block.
        first: u32,
        /// The block of the header.
        previous: u32,
    },
    /// A checkpoint without an entry for its messages.
    #[error("the messages of checkpoint {checkpoint} are missing")]
    Messages {
        /// The checkpoint.
        checkpoint: u32,
    },
}

impl Encode for EpochJobData {
    fn encode(&self, out: &mut Vec<u8>) {
        self.epoch.encode(out);
        self.previous_block_header.encode(out);
        list(&self.checkpoints, out);
        list(&self.txs, out);
        count(self.messages.len()).encode(out);
        for (checkpoint, messages) in &self.messages {
            checkpoint.encode(out);
            list(messages, out);
        }
        list(&self.attestations, out);
    }
}

impl Decode for EpochJobData {
    const LEN_BYTES_MIN: usize = 4 + BlockHeader::LEN_BYTES_MIN + 16;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let epoch = u32::decode(reader)?;
        let previous_block_header = BlockHeader::decode(reader)?;
        let checkpoints = reader.counted(CountPrefix::U32, CHECKPOINTS_MAX)?;
        let txs = reader.counted(CountPrefix::U32, TXS_MAX)?;
        let offset = reader.offset();
        let count = u32::decode(reader)? as usize;
        if count > CHECKPOINTS_MAX {
            let kind = DecodeErrorKind::TooMany { limit: CHECKPOINTS_MAX, actual: count };
            return Err(DecodeError::new(offset, kind));
        }
        let mut messages = BTreeMap::new();
        for _ in 0..count {
            let checkpoint = u32::decode(reader)?;
            messages
                .insert(checkpoint, reader.counted(CountPrefix::U32, NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP)?);
        }
        let attestations = reader.counted(CountPrefix::U32, COMMITTEE_MAX)?;
        Ok(Self { epoch, previous_block_header, checkpoints, txs, messages, attestations })
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).expect("an epoch's lists are short")
}

fn list<T: Encode>(items: &[T], out: &mut Vec<u8>) {
    count(items.len()).encode(out);
    items.iter().for_each(|item| item.encode(out));
}

impl EpochJobData {
    /// Reads and checks data as Aztec's node writes them.
    ///
    /// # Errors
    /// [`JobDataError`]
    pub fn read(bytes: &[u8]) -> Result<Self, JobDataError> {
        let data = Self::from_bytes(bytes)?;
        data.check()?;
        Ok(data)
    }

    /// What Aztec's node checks of data.
    fn check(&self) -> Result<(), JobDataError> {
        if self.checkpoints.is_empty()
            || self.checkpoints.iter().any(|checkpoint| checkpoint.blocks.is_empty())
        {
            return Err(JobDataError::Empty);
        }
        let first = self.checkpoints[0].blocks[0].header.global_variables.block_number;
        let previous = self.previous_block_header.global_variables.block_number;
        if previous.checked_add(1) != Some(first) {
            return Err(JobDataError::PreviousHeader { first, previous });
        }
        let numbers = self.checkpoints.iter().map(|checkpoint| checkpoint.number);
        match numbers.into_iter().find(|number| !self.messages.contains_key(number)) {
            Some(checkpoint) => Err(JobDataError::Messages { checkpoint }),
            None => Ok(()),
        }
    }

    /// What execution is given for each checkpoint, in order.
    pub fn inputs(&self) -> Vec<CheckpointInput> {
        let txs: BTreeMap<Fr, &Tx> = self.txs.iter().map(|tx| (tx.tx_hash, tx)).collect();
        let mut previous_block_header = self.previous_block_header;
        let inputs = self.checkpoints.iter().map(|checkpoint| {
            let effects = checkpoint.blocks.iter().flat_map(|block| &block.body.tx_effects);
            let hashes: BTreeSet<Fr> = effects.map(|effect| effect.tx_hash).collect();
            let found = hashes.iter().filter_map(|hash| Some((*hash, (*txs.get(hash)?).clone())));
            let input = CheckpointInput {
                checkpoint: checkpoint.clone(),
                l1_to_l2_messages: self.messages.get(&checkpoint.number).cloned().unwrap_or_default(),
                txs: found.collect(),
                previous_block_header,
            };
            if let Some(last) = checkpoint.blocks.last() {
                previous_block_header = last.header;
            }
            input
        });
        inputs.collect()
    }
}
