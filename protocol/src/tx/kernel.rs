//! What the client's kernel circuits prove of a tx: its public inputs, and so the body of the tx itself.

use chinampa_kernels::Fr;

use crate::address::AztecAddress;
use crate::block::BlockHeader;
use crate::codec::{Array, output};
use crate::constants::{
    MAX_CONTRACT_CLASS_LOGS_PER_TX, MAX_ENQUEUED_CALLS_PER_TX, MAX_L2_TO_L1_MSGS_PER_TX,
    MAX_NOTE_HASHES_PER_TX, MAX_NULLIFIERS_PER_TX, MAX_PRIVATE_LOGS_PER_TX, PRIVATE_LOG_SIZE_IN_FIELDS,
};
use crate::gas::{Gas, GasSettings};
use crate::messages::ScopedL2ToL1Message;

output! {
    /// Chain and gas settings. 144 bytes, 10 fields.
    #[derive(Copy, Hash)]
    pub struct TxContext {
        /// Chain id of L1.
        pub chain_id: Fr,
        /// Version of the rollup.
        pub version: Fr,
        /// What the tx is willing to use and pay.
        pub gas_settings: GasSettings,
    }
}

output! {
    /// What is fixed when a tx is built. 648 bytes, 34 fields.
    #[derive(Copy, Hash)]
    pub struct TxConstantData {
        /// The block whose state the client read.
        pub anchor_block_header: BlockHeader,
        /// Chain and gas settings.
        pub tx_context: TxContext,
        /// Root of the tree of verification keys.
        pub vk_tree_root: Fr,
        /// Hash of the protocol contracts.
        pub protocol_contracts_hash: Fr,
    }
}

output! {
    /// A log for a private recipient; its first field is a tag. 516 bytes, 17 fields.
    #[derive(Hash)]
    pub struct PrivateLog {
        /// Tag and ciphertext, zero padded.
        pub fields: Array<Fr, PRIVATE_LOG_SIZE_IN_FIELDS>,
        /// How many of them were emitted.
        pub emitted_length: u32,
    }
}

impl PrivateLog {
    /// The fields that were emitted; all of them if `emitted_length` claims more than there are.
    pub fn emitted(&self) -> &[Fr] {
        &self.fields[..self.fields.len().min(self.emitted_length as usize)]
    }
}

output! {
    /// Hash and length of a log that is carried beside the proof. 36 bytes, 2 fields.
    #[derive(Copy, Hash)]
    pub struct LogHash {
        /// Hash of the log's fields.
        pub value: Fr,
        /// How many fields were emitted.
        pub length: u32,
    }
}

output! {
    /// A log hash with the contract that emitted it. 68 bytes, 3 fields.
    #[derive(Copy, Hash)]
    pub struct ScopedLogHash {
        /// The hash.
        pub log_hash: LogHash,
        /// The contract.
        pub contract_address: AztecAddress,
    }
}

output! {
    /// A public call that the sequencer has to run. 97 bytes, 4 fields.
    #[derive(Copy, Hash)]
    pub struct PublicCallRequest {
        /// Caller.
        pub msg_sender: AztecAddress,
        /// Contract called.
        pub contract_address: AztecAddress,
        /// Whether it may not change state.
        pub is_static_call: bool,
        /// Hash of the calldata, function selector included.
        pub calldata_hash: Fr,
    }
}

impl PublicCallRequest {
    /// Whether this is padding.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

output! {
    /// Effects of a tx without public calls. 37,860 bytes, 1,243 fields. Lists are zero padded.
    #[derive(Hash)]
    pub struct PrivateToRollupAccumulatedData {
        /// Unique note hashes.
        pub note_hashes: Array<Fr, MAX_NOTE_HASHES_PER_TX>,
        /// Siloed nullifiers; the first is never zero.
        pub nullifiers: Array<Fr, MAX_NULLIFIERS_PER_TX>,
        /// Messages to Ethereum.
        pub l2_to_l1_msgs: Array<ScopedL2ToL1Message, MAX_L2_TO_L1_MSGS_PER_TX>,
        /// Logs for private recipients.
        pub private_logs: Array<PrivateLog, MAX_PRIVATE_LOGS_PER_TX>,
        /// Hashes of logs that publish contract classes.
        pub contract_class_logs_hashes: Array<ScopedLogHash, MAX_CONTRACT_CLASS_LOGS_PER_TX>,
    }
}

output! {
    /// Effects and public calls of one phase of a tx with public calls. 40,964 bytes, 1,371 fields.
    #[derive(Hash)]
    pub struct PrivateToPublicAccumulatedData {
        /// Siloed note hashes.
        pub note_hashes: Array<Fr, MAX_NOTE_HASHES_PER_TX>,
        /// Siloed nullifiers.
        pub nullifiers: Array<Fr, MAX_NULLIFIERS_PER_TX>,
        /// Messages to Ethereum.
        pub l2_to_l1_msgs: Array<ScopedL2ToL1Message, MAX_L2_TO_L1_MSGS_PER_TX>,
        /// Logs for private recipients.
        pub private_logs: Array<PrivateLog, MAX_PRIVATE_LOGS_PER_TX>,
        /// Hashes of logs that publish contract classes.
        pub contract_class_logs_hashes: Array<ScopedLogHash, MAX_CONTRACT_CLASS_LOGS_PER_TX>,
        /// Calls to run.
        pub public_call_requests: Array<PublicCallRequest, MAX_ENQUEUED_CALLS_PER_TX>,
    }
}

output! {
    /// Public inputs of the client's last circuit for a tx without public calls. 38,556 bytes, 1,281 fields.
    #[derive(Hash)]
    pub struct PrivateToRollupKernelCircuitPublicInputs {
        /// What was fixed when the tx was built.
        pub constants: TxConstantData,
        /// Its effects.
        pub end: PrivateToRollupAccumulatedData,
        /// Gas it used.
        pub gas_used: Gas,
        /// Who pays.
        pub fee_payer: AztecAddress,
        /// Last second at which it may be included.
        #[serde(with = "crate::codec::json::decimal")]
        pub expiration_timestamp: u64,
    }
}

output! {
    /// Public inputs of the client's last circuit for a tx with public calls. 82,721 bytes, 2,784 fields.
    #[derive(Hash)]
    pub struct PrivateToPublicKernelCircuitPublicInputs {
        /// What was fixed when the tx was built.
        pub constants: TxConstantData,
        /// Effects and calls that stay even if the tx reverts.
        pub non_revertible_accumulated_data: PrivateToPublicAccumulatedData,
        /// Effects and calls that a revert undoes.
        pub revertible_accumulated_data: PrivateToPublicAccumulatedData,
        /// The call that settles the fee.
        pub public_teardown_call_request: PublicCallRequest,
        /// Gas used before any public call.
        pub gas_used: Gas,
        /// Who pays.
        pub fee_payer: AztecAddress,
        /// Last second at which it may be included.
        #[serde(with = "crate::codec::json::decimal")]
        pub expiration_timestamp: u64,
    }
}
