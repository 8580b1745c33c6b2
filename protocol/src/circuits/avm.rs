//! Public inputs of the AVM: the bridge between a public tx's execution and its base circuit.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_with_separator;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::AztecAddress;
use crate::codec::{
    AbiError, Array, CountPrefix, Decode, DecodeError, Encode, FieldReader, FromFields, Reader, ToFields,
    output,
};
use crate::constants::{
    FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH, MAX_ENQUEUED_CALLS_PER_TX, MAX_L2_TO_L1_MSGS_PER_TX,
    MAX_NOTE_HASHES_PER_TX, MAX_NULLIFIERS_PER_TX, MAX_PROTOCOL_CONTRACTS,
    MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX, domain_separator,
};
use crate::gas::{Gas, GasFees, GasSettings};
use crate::global_variables::GlobalVariables;
use crate::messages::ScopedL2ToL1Message;
use crate::state::TreeSnapshots;
use crate::tx::PublicCallRequest;

output! {
    /// Addresses that the protocol contracts' code gives. 352 bytes, 11 fields.
    #[derive(Hash)]
    pub struct ProtocolContracts {
        /// By protocol address, which starts at 1; zero padded.
        pub derived_addresses: Array<AztecAddress, MAX_PROTOCOL_CONTRACTS>,
    }
}

impl ProtocolContracts {
    /// The hash that txs, blocks and the rollup contract bind.
    pub fn hash(&self) -> Fr {
        hash_with_separator(domain_separator::PROTOCOL_CONTRACTS, &self.fields())
    }
}

output! {
    /// How many public calls a tx makes. 9 bytes, 3 fields.
    #[derive(Copy, Hash)]
    pub struct PublicCallRequestArrayLengths {
        /// Before the app logic; not undone by a revert.
        pub setup_calls: u32,
        /// App logic.
        pub app_logic_calls: u32,
        /// Whether there is a teardown call.
        pub teardown_call: bool,
    }
}

output! {
    /// How many private effects of one phase go into the AVM. 12 bytes, 3 fields.
    #[derive(Copy, Hash)]
    pub struct PrivateToAvmAccumulatedDataArrayLengths {
        /// Note hashes.
        pub note_hashes: u32,
        /// Nullifiers.
        pub nullifiers: u32,
        /// Messages to Ethereum.
        pub l2_to_l1_msgs: u32,
    }
}

output! {
    /// Private effects of one phase that go into the AVM. 4,768 bytes, 152 fields.
    #[derive(Hash)]
    pub struct PrivateToAvmAccumulatedData {
        /// Siloed note hashes.
        pub note_hashes: Array<Fr, MAX_NOTE_HASHES_PER_TX>,
        /// Siloed nullifiers.
        pub nullifiers: Array<Fr, MAX_NULLIFIERS_PER_TX>,
        /// Messages to Ethereum.
        pub l2_to_l1_msgs: Array<ScopedL2ToL1Message, MAX_L2_TO_L1_MSGS_PER_TX>,
    }
}

output! {
    /// How many effects come out of the AVM. 16 bytes, 4 fields.
    #[derive(Copy, Hash)]
    pub struct AvmAccumulatedDataArrayLengths {
        /// Note hashes.
        pub note_hashes: u32,
        /// Nullifiers.
        pub nullifiers: u32,
        /// Messages to Ethereum.
        pub l2_to_l1_msgs: u32,
        /// Writes to public storage.
        pub public_data_writes: u32,
    }
}

output! {
    /// A write to public storage. 64 bytes, 2 fields.
    #[derive(Copy, Hash)]
    pub struct PublicDataWrite {
        /// Siloed slot.
        pub leaf_slot: Fr,
        /// New value.
        pub value: Fr,
    }
}

/// All public logs of a tx, one after another: length, contract address, fields. 4,097 fields; in bytes only
/// those in use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FlatPublicLogs {
    payload: Vec<Fr>,
}

impl FlatPublicLogs {
    /// Logs of these fields; `None` if there are more than 4,096.
    pub fn new(payload: Vec<Fr>) -> Option<Self> {
        (payload.len() <= FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH).then_some(Self { payload })
    }

    /// The fields in use.
    pub fn payload(&self) -> &[Fr] {
        &self.payload
    }
}

impl Encode for FlatPublicLogs {
    fn encode(&self, out: &mut Vec<u8>) {
        u32::try_from(self.payload.len()).expect("at most 4,096 fields").encode(out);
        self.payload.iter().for_each(|field| field.encode(out));
    }
}

impl Decode for FlatPublicLogs {
    const LEN_BYTES_MIN: usize = 4;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let payload = reader.counted(CountPrefix::U32, FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH)?;
        Ok(Self { payload })
    }
}

