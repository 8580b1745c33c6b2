//! The markers: integers of up to 216 bits whose parts are read from the top.

use chinampa_kernels::Fr;

use crate::constants::{BLOCK_END_PREFIX, CHECKPOINT_END_PREFIX, TX_START_PREFIX};

/// Writes parts of given widths, most significant first, into the low bits of a field.
struct Packer([u64; 4]);

impl Packer {
    fn push(&mut self, value: u64, bits: u32) {
        debug_assert!(bits == 64 || value >> bits == 0, "{value} fits {bits} bits");
        let limbs = &mut self.0;
        if bits == 64 {
            *limbs = [value, limbs[0], limbs[1], limbs[2]];
            return;
        }
        for index in (1..4).rev() {
            limbs[index] = limbs[index] << bits | limbs[index - 1] >> (64 - bits);
        }
        limbs[0] = limbs[0] << bits | value;
    }

    fn finish(self) -> Fr {
        Fr::from_canonical_limbs(self.0).expect("at most 216 bits are canonical")
    }
}

/// Reads parts of given widths from the low bits of a field, least significant first.
struct Unpacker([u64; 4]);

impl Unpacker {
    fn new(field: Fr) -> Self {
        Self(field.to_canonical_limbs())
    }

    fn pop(&mut self, bits: u32) -> u64 {
        let limbs = &mut self.0;
        if bits == 64 {
            let value = limbs[0];
            *limbs = [limbs[1], limbs[2], limbs[3], 0];
            return value;
        }
        let value = limbs[0] & ((1 << bits) - 1);
        for index in 0..3 {
            limbs[index] = limbs[index] >> bits | limbs[index + 1] << (64 - bits);
        }
        limbs[3] >>= bits;
        value
    }

    /// What is left above the parts read so far; `None` above 64 bits.
    fn rest(self) -> Option<u64> {
        (self.0[1] | self.0[2] | self.0[3] == 0).then_some(self.0[0])
    }
}

fn to_u16(value: u64) -> u16 {
    u16::try_from(value).expect("popped 16 bits")
}

fn to_u32(value: u64) -> u32 {
    u32::try_from(value).expect("popped 32 bits")
}

/// Starts a tx: how many of everything follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TxStartMarker {
    /// Note hashes.
    pub note_hashes: u16,
    /// Nullifiers.
    pub nullifiers: u16,
    /// Messages to Ethereum.
    pub l2_to_l1_msgs: u16,
    /// Writes to public storage, two fields each.
    pub public_data_writes: u16,
    /// Private logs.
    pub private_logs: u16,
    /// Fields of all private logs, without their length fields.
    pub private_logs_length: u16,
    /// Fields of all public logs, with their length and address fields.
    pub public_logs_length: u32,
    /// Fields of the contract class log, without its address; zero for none.
    pub contract_class_log_length: u16,
    /// Which parts reverted.
    pub revert_code: u8,
    /// Fields of the whole tx, this one included.
    pub blob_fields: u32,
}

impl TxStartMarker {
    pub(super) fn to_field(self) -> Fr {
        let mut packer = Packer([0; 4]);
        packer.push(u64::from(TX_START_PREFIX), 32);
        packer.push(u64::from(self.note_hashes), 16);
        packer.push(u64::from(self.nullifiers), 16);
        packer.push(u64::from(self.l2_to_l1_msgs), 16);
        packer.push(u64::from(self.public_data_writes), 16);
        packer.push(u64::from(self.private_logs), 16);
        packer.push(u64::from(self.private_logs_length), 16);
        packer.push(u64::from(self.public_logs_length), 32);
        packer.push(u64::from(self.contract_class_log_length), 16);
        packer.push(u64::from(self.revert_code), 8);
        packer.push(u64::from(self.blob_fields), 32);
        packer.finish()
    }

    /// `None` if `field` does not start a tx.
    pub(super) fn from_field(field: Fr) -> Option<Self> {
        let mut unpacker = Unpacker::new(field);
        let blob_fields = to_u32(unpacker.pop(32));
        let revert_code = u8::try_from(unpacker.pop(8)).expect("popped 8 bits");
        let contract_class_log_length = to_u16(unpacker.pop(16));
        let public_logs_length = to_u32(unpacker.pop(32));
        let private_logs_length = to_u16(unpacker.pop(16));
        let private_logs = to_u16(unpacker.pop(16));
        let public_data_writes = to_u16(unpacker.pop(16));
        let l2_to_l1_msgs = to_u16(unpacker.pop(16));
        let nullifiers = to_u16(unpacker.pop(16));
        let note_hashes = to_u16(unpacker.pop(16));
        (unpacker.rest()? == u64::from(TX_START_PREFIX)).then_some(Self {
            note_hashes,
            nullifiers,
            l2_to_l1_msgs,
            public_data_writes,
            private_logs,
            private_logs_length,
            public_logs_length,
            contract_class_log_length,
            revert_code,
            blob_fields,
        })
    }
}

/// Ends a block: its time, number and how many txs it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockEndMarker {
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Block number.
    pub block_number: u32,
    /// Txs of the block.
    pub num_txs: u16,
}

impl BlockEndMarker {
    pub(super) fn to_field(self) -> Fr {
        let mut packer = Packer([0; 4]);
        packer.push(u64::from(BLOCK_END_PREFIX), 32);
        packer.push(self.timestamp, 64);
        packer.push(u64::from(self.block_number), 32);
        packer.push(u64::from(self.num_txs), 16);
        packer.finish()
    }

    /// `None` if `field` does not end a block.
    pub(super) fn from_field(field: Fr) -> Option<Self> {
        let mut unpacker = Unpacker::new(field);
        let num_txs = to_u16(unpacker.pop(16));
        let block_number = to_u32(unpacker.pop(32));
        let timestamp = unpacker.pop(64);
        (unpacker.rest()? == u64::from(BLOCK_END_PREFIX)).then_some(Self { timestamp, block_number, num_txs })
    }
}

/// Sizes of the trees after a block, and the execution gas it used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockEndState {
    /// Leaves of the message tree, below `2^36`.
    pub l1_to_l2_message_leaves: u64,
    /// Leaves of the note hash tree, below `2^42`.
    pub note_hash_leaves: u64,
    /// Leaves of the nullifier tree, below `2^42`.
    pub nullifier_leaves: u64,
    /// Leaves of the public data tree, below `2^40`.
    pub public_data_leaves: u64,
    /// Execution gas, below `2^48`.
    pub total_mana_used: u64,
}

impl BlockEndState {
    pub(super) fn to_field(self) -> Fr {
        let mut packer = Packer([0; 4]);
        packer.push(self.l1_to_l2_message_leaves, 36);
        packer.push(self.note_hash_leaves, 42);
        packer.push(self.nullifier_leaves, 42);
        packer.push(self.public_data_leaves, 40);
        packer.push(self.total_mana_used, 48);
        packer.finish()
    }

    /// `None` if `field` has more bits than the parts.
    pub(super) fn from_field(field: Fr) -> Option<Self> {
        let mut unpacker = Unpacker::new(field);
        let total_mana_used = unpacker.pop(48);
        let public_data_leaves = unpacker.pop(40);
        let nullifier_leaves = unpacker.pop(42);
        let note_hash_leaves = unpacker.pop(42);
        let l1_to_l2_message_leaves = unpacker.pop(36);
        (unpacker.rest()? == 0).then_some(Self {
            l1_to_l2_message_leaves,
            note_hash_leaves,
            nullifier_leaves,
            public_data_leaves,
            total_mana_used,
        })
    }
}

/// Appends the end of a checkpoint: a prefix and the number of fields, this one included.
pub(super) fn push_checkpoint_end(fields: &mut Vec<Fr>) {
    let count = fields.len() as u64 + 1;
    fields.push(Fr::from(u64::from(CHECKPOINT_END_PREFIX) << 32 | count));
}

/// The number of fields if `field` ends a checkpoint.
pub(super) fn checkpoint_end(field: Fr) -> Option<u32> {
    let mut unpacker = Unpacker::new(field);
    let count = to_u32(unpacker.pop(32));
    (unpacker.rest()? == u64::from(CHECKPOINT_END_PREFIX)).then_some(count)
}