impl ToFields for FlatPublicLogs {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        out.push(Fr::from(self.payload.len() as u64));
        out.extend_from_slice(&self.payload);
        out.extend(std::iter::repeat_n(Fr::ZERO, FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH - self.payload.len()));
    }
}

impl FromFields for FlatPublicLogs {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        let index = reader.index();
        let length = u32::from_fields(reader)? as usize;
        let payload = Array::<Fr, FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH>::from_fields(reader)?;
        let payload = payload.get(..length).ok_or_else(|| AbiError::new(index, 12))?;
        Ok(Self { payload: payload.to_vec() })
    }
}

/// JSON writes the padding out, unlike the buffer.
#[derive(Serialize, Deserialize)]
struct FlatPublicLogsJson {
    length: usize,
    payload: Vec<Fr>,
}

impl Serialize for FlatPublicLogs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut payload = self.payload.clone();
        payload.resize(FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH, Fr::ZERO);
        FlatPublicLogsJson { length: self.payload.len(), payload }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FlatPublicLogs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let FlatPublicLogsJson { length, mut payload } = Deserialize::deserialize(deserializer)?;
        if payload.len() > FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH || length > payload.len() {
            let text =
                format!("expected at most 4096 fields of public logs, got {length} of {}", payload.len());
            return Err(D::Error::custom(text));
        }
        payload.truncate(length);
        Ok(Self { payload })
    }
}

output! {
    /// Effects that come out of the AVM. 4,377 fields.
    #[derive(Hash)]
    pub struct AvmAccumulatedData {
        /// Unique note hashes.
        pub note_hashes: Array<Fr, MAX_NOTE_HASHES_PER_TX>,
        /// Siloed nullifiers.
        pub nullifiers: Array<Fr, MAX_NULLIFIERS_PER_TX>,
        /// Messages to Ethereum.
        pub l2_to_l1_msgs: Array<ScopedL2ToL1Message, MAX_L2_TO_L1_MSGS_PER_TX>,
        /// Public logs.
        pub public_logs: FlatPublicLogs,
        /// Writes to public storage, the fee payment included.
        pub public_data_writes: Array<PublicDataWrite, MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX>,
    }
}

output! {
    /// Public inputs of the AVM. 5,008 fields.
    #[derive(Hash)]
    pub struct AvmCircuitPublicInputs {
        /// The block's place, time, proposer and fees.
        pub global_variables: GlobalVariables,
        /// The protocol contracts.
        pub protocol_contracts: ProtocolContracts,
        /// Trees before the tx.
        pub start_tree_snapshots: TreeSnapshots,
        /// Gas used before any public call.
        pub start_gas_used: Gas,
        /// What the tx is willing to use and pay.
        pub gas_settings: GasSettings,
        /// Fee per unit, priority included.
        pub effective_gas_fees: GasFees,
        /// Who pays.
        pub fee_payer: AztecAddress,
        /// Who proves.
        pub prover_id: Fr,
        /// How many calls.
        pub public_call_request_array_lengths: PublicCallRequestArrayLengths,
        /// Calls before the app logic.
        pub public_setup_call_requests: Array<PublicCallRequest, MAX_ENQUEUED_CALLS_PER_TX>,
        /// Calls of the app logic.
        pub public_app_logic_call_requests: Array<PublicCallRequest, MAX_ENQUEUED_CALLS_PER_TX>,
        /// The call that settles the fee.
        pub public_teardown_call_request: PublicCallRequest,
        /// How many private effects that a revert keeps.
        pub previous_non_revertible_accumulated_data_array_lengths: PrivateToAvmAccumulatedDataArrayLengths,
        /// How many private effects that a revert undoes.
        pub previous_revertible_accumulated_data_array_lengths: PrivateToAvmAccumulatedDataArrayLengths,
        /// Private effects that a revert keeps.
        pub previous_non_revertible_accumulated_data: PrivateToAvmAccumulatedData,
        /// Private effects that a revert undoes.
        pub previous_revertible_accumulated_data: PrivateToAvmAccumulatedData,
        /// Trees after the tx.
        pub end_tree_snapshots: TreeSnapshots,
        /// Gas used.
        pub end_gas_used: Gas,
        /// How many effects.
        pub accumulated_data_array_lengths: AvmAccumulatedDataArrayLengths,
        /// All effects of the tx.
        pub accumulated_data: AvmAccumulatedData,
        /// The fee.
        pub transaction_fee: Fr,
        /// Whether the app logic reverted.
        pub reverted: bool,
    }
}
